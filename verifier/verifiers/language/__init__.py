"""How much of the chain of thought is in the target language, by the scripts that it is written in.

Formulas, code, addresses, numbers and identifiers are taken out (:mod:`.strip`), words are counted by script
(:mod:`.scripts`), and the value is the share of the words that the target language may write (:mod:`.share`).

A script does not tell the languages apart that share it: to this verifier English and French are one, and so are
Russian and Bulgarian. ``detail`` carries the share of every script. Chinese, Japanese and Korean are told apart.

What is judged:

* the reasoning, or the whole completion where it has no think tags (``region``: or the answer, or both);
* a chain of thought that is never closed as far as it goes: that it was cut short is a matter for other verifiers;
* the whole completion where the region has no words, so that nothing is gained by an empty chain of thought;
* a completion with no words at all, as formulas alone, speaks no wrong language: 1.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers import response
from verifier.verifiers.language.share import Shares, dominant_script, measure, scripts_of


class LanguageOptions(BaseModel):
    """Options of ``language``."""

    model_config = ConfigDict(extra="forbid")

    target: str | None = Field(
        None, description="ISO 639-1 code of the target language, for samples without one. Absent: that of the prompt."
    )
    region: Literal["reasoning", "answer", "both"] = Field("reasoning", description="The part that is judged.")

    @field_validator("target")
    @classmethod
    def _is_known(cls, target: str | None) -> str | None:
        if target is not None and not scripts_of(target):
            raise ValueError(f"the language {target!r} is not known")
        return target


@verifier("language")
class Language(Verifier[LanguageOptions]):
    """The share of the words of the chain of thought that are in the target language, by script."""

    Options = LanguageOptions

    def verify(self, sample: Sample) -> Score:
        target, scripts = self._target(sample)
        where, shares = self._measure(sample.text)
        detail = {"target": target, "words": round(shares.words, 1), "shares": _rounded(shares), "judged": where}
        if not shares.words:
            return Score.of(1.0, "no words in any language", detail=detail)
        value = shares.of(scripts)
        return Score.of(value, f"{value:.0%} of the words of the {where} may be {target}", detail=detail)

    def _target(self, sample: Sample) -> tuple[str, frozenset[str]]:
        """The name of the target and its scripts. Depends on nothing that the policy wrote."""
        language = sample.language or self.options.target
        if language:
            if scripts := scripts_of(language):
                return language, scripts
            raise Unjudgeable(f"the language {language[:40]!r} is not known")
        if script := dominant_script(sample.prompt_text):
            return script, frozenset({script})
        raise Unjudgeable("no target language: neither the sample nor the options name one, and the prompt shows none")

    def _measure(self, text: str) -> tuple[str, Shares]:
        regions = response.split(text)
        name, region = "completion", text
        if self.options.region == "reasoning" and regions.reasoning:
            name, region = "reasoning", regions.reasoning
        elif self.options.region == "answer":
            name, region = "answer", regions.final if regions.answer is None else regions.answer
        shares = measure(region)
        return (name, shares) if shares.words else ("completion", measure(text))


def _rounded(shares: Shares) -> dict[str, float]:
    return {script: round(share, 4) for script, share in shares.by_script.items()}
