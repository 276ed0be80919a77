"""The words of a text, as columns: where they stand, their script, their sentence, and what they weigh.

A word is a run of letters of one script. A single Latin or Cyrillic letter and one or two Greek ones are symbols, no words;
nor is a Latin word that touches a digit (``x1``, ``3rd``; but a sentence of such words is one), an acronym (``GCD``; but not A
SHOUTED TEXT), a name in camelCase of up to four words, the name of a function (``sin``) or a unit (``km``). Scripts that put no
spaces between words are counted by the character, at so many characters a word that a text weighs what its translation would
(:data:`~verifier.words.CHARACTERS_PER_WORD`).

Everything that is done for each character or word is done for all of them at once, by numpy. What few texts need is done only
for them: in a short text every call costs about the same, whatever it does.
"""

import os
import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # workers are forked from a process that must have no threads

import numpy as np
import regex

from verifier.verifiers.language.languages import HAN, KANA, LATIN, WRITTEN_IN
from verifier.words import CHARACTERS_PER_WORD

Array = np.ndarray[Any, np.dtype[Any]]


def changes(values: Array) -> Array:
    """Where a value is not the one before it; so is the first."""
    found = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def lengths(starts: Array, end: int) -> Array:
    """How far it is from each start to the next, and from the last to the end."""
    found = np.empty(len(starts), np.intp)
    np.subtract(starts[1:], starts[:-1], out=found[:-1])
    found[-1:] = end - starts[-1:]
    return found


MOST_WORDS: Final = 32
"""Longer pieces are cut, so that none costs more than others."""

SCRIPTS: Final = tuple(WRITTEN_IN)
_OTHER, _MARK, _END, _PAUSE, _DIGIT, _FIRST = range(6)
_FEWEST_LETTERS: Final = {LATIN: 2, "Cyrillic": 2, "Greek": 3}
_FEWEST_GLUED, _FEWEST_GLUED_LETTERS = 6, 3
_RARE_HAN = range(0x20000, 0x323B0)
_ENDS = ".!?…。．！？｡।۔؟\n"
_PAUSES = ',;:()[]{}"“”„«»‹›–—，、；：（）「」『』《》،؛|'


class Words(NamedTuple):
    """Words in the order in which they stand; every array has one entry for each."""

    texts: list[str]
    starts: Array
    ends: Array
    scripts: Array
    """Positions in :data:`SCRIPTS`."""
    sentences: Array
    """The number of the sentence, ascending."""
    pauses: Array
    """Whether a comma, a bracket or the like stands before it, or a word of another script."""
    weights: Array
    """How many English words it says."""
    flags: Array
    """What can be seen of the word alone: a combination of the ``IS_`` constants."""

    def only(self, chosen: Array) -> "Words":
        """The words that an array of booleans chooses."""
        if chosen.all():
            return self
        at = np.flatnonzero(chosen)
        pauses = changes(np.cumsum(self.pauses)[at])
        pauses[:1] = False
        pauses[1:] |= at[1:] - at[:-1] > 1
        return Words(
            texts=[self.texts[i] for i in at.tolist()],
            starts=self.starts[at],
            ends=self.ends[at],
            scripts=self.scripts[at],
            sentences=self.sentences[at],
            pauses=pauses,
            weights=self.weights[at],
            flags=self.flags[at],
        )

    def pieces(self) -> Array:
        """Where each piece starts: the words of a sentence, in cuts of :data:`MOST_WORDS` at most."""
        starts = np.flatnonzero(changes(self.sentences))
        spans = lengths(starts, len(self.sentences))
        if spans.max(initial=0) <= MOST_WORDS:
            return starts
        within = np.arange(len(self.sentences)) - np.repeat(starts, spans)
        return np.flatnonzero(within % MOST_WORDS == 0)


IS_CAPITALISED, IS_CAPITALS, IS_SYMBOL, IS_PINYIN, IS_SURE_PINYIN, IS_ROMAJI, IS_SURE_ROMAJI = (
    1 << i for i in range(7)
)


