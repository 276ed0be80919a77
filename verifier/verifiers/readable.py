"""Whether a chain of thought is one that people can read: what DeepSeek-R1 kept for fine-tuning.

Source: DeepSeek-R1 (arXiv 2501.12948), section 2.3.3: chains of thought with mixed languages, long paragraphs and code blocks
were filtered out of the samples for fine-tuning. The paper gives no thresholds; those here are ours. Mixed languages are the
verifier ``language``'s to find.

* ``paragraphs``: no paragraph (text between blank lines) of more than ``max_paragraph_chars`` characters;
* ``code``: no code block (a fence of three backticks or tildes at the start of a line), unless ``code_blocks`` allows them;
* ``repetition``: of the n-grams of words (``ngram``; as in the verifier ``repetition``) at most the share ``max_repetition`` has
  stood before: ``1 - distinct n-grams / n-grams``.

The value is 1 where all hold, else 0; ``detail.faults`` names those that do not.
"""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers import response
from verifier.words import novelty, words

_BLANK_LINES = re.compile(r"\n[ \t\r]*\n")
_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE)


class ReadableOptions(BaseModel):
    """Options of ``readable``."""

    model_config = ConfigDict(extra="forbid")

    max_paragraph_chars: int | None = Field(
        4_000, ge=1, description="Longest paragraph, in characters. null: any length."
    )
    code_blocks: bool = Field(False, description="Whether the reasoning may hold code blocks.")
    max_repetition: float | None = Field(
        0.2, ge=0, le=1, description="Largest share of n-grams that stood before. null: any."
    )
    ngram: int = Field(20, ge=2, le=100, description="Words of an n-gram.")


@verifier("readable")
class Readable(Verifier[ReadableOptions]):
    """The chain of thought can be read: no endless paragraph, no code block, no repetition."""

    Options = ReadableOptions

    def verify(self, sample: Sample) -> Score:
        regions = response.split(sample.text)
        # Where there are no think tags, the whole completion is the reasoning.
        faults = dict(self._faults(regions.reasoning or sample.text))
        explanation = "; ".join(faults.values()) or "readable: no overlong paragraph, code block or repetition"
        return Score.of(float(not faults), explanation, detail={"faults": list(faults)})

    def _faults(self, text: str) -> Iterator[tuple[str, str]]:
        options = self.options
        longest = max(map(len, _BLANK_LINES.split(text)))
        if options.max_paragraph_chars is not None and longest > options.max_paragraph_chars:
            yield (
                "paragraphs",
                f"a paragraph of {longest:,} characters, and at most {options.max_paragraph_chars:,} are asked for",
            )
        if not options.code_blocks and _FENCE.search(text):
            yield "code", "a code block in the reasoning"
        if options.max_repetition is not None:
            said = novelty(words(text), options.ngram)
            share = 1 - said.different / said.total if said.total else 0.0
            if share > options.max_repetition:
                yield (
                    "repetition",
                    f"{share:.0%} of the runs of {options.ngram} words stood before, and at most "
                    f"{options.max_repetition:.0%} may",
                )
