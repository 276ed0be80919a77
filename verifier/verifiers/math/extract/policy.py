"""The policies of extraction. Only the answer region is looked at: what stands before ``</think>`` never pays."""

import re
from collections.abc import Callable

from verifier.verifiers.math.boxed import boxes
from verifier.verifiers.math.budgets import REGION_CHARS
from verifier.verifiers.math.extract.boxing import from_boxes, stated_after
from verifier.verifiers.math.extract.found import Found, of_sentence
from verifier.verifiers.math.extract.phrases import introductions
from verifier.verifiers.math.extract.sections import of_json, without_struck
from verifier.verifiers.math.extract.spans import sentences
from verifier.verifiers.math.extract.stated import MARK, final, plain
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.response import split

_ALTERNATIVES = re.compile(
    r"</answer>\W*(?:or|or\s+maybe|alternatively|或者?|ou|oder|o|или)\W*<answer>(?!.*<answer>)",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(MARK)


def extract(text: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found:
    """Find the final answer of a completion. ``is_math`` says whether a text reads as mathematics by itself."""
    response = split(text)
    if not response.final.strip():
        return Found((), "no answer region: the reasoning was never closed" if response.reasoning else "it is empty")
    policy = options.extraction
    if policy == "answer_tag" or (policy == "auto" and response.answer is not None):
        if response.answer is None:
            return Found((), "there is no <answer>")
        if _ALTERNATIVES.search(response.final) and options.several == "reject":
            return Found((), "one <answer> or another")
        return _inside_answer(response.answer, options, is_math)
    text = without_struck(response.final)
    if (ends := _END.search(text)) and boxes(text[: ends.start()]):
        text = text[: ends.start()]
    boxed = from_boxes(text, options, is_math) if policy in ("boxed", "auto") else None
    if boxed is not None and len(boxed.answers) > 1 and policy == "auto":
        boxed = stated_after(text, is_math) or boxed
    if boxed is not None:
        return boxed
    if policy == "boxed":
        return Found((), "there is no box")
    if (value := of_json(text)) is not None:
        return _inside_answer(value, options, is_math)._replace(how="the key of a JSON object that says answer")
    return final(text, is_math)


def _inside_answer(answer: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found:
    answer = without_struck(answer)
    boxed = from_boxes(answer, options, is_math)
    if boxed is not None:
        return boxed._replace(how=f"<answer>, {boxed.how}")
    if (value := of_json(answer)) is not None:
        answer = value
    if not answer.strip():
        return Found((), "the <answer> is empty")
    text = plain(answer[:REGION_CHARS])
    if len(sentences(text)) > 1 or introductions(text):
        found = final(text, is_math)
        return found._replace(how=f"<answer>, {found.how}")
    return of_sentence(text, "<answer>", is_math)
