"""The answer of a logic task: what stands inside ``<answer>``, else what follows the reasoning; a box in there wins."""

from verifier.verifiers import response

ANSWER_CHARS = 20_000
"""A longer answer is worth 0, unread."""


def answer(text: str) -> tuple[str, str]:
    """The answer, and what is wrong with it: empty when nothing is."""
    regions = response.split(text)
    region = regions.final if regions.answer is None else regions.answer
    if len(region) > ANSWER_CHARS:
        return "", f"worth 0: an answer of more than {ANSWER_CHARS:,} characters"
    if boxes := list(dict.fromkeys(box.strip() for box in response.boxes(region))):
        if len(boxes) > 1:
            return "", f"{len(boxes)} boxes that differ"
        region = boxes[0]
    return region.strip(), "" if region.strip() else "no answer"
