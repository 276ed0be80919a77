"""Samples as they come out of tables, which hold a null where a row lacks a key that others have."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from verifier.faults import describe
from verifier.schema import FunctionTests, Sample, StdioTests

ROWS: list[dict[str, Any]] = [
    {"type": "stdio", "compare": None, "entry_point": None, "limits": None, "cases": [{"stdin": "1", "stdout": "2"}]},
    {"type": "function", "entry_point": "f", "files": None, "cases": [{"args": [1, None], "expected": 2}]},
]
"""Tests of two types in one column."""
NULLS = {"stdin": None, "stdout": None, "args": None, "kwargs": None, "expected": None}


def of_a_table(tests: dict[str, Any]) -> dict[str, Any]:
    return {
        "completion": "x",
        "source": None,
        "metadata": None,
        "answer": None,
        "tests": {**tests, "cases": [{**NULLS, **case} for case in tests["cases"]]},
    }


def test_a_null_that_means_nothing_is_no_key_at_all() -> None:
    stdio, function = (Sample.of(of_a_table(row)).tests for row in ROWS)
    assert isinstance(stdio, StdioTests) and isinstance(function, FunctionTests)
    assert stdio.language == "python" and stdio.cases[0].stdout == "2" and stdio.limits.cpu_s is None
    assert function.cases[0].args == [1, None] and function.cases[0].kwargs == {}


def test_a_null_that_is_a_value_stays_one() -> None:
    case: dict[str, Any] = {"args": [None], "kwargs": {"x": None}, "expected": None, "stdin": None}
    tests = Sample.of({"completion": "x", "tests": {"type": "function", "entry_point": "f", "cases": [case]}}).tests
    assert isinstance(tests, FunctionTests)
    assert (tests.cases[0].args, tests.cases[0].kwargs, tests.cases[0].expected) == ([None], {"x": None}, None)


@pytest.mark.parametrize(
    ("raw", "type_"),
    [
        ({"completion": None, "answer": "4"}, "string_type"),
        ({"completion": "x", "source": None, "anwser": "4"}, "extra_forbidden"),
        (None, "model_type"),
        ([None], "model_type"),
    ],
)
def test_what_is_no_sample_without_its_nulls_either_is_refused_as_it_came(raw: Any, type_: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Sample.of(raw)
    assert type_ in {fault["type"] for fault in raised.value.errors()}


def test_tests_may_be_json_text() -> None:
    tests: dict[str, Any] = {"type": "function", "entry_point": "f", "cases": [{"kwargs": {"a": None}, "expected": 1}]}
    assert Sample.of({"completion": "x", "tests": json.dumps(tests)}) == Sample.of({"completion": "x", "tests": tests})


STDIO: dict[str, Any] = {"type": "stdio", "cases": [{"stdin": "1", "stdout": "2"}]}


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ({"completion": "x", "tests": {**STDIO, "language": None}}, "tests.language: must be a string, not null"),
        (
            {"completion": "x", "tests": {**STDIO, "checker": {"language": None, "code": "x"}}},
            "tests.checker.language: must be a string, not null",
        ),
        ({"completion": "x", "tests": {**STDIO, "files": {"a": None}}}, "tests.files.a: must be a string, not null"),
        (
            {"completion": "x", "tests": json.dumps({**STDIO, "files": {"a": None}})},
            "tests.files.a: must be a string, not null",
        ),
        ({"completion": "x", "tests": "{", "source": None}, "tests: EOF while parsing an object at line 1 column 1"),
        ({"completion": "x", "tests": "[" * 100_000}, "tests: recursion limit exceeded"),
        ({"completion": "x", "tests": "NaN"}, "tests: expected value at line 1 column 1"),
        ({"completion": "x", "tests": '""'}, "tests: must be an object"),
        ({"completion": None, "metadata": None, "source": None}, "completion: must be a string or a list"),
        ({"metadata": None, "source": None}, "completion: missing"),
        ({"completion": "x", "metadata": None, "length": 3, "source": None}, "length: must be an object"),
        ({"completion": "x", "source": None, "answer": [None]}, "answer.0: must be a string"),
        (
            {"completion": "x", "source": None, "tests": {**STDIO, "limits": None, "cases": None}},
            "tests.cases: must be a list",
        ),
    ],
)
def test_a_null_that_hides_something_is_a_fault_and_no_other_is_told(raw: Any, fault: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Sample.of(raw)
    told = describe(raised.value, Sample)
    assert told.startswith(fault) and ";" not in told


def test_what_came_is_left_as_it_is() -> None:
    raw = of_a_table(ROWS[0])
    Sample.of(raw)
    assert raw == of_a_table(ROWS[0])