def read(text: str) -> Words:
    """The words of a text. Time is linear in its length."""
    characters = _characters(text)
    marks = characters == _MARK
    marked = bool(marks.any())
    if marked:
        characters = _marked(characters, marks)
    starts = np.flatnonzero(changes(characters))
    spans, kinds = lengths(starts, len(characters)), characters[starts]
    words = spans >= _FEWEST[kinds]
    sentences, digits = kinds == _END, kinds == _DIGIT
    if digits.any():
        left, right = _beside(digits)
        glued = (kinds == _FIRST) & (left | right)
        words &= ~glued
        words[_disguised(text, starts, spans, kinds, glued)] = True
        sentences &= ~(left & right & (spans == 1))
    sentences, pauses = np.cumsum(sentences)[words], np.cumsum(kinds == _PAUSE)[words]
    starts, spans, scripts = starts[words], spans[words], kinds[words] - _FIRST
    ends = starts + spans
    texts = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    if not text.isascii() and _UNSEEN.search(text):
        texts = [_UNSEEN.sub("", word) or word for word in texts]
    if marked:
        before = np.append(0, np.cumsum(marks))
        spans = spans - (before[ends] - before[starts])
    weights = np.where(_SPACED[scripts], 1, spans / _CHARACTERS[scripts])
    flags = np.fromiter(map(_flags, texts), np.uint8, len(texts))
    found = Words(texts, starts, ends, scripts, sentences, changes(pauses), weights, flags)
    symbols = _symbols(found)
    return found.only(~symbols) if symbols.any() else found


def _characters(text: str) -> Array:
    """What each character is."""
    if text.isascii():
        return _KINDS[np.frombuffer(text.encode(), np.uint8)]
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return _KINDS[np.minimum(codes, len(_KINDS) - 1)]


def _beside(chosen: Array) -> tuple[Array, Array]:
    """What has a chosen one on its left, and on its right."""
    left, right = np.zeros(len(chosen), bool), np.zeros(len(chosen), bool)
    left[1:], right[:-1] = chosen[:-1], chosen[1:]
    return left, right


def _disguised(text: str, starts: Array, spans: Array, kinds: Array, glued: Array) -> list[int]:
    """Which words touch digits as in a sentence with a digit on each: six in a row or more, and as many different ones."""
    glued = glued & (spans >= _FEWEST_GLUED_LETTERS)
    if np.count_nonzero(glued) < _FEWEST_GLUED:
        return []
    runs = np.flatnonzero(kinds >= _FIRST)
    edges = np.flatnonzero(np.diff(glued[runs].astype(np.int8), prepend=0, append=0)).tolist()
    found: list[int] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        row: list[int] = runs[start:end].tolist()
        if len({text[starts[at] : starts[at] + spans[at]] for at in row}) >= _FEWEST_GLUED:
            found += row
    return found


def _marked(characters: Array, marks: Array) -> Array:
    """A mark is what it stands on."""
    standing = marks.copy()
    standing[0] = False
    return characters[np.maximum.accumulate(np.where(standing, 0, np.arange(len(characters))))]


def _symbols(words: Words) -> Array:
    """Which words are none: names of functions and variables, and capitals that do not stand beside others."""
    capitals = words.flags & IS_CAPITALS != 0
    symbols = words.flags & IS_SYMBOL != 0
    if capitals.any():
        shouted = capitals[1:] & capitals[:-1] & (words.starts[1:] - words.ends[:-1] == 1)
        beside = np.zeros(len(capitals), bool)
        beside[1:] |= shouted
        beside[:-1] |= shouted
        symbols |= capitals & ~beside & (words.ends - words.starts <= _LONGEST_ACRONYM)
    return symbols


# One word by itself --------------------------------------------------------------------------------------------------

