"""The best path of languages through each piece of a text: the algorithm of Viterbi (1967), where it is needed at all.

Most pieces are in one language from end to end, and most of these in the one that the document is in. Whether another, or any
change, could gain more than it costs is known from the words' scores alone, for all pieces at once: only those in doubt are
walked through word by word, in step, as rows of one matrix.
"""

from typing import Final, NamedTuple

import numpy as np

from verifier.verifiers.language.words import Array, lengths

CHANGE: Final = 5.5
"""What a change of language costs between two words."""
CHANGE_AT_PAUSE: Final = 2.5
"""And where a comma, a bracket or a word of another script stands between them."""
_MARGIN: Final = 0.01
"""What is closer than this is in doubt: sums of single precision are no more exact."""


class Evidence(NamedTuple):
    """What each word says about languages."""

    scores: Array
    """A row for each word: at most 0, and 0 for the language that it speaks for."""
    first: Array
    """The language that each word speaks for, or one of them."""
    second: Array
    """The best score of the others."""


def best_paths(evidence: Evidence, starts: Array, pauses: Array, support: Array) -> Array:
    """The language of each word; ``starts`` says at which words the pieces start, the first at 0.

    ``support`` is a score for each language, at most 0, which counts at the start of a piece and at each change.
    """
    path: Array = np.full(len(pauses), support.argmax())
    contested = ~_supported(evidence.scores, starts, support)
    if contested.any():
        spans = lengths(starts, len(pauses))
        words = np.flatnonzero(np.repeat(contested, spans))
        of_words = Evidence(*(column[words] for column in evidence))
        path[words] = _searched(of_words, spans[contested], np.where(pauses[words], CHANGE_AT_PAUSE, CHANGE), support)
    return path


def _supported(scores: Array, starts: Array, support: Array) -> Array:
    """Whether each piece is surely in the language with the most support: it loses less than any other path would cost."""
    own = support.argmax()
    most, second = np.sort(support)[:-3:-1]
    return np.add.reduceat(scores[:, own], starts) > max(second - most, -CHANGE_AT_PAUSE) + _MARGIN


def _searched(evidence: Evidence, spans: Array, costs: Array, support: Array) -> Array:
    """The best path through pieces of so many words."""
    starts = np.cumsum(spans) - spans
    languages, sure = _unchanging(evidence, starts, spans, costs, support)
    path: Array = np.repeat(languages, spans)
    doubtful = np.flatnonzero(~sure)
    if len(doubtful):
        words, inside = _rows(starts[doubtful], spans[doubtful])
        path[words[inside]] = _walked(evidence.scores, words, inside, costs, support)[inside]
    return path


def _rows(starts: Array, spans: Array) -> tuple[Array, Array]:
    """The words of each piece as a row, and which entries are words: shorter rows are filled up with the first word of all."""
    at = np.arange(int(spans.max()))
    inside = at < spans[:, None]
    return np.where(inside, starts[:, None] + at, 0), inside


def _unchanging(evidence: Evidence, starts: Array, spans: Array, costs: Array, support: Array) -> tuple[Array, Array]:
    """The one language that suits each piece best, and whether no path with a change could be better.

    A passage in other languages gains, at each of its words, at most the best score of them less that of the one language;
    it costs a change where it starts inside of the piece, and where it ends inside of it.
    """
    scores = evidence.scores
    totals = np.add.reduceat(scores, starts, axis=0) + support
    pieces = np.arange(len(starts))
    languages: Array = totals.argmax(axis=1)
    most = totals[pieces, languages]
    totals[pieces, languages] = -np.inf
    own = np.repeat(languages, spans)
    gain = np.where(evidence.first == own, evidence.second, 0) - scores[np.arange(len(own)), own]
    words, inside = _rows(starts, spans)
    gains = np.cumsum(np.where(inside, gain[words], 0), axis=1, dtype=float)
    change, last = costs[words], spans - 1
    into = gains[:, :-1] + change[:, 1:]  # what a passage has cost that starts at the second word or later
    whole = gains[pieces, last]
    own_support = support[languages]
    best = np.maximum(whole - CHANGE_AT_PAUSE - own_support, totals.max(axis=1) - most)  # passages from end to end
    if into.shape[1]:
        cheapest = np.minimum.accumulate(into, axis=1)
        ending = np.where(inside[:, 1:], gains[:, :-1] - change[:, 1:], -np.inf)  # ... or that ends before the last
        ending[:, 1:] -= np.minimum(cheapest[:, :-1], 0)
        to_end = np.where(last > 0, whole - cheapest[pieces, np.maximum(last - 1, 0)], -np.inf)
        best = np.max([best, ending.max(axis=1), to_end], axis=0)
    return languages, best < -_MARGIN


def _walked(scores: Array, words: Array, inside: Array, costs: Array, support: Array) -> Array:
    """The best path along each row."""
    rows, longest = words.shape
    evidence = np.where(inside.T[:, :, None], scores[words.T], np.float32(0))
    change = support - np.where(inside, costs[words], np.inf).T[:, :, None]
    best = evidence[0] + support
    changed = np.zeros((longest, *best.shape), bool)
    before = np.zeros((longest, rows), np.intp)
    for at in range(1, longest):
        best.argmax(axis=1, out=before[at])
        other = best.max(axis=1, keepdims=True) + change[at]
        np.greater(other, best, out=changed[at])
        np.add(np.maximum(best, other), evidence[at], out=best, casting="same_kind")
    path = np.empty((longest, rows), np.intp)
    path[-1] = best.argmax(axis=1)
    first = np.arange(rows, dtype=np.intp) * len(support)  # of each row, in a step's entries one after the other
    for at in range(longest - 1, 0, -1):
        leaves = changed[at].ravel().take(first + path[at])
        path[at - 1] = np.where(leaves, before[at], path[at])
    return path.T
