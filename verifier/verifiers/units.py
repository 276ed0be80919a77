"""What a completion is long by: characters, words, or the policy's tokens; and the part of it that is measured."""

from typing import Literal

from verifier.errors import Unjudgeable
from verifier.schema import Sample
from verifier.verifiers import response
from verifier.words import words

Unit = Literal["tokens", "words", "characters"]
Region = Literal["completion", "reasoning", "answer"]


def region_of(text: str, region: Region) -> str:
    """A region of a completion. The reasoning of one without think tags is empty."""
    regions = response.split(text)
    match region:
        case "reasoning":
            return regions.reasoning
        case "answer":
            return regions.final if regions.answer is None else regions.answer
        case _:
            return text


def length(sample: Sample, unit: Unit, region: Region = "completion") -> float:
    """How long a completion is. Raises Unjudgeable where tokens are asked for, and the sample does not say how many."""
    if unit == "tokens":
        if sample.length is None or sample.length.tokens is None:
            raise Unjudgeable(
                "the sample has no length.tokens: the trainer has to count them, or the unit has to be another"
            )
        return sample.length.tokens
    text = region_of(sample.text, region)
    return len(text) if unit == "characters" else sum(words(text).says)
