"""What a text ends with: "The most likely diagnosis is C. Aortic dissection", "the capital is Paris (B)"."""

import re
from collections import deque

from verifier.verifiers.choice.predicate import IS, NO_PREDICATE
from verifier.verifiers.choice.question import NOTHING, Question, Reading
from verifier.verifiers.choice.statement import read

_END_CHARS = 2_000
_LABEL_AHEAD = re.compile(
    r"(?:\b(?P<verb>is|with|suggests?|favou?rs|supports?|indicates?)\s|[:→]|[a-z]{3}[.!?]\s)\s*+"
    r"(?=[(\[]?[A-Z][)\].:,!]*+(?:[ \t]+(?!\s)|\s*\Z)[^\n]*\Z)"
)
_NOT_MINE = re.compile(
    rf"{NO_PREDICATE.pattern}|\b(?:runner|second|next|another|also|alternative\w*|candidates|distractor|trap|avoid\w*|but|else)\b",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(r"[.!?;,]\s|\n")
_SENTENCES = re.compile(r"[.!?;]\s|\n")
_DENIES = re.compile(
    r"\b(?:not|no|never|neither|nor|although|though|while|whereas|wrong|incorrect|rul\w+ out|exclud\w+)\b|n['’]t\b",
    re.IGNORECASE,
)
_NAMED_LAST = re.compile(
    r"(?:^|[.!?;:,\n])(?P<clause>[^.!?;:,\n]+)(?:,\s?(?=[a-z])|\s?\()(?P<noun>(?:option|choice|answer)\s)?(?P<letter>[A-Z])\)?[.\s]*\Z"
)


def labelled_last(text: str, question: Question) -> Reading:
    """What a text comes to: "The most likely diagnosis is C. Aortic dissection", "The base favours D."."""
    text = text.rstrip()[-_END_CHARS:]
    label = deque(_LABEL_AHEAD.finditer(text), 1)
    if not label or not (chosen := read(text[label[0].end() :], question)).letters:
        return NOTHING
    before, said = text[: label[0].start()], text[label[0].end() :].strip(" .!()[]")
    if len(said) == 1:
        unclear = not label[0]["verb"] or _has_rival(before, question, said)
    else:
        unclear = question.mentions(before.rsplit("\n", 1)[-1])
    return NOTHING if unclear or _NOT_MINE.search(_CLAUSE_ENDS.split(before)[-1]) else chosen


def named_last(text: str, question: Question) -> Reading:
    """What a text ends with: "the capital is Paris (B)", "by the second law, option B"."""
    text = text[-_END_CHARS:]
    named = _NAMED_LAST.search(text)
    if named is None or NO_PREDICATE.search(named["clause"]):
        return NOTHING
    clause, letter = question.key(named["clause"]), named["letter"]
    before = clause.removesuffix(question.text(letter) or "")
    is_told = named["noun"] or (clause != before and IS.search(f"{before} "))
    rival = question.mentions(before) or _has_rival(text[: named.start()], question, letter)
    return Reading(frozenset(letter)) if is_told and not rival else NOTHING


def _has_rival(text: str, question: Question, letter: str) -> bool:
    """Whether a sentence speaks of another option than a letter's, and does not deny it."""
    told = (sentence for sentence in _SENTENCES.split(text) if not _DENIES.search(sentence))
    return any(question.mentions(sentence, but=letter) for sentence in told)
