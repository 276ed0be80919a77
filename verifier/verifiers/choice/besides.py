"""What takes a choice back or weakens it: another option is called right as well, held open, or put in its place."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from verifier.verifiers.choice.question import Question
from verifier.verifiers.choice.seconds import (
    END,
    HELD_OPEN,
    HOLDS_OPEN,
    IF_NOT,
    INSTEAD,
    LETTER,
    OPEN,
    PRAISE,
    PRAISED,
)

_ANOTHER = re.compile(LETTER)
_LONGEST_OPTIONS = 2_000  # together; longer ones stand in no hedge
_AROUND = 200
_MOST_OTHERS = 200
"""Most other options, from the last one on, that are looked at more closely."""
_WRONG = re.compile(r"\b(?:not|wrong|incorrect|false)\b|n['’]t\b|不|错", re.IGNORECASE)
_IF = re.compile(r"\bif\b.*", re.DOTALL)
_SENTENCE_ENDS = re.compile(r"[!?\n]|\.(?!\d)")
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|none|cannot|whether|without|unlike|than|except|distractors?"
    r"|rul(?:es?|ed|ing) out|eliminat\w+|exclud\w+|in contrast|wrong|incorrect)\b|n['’]t\b|不(?!过)|非|排除|错",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"\bin\s+an?\s|\b(?:in|under|for|with)\s+(?:another|other|an?\s+different)\b", re.IGNORECASE)
"""Another case than the question's, where another option would be right."""
_PREFERENCE = re.compile(r"\b(?:best|better|more|most|if)\b", re.IGNORECASE)
_BUT = re.compile(r"(?:[,;]\s+|\s)(?:but|though|although|however)\b")
"""The other letter is right too, but less so, or would be: an honest reason for a choice."""
_CONCEDES = re.compile(r"\s*(?:although|though|while|whilst|even (?:though|if))\b", re.IGNORECASE)
"""What opens a sentence whose main clause says why the other letter is not chosen after all."""
_SUBJECT = re.compile(r"(?:^|\b(?:it|this|that|answer|is)|['’]s)\W*$", re.IGNORECASE)
_OPENS_CLAUSE = re.compile(r"(?:[,;:(—–-]|\b(?:but|and|or|though|although))\W*$", re.IGNORECASE)
_TWO_OTHERS = re.compile(r"(?<![A-Za-z])(?P<letter>[A-Z])[)\]]?,?\s+$")


_PAUSES, _BRACKETS = " ,;:", "()[]{}"


class Other(NamedTuple):
    """Another option than the chosen one, and where its mention ends."""

    letter: str
    end: int
    instead: bool
    """Whether it replaces the choice: "B. Wait, no: C"."""


class _Option(NamedTuple):
    letter: str
    text: str

    def ends(self, text: str) -> bool:
        """Whether a text ends with its letter or its text, but for punctuation."""
        for bare in (text.rstrip(_PAUSES), text.rstrip(_PAUSES + _BRACKETS)):
            start = bare.casefold().removesuffix(self.text.casefold())
            if bare.endswith(self.letter) or (len(start) < len(bare) and not start[-1:].isalnum()):
                return True
        return False


_Excused = Callable[[re.Match[str], _Option, _Option], bool]


def besides(text: str, question: Question, letter: str) -> Other | None:
    """The last place where a text lets another option than its choice, ``letter``, stand beside it, or puts one in its place."""
    others = [
        (match, _Option(named, question.text(named) or ""), excused)
        for match, excused in _seconds(text, question, letter)
        if question.has(named := match["letter"] or question.letter(match["text"])) and named != letter
    ]
    last_first = sorted(others, key=lambda other: -other[0].end())[:_MOST_OTHERS]
    chosen = _Option(letter, question.text(letter) or "")
    held = (
        Other(other.letter, match.end(), match.re is INSTEAD)
        for match, other, excused in last_first
        if not excused(match, chosen, other)
    )
    return next(held, None)


