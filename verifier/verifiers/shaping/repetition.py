"""How much of a text it says for the first time."""

import re
import zlib

from pydantic import BaseModel, ConfigDict, Field

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.units import Region, region_of
from verifier.words import novelty, words

_SIGNS = re.compile(r"[^\w\s]\s{0,9}(?:[^\w\s]\s{0,9}){19}")
"""More signs in a row than a text needs."""


class RepetitionOptions(BaseModel):
    """Options of ``repetition``."""

    model_config = ConfigDict(extra="forbid")

    words: int = Field(3, ge=1, le=100, description="The length of the n-grams, in words.")
    region: Region = Field("completion", description="The part that is judged.")


@verifier("repetition")
class Repetition(Verifier[RepetitionOptions]):
    """The share of the n-grams that are there for the first time: 1 where nothing is repeated.

    Source: Yeo et al. (arXiv 2502.03373), section 4.2 and algorithm 1; open-r1's ``repetition_penalty_reward``:

        value = number of different n-grams / number of n-grams          1 for a text shorter than an n-gram
        open-r1's penalty = max_penalty * (1 - value)                    max_penalty is negative, such as -1

    So a rubric has the penalty by the weight ``-max_penalty`` and the constant ``max_penalty``. Words count without regard to
    case. In a script without spaces an n-gram is as many characters as say n words (Chinese: 5 for n = 3), so that it repeats
    itself about as often as n words do. Twenty signs without a word between them count as a word. The longer a text, the fewer
    of its n-grams can be new: compare texts of like length.
    """

    Options = RepetitionOptions

    def verify(self, sample: Sample) -> Score:
        text = _SIGNS.sub(_sign, region_of(sample.text, self.options.region))
        found = novelty(words(text), self.options.words)
        if not found.total:
            return Score.of(1.0, f"too few words to repeat any {self.options.words} in a row", detail={"ngrams": 0})
        value = found.different / found.total
        again = f"; said again first: {' '.join(found.again)[:80]!r}" if found.again else ""
        why = f"{value:.0%} of the {found.total:,} n-grams are new{again}"
        return Score.of(value, why, detail={"ngrams": found.total, "different": found.different})


def _sign(signs: re.Match[str]) -> str:
    """Signs as a word of their own."""
    return f" {zlib.crc32(signs[0].encode(errors='replace')):x} "
