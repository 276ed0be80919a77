"""What a program is tested by."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError, from_json

from verifier.schema.model import Model


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


NULL_HIDES = "null_hides"
"""The type of a fault: a null where to read it as no key would be to judge by something that may never have been meant."""


def _no_null(value: object) -> object:
    if value is None:
        raise PydanticCustomError(NULL_HIDES, "must be a string, not null")
    return value


Stated: TypeAlias = Annotated[str, BeforeValidator(_no_null)]
"""A text that a null does not stand for: programs in C++ would all fail as Python, and miss a file that was lost."""


class Checker(Model):
    """A program that decides whether an output is right, or that talks with the program under test; in its own sandbox."""

    language: Stated = "python"
    code: str = Field(
        description="As a checker, called with the names of three files (input, output, expected output) and exit code 0 to "
        "accept, as with testlib; in Python it may instead define check(input, output, expected)."
    )
    protocol: Literal["testlib", "cms"] = Field(
        default="testlib",
        description="As 'cms' a checker is called with (input, expected output, output), and accepts by printing 1, as in CMS or "
        "open-r1/codeforces.",
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


class _Tests(Model):
    """What tests of all types say of the program."""

    language: Stated = "python"
    template: str | None = Field(
        default=None,
        description="What the program is a part of: it takes the place of [insert], all lines with the indent of that one, as in "
        "DS-1000 and in tasks of filling in. Absent: the program is a whole, or continues its prompt.",
    )
    limits: TestLimits = Field(default_factory=lambda: TestLimits())

    @field_validator("template")
    @classmethod
    def _has_a_place(cls, template: str | None) -> str | None:
        if template is not None and template.count("[insert]") != 1:
            raise ValueError("it must hold [insert] once")
        return template


class StdioTests(_Tests):
    """The program reads stdin and must print the expected output."""

    type: Literal["stdio"]
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
    files: dict[str, Stated] = Field(
        default_factory=dict[str, str], description="Extra files in the working directory."
    )

    @model_validator(mode="after")
    def _has_outputs(self) -> "StdioTests":
        if self.checker and self.interactor:
            raise ValueError("a 'checker' and an 'interactor' exclude each other: an interactor decides by itself")
        if self.interactor and self.interactor.protocol != "testlib":
            raise ValueError("an 'interactor' speaks the protocol 'testlib' alone")
        if not (self.checker or self.interactor) and any(case.stdout is None for case in self.cases):
            raise ValueError("each case needs a 'stdout' where no 'checker' and no 'interactor' decides")
        return self


class FunctionTests(_Tests):
    """A function of the program is called with plain data and must return the expected value."""

    type: Literal["function"]
    entry_point: str = Field(
        description="A function, a method of Solution, Class.method; or a class, whose cases are LeetCode's scripts."
    )
    cases: list[FunctionCase] = Field(min_length=1)
    signature: str | None = Field(
        default=None,
        description="As in 'def f(head: ListNode, seen: set[int]) -> ListNode', or starter code: what arguments become of JSON. "
        "Absent: nodes alone, where the program's own annotations say so.",
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


class AssertTests(_Tests):
    """Code that tests the program: HumanEval's ``check(candidate)``, MBPP's bare asserts, unittest's classes, pytest's functions.

    ``unittest`` and ``pytest`` say that there must be tests of that kind; how tests are run depends on what is found alone.
    """

    type: Literal["assert", "unittest", "pytest"]
    entry_point: str | None = None
    code: str
    setup: str = ""
    isolation: Literal["isolated", "shared"] | None = Field(
        default=None,
        description="Whether tests and program live in two processes, or in one, for tests that need live objects of the "
        "program. Absent: isolated for Python, bash, JavaScript and TypeScript, shared for other languages.",
    )


_TestsObject: TypeAlias = Annotated[StdioTests | FunctionTests | AssertTests, Field(discriminator="type")]


def _read(value: object) -> object:
    return from_json(value.encode(errors="replace"), allow_inf_nan=False) if isinstance(value, str) else value


Tests: TypeAlias = Annotated[_TestsObject, BeforeValidator(_read, json_schema_input_type=_TestsObject | str)]
"""Tests, or the same as JSON text: columnar tables add no nulls to a text, where an object would gain the keys of other rows'."""