def _seconds(text: str, question: Question, letter: str) -> Iterator[tuple[re.Match[str], _Excused]]:
    """Where another option may be a second choice, and what excuses that."""
    found = [match for match in _ANOTHER.finditer(text) if match["letter"] != letter and question.has(match["letter"])]
    starts = dict.fromkeys(at for match in found for at in (match.start(), match.start("letter")))
    by_place = (PRAISED, PRAISE, _is_reason), (HELD_OPEN, HOLDS_OPEN, _is_denied_or_told), ((), (IF_NOT,), _never)
    for from_letter, to_letter, excused in by_place if found else ():
        yield from ((match, excused) for at in starts for one in from_letter if (match := one.match(text, at)))
        yield from ((match, excused) for one in to_letter for match in one.finditer(text))
    yield from ((match, _is_denied_or_told) for match in _held_open(question.texts).finditer(text))


@lru_cache(maxsize=256)  # of the questions: completions of one are judged together
def _held_open(texts: tuple[str, ...]) -> re.Pattern[str]:
    """Another option, by its letter or text, that is held open: "or maybe C", "otherwise Paris"."""
    words = sorted(filter(_is_wordy, texts), key=len, reverse=True) if sum(map(len, texts)) <= _LONGEST_OPTIONS else []
    text = rf"(?i:the\s+)?(?P<text>(?i:{'|'.join(map(re.escape, words))}))(?!\w)" if words else r"(?P<text>(?!))"
    return re.compile(rf"{OPEN}(?:{LETTER}|{text}){END}", re.MULTILINE)


def _is_wordy(text: str) -> bool:
    return len(text) > 1 and text[0].isalpha()


def _is_denied_or_told(found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    """Whether the sentence denies what it names, speaks of two that are not chosen or of another case, or tells of the matter."""
    before, after = _around(found)
    first = _TWO_OTHERS.search(before)
    return bool(
        (first and first["letter"] != chosen.letter)
        or _DENIED.search(before + found[0])
        or _WRONG.search(_IF.sub("", after))
        or _ELSEWHERE.search(before + after)
        or (other.ends(before) if found["letter"] else _is_told(before, found, chosen, other))
    )


def _is_told(before: str, found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    """Whether an option's text is not put beside the choice: "wires are of copper or silver"."""
    if other.text.casefold() in chosen.text.casefold():  # "Either AA or Aa"
        return True
    if not found["either"] or found["hedge"]:
        aside = _OPENS_CLAUSE.search(before) and _names(before, chosen)
        return not (aside or _SUBJECT.search(before))
    return bool(before.strip(_PAUSES + _BRACKETS)) and not chosen.ends(before)


def _names(text: str, option: _Option) -> bool:
    return bool(re.search(rf"(?<![A-Za-z]){option.letter}(?![A-Za-z])", text)) or (
        bool(option.text) and option.text.casefold() in text.casefold()
    )


def _is_reason(found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    """Whether the sentence says why the other letter is not chosen, or asks."""
    before, after = _around(found)
    rest = found.string[found.start("letter") : found.end()] + after
    asks = found.string.startswith("?", found.end() + len(after))
    weighed = before + found[0] + after
    preferred = found.re is not INSTEAD and (_PREFERENCE.search(weighed) or _ELSEWHERE.search(weighed))
    conceded = _CONCEDES.match(before) and "," in after
    return asks or bool(conceded or _DENIED.search(before) or _BUT.search(rest) or preferred)


def _never(found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    return False


def _around(found: re.Match[str]) -> tuple[str, str]:
    """What stands before and behind a match in its sentence."""
    text = found.string
    before = _SENTENCE_ENDS.split(text[max(0, found.start() - _AROUND) : found.start()])[-1]
    return before, _SENTENCE_ENDS.split(text[found.end() : found.end() + _AROUND], maxsplit=1)[0]
