"""How scores are made, and a reward of them."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from verifier.schema.model import Model

MOST = 100
"""Most scores of a rubric, and kinds of a score: as many as ``min`` of a formula takes."""


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("may hold no control characters")
    return name


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


NO_TRUTH = BeforeValidator(_no_truth)
"""To YAML ``yes`` and ``no`` are true and false, which are no numbers."""
Name: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
"""What a score or a kind is called."""
Least: TypeAlias = Annotated[float, Field(le=1), NO_TRUTH]
"""The least value of a score that counts, or is kept. Above 1 no score would ever reach it."""


class Check(Model):
    """A verifier and its options."""

    verifier: str
    options: dict[str, Any] = Field(default_factory=dict[str, Any])


class ScoreSpec(Model):
    """One score of a rubric: one verifier for all samples, or one for each kind."""

    verifier: str | None = None
    options: dict[str, Any] = Field(default_factory=dict[str, Any])
    by_kind: Annotated[dict[Name, Check], Field(min_length=1, max_length=MOST)] | None = Field(
        default=None, description="The verifier by the sample's kind."
    )
    weight: Annotated[float, Field(ge=-1e6, le=1e6), NO_TRUTH] = Field(
        default=1.0,
        description="What the value counts. Below 0 it is a penalty, which a completion too costly to judge escapes.",
    )
    requires: dict[str, Least] = Field(
        default_factory=dict[str, Least],
        description="Gates: the score counts only where each named score reaches its minimum.",
    )

    on_null: Literal["skip"] | Annotated[float, Field(ge=-1e6, le=1e6), NO_TRUTH] | None = Field(
        default=None,
        description="What a score without a value does to the reward. null: the reward is null as well. 'skip': the score does "
        "not count. A number: an unjudgeable sample counts as that value; a failure of the service never does.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> "ScoreSpec":
        if (self.verifier is None) == (self.by_kind is None):
            raise ValueError("name either 'verifier' or 'by_kind'")
        if self.by_kind is not None and self.options:
            raise ValueError("with 'by_kind', options belong to each kind")
        return self


class Rubric(Model):
    """A named recipe: which verifiers, with which options, weights and gates, make up the reward."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = "inline"
    description: str = ""
    scores: dict[Name, ScoreSpec] = Field(min_length=1, max_length=MOST)
    combine: Literal["sum", "product", "minimum"] = Field(
        default="sum",
        description="The reward is the sum, the product or the least of weight * value over the scores whose weight is not 0.",
    )
    formula: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = Field(
        default=None,
        description="The reward as arithmetic over the values of scores, in place of 'combine' and weights: + - * / ( ) and "
        "comparisons, min, max, abs, clip(value, low, high), if(condition, then, else).",
    )
    clip: (
        Annotated[list[Annotated[float, Field(ge=-1e12, le=1e12), NO_TRUTH]], Field(min_length=2, max_length=2)] | None
    ) = Field(default=None, description="The least and the largest reward.")
    keep: dict[str, Least] | None = Field(
        default=None, description="For selection: the least value of each score that filters. Absent: 1 of every score."
    )

    @model_validator(mode="after")
    def _one_combination(self) -> "Rubric":
        if self.formula is not None:
            if self.combine != "sum":
                raise ValueError("name either 'combine' or 'formula'")
            if weighed := next((name for name, spec in self.scores.items() if spec.weight != 1), None):
                raise ValueError(f"scores.{weighed}.weight means nothing beside a formula: write it into the formula")
        if self.clip is not None and self.clip[0] > self.clip[1]:
            raise ValueError(f"clip: {self.clip[0]:g} is more than {self.clip[1]:g}")
        return self

    @model_validator(mode="after")
    def _keeps_exist(self) -> "Rubric":
        for name in self.keep or ():
            if name not in self.scores:
                raise ValueError(f"keep names {name!r}, which is no score of this rubric")
        return self

    @model_validator(mode="after")
    def _gates_exist(self) -> "Rubric":
        for name, spec in self.scores.items():
            for gate in spec.requires:
                if gate == name or gate not in self.scores:
                    raise ValueError(f"scores.{name}.requires names {gate!r}, which is no other score of this rubric")
                if self.scores[gate].requires:
                    raise ValueError(f"scores.{name}.requires names {gate!r}, which is gated itself")
        return self
