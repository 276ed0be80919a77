"""Programs in every language: right, wrong, slow, crashing, not compiling, and out to harm the compiler; and tests in them."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import find_language
from verifier.errors import Unjudgeable
from verifier.schema import Sample, Score, Status
from verifier.verifiers.code import Code, CodeOptions

HERE = Path(__file__).parent


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / file).read_text().splitlines()]


def live(name: str) -> str:
    language = find_language(name)
    if language is None or not language.live:
        pytest.skip(f"{name} is not live here")
    return language.name


def fenced(row: dict[str, Any]) -> str:
    return f"```{row['language']}\n{row['program']}\n```"


SLOW_CPU_S = 1.0
"""Enough to start any of them."""


def grade(language: str, completion: str, tests: dict[str, Any], cpu_s: float = 2.0, prompt: str = "") -> Score:
    sample = {"prompt": prompt, "completion": completion, "tests": {"language": live(language), **tests}}
    return Code(CodeOptions(cpu_s=cpu_s, wall_s=60)).verify(Sample.model_validate(sample))


@pytest.mark.parametrize("row", read("languages.jsonl"), ids=lambda row: f"{row['language']}: {row['kind']}")
def test_programs(row: dict[str, Any]) -> None:
    tests = {"type": "stdio", "cases": [{"stdin": "20 22\n", "stdout": "42\n"}]}
    score = grade(row["language"], fenced(row), tests, SLOW_CPU_S if row["kind"] == "slow" else 2.0)
    assert score.status is Status.OK
    assert score.detail["tests"][0]["verdict"] in row["verdict"].split(" / "), score
    assert score.value == (1.0 if row["verdict"] == "accepted" else 0.0)


@pytest.mark.parametrize("row", read("polyglot.jsonl"), ids=lambda row: f"{row['language']}: {row['name']}")
def test_tests_in_the_program_s_language(row: dict[str, Any]) -> None:
    completion = fenced(row) if row.get("fenced", True) else row["program"]
    cpu_s = SLOW_CPU_S if "loop" in row["name"] else 2.0
    score = grade(row["language"], completion, row["tests"], cpu_s, row.get("prompt", ""))
    assert (score.status, score.value) == (Status.OK, row["value"]), score


@pytest.mark.parametrize("code", ["const { expect } = require('chai');\nadd(1, 2);", "add(1, ;"])
def test_tests_that_cannot_be_run_are_no_zero_of_the_program_s(code: str) -> None:
    with pytest.raises(Unjudgeable, match=r"tests\.code cannot be run"):
        grade("javascript", "```js\nfunction add(a, b) { return a + b; }\n```", {"type": "assert", "code": code})


@pytest.mark.parametrize(
    "code", ["f | bats_or_not .\n", "[[ $(f | bats .) = 1 ]]\n", "if [[ $(f) = 1 ]]; the\n", "for x in 1 2; do\n  f\n"]
)
@pytest.mark.parametrize("program", ["f() { echo 1; }", "f() { echo 2; }\nbats() { echo 1; }"])
def test_bash_tests_that_cannot_be_run(code: str, program: str) -> None:
    tests = {"type": "assert", "code": code}
    completion = f"```bash\n{program}\n```"
    if "or_not" in code:  # a function that the program might have defined
        assert grade("bash", completion, tests).value == 0.0
        return
    with pytest.raises(Unjudgeable, match=r"tests\.code cannot be run"):
        grade("bash", completion, tests)
