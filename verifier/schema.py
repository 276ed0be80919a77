"""The wire contract: what is posted, and what comes back. Pydantic and nothing else.

A :class:`Sample` is graded by the scores of a :class:`Rubric`; each verifier yields a :class:`Score`; the rubric combines
them into a :class:`Reward`. Three kinds of failure are never mixed (see :class:`Status`).
"""

import json
import math
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StringConstraints, model_validator

EXTRACTED_CHARS = 1_000
"""Longest ``extracted`` that a score carries; longer ones are cut and end in an ellipsis."""


class Model(BaseModel):
    """Base of everything on the wire: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Status(StrEnum):
    """Whether there is a verdict, and if not, whose fault that is."""

    OK = "ok"
    """The value is real: right, wrong, or too costly to judge (which is worth 0)."""
    UNJUDGEABLE = "unjudgeable"
    """The sample is malformed: no completion could be judged against it. The reward is null."""
    ERROR = "error"
    """The service failed. The reward is null; trying again may help."""


class Message(BaseModel):
    """One chat message. Keys other than these (names, tool calls, ...) are ignored."""

    role: str
    content: str | list[dict[str, Any]] | None = None
    reasoning_content: str | None = Field(
        default=None, description="The chain of thought, where a chat template keeps it apart."
    )

    @property
    def text(self) -> str:
        """The message as one text, with a separate chain of thought put back between ``<think>`` tags."""
        if isinstance(self.content, list):
            parts = (part.get("text") for part in self.content if part.get("type", "text") == "text")
            content = "".join(part for part in parts if isinstance(part, str))
        else:
            content = self.content or ""
        return f"<think>{self.reasoning_content}</think>{content}" if self.reasoning_content else content


Chat: TypeAlias = Annotated[list[Message], Field(min_length=1)]


def _reference(value: object) -> object:
    """JSON has one type of number: 27.0 is the reference ``27``, not a decimal stated to one place. An object is its text."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number too large to be read")
    return str(value) if isinstance(value, int | float) else value


Reference: TypeAlias = Annotated[
    str, BeforeValidator(_reference, json_schema_input_type=str | int | float | bool | dict[str, Any])
]
"""A reference answer. Numbers are taken by their shortest decimal notation, objects by their JSON."""


class TestLimits(Model):
    """What one test may use. Absent: the verifier's default. Above the service's maximum: unjudgeable."""

    __test__ = False

    cpu_s: float | None = Field(default=None, gt=0, description="CPU seconds over all processes of the test.")
    wall_s: float | None = Field(default=None, gt=0, description="Seconds from start to end.")
    memory_mb: int | None = Field(default=None, gt=0, description="Memory of the whole run, in MiB.")
    output_kb: int | None = Field(default=None, gt=0, description="Bytes of stdout and stderr together, in KiB.")
    processes: int | None = Field(default=None, gt=0, description="Processes and threads alive at once.")


Tolerance: TypeAlias = Annotated[
    float,
    Field(ge=0, lt=1, description="Numbers may differ by this much, absolutely or relatively. Absent: see the rubric."),
]


class Checker(Model):
    """A program that decides whether an output is right, or that talks with the program under test; in its own sandbox."""

    language: str = "python"
    code: str = Field(
        description="As a checker, called with the names of three files (input, output, expected output) and exit code 0 to "
        "accept, as with testlib; in Python it may instead define check(input, output, expected)."
    )


class StdioCase(Model):
    stdin: str = ""
    stdout: str | None = Field(
        default=None, description="The expected output. May be absent only with a checker or an interactor."
    )


class FunctionCase(Model):
    args: list[Any] = Field(default_factory=list[Any])
    kwargs: dict[str, Any] = Field(default_factory=dict[str, Any])
    expected: Any


class StdioTests(Model):
    """The program reads stdin and must print the expected output."""

    type: Literal["stdio"]
    language: str = "python"
    cases: list[StdioCase] = Field(min_length=1)
    compare: Literal["tokens", "lines", "exact"] | None = Field(
        default=None, description="How output is compared. Absent: as the rubric says."
    )
    float_tolerance: Tolerance | None = None
    checker: Checker | None = None
    interactor: Checker | None = Field(
        default=None,
        description="A program whose standard output is the standard input of the program under test, and the other way round. "
        "Called as testlib does: with the names of three files (input, one to write to, expected output); exit code 0 accepts.",
    )
    files: dict[str, str] = Field(default_factory=dict[str, str], description="Extra files in the working directory.")
    limits: TestLimits = Field(default_factory=lambda: TestLimits())

    @model_validator(mode="after")
    def _has_outputs(self) -> "StdioTests":
        if self.checker and self.interactor:
            raise ValueError("a 'checker' and an 'interactor' exclude each other: an interactor decides by itself")
        if not (self.checker or self.interactor) and any(case.stdout is None for case in self.cases):
            raise ValueError("each case needs a 'stdout' where no 'checker' and no 'interactor' decides")
        return self


