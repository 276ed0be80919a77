"""Programs with their tests: each honest one passes, and each cheat beside it fails with the verdict that it earned."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from verifier.schema import Sample, Score, Status
from verifier.verifiers.code import Code, CodeOptions

HERE = Path(__file__).parent


class Case(NamedTuple):
    name: str
    program: str
    verdict: str
    tests: dict[str, Any]
    options: dict[str, Any]


def read() -> list[Case]:
    cases: list[Case] = []
    for file in ("assert", "function", "stdio"):
        for line in (HERE / f"{file}.jsonl").read_text().splitlines():
            row = json.loads(line)
            programs = [(program, "accepted") for program in row["passes"]] + row["fails"]
            for number, (program, verdict) in enumerate(programs, 1):
                name = f"{file}: {row['name']} #{number}"
                cases.append(Case(name, program, verdict, row["tests"], row["options"]))
    return cases


def grade(program: str, tests: dict[str, Any], **options: Any) -> Score:
    sample = Sample.model_validate({"completion": f"```python\n{program}\n```", "tests": tests})
    return Code(CodeOptions(**options)).verify(sample)


@pytest.mark.parametrize("case", read(), ids=lambda case: case.name)
def test_golden(case: Case) -> None:
    score = grade(case.program, case.tests, **case.options)
    assert score.status is Status.OK
    verdicts = [test["verdict"] for test in score.detail["tests"]]
    assert (score.value == 1.0) == (case.verdict == "accepted"), score
    assert next((v for v in verdicts if v != "accepted"), "accepted") in case.verdict.split(" / "), score
    score.model_dump_json()
