"""The options of a multiple choice question: which letters there are, and which texts stand for which letter."""

import re
from typing import NamedTuple

from verifier.verifiers.choice.names import LETTERS, Names
from verifier.verifiers.choice.plain import plain, squeezed

_TEXT_ENDS = re.compile(
    r"$|[.,;:!?)]+(?:\s|$)|[。，；：！？、]|\s*(?:/|或|和|与)|\s+(?:because|since|as|so|which|given|or|and)\b"
)
_ARTICLE = re.compile(r"(?:(?:i\.?e\.?|that is|namely)[,:]?\s+)?(?:(?:the|an?)\s+)?(?=\S)", re.IGNORECASE)
_QUOTES = "\"'“”‘’ "
_LETTER = re.compile(r"(?<!\w)(?:[B-HJ-Z](?!\w)|A(?=[.,;:)\]]|\s+(?:and|or)\b|\s*$))")
_JOINED = re.compile(r"\s*+(?:(?:,\s*+)?\b(?:and|et|und|y|e|и)\b|[,;&+、和与及])\s*+")


class Reading(NamedTuple):
    """The letters that a text chooses; none, and the fault, when it chooses in a way that cannot be paid."""

    letters: frozenset[str] = frozenset()
    fault: str = ""

    def __bool__(self) -> bool:
        return bool(self.letters or self.fault)


NOTHING = Reading()
"""A text that chooses nothing."""


class Question:
    """The options by letter, and the letter by an option's text.

    A single letter that labels an option is a label, even where it is also the text of another option.
    """

    def __init__(self, options: dict[str, str], count: int, prompt: str = "") -> None:
        self._letters = LETTERS[:count]
        texts = {letter: squeezed(plain(text)) for letter, text in options.items()}
        self._names = Names(texts, prompt)
        # Case is meaning where it alone tells two options apart: Pp, PP and pp.
        self._fold_case = len({text.casefold() for text in texts.values()}) == len(set(texts.values()))
        self._texts = {letter: self.key(text) for letter, text in texts.items()}
        self._by_text: dict[str, frozenset[str]] = {}
        for letter, text in self._texts.items():
            self._by_text[text] = self._by_text.get(text, frozenset()) | {letter}
        bare = [_ARTICLE.sub("", text, count=1) for text in self._by_text]
        self._without_article = (
            dict(zip(bare, self._by_text.values(), strict=True)) if len(set(bare)) == len(bare) else {}
        )
        self._longest_first = sorted(filter(None, self._by_text), key=len, reverse=True)

    @property
    def has_texts(self) -> bool:
        """Whether the options' texts are known."""
        return bool(self._texts)

    @property
    def texts(self) -> tuple[str, ...]:
        """The options' texts, in the form that :meth:`key` gives."""
        return tuple(filter(None, self._by_text))

    def letter(self, text: str) -> str:
        """The one letter of an option's text; empty where it is none's, or several options'."""
        letters = self._by_text.get(self.key(text), frozenset[str]())
        return next(iter(letters)) if len(letters) == 1 else ""

    def has(self, letter: str) -> bool:
        """Whether an option has this letter."""
        return bool(letter) and letter in self._letters

    def text(self, letter: str) -> str | None:
        """The text of an option, in the form that :meth:`key` gives."""
        return self._texts.get(letter)

    def key(self, text: str) -> str:
        """The form in which texts are compared with those of options."""
        text = squeezed(text).strip(_QUOTES).rstrip(".।۔。;；,， ").rstrip(_QUOTES)
        return text.casefold() if self._fold_case else text

    def by_text(self, text: str) -> Reading:
        """The option that a text is the label or the text of."""
        label = text.strip().rstrip(".。").upper()
        if len(label) == 1 and self.has(label):
            return Reading(frozenset(label))
        key = self.key(text)
        letters = self._by_text.get(key) or self._without_article.get(_ARTICLE.sub("", key, count=1)) if key else None
        letters = letters or frozenset[str]()
        return Reading(fault="the answer is the text of several options") if len(letters) > 1 else Reading(letters)

    def mentions(self, text: str, but: str = "") -> bool:
        """Whether a text holds the text of an option, or the letter of one that is no word; of another than ``but``."""
        key, own = self.key(text), self.text(but)
        others = (option for option in self._longest_first if option != own and option in key)
        named = any(re.search(rf"(?<!\w){re.escape(option)}(?!\w)", key) for option in others)
        return named or any(letter != but and self.has(letter) for letter in _LETTER.findall(text))

    def lettered(self, text: str) -> str:
        """A statement that opens with other names of options, with their letters in brackets in place of these."""
        return self._names.lettered(text)

    def together(self, text: str) -> tuple[frozenset[str], str]:
        """The options whose texts a text opens with, joined by "and", and what follows the last."""
        letters = frozenset[str]()
        option, rest = self.opening(text)
        for _ in LETTERS:
            letters |= self.by_text(option).letters
            joint = _JOINED.match(rest)
            option, beyond = self.opening(rest[joint.end() :]) if joint else ("", "")
            if not option:
                break
            rest = beyond
        return letters, rest

    def opening(self, text: str) -> tuple[str, str]:
        """The longest option text that a text opens with, and what follows it; both empty when there is none."""
        key = _ARTICLE.sub("", text, count=1)
        return self._opening(self.key(text)) or (key != text and self._opening(self.key(key))) or ("", "")

    def opening_words(self, text: str) -> tuple[str, str]:
        """The option text that a text goes on from, and what it goes on with; both empty when there is none."""
        option = self.subject(text)
        key = self.key(_ARTICLE.sub("", text, count=1))
        return option, key[len(option) :] if option else ""

    def subject(self, text: str) -> str:
        """The option text, if it is of words, that a text goes on from: "Paris lies in"; empty when there is none."""
        key = self.key(_ARTICLE.sub("", text, count=1))
        words = (option for option in self._longest_first if len(option) > 3 and option[0].isalpha())
        return next((option for option in words if key.startswith(f"{option} ")), "")

    def _opening(self, key: str) -> tuple[str, str] | None:
        for option in self._longest_first:
            if key.startswith(option) and _TEXT_ENDS.match(key, len(option)):
                return option, key[len(option) :]
        return None
