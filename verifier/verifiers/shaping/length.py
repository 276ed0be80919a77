"""Rewards for short completions: relative to the group (Kimi 1.5), along a cosine (open-r1), and near the limit (DAPO)."""

from math import cos, pi

from pydantic import BaseModel, ConfigDict, Field, model_validator

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.units import Region, Unit, length

_UNIT = "What is counted: the sample's length.tokens, or words or characters of the region."
_REGION = "The part that is measured. Tokens are those of the whole completion."


class LengthOptions(BaseModel):
    """Options that all verifiers of length have."""

    model_config = ConfigDict(extra="forbid")

    unit: Unit = Field("tokens", description=_UNIT)
    region: Region = Field("completion", description=_REGION)

    @model_validator(mode="after")
    def _tokens_of_all(self) -> "LengthOptions":
        if self.unit == "tokens" and self.region != "completion":
            raise ValueError(
                "tokens are known of the whole completion only: choose unit words or characters for a region"
            )
        return self


class GroupLengthOptions(LengthOptions):
    """Options of ``length-group``."""

    shortest: float | None = Field(None, ge=0, description="The shortest length, for samples without length.group_min.")
    longest: float | None = Field(None, ge=0, description="The longest length, for samples without length.group_max.")


class CosineLengthOptions(LengthOptions):
    """Options of ``length-cosine``."""

    longest: float = Field(16_384, gt=0, description="The length at which the cosine has come down, in units.")


class SoftOverlongOptions(LengthOptions):
    """Options of ``length-overlong``."""

    limit: float = Field(20_480, gt=0, description="L_max: from here on nothing is paid, in units.")
    cache: float = Field(
        4_096, gt=0, description="L_cache: the interval below the limit in which the value falls, in units."
    )

    @model_validator(mode="after")
    def _fits(self) -> "SoftOverlongOptions":
        if self.cache > self.limit:
            raise ValueError("cache must not be longer than limit")
        return self


@verifier("length-group")
class GroupLength(Verifier[GroupLengthOptions]):
    """Short beside the other completions of the group, as in Kimi 1.5.

    Source: Kimi k1.5 (arXiv 2501.12599), section 2.3.3, length penalty. With the lengths of the group's completions,

        lambda = 0.5 - (len - min_len) / (max_len - min_len)     in [-0.5, 0.5]; 0 where max_len = min_len
        length reward = lambda if the answer is right, else min(0, lambda)

    The value is ``lambda + 0.5``. A sample is judged by itself, so the trainer says how long the others were:
    ``"length": {"tokens": 812, "group_min": 310, "group_max": 4096}``, in the unit that is counted; options stand in for what is
    missing, and lengths beyond them count as the nearest. The paper's reward is ``accuracy * (length - 0.5) + (1 - accuracy)
    * min(0, length - 0.5)`` for scores named accuracy and length.
    """

    Options = GroupLengthOptions

    def verify(self, sample: Sample) -> Score:
        given = sample.length
        shortest = self.options.shortest if given is None or given.group_min is None else given.group_min
        longest = self.options.longest if given is None or given.group_max is None else given.group_max
        if shortest is None or longest is None:
            raise Unjudgeable(
                "the lengths of the group are not known: neither length.group_min and group_max, nor options"
            )
        if longest < shortest:
            raise Unjudgeable(f"the shortest length of the group, {shortest:g}, is above the longest, {longest:g}")
        here = length(sample, self.options.unit, self.options.region)
        share = (here - shortest) / (longest - shortest) if longest > shortest else 0.5
        value = 1 - min(max(share, 0.0), 1.0)
        group = f"where the shortest of the group has {shortest:g} and the longest {longest:g}"
        why = f"{here:g} {self.options.unit}, {group}"
        return Score.of(value, why, detail={"length": here, "lambda": value - 0.5})


@verifier("length-cosine")
class CosineLength(Verifier[CosineLengthOptions]):
    """Short, along half a cosine.

    Source: Yeo et al., "Demystifying Long Chain-of-Thought Reasoning in LLMs" (arXiv 2502.03373), section 4.2, CosFn; open-r1's
    ``cosine_scaled_reward``.

        value = (1 + cos(pi * min(len / longest, 1))) / 2        1 at length 0, 0.5 half way, 0 from ``longest`` on
        CosFn(len, r_0, r_L) = r_L + (r_0 - r_L) * value         r_0: the reward at length 0, r_L: at ``longest``

    With open-r1's numbers (right: 1 to 0.5; wrong: -1 to -0.5): ``accuracy * (0.5 + 0.5 * cosine) - (1 - accuracy) * (0.5 + 0.5
    * cosine)``. Beyond ``longest`` open-r1's cosine rises again; this value stays 0.
    """

    Options = CosineLengthOptions

    def verify(self, sample: Sample) -> Score:
        here = length(sample, self.options.unit, self.options.region)
        value = (1 + cos(pi * min(here / self.options.longest, 1.0))) / 2
        return Score.of(
            value,
            f"{here:g} {self.options.unit}, where none is worth 1 and {self.options.longest:g} or more are worth 0",
            detail={"length": here},
        )


@verifier("length-overlong")
class SoftOverlong(Verifier[SoftOverlongOptions]):
    """Not near the limit of the length.

    Source: DAPO (arXiv 2503.14476), equation 13, soft overlong punishment:

        R(len) = 0                                  len <= limit - cache
               = (limit - cache - len) / cache      limit - cache < len <= limit
               = -1                                 limit < len

    The value is ``1 + R``: with weight 1 and the constant -1 the paper's punishment. A completion that is too long to be judged
    at all has the value 0, which is the full punishment.
    """

    Options = SoftOverlongOptions

    def verify(self, sample: Sample) -> Score:
        limit, cache, unit = self.options.limit, self.options.cache, self.options.unit
        here = length(sample, unit, self.options.region)
        value = min(max((limit - here) / cache, 0.0), 1.0)
        why = "within the limit" if value == 1 else "beyond the limit" if here > limit else "close to the limit"
        return Score.of(
            value,
            f"{why}: {here:g} {unit}, where the value falls from {limit - cache:g} on and is 0 at {limit:g}",
            detail={"length": here, "punishment": value - 1},
        )
