"""The default detector: the n-gram model of py3langid, one word at a time, and the best path through each piece.

py3langid (Lui and Baldwin, "langid.py", ACL 2012 demos) is naive Bayes over byte n-grams. It says of a whole text which
one language it is in; here its model scores every word, and a piece is given the sequence of languages that maximises

    sum of score(word, language) - sum of the cost of each change of language

(:mod:`.paths`), so that a change inside a sentence is found where it is. A change costs less at a comma
or a bracket, and more into a language of which the rest of the document has little. A capitalised word inside of a sentence
is most often a name, and speaks for no language.

Words that were scored before are looked up.
"""

import io
import lzma
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from verifier.verifiers.language.detector import Detector
from verifier.verifiers.language.frequent import LANGUAGES_OF, LISTED
from verifier.verifiers.language.paths import Evidence, best_paths
from verifier.verifiers.language.words import IS_CAPITALISED, Array, Words, changes, lengths

TEMPERATURE: Final = 0.35
"""Of the scores: neighbouring n-grams say the same thing, so that naive Bayes is far too sure."""
WORST: Final = 8.5
"""The most that one word can say against a language."""
FREQUENT: Final = 16.0
"""What a frequent word says against the languages that do not have it."""
RARE: Final = 6.0
"""The most that a language of which the document has nothing else loses at the start of a piece or at a change."""
ROUNDS: Final = 3
FEW: Final = 2
"""So many words of a language in a document do not speak for each other."""
BRIEF: Final = 5
"""So many words make a sentence in which one word more or less is much."""
TITLED: Final = 0.75
"""A sentence with a larger share of capitalised words is a title, or shouted: they are no names."""
EXPECTED, UNSEEN = 0.25, 0.05
"""Words more of the expected language, and of each, that a document has beforehand: what says nothing is not foreign."""
CACHED_WORDS: Final = 50_000
LONGEST_WORD: Final = 40  # bytes of a word that are looked at


class _Model:
    """The n-gram model as it comes with py3langid 0.4: an automaton over bytes, and a score for each n-gram and language."""

    def __init__(self) -> None:
        packed = files("py3langid").joinpath("data/model.npz.xz").read_bytes()
        with np.load(io.BytesIO(lzma.decompress(packed)), allow_pickle=False) as data:
            self.scores: Array = data["ptc"]
            self.languages: list[str] = data["classes"].tolist()
            self.known = frozenset(self.languages) - {"zxx"}  # its word for "no language"
            self._next: Array = data["nextmove"]
            self._rows: Array = data["nextmove_row"].astype(np.intp) << 8
            self._features: Array = data["out_feat"]

    def features(self, words: Sequence[bytes]) -> tuple[Array, Array]:
        """The n-grams in each of the words: the numbers of the words, ascending, and of the n-grams."""
        lengths = np.fromiter(map(len, words), np.intp, len(words))
        width = int(lengths.max())
        letters = np.frombuffer(b"".join(word.ljust(width, b" ") for word in words), np.uint8).reshape(-1, width)
        state = np.zeros(len(words), np.intp)
        found: Array = np.full((len(words), width), -1, np.int32)
        for at in range(width):
            state = self._next[self._rows[state] + letters[:, at]]
            found[:, at] = np.where(at < lengths, self._features[state], -1)
        word, at = np.nonzero(found >= 0)
        return word, found[word, at]


@cache
def _model() -> _Model:
    return _Model()


