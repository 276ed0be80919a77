"""Finding training samples that share text with test sets: any n-gram of words, as DeepSeek-R1 has it (10-grams).

Source: DeepSeek-R1 (arXiv 2501.12948): training text that shares any 10-gram with a test question is dropped. Paraphrases
are not found so.

Texts are compared by their words (:mod:`verifier.words`): casefolded, after Unicode NFKC, without punctuation, markup or
what nobody sees (soft hyphens, joiners); in
scripts without spaces each letter is a word. N-grams never reach over the end of a string. Of the test sets, an 8-byte hash
of each n-gram is kept, with where it stands: about 150 bytes each; training samples are read one at a time. Two different
n-grams have the same hash once in 10^19 pairs.
"""

import html
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, cast

from verifier.words import visible, words

_NO_LETTERS = str.maketrans("_'’", "   ")
"""What may stand in a word elsewhere, and may be markup, or be written in another way."""
_ELEMENT = re.compile(
    r"</?(?:p|br|hr|b|i|u|em|strong|span|div|sub|sup|a|li|ul|ol|h[1-6]|t[dhr]|table|tbody|thead|code|pre|img|font|center|blockquote)"
    r"(?:\s+[\w-]{1,40}=[^<>]{0,1000})?\s?/?>",
    re.IGNORECASE,
)
"""HTML that words may stand between."""


class Hit(NamedTuple):
    """An n-gram that a text shares with a test set."""

    gram: str
    source: str
    """Where it stands: the name of the test set and the line."""


class TestGrams:
    """The n-grams of test sets."""

    __test__ = False

    def __init__(self, n: int) -> None:
        self.n = n
        self.short = 0
        """Test items with no n-gram: they can match nothing."""
        self._names: list[str] = []
        self._places: dict[int, int] = {}
        self._origins = array("q")

    def __len__(self) -> int:
        return len(self._places)

    def add(self, name: str, line: int, record: Any, fields: Sequence[str] = ()) -> bool:
        """Take in one test item: all of its strings, or those under ``fields``. Says whether it has any n-gram."""
        if not self._names or self._names[-1] != name:
            self._names.append(name)
        place = len(self._origins) // 2
        self._origins.extend((len(self._names) - 1, line))
        found = False
        for text in strings(record, fields):
            for gram in grams(text, self.n):
                found = True
                self._places.setdefault(hash(gram), place)
        self.short += not found
        return found

    def find(self, record: Any, fields: Sequence[str] = ()) -> Hit | None:
        """The first n-gram of a training sample that stands in a test set."""
        for text in strings(record, fields):
            for gram in grams(text, self.n):
                place = self._places.get(hash(gram))
                if place is not None:
                    name, line = self._origins[2 * place], self._origins[2 * place + 1]
                    return Hit(" ".join(gram), f"{self._names[name]}:{line}")
        return None


def grams(text: str, n: int) -> Iterator[tuple[str, ...]]:
    """The n-grams of the words of a text, in order."""
    if not text.isascii():
        text = visible(unicodedata.normalize("NFKC", text))
    if "<" in text or "&" in text:
        text = _ELEMENT.sub(" ", html.unescape(text))
    tokens = words(text.translate(_NO_LETTERS)).texts
    return zip(*(tokens[i:] for i in range(n)), strict=False)


def strings(record: Any, fields: Iterable[str] = ()) -> Iterator[str]:
    """Every string in a record, however deep, but for those under ``id`` and ``metadata``; or those under ``fields`` alone."""
    wanted = set(fields)
    if isinstance(record, str):
        yield record
    elif isinstance(record, list):
        for item in cast("list[Any]", record):
            yield from strings(item)
    elif isinstance(record, dict):
        for key, value in cast("dict[str, Any]", record).items():
            if key in wanted or (not wanted and key not in ("id", "metadata")):
                yield from strings(value)