class FunctionTests(Model):
    """A function of the program is called with plain data and must return the expected value."""

    type: Literal["function"]
    language: str = "python"
    entry_point: str = Field(
        description="A function, a method of Solution, Class.method; or a class, whose cases are LeetCode's scripts."
    )
    cases: list[FunctionCase] = Field(min_length=1)
    signature: str | None = Field(
        default=None,
        description="As in 'def f(head: ListNode, seen: set[int]) -> ListNode': what arguments become of JSON. Absent: nodes "
        "alone, where the program's own annotations say so.",
    )
    mutates: int | None = Field(
        default=None,
        ge=0,
        description="The argument, from 0, whose state afterwards is the result instead of the value.",
    )
    order: Literal["exact", "any", "any_deep"] = Field(
        default="exact", description="Whether the items of a list may come in any order: of the outermost, or of all."
    )
    float_tolerance: Tolerance | None = None
    limits: TestLimits = Field(default_factory=lambda: TestLimits())


class AssertTests(Model):
    """Code that tests the program: HumanEval's ``check(candidate)``, MBPP's bare asserts, unittest's classes, pytest's functions.

    ``unittest`` and ``pytest`` say that there must be tests of that kind; how tests are run depends on what is found alone.
    """

    type: Literal["assert", "unittest", "pytest"]
    language: str = "python"
    entry_point: str | None = None
    code: str
    setup: str = ""
    isolation: Literal["isolated", "shared"] | None = Field(
        default=None,
        description="Whether tests and program live in two processes, or in one, for tests that need live objects of the "
        "program. Absent: isolated for Python, bash, JavaScript and TypeScript, shared for other languages.",
    )
    limits: TestLimits = Field(default_factory=lambda: TestLimits())


Tests: TypeAlias = Annotated[StdioTests | FunctionTests | AssertTests, Field(discriminator="type")]


class Length(Model):
    """How long a completion is, and the others of its group are: what a trainer knows and a text does not say."""

    tokens: int | None = Field(default=None, ge=0, description="Tokens of the completion, by the policy's tokenizer.")
    group_min: float | None = Field(default=None, ge=0, description="The length of the group's shortest completion.")
    group_max: float | None = Field(default=None, ge=0, description="The length of the group's longest completion.")


class Sample(Model):
    """One thing to grade: a completion, and what it is graded against."""

    id: StrictInt | str | None = Field(default=None, description="Echoed in the reward.")
    prompt: str | Chat | None = None
    completion: str | Chat = Field(
        description="What the policy wrote: a text, or chat messages (the last assistant one counts)."
    )
    kind: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="Which verifier judges accuracy. Absent: code if tests, choice if choices, else math if answer.",
    )
    answer: Reference | Annotated[list[Reference], Field(min_length=1)] | None = Field(
        default=None, description="The reference answer, or a list of accepted ones."
    )
    tests: Tests | None = None
    choices: Annotated[list[str], Field(min_length=2, max_length=26)] | None = Field(
        default=None, description="The options of a multiple choice question, in order: A, B, C, ..."
    )
    language: str | None = Field(
        default=None, description="Target language of the chain of thought, as an ISO 639-1 code."
    )
    length: Length | None = Field(default=None, description="Lengths, for the verifiers that reward short completions.")
    metadata: dict[str, Any] = Field(default_factory=dict[str, Any], description="Free; never read by a verifier.")

    @model_validator(mode="after")
    def _has_completion(self) -> "Sample":
        if isinstance(self.completion, list) and not any(m.role == "assistant" for m in self.completion):
            raise ValueError("completion has no message with role 'assistant'")
        return self

    @property
    def text(self) -> str:
        """The completion as one text: of a chat, its last assistant message."""
        if isinstance(self.completion, str):
            return self.completion
        return next(m.text for m in reversed(self.completion) if m.role == "assistant")

    @property
    def prompt_text(self) -> str:
        """The prompt as one text; of a chat, the user's messages. Empty when there is none."""
        if isinstance(self.prompt, list):
            return "\n".join(m.text for m in self.prompt if m.role == "user")
        return self.prompt or ""

    @property
    def inferred_kind(self) -> str | None:
        """The sample's kind, or the one that its reference implies, or None when it has neither."""
        if self.kind:
            return self.kind
        if self.tests:
            return "code"
        if self.choices:
            return "choice"
        return "math" if self.answer is not None else None

    @property
    def references(self) -> list[str]:
        """The accepted answers; empty when there is none."""
        if self.answer is None:
            return []
        return self.answer if isinstance(self.answer, list) else [self.answer]


