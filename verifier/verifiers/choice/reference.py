"""The reference of a multiple choice question: the sets of letters that are right."""

import re
from collections.abc import Sequence
from functools import lru_cache

from verifier.errors import Unjudgeable
from verifier.schema import Sample
from verifier.verifiers.choice.plain import plain, squeezed
from verifier.verifiers.choice.question import LETTERS, Question
from verifier.verifiers.choice.statement import read

_LABELLED = re.compile(r"[(\[]?(?P<letter>[A-Za-z])[)\].:、]+\s*(?P<text>\S.*)")


def accepted_choices(sample: Sample) -> tuple[list[frozenset[str]], Question]:
    """The accepted sets of letters, and the question. Raises Unjudgeable when a reference is not among the options."""
    if not sample.references:
        raise Unjudgeable("the sample has no reference answer")
    question = question_of(sample)
    return [_letters(reference, question) for reference in sample.references], question


def question_of(sample: Sample) -> Question:
    """The options: those of the sample, else those whose label and text a reference states, else letters alone."""
    if sample.choices:
        return _asked(tuple(sample.choices), sample.prompt_text)
    labelled = (_LABELLED.match(squeezed(plain(reference))) for reference in sample.references)
    return Question({match["letter"].upper(): match["text"] for match in labelled if match}, len(LETTERS))


@lru_cache(maxsize=64)  # completions of one question are judged together
def _asked(choices: tuple[str, ...], prompt: str) -> Question:
    return Question(_unlabelled(choices), len(choices), prompt)


def _letters(reference: str, question: Question) -> frozenset[str]:
    reading = read(plain(reference), question)
    if reading.fault:
        raise Unjudgeable(f"the reference {reference[:80]!r} is no choice: {reading.fault}")
    if not reading.letters or not all(map(question.has, reading.letters)):
        raise Unjudgeable(f"the reference {reference[:80]!r} is not one of the options")
    return reading.letters


def _unlabelled(choices: Sequence[str]) -> dict[str, str]:
    """The options' texts by letter, without labels of their own: ``["A. Paris", "B. London"]``."""
    options = dict(zip(LETTERS, choices, strict=False))
    labelled = {letter: _LABELLED.match(squeezed(plain(text))) for letter, text in options.items()}
    texts = {letter: match["text"] for letter, match in labelled.items() if match and match["letter"] == letter}
    return texts if len(texts) == len(options) else options