class _Scores:
    """The score of every word in some languages, remembered."""

    def __init__(self, candidates: tuple[str, ...]) -> None:
        model = _model()
        columns = [i for i, language in enumerate(model.languages) if language in candidates]
        self.languages = [model.languages[i] for i in columns]
        self.positions: Array = np.array([candidates.index(language) for language in self.languages])
        self._table = model.scores[:, columns].astype(np.float32)
        self._known: dict[str, int] = {}
        self._remembered = Evidence(
            np.zeros((CACHED_WORDS, len(columns)), np.float32),
            np.zeros(CACHED_WORDS, np.intp),
            np.zeros(CACHED_WORDS, np.float32),
        )

    def of(self, words: list[str], pieces: Array) -> Evidence:
        """The scores of the words, each of which speaks once in a piece: a mistake about it is made once as well."""
        different = set(words)
        if len(different) > CACHED_WORDS:
            return self._score(words)
        known = self._known
        new = [word for word in different if word not in known]
        if len(known) + len(new) > CACHED_WORDS:
            known.clear()
            new = list(different)
        if new:
            places = slice(len(known), len(known) + len(new))
            for remembered, found in zip(self._remembered, self._score(new), strict=True):
                remembered[places] = found
            known.update(zip(new, range(places.start, places.stop), strict=True))
        rows = np.fromiter(map(known.__getitem__, words), np.intp, len(words))
        found = Evidence(*(column[rows] for column in self._remembered))
        if len(different) < len(words):
            again = np.ones(len(rows), bool)
            again[np.unique(pieces * CACHED_WORDS + rows, return_index=True)[1]] = False
            found.scores[again] = found.second[again] = 0
        return found

    def _score(self, words: list[str]) -> Evidence:
        encoded = [b" " + word.lower().encode(errors="replace")[:LONGEST_WORD] + b" " for word in words]
        word, feature = _model().features(encoded)
        scores = np.zeros((len(words), len(self.languages)), np.float32)
        if len(word):
            first = np.flatnonzero(changes(word))
            scores[word[first]] = np.add.reduceat(self._table[feature], first, axis=0)
        scores -= scores.max(axis=1, keepdims=True)
        scores = np.maximum(scores * TEMPERATURE, -WORST)
        for row, word in enumerate(words):
            languages = LANGUAGES_OF.get(word.lower(), frozenset[str]())
            if not languages.isdisjoint(self.languages):
                scores[row] = [0 if code in languages or code not in LISTED else -FREQUENT for code in self.languages]
        ranked = np.argsort(-scores, axis=1, kind="stable")
        return Evidence(scores, ranked[:, 0], scores[np.arange(len(words)), ranked[:, 1]])


class NGrams:
    """The default detector."""

    def languages(self) -> frozenset[str]:
        return _model().known

    def detect(self, words: Words, candidates: tuple[str, ...], expected: str = "") -> Array:
        scores = _scores(candidates)
        starts = words.pieces()
        spans = lengths(starts, len(words.texts))
        evidence = scores.of(words.texts, np.repeat(np.arange(len(starts)), spans))
        _doubt_names(evidence, words, starts, spans)
        presumed = np.array([UNSEEN + EXPECTED * (language == expected) for language in scores.languages])
        counts, path = np.zeros(len(scores.languages), np.intp), np.zeros(len(words.texts), np.intp)
        for _ in range(ROUNDS):
            others = np.maximum(counts - FEW, 0) + presumed
            support = np.maximum(np.log(others / others.max()), -RARE).astype(np.float32)
            before, path = path, best_paths(evidence, starts, words.pauses, support)
            counts = np.bincount(path, minlength=len(support))
            if np.array_equal(before, path) or np.count_nonzero(counts) < 2:
                break
        return scores.positions[path]


def make(name: str) -> Detector:
    """The detector; its model is read when it is first asked."""
    return NGrams()


@cache
def _scores(candidates: tuple[str, ...]) -> _Scores:
    return _Scores(candidates)


def _doubt_names(evidence: Evidence, words: Words, starts: Array, spans: Array) -> None:
    """Takes what names say out of the evidence: capitalised words inside of a sentence that does not capitalise nearly all.

    The first word of a brief sentence may be one too (``Jim: 30 marbles``), unless it is a frequent one: it says half as much.
    """
    capitals = words.flags & IS_CAPITALISED != 0
    if not capitals.any():
        return
    titled = np.add.reduceat(capitals, starts, dtype=np.intp) > TITLED * spans
    first = changes(words.sentences)
    names = capitals & ~np.repeat(titled, spans) & ~first
    evidence.scores[names] = evidence.second[names] = 0
    opening = capitals & first & np.repeat(spans <= BRIEF, spans)
    opening &= evidence.scores.min(axis=1) > -FREQUENT
    evidence.scores[opening] *= 0.5
    evidence.second[opening] *= 0.5