class Score(Model):
    """What one verifier says of one completion."""

    verifier: str = Field(default="", description="Name of the verifier that judged.")
    status: Status = Status.OK
    value: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="In [0, 1]; null unless the status is ok."
    )
    weight: float = Field(
        default=1.0, description="What the value counts in the reward: 0 where a gate of the rubric is closed."
    )
    extracted: str | None = Field(default=None, description="The part of the completion that was judged.")
    explanation: str = Field(default="", description="Why, in one sentence.")
    detail: dict[str, Any] = Field(default_factory=dict[str, Any], description="More, by verifier.")
    elapsed_ms: float = 0.0

    @classmethod
    def of(
        cls, value: float, explanation: str, *, extracted: str | None = None, detail: dict[str, Any] | None = None
    ) -> "Score":
        """A verdict: ``value`` in [0, 1] and the reason for it."""
        if extracted is not None and len(extracted) > EXTRACTED_CHARS:
            extracted = extracted[:EXTRACTED_CHARS] + "…"
        return cls(value=value, explanation=explanation, extracted=extracted, detail=detail or {})

    @classmethod
    def none(cls, status: Status, explanation: str) -> "Score":
        """No verdict, and why: ``unjudgeable`` or ``error``."""
        return cls(status=status, explanation=explanation)


class Reward(Model):
    """The number the trainer uses, and the scores that it is made of."""

    id: str | int | None = None
    status: Status
    reward: float | None = Field(description="Null unless the status is ok.")
    formula: str = Field(
        default="",
        description="How the reward follows from the values of the scores: arithmetic over their names, with weights, closed "
        "gates and clipping as they applied. Empty where the reward is null.",
    )
    scores: dict[str, Score] = Field(description="The same keys for every sample of a rubric.")


class Check(Model):
    """A verifier and its options."""

    verifier: str
    options: dict[str, Any] = Field(default_factory=dict[str, Any])


class ScoreSpec(Model):
    """One score of a rubric: one verifier for all samples, or one for each kind."""

    verifier: str | None = None
    options: dict[str, Any] = Field(default_factory=dict[str, Any])
    by_kind: dict[str, Check] | None = Field(default=None, description="The verifier by the sample's kind.")
    weight: Annotated[float, Field(ge=-1e6, le=1e6)] = Field(
        default=1.0,
        description="What the value counts. Below 0 it is a penalty, which a completion too costly to judge escapes.",
    )
    requires: dict[str, float] = Field(
        default_factory=dict[str, float],
        description="Gates: the score counts only where each named score reaches its minimum.",
    )

    on_null: Literal["skip"] | Annotated[float, Field(ge=-1e6, le=1e6)] | None = Field(
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
    scores: dict[str, ScoreSpec] = Field(min_length=1)
    combine: Literal["sum", "product", "minimum"] = Field(
        default="sum",
        description="The reward is the sum, the product or the least of weight * value over the scores whose weight is not 0.",
    )
    formula: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = Field(
        default=None,
        description="The reward as arithmetic over the values of scores, in place of 'combine' and weights: + - * / ( ) and "
        "comparisons, min, max, abs, clip(value, low, high), if(condition, then, else).",
    )
    clip: Annotated[list[Annotated[float, Field(ge=-1e12, le=1e12)]], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="The least and the largest reward."
    )
    keep: dict[str, float] | None = Field(
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


class RewardsRequest(Model):
    """``POST /v1/rewards``."""

    rubric: str | Rubric = Field(description="Name of a rubric, or a rubric object.")
    samples: list[Sample] = Field(
        description="Graded independently: a malformed one is unjudgeable, and harms no other."
    )
    timeout_s: float | None = Field(
        default=None,
        gt=0,
        description="Seconds the samples may wait for a worker; what waits longer comes back as an error.",
    )


class RubricRef(Model):
    name: str
    digest: str = Field(description="Changes whenever the rubric would judge differently.")


class RewardsResponse(Model):
    """Rewards in the order of the samples."""

    rewards: list[Reward]
    rubric: RubricRef
    elapsed_ms: float
