"""The options of the math verifier: every policy, its default, and why it is the default."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Extraction = Literal["auto", "answer_tag", "boxed", "final"]


class MathOptions(BaseModel):
    """How answers are found, and what counts as equal. ``docs/math.md`` explains each policy with examples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    extraction: Extraction = Field(
        default="auto",
        description="Where the answer is: 'answer_tag' (the last <answer>; in it the box, else the expression of the "
        "sentence), 'boxed', 'final' (after 'the answer is' and the like, else the last formula or number), or 'auto' "
        "(the first of these that the completion uses).",
    )
    several: Literal["reject", "last"] = Field(
        default="reject",
        description="Several different final answers: 'reject' (no answer, unless the reference is a collection of "
        "them), or 'last'. Paying the last would pay for hedging.",
    )
    corrections: Literal["last", "reject"] = Field(
        default="last",
        description="An answer that is withdrawn in words before another is given ('No: ...'): the last counts.",
    )
    units: Literal["optional", "required", "ignored"] = Field(
        default="optional",
        description="A unit stated on both sides must agree in dimension and scale. Stated on one side only: accepted "
        "('optional'), or not ('required'). 'ignored' compares the numbers alone.",
    )
    percent: Literal["lenient", "value"] = Field(
        default="lenient", description="50% equals 0.5; with 'lenient' also 50, as if the sign were a unit."
    )
    rounding: Literal["reference", "none"] = Field(
        default="reference",
        description="A decimal reference accepts what rounds to it at its last place ('reference'), or only its exact "
        "value ('none'). References without a decimal point are always exact.",
    )
    min_significant: int = Field(
        default=2,
        ge=1,
        le=50,
        description="Significant digits to which a decimal reference is at least good: 0.5 is read as 0.50, so that "
        "it does not accept 0.46.",
    )
    absolute_tolerance: float = Field(
        default=0.0, ge=0, description="Greatest accepted difference from a numeric reference."
    )
    relative_tolerance: float = Field(
        default=0.0,
        ge=0,
        le=0.5,
        description="Greatest accepted difference from a numeric reference, as a share of it.",
    )
    decimal_comma: Literal["auto", "never", "always"] = Field(
        default="auto",
        description="Read '3,14' as 3.14: where it cannot be a thousands separator ('auto'), never, or always.",
    )
    list_order: Literal["any", "given"] = Field(
        default="any", description="Whether a list without brackets ('1, 2') must come in the reference's order."
    )
    assignment: bool = Field(default=True, description="'x = 5' answers a reference 5, and 5 a reference 'x = 5'.")
    relations: bool = Field(default=True, description="'x > 5' and the interval '(5, oo)' are the same answer.")
    domain: Literal["complex", "real", "positive"] = Field(
        default="complex",
        description="Values of the variables for which two expressions must agree. 'positive' makes sqrt(x^2) = x.",
    )
    case_sensitive: bool = Field(default=False, description="Whether words must agree in upper and lower case.")
    symbolic: bool = Field(
        default=True, description="Ask sympy, in a process of its own, where nothing cheaper decides."
    )
    symbolic_cpu_s: float = Field(
        default=1.0, gt=0, le=10, description="CPU seconds that one question to sympy may take."
    )
    undecided: Literal["zero", "error"] = Field(
        default="zero",
        description="An answer that costs more than its budget to judge is worth 0, or an error with a null reward. "
        "A policy that is masked for what cannot be judged learns to write it: hence 0.",
    )
