"""The regions of a completion: its reasoning, and the part that may hold an answer.

Only the answer region pays. What stands before the last ``</think>`` is reasoning, whether the completion or its prompt
opened the block; a ``<think>`` that is never closed leaves no answer at all. Tags are matched exactly, as in the R1 template.
"""

from typing import NamedTuple

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
ANSWER_OPEN, ANSWER_CLOSE = "<answer>", "</answer>"


class Response(NamedTuple):
    """A completion, cut at its tags."""

    reasoning: str
    """The chain of thought; empty when there are no think tags."""
    final: str
    """What follows the reasoning: the only region that may hold an answer. Empty when the reasoning was never closed."""
    answer: str | None
    """The inside of the last ``<answer>`` in ``final``; None when there is none. An answer that is not closed runs to
    the end, because samplers strip ``</answer>`` where it is their stop string."""


def split(text: str) -> Response:
    """Cut a completion into its regions."""
    close = text.rfind(THINK_CLOSE)
    if text.find(THINK_OPEN, close + 1 if close >= 0 else 0) >= 0:
        return Response(text, "", None)
    if close < 0:
        return Response("", text, _answer(text))
    reasoning = text[:close].lstrip().removeprefix(THINK_OPEN)
    final = text[close + len(THINK_CLOSE) :]
    return Response(reasoning, final, _answer(final))


def _answer(final: str) -> str | None:
    opened = final.rfind(ANSWER_OPEN)
    if opened < 0:
        return None
    inside = final[opened + len(ANSWER_OPEN) :]
    closed = inside.find(ANSWER_CLOSE)
    return inside if closed < 0 else inside[:closed]
