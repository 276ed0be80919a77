"""How much of the chain of thought is in the target language: its words in that language, over all of its words.

Source: DeepSeek-R1 (arXiv 2501.12948), language consistency reward: ``Num(words in the target language) / Num(words)``.

Formulas, code, addresses, numbers and identifiers are taken out (:mod:`.strip`); words are counted by script
(:mod:`.words`); within a script a detector tells languages apart (:mod:`.detector`); the value is the target's share
(:mod:`.share`).

What is judged:

* the reasoning, or the whole completion where it has no think tags (``region``: or the answer, or both);
* a chain of thought that is never closed as far as it goes: that it was cut short is a matter for other verifiers;
* the whole completion where the region has no words, so that nothing is gained by an empty chain of thought;
* a completion with no words at all, as formulas alone, speaks no wrong language: 1, unless ``min_words`` asks for more.
"""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers import response
from verifier.verifiers.language.detector import Name, detector
from verifier.verifiers.language.languages import Target, target_of
from verifier.verifiers.language.share import Shares, dominant_language, measure

SHOWN_SPANS: Final = 20
"""So many foreign spans stand in the detail of a score."""
SHOWN_CHARS: Final = 80


class LanguageOptions(BaseModel):
    """Options of ``language``."""

    model_config = ConfigDict(extra="forbid")

    target: str | None = Field(
        None, description="ISO 639-1 code of the target language, for samples without one. Absent: that of the prompt."
    )
    region: Literal["reasoning", "answer", "both"] = Field("reasoning", description="The part that is judged.")
    detector: Name = Field(
        "py3langid",
        description="What tells languages of one script apart. langdetect and lingua are optional packages.",
    )
    min_words: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Fewer words of language than this are worth 0: set it where formulas or code must not replace words.",
    )

    @field_validator("target")
    @classmethod
    def _is_known(cls, target: str | None) -> str | None:
        if target is not None and not target_of(target):
            raise ValueError(_unknown(target))
        return target

    @field_validator("detector")
    @classmethod
    def _is_installed(cls, name: Name) -> Name:
        try:
            detector(name)
        except ImportError as error:
            raise ValueError(
                f"the package of the detector is missing: pip install 'r1-verifier[{name}]' ({error})"
            ) from None
        return name


@verifier("language")
class Language(Verifier[LanguageOptions]):
    """The share of the words of the chain of thought that are in the target language."""

    Options = LanguageOptions

    @classmethod
    def prepare(cls) -> None:
        measure("one два ثلاثة चार", detector("py3langid"))  # a word of each script whose languages are told apart

    def verify(self, sample: Sample) -> Score:
        target = self._target(sample)
        where, start, shares = self._measure(sample.text, target)
        detail = _detail(target, where, start, sample.text, shares)
        if shares.words < self.options.min_words:
            few = f"{shares.words:.0f} words of language in the {where}, and at least {self.options.min_words} are asked for"
            return Score.of(0.0, few, detail=detail)
        if not shares.words:
            return Score.of(1.0, "no words in any language, and so none in a wrong one", detail=detail)
        value = shares.of(target)
        return Score.of(value, _explanation(value, target, where, shares), detail=detail)

    def _target(self, sample: Sample) -> Target:
        """The target language. Depends on nothing that the policy wrote."""
        code = sample.language or self.options.target
        if code:
            if target := target_of(code):
                return target
            raise Unjudgeable(_unknown(code))
        if language := dominant_language(sample.prompt_text, detector(self.options.detector)):
            return Target(language)
        raise Unjudgeable("no target language: neither the sample nor the options name one, and the prompt shows none")

    def _measure(self, text: str, target: Target) -> tuple[str, int, Shares]:
        """What is judged: its name, where it starts in the completion, and its shares."""
        regions = response.split(text)
        name, region, start = "completion", text, 0
        if self.options.region == "reasoning" and regions.reasoning:
            name, region, start = "reasoning", regions.reasoning, text.find(regions.reasoning)
        elif self.options.region == "answer" and regions.answer is not None:
            name, region, start = "answer", regions.answer, text.rfind(response.ANSWER_OPEN) + len(response.ANSWER_OPEN)
        elif self.options.region == "answer":
            name, region, start = "answer", regions.final, text.rfind(regions.final)
        shares = measure(region, detector(self.options.detector), target)
        if shares.words or name == "completion":
            return name, start, shares
        return "completion", 0, measure(text, detector(self.options.detector), target)


def _unknown(code: str) -> str:
    return f"the language {code[:40]!r} is not known: name one by its ISO 639-1 code, as 'en'"


def _detail(target: Target, where: str, start: int, text: str, shares: Shares) -> dict[str, Any]:
    foreign = shares.foreign(target)
    return {
        "target": target.code,
        "judged": where,
        "words": round(shares.words, 1),
        "shares": {language: round(share, 4) for language, share in shares.by_language.items()},
        "foreign_spans": len(foreign),
        "foreign": [
            {
                "start": start + span.start,
                "end": start + span.end,
                "language": span.language,
                "text": _cut(text[start + span.start : start + span.end]),
            }
            for span in foreign[:SHOWN_SPANS]
        ],
    }


def _explanation(value: float, target: Target, where: str, shares: Shares) -> str:
    said = f"{value:.1%} of the words of the {where} are {target.code}"
    others = [f"{share:.1%} {language}" for language, share in shares.by_language.items() if language != target.code]
    return f"{said}; {', '.join(others[:3])}" if others else said


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
