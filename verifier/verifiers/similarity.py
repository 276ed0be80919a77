"""How close a text is to a reference, as a share: for answers that may be worded in several ways.

The answer is what stands inside ``<answer>``, else what follows the reasoning. Of several references the closest counts.

* ``token_f1``: SQuAD (Rajpurkar et al. 2016, arXiv 1606.05250): both in lower case, without punctuation and the articles a, an,
  the; with the words that both have, counted as often as both have them, F1 = 2PR / (P + R).
* ``rouge1``, ``rouge2``: F1 over n-grams; ``rougeL``: F1 from the longest common subsequence of words (Lin 2004, "ROUGE"). Words
  are those of rouge-score, in any script: without underscores and apostrophes. Texts too short for a pair are equal or not.
* ``bleu``: sentence BLEU of sacrebleu / 100, with exponential smoothing (Post 2018, arXiv 1804.08771).
* ``edit``: 1 - Levenshtein distance / length of the longer, over characters.

Words of scripts without spaces are their characters. Each of these is gamed more easily than equality: a policy will learn to say
all words that the reference may have. Use them where nothing stricter can be asked for, never as the only accuracy.
"""

import importlib
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from rapidfuzz.distance import LCSseq, Levenshtein

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.references import named
from verifier.verifiers.units import region_of
from verifier.words import words

Metric = Literal["token_f1", "rouge1", "rouge2", "rougeL", "bleu", "edit"]

ANSWER_CHARS = 50_000
"""A longer answer is worth 0, unread: distances cost the product of both lengths."""

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_INSIDE_WORDS = str.maketrans("_'’", "   ")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


class SimilarityOptions(BaseModel):
    """Options of ``similarity``."""

    model_config = ConfigDict(extra="forbid")

    metric: Metric = Field("token_f1", description="How closeness is measured. bleu needs the package sacrebleu.")
    threshold: float | None = Field(
        None, ge=0, le=1, description="1 from here on and 0 below, instead of the share itself."
    )

    @field_validator("metric")
    @classmethod
    def _is_installed(cls, metric: Metric) -> Metric:
        if metric == "bleu":
            try:
                importlib.import_module("sacrebleu")
            except ImportError:
                raise ValueError("bleu needs a package: pip install 'r1-verifier[bleu]'") from None
        return metric


@verifier("similarity")
class Similarity(Verifier[SimilarityOptions]):
    """The answer is close to a reference text, by token F1, ROUGE, BLEU or edit distance."""

    Options = SimilarityOptions

    def verify(self, sample: Sample) -> Score:
        if not sample.references or any(not reference.strip() for reference in sample.references):
            raise Unjudgeable("the sample has no reference text, or an empty one")
        if any(len(reference) > ANSWER_CHARS for reference in sample.references):
            raise Unjudgeable(f"a reference of more than {ANSWER_CHARS:,} characters")
        text = region_of(sample.text, "answer").strip()
        if len(text) > ANSWER_CHARS:
            return Score.of(0.0, f"worth 0: an answer of more than {ANSWER_CHARS:,} characters")
        metric = METRICS[self.options.metric]
        shares = [min(max(metric(text, reference), 0.0), 1.0) for reference in sample.references]
        share = max(shares)
        value = share if self.options.threshold is None else float(share >= self.options.threshold)
        why = f"{self.options.metric} of {share:.3f} with {named([sample.references[shares.index(share)]])}"
        why += f", the closest of {len(shares)}" if len(shares) > 1 else ""
        why += f", and at least {self.options.threshold:g} is asked for" if self.options.threshold is not None else ""
        return Score.of(value, why, extracted=text, detail={"share": share})


def token_f1(answer: str, reference: str) -> float:
    """The F1 of SQuAD. Two texts without words are the same."""
    return _f1(*(Counter(_squad(text)) for text in (answer, reference)))


def rouge_n(answer: str, reference: str, size: int) -> float:
    """ROUGE-N as F1."""
    mine, theirs = _rouge_words(answer), _rouge_words(reference)
    if len(mine) < size or len(theirs) < size:
        return float(mine == theirs)
    return _f1(*(Counter(_grams(text, size)) for text in (mine, theirs)))


def rouge_l(answer: str, reference: str) -> float:
    """ROUGE-L as F1, over the whole text."""
    mine, theirs = _rouge_words(answer), _rouge_words(reference)
    if not mine or not theirs:
        return float(mine == theirs)
    return 2 * LCSseq.similarity(mine, theirs) / (len(mine) + len(theirs))


def bleu(answer: str, reference: str) -> float:
    """Sentence BLEU of sacrebleu, in [0, 1]."""
    package: Any = importlib.import_module("sacrebleu")
    tokenizer = "char" if min(words(reference).says, default=1) < 1 else "13a"
    return float(package.sentence_bleu(answer, [reference], tokenize=tokenizer).score) / 100


def edit(answer: str, reference: str) -> float:
    """One minus the normalised Levenshtein distance."""
    return Levenshtein.normalized_similarity(answer, reference.strip())


METRICS: dict[Metric, Callable[[str, str], float]] = {
    "token_f1": token_f1,
    "rouge1": lambda answer, reference: rouge_n(answer, reference, 1),
    "rouge2": lambda answer, reference: rouge_n(answer, reference, 2),
    "rougeL": rouge_l,
    "bleu": bleu,
    "edit": edit,
}


def _squad(text: str) -> list[str]:
    return _words(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)))


def _words(text: str) -> list[str]:
    return words(text).texts


def _rouge_words(text: str) -> list[str]:
    return _words(text.translate(_INSIDE_WORDS))


def _grams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]


def _f1(mine: Counter[Any], theirs: Counter[Any]) -> float:
    if not mine or not theirs:
        return float(mine == theirs)
    return 2 * (mine & theirs).total() / (mine.total() + theirs.total())
