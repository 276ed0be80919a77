"""The answer of a completion that has boxes, by the words around them."""

import re
from collections.abc import Callable
from itertools import pairwise

from verifier.verifiers.math.boxed import Box, boxes, unwrapped
from verifier.verifiers.math.budgets import ANSWER_CHARS, REGION_CHARS
from verifier.verifiers.math.extract.found import Found, of_sentence
from verifier.verifiers.math.extract.framed import framed
from verifier.verifiers.math.extract.measure import boxed_with_unit
from verifier.verifiers.math.extract.offers import offered
from verifier.verifiers.math.extract.phrases import CONCLUSION, CORRECTION, FINAL, RETRACTION, introductions
from verifier.verifiers.math.extract.rejection import is_rejected, taken_back
from verifier.verifiers.math.extract.restated import restated
from verifier.verifiers.math.extract.sections import without_cancelled
from verifier.verifiers.math.extract.sentence import is_chinese_sentence, one_formula
from verifier.verifiers.math.extract.spans import Span, has_value
from verifier.verifiers.math.extract.stated import final, introduced, plain
from verifier.verifiers.math.options import MathOptions

LEAD_CHARS = 80
"""How far before a box the words stand that single it out."""
BOXES = 64
"""Most boxes whose surroundings are looked at."""
_IDENTIFIES = re.compile(
    r"(?<=[\w})])\s*(?:\\(?:text|mathrm|textrm|mbox)\s*\{\s*|\s)(?:is|are|being|as)\s+(?:the|an?|our)\s+(?!not\b)(?:(?!\b(?:not|no|if|or|but|wrong|incorrect)\b)[^{}\d$\\]){2,60}\}?\s*$"
)
_REASONED = re.compile(
    r"\\text\s*\{\s*\(\s*(?:(?:since|because|as)\b.*|(?:using|by|via)\b(?!.*\b(?:mistake|error|would|wrong|guess\w*|chance)\b)[^()\d]*)\)\s*\}?\s*$"
)
r"""A reason behind a value: ``12 \text{ (since } 3 \cdot 4 = 12)``."""


def from_boxes(text: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found | None:
    found = boxes(text)
    if not found:
        return None
    last = found[-1]
    if last.content is None:
        return Found((), "the last box is never closed")
    if not last.content.strip():
        return Found((), "the last box is empty")
    rest = text[last.end : last.end + REGION_CHARS]
    if (after := taken_back(rest)) is not None:
        stated = final(rest[after:], is_math) if has_value(rest[after:]) else Found((), "nothing")
        return stated._replace(how=f"the box is taken back; then {stated.how}")
    if options.corrections == "last" and (corrected := _corrected(rest, is_math)) is not None:
        return corrected
    complete = [box for box in found if box.content is not None and box.content.strip()]
    stood = _stood_by(text, complete)
    if not stood:
        rest = plain(rest)
        said = final(rest, is_math) if introductions(rest) and has_value(rest) else None
        return said or Found((), "the box is only said not to be the answer, or supposed")
    measured = _with_units(text, stood, is_math)
    contents = tuple(dict.fromkeys(measured))
    if len(contents) == 1 and options.several == "reject" and (other := offered(rest, is_math)):
        value, corrects = other
        if corrects and options.corrections == "last":
            return Found((value,), "behind the box, which it corrects")
        return Found((*contents, value), "the box, and another answer behind it")
    if len(contents) == 1 and options.several == "reject" and (values := restated(plain(rest), contents[0], is_math)):
        return Found((*contents, *values), "the box, and an answer that is stated behind it")
    if len(contents) == 1 or options.several == "last":
        how = "the box" if len(contents) == 1 else "the last box"
        if not contents[-1].strip(" $"):
            return Found((), "the box is struck out")
        if len(contents[-1]) <= ANSWER_CHARS and (
            one_formula(contents[-1], is_math) or is_chinese_sentence(contents[-1], is_math)
        ):
            return of_sentence(contents[-1], how, is_math)
        if (said := framed(contents[-1], is_math)) is not None:
            return Found((said,), how, whole=contents[-1])
        return Found(contents[-1:], how)
    return _of_several(text, stood, measured, options)


def _corrected(rest: str, is_math: Callable[[str], bool]) -> Found | None:
    """What is stated as the answer behind the last box, where words before that take the box back: "Wait. .. The answer is 4"."""
    rest = plain(rest)
    if (retraction := RETRACTION.search(rest)) is None:
        return None
    rest = rest[retraction.end() :]
    stated = None if any("would" in phrase.text for phrase in introductions(rest)) else introduced(rest, is_math)
    if stated is None or len(stated.answers) != 1 or not is_math(stated.answers[0]):
        return None
    return stated._replace(how="behind the box, which is taken back")


def _stood_by(text: str, found: list[Box]) -> list[Box]:
    """The boxes that the words around them do not reject; of many boxes, only the last ones are looked at."""
    stood = found[:-BOXES]
    for before, box in zip([None, *found][-BOXES - 1 :], found[-BOXES:], strict=False):
        if not is_rejected(text, box.start, box.end, before.end if before else 0):
            stood.append(box)
    return stood


def _unlabelled(content: str, is_math: Callable[[str], bool]) -> str:
    r"""The content of a box without the words that identify its value: ``9 \text{ is the largest such integer}``."""
    match = _IDENTIFIES.search(content) or _REASONED.search(content)
    value = content[: match.start()] if match else ""
    return value if is_math(value) and not value.strip(" $").isalpha() else content


def _with_units(text: str, found: list[Box], is_math: Callable[[str], bool]) -> list[str]:
    """What is in each box, with the unit around it; a box without one takes over that of another with the same content."""
    bare = [_unlabelled(without_cancelled(unwrapped(box.content or "")), is_math) for box in found]
    full = bare[:-BOXES] + [
        boxed_with_unit(text, Span(box.start, box.end, content), is_math)
        for box, content in zip(found[-BOXES:], bare[-BOXES:], strict=True)
    ]
    units: dict[str, set[str]] = {}
    for content, measured in zip(bare, full, strict=True):
        if measured != content:
            units.setdefault(content, set()).add(measured)
    return [next(iter(own)) if len(own := units.get(content, set())) == 1 else measured
            for content, measured in zip(bare, full, strict=True)]  # fmt: skip


def stated_after(text: str, is_math: Callable[[str], bool]) -> Found | None:
    """Where different boxes are no answer: what a phrase calls the final answer after the last of them."""
    rest = plain(text[boxes(text)[-1].end :])
    return final(rest, is_math) if FINAL.search(rest) and introductions(rest) else None


def _of_several(text: str, found: list[Box], measured: list[str], options: MathOptions) -> Found:
    """Of different boxes the last counts alone only if words single it out."""
    contents = tuple(dict.fromkeys(measured))
    between = [text[a.end : b.start] for a, b in pairwise(found)]
    if options.corrections == "last" and CORRECTION.search(between[-1]):
        return Found(contents[-1:], "the last box, which corrects an earlier one")
    before = [text[max(0, box.start - LEAD_CHARS) : box.start] for box in found]
    for named in (FINAL.search, introductions, CONCLUSION.search):
        if named(between[-1][-LEAD_CHARS:]) and not any(named(lead) for lead in before[:-1]):
            return Found(contents[-1:], "the box named the final answer")
    return Found(contents, f"{len(contents)} different boxes")
