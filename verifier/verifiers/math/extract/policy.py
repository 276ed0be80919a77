"""The policies of extraction. Only the answer region is looked at: what stands before ``</think>`` never pays."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from verifier.verifiers.math.extract.boxed import Box, boxes, unwrapped
from verifier.verifiers.math.extract.phrases import CORRECTION, FINAL, INTRODUCTION, is_denied
from verifier.verifiers.math.extract.sentence import alternatives, first_sentence, formulas, numbers, unbolded
from verifier.verifiers.math.budgets import REGION_CHARS
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.phrase import is_program
from verifier.verifiers.response import split


_RUNS = re.compile(r"(\s)\s{4,}|([^\w\s(){}\[\]])\2{40,}")
"""Long runs of one character, which would cost the patterns of sentences quadratic time."""


class Found(NamedTuple):
    """The final answer of a completion, or the reason that there is none."""

    answers: tuple[str, ...]
    """Usually one. Several when different boxes share the answer: together they may answer a reference that is a set."""
    how: str
    """Where they were found, or why nothing was, in words."""


def extract(text: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found:
    """Find the final answer of a completion. ``is_math`` says whether a text reads as mathematics by itself."""
    response = split(text)
    if not response.final.strip():
        return Found((), "no answer region: the reasoning was never closed" if response.reasoning else "it is empty")
    policy = options.extraction
    if policy == "answer_tag" or (policy == "auto" and response.answer is not None):
        if response.answer is None:
            return Found((), "there is no <answer>")
        return _inside_answer(response.answer, options, is_math)
    boxed = _from_boxes(response.final, options) if policy in ("boxed", "auto") else None
    if boxed is not None:
        return boxed
    if policy == "boxed":
        return Found((), "there is no box")
    return _final(response.final, is_math)


def _inside_answer(answer: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found:
    boxed = _from_boxes(answer, options)
    if boxed is not None:
        return boxed._replace(how=f"<answer>, {boxed.how}")
    if not answer.strip():
        return Found((), "the <answer> is empty")
    return Found((expression(_RUNS.sub(lambda match: match.group()[:4], answer[:REGION_CHARS]), is_math),), "<answer>")


def _from_boxes(text: str, options: MathOptions) -> Found | None:
    found = boxes(text)
    if not found:
        return None
    last = found[-1]
    if last.content is None:
        return Found((), "the last box is never closed")
    if not last.content.strip():
        return Found((), "the last box is empty")
    complete = [box for box in found if box.content is not None and box.content.strip()]
    contents = tuple(dict.fromkeys(unwrapped(box.content or "") for box in complete))
    if len(contents) == 1 or options.several == "last":
        return Found(contents[-1:], "the box" if len(contents) == 1 else "the last box")
    return _of_several(text, complete, contents, options)


def _of_several(text: str, found: list[Box], contents: tuple[str, ...], options: MathOptions) -> Found:
    """Of different boxes the last counts alone only if words single it out."""
    between = [text[a.end : b.start] for a, b in pairwise(found)]
    if options.corrections == "last" and CORRECTION.search(between[-1]):
        return Found(contents[-1:], "the last box, which corrects an earlier one")
    if FINAL.search(between[-1][-60:]) and not FINAL.search(text[: found[-2].end]):
        return Found(contents[-1:], "the box named the final answer")
    return Found(contents, f"{len(contents)} different boxes")


def _final(text: str, is_math: Callable[[str], bool]) -> Found:
    text = _RUNS.sub(lambda match: match.group()[:4], text[-REGION_CHARS:])
    marker = text.rfind("####")
    if marker >= 0 and text[marker + 4 :].strip():
        return Found((expression(text[marker + 4 :].strip().split("\n")[0], is_math),), "after ####")
    introduced = max(INTRODUCTION.finditer(text), key=lambda match: match.start(), default=None)
    if introduced is not None and (rest := text[introduced.end() :].strip()):
        sentence = first_sentence(rest)
        if is_denied(sentence):
            return Found((), "it is only said what the answer is not, or how large it is at most")
        return Found((expression(sentence, is_math),), f"after '{introduced.group().strip()}'")
    return _last_expression(text, is_math)


def _last_expression(text: str, is_math: Callable[[str], bool]) -> Found:
    whole = unbolded(text).rstrip(".。")
    if is_program(text):
        return Found((whole[-200:],), "the whole response, a program")
    if len(whole) < 200 and is_math(whole):
        return Found((whole,), "the whole response")
    if found := formulas(text):
        return Found((found[-1],), "the last formula")
    if found := numbers(text):
        return Found((alternatives(text) or found[-1],), "the last number")
    last = text.strip().split("\n")[-1].strip()
    return Found((unbolded(last).rstrip(".。"),), "the last line")


def expression(sentence: str, is_math: Callable[[str], bool]) -> str:
    """The expression of a sentence: all of it if it reads as mathematics, else its last formula or number."""
    whole = unbolded(sentence).strip().rstrip(".。").strip()
    if is_math(whole):
        return whole
    if is_program(whole):
        return whole
    if found := formulas(whole):
        return found[-1] if len(found) == 1 else whole
    if found := numbers(whole):
        return alternatives(whole) or found[-1]
    return whole