_LONGEST_ACRONYM = 6
_CAMEL_CASE = re.compile(r"[A-Za-z]?[a-z]{1,20}(?:[A-Z][a-z]{0,20}){1,3}")
_FUNCTION = re.compile(
    r"sin|cos|tan|log|ln|exp|mod|gcd|lcm|max|min|lim|det|arg|[kcmdn]m|[km]g|m[lL]|[kM]?Hz|k[JN]|kWh|mol"  # and units
    r"|i{2,3}|i[vx]|[vx]i{2,3}"  # and what numbers a list
)
_PINYIN = re.compile(
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:i?ang|iong|uang|u?eng|ing|ong|iao|i?an|u?ai|uan|[ae]i|[aio]u|ao|[eiu]n|i[ae]|u[aoie]|er|[aoeiuü])){1,4}"
)
_SURE_PINYIN = re.compile(
    r"\w*zh\w*|x(?:i|u)\w*|q(?:i|u(?:an)?$)\w*|\w*(?:uang|iang|iao)|(?:sh|d|g|h|s|t)uo\w*|\w*(?<!q)uo|\w*(?<!q)uan\w*|[jqxz]ian\w*|\w*(?:ng[gh]|nz)[aeiou]\w*|sh(?:i|u|ang|eng|ui|ou)|wo(?:men)?|yi|er"
    r"|suoyi|ranhou|dedao|jieguo"
)
_ROMAJI = re.compile(
    r"(?:(?:[kghbpmnr]y|sh|j|ch|ts|[kgszdtnhbpmyrwf])?[aiueoōū]|n(?![aiueoy])|(?:kk|ss|tt|pp|tch|ssh)[aiueo])+"
)
_SURE_ROMAJI = re.compile(r"wa|wo|desu|\w+(?:masu|mashita|masen|deshita|suru)|kara|sore|kore|mazu|kazu|kotae|soshite")


@lru_cache(maxsize=50_000)
def _flags(word: str) -> int:
    flags = IS_CAPITALISED * word[0].isupper()
    if not word.isascii():
        return flags
    flags |= IS_CAPITALS * word.isupper()
    flags |= IS_SYMBOL * bool(_FUNCTION.fullmatch(word) or _CAMEL_CASE.fullmatch(word))
    word = word.lower()
    if _PINYIN.fullmatch(word):
        flags |= IS_PINYIN | IS_SURE_PINYIN * bool(_SURE_PINYIN.fullmatch(word))
    if _ROMAJI.fullmatch(word):
        flags |= IS_ROMAJI | IS_SURE_ROMAJI * bool(_SURE_ROMAJI.fullmatch(word))
    return flags


# Tables --------------------------------------------------------------------------------------------------------------


def _kinds() -> Array:
    """What each character is: a mark, the end of a sentence, a pause, a digit, a letter of a script, or something else."""
    kinds: Array = np.zeros(_RARE_HAN.stop + 1, np.uint8)
    plane = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10000)]))
    patterns = [(rf"\p{{{script}}}", _FIRST + i) for i, script in enumerate(SCRIPTS) if script != KANA]
    patterns.append((r"[\p{Hiragana}\p{Katakana}ー]", _FIRST + SCRIPTS.index(KANA)))
    for pattern, kind in patterns:
        letters = regex.findall(rf"(?V1)[{pattern}&&[\p{{L}}ー]]", plane)
        kinds[np.fromiter(map(ord, letters), np.intp)] = kind
    kinds[_RARE_HAN] = _FIRST + SCRIPTS.index(HAN)
    for characters, kind in (
        (
            "".join(regex.findall(r"[\p{M}\p{Default_Ignorable_Code_Point}]", plane)),
            _MARK,
        ),  # what nobody sees parts no word
        (_ENDS, _END),
        (_PAUSES, _PAUSE),
        ("0123456789", _DIGIT),
    ):
        kinds[np.fromiter(map(ord, characters), np.intp)] = kind
    kinds[-1] = _OTHER
    return kinds


_UNSEEN = regex.compile(r"(?V1)[\p{Default_Ignorable_Code_Point}--\u200c]")  # Persian spells with that one
_KINDS = _kinds()
_FEWEST = np.array([2**62] * _FIRST + [_FEWEST_LETTERS.get(script, 1) for script in SCRIPTS])
_CHARACTERS = np.array([CHARACTERS_PER_WORD.get(script, np.inf) for script in SCRIPTS])
_SPACED = np.isinf(_CHARACTERS)
