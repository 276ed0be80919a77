"""A verifier of one's own, in ten lines: see docs/rubrics.md."""

from pydantic import BaseModel

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score


class Options(BaseModel):
    words: int = 100


@verifier("brief")
class Brief(Verifier[Options]):
    """The completion has few words."""

    Options = Options

    def verify(self, sample: Sample) -> Score:
        count = len(sample.text.split())
        return Score.of(
            float(count <= self.options.words), f"{count} words, and at most {self.options.words} are asked for"
        )
