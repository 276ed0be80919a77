"""The best path of languages through each piece of a text: the algorithm of Viterbi (1967), where it is needed at all.

Most pieces are in one language from end to end. Whether any change could gain more than it costs is known from the words'
scores alone, for all pieces at once: only those in doubt are walked through word by word, in step, as rows of one matrix.
"""

from typing import Final, NamedTuple

import numpy as np

from verifier.verifiers.language.words import Array

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
    lengths = np.diff(starts, append=len(evidence.scores))
    costs = np.where(pauses, CHANGE_AT_PAUSE, CHANGE)
    languages, sure = _unchanging(evidence, starts, lengths, costs, support)
    path: Array = np.repeat(languages, lengths)
    doubtful = np.flatnonzero(~sure)
    if len(doubtful):
        words, inside = _rows(starts[doubtful], lengths[doubtful])
        path[words[inside]] = _walked(evidence.scores, words, inside, costs, support)[inside]
    return path


def _rows(starts: Array, lengths: Array) -> tuple[Array, Array]:
    """The words of each piece as a row, and which entries are words: shorter rows are filled up with the first word of all."""
    at = np.arange(int(lengths.max()))
    inside = at < lengths[:, None]
    return np.where(inside, starts[:, None] + at, 0), inside


def _unchanging(evidence: Evidence, starts: Array, lengths: Array, costs: Array, support: Array) -> tuple[Array, Array]:
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
    own = np.repeat(languages, lengths)
    gain = np.where(evidence.first == own, evidence.second, 0) - scores[np.arange(len(own)), own]
    words, inside = _rows(starts, lengths)
    gains = np.cumsum(np.where(inside, gain[words], 0), axis=1, dtype=float)
    change, last = costs[words], lengths - 1
    into = gains[:, :-1] + change[:, 1:]  # what a passage has cost that starts at the second word or later
    whole = gains[pieces, last]
    own_support = support[languages]
    best = np.maximum(whole - CHANGE_AT_PAUSE - own_support, totals.max(axis=1) - most)  # passages from end to end
    if into.shape[1]:
        cheapest = np.minimum.accumulate(into, axis=1)
        ending = np.where(inside[:, 1:], gains[:, :-1] - change[:, 1:], -np.inf)  # ... or that ends before the last
        within = (ending - np.minimum(np.pad(cheapest[:, :-1], ((0, 0), (1, 0)), constant_values=np.inf), 0)).max(
            axis=1
        )
        to_end = np.where(last > 0, whole - cheapest[pieces, np.maximum(last - 1, 0)], -np.inf)
        best = np.max([best, within, to_end], axis=0)
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
