"""No cheat passes, in any form of test that it is meant for; the honest program beside it does.

A row may have its ``honest`` twin: the same means, put to no ill use.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from verifier.schema import Sample, Score, Status
from verifier.verifiers.code import Code, CodeOptions


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (Path(__file__).parent / file).read_text(encoding="utf-8").splitlines()]


ROWS = read("cheats.jsonl")
ASSERTIONS = """
import math
import unittest
assert double(21) == 42
assert abs(double(-5) + 10) < 1e-6 and math.isclose(double(3), 6)
assert all(double(k) == 2 * k for k in range(3)) and len(str(double(21))) == 2 and isinstance(double(1), int)

class TestDouble(unittest.TestCase):
    def test_double(self):
        self.assertEqual(double(50), 100)
        self.assertIn(double(2), [4])
        self.assertAlmostEqual(double(0.5), 1.0)
"""
PAIRS = [(21, 42), (-5, -10), (1, 2), (0, 0)]
TESTS: dict[str, dict[str, Any]] = {
    "assert": {"type": "assert", "code": ASSERTIONS},
    "shared": {"type": "assert", "code": ASSERTIONS, "isolation": "shared"},
    "function": {
        "type": "function",
        "entry_point": "double",
        "cases": [{"args": [n], "expected": twice} for n, twice in PAIRS],
    },
    "stdio": {"type": "stdio", "cases": [{"stdin": f"{n}\n", "stdout": f"{twice}\n"} for n, twice in PAIRS]},
}
HONEST_STDIO = [
    "print(2 * int(input()))",
    "import sys\nprint(2 * int(sys.stdin.read()), end='')",
    "import sys, atexit\natexit.register(print, 2 * int(input()))\nprint('debug', file=sys.stderr)",
    "import threading\nn = int(input())\nt = threading.Thread(target=lambda: print(2 * n))\nt.start()\nt.join()",
    "import os\nos.write(1, str(2 * int(os.read(0, 99))).encode())",
    "import sys\nprint(2 * int(open(0).readline()))\nsys.exit(0)",
]


def grade(form: str, program: str, **options: Any) -> Score:
    sample = Sample.model_validate({"completion": f"```python\n{program}\n```", "tests": TESTS[form]})
    return Code(CodeOptions(**options)).verify(sample)


def forms(row: dict[str, Any]) -> list[str]:
    """What is tried on asserts is tried on those that share a process, too."""
    return [*row["forms"], *(["shared"] if "assert" in row["forms"] else [])]


CHEATS = [pytest.param(form, row["program"], id=f"{row['name']} ({form})") for row in ROWS for form in forms(row)]
TWINS = [
    pytest.param(form, row["honest"], id=f"{row['name']} ({form})")
    for row in ROWS
    if "honest" in row
    for form in forms(row)
]


@pytest.mark.parametrize(("form", "program"), CHEATS)
def test_no_cheat_passes(form: str, program: str) -> None:
    score = grade(form, program, cpu_s=0.5, wall_s=2, memory_mb=256)
    assert (score.status, score.value) == (Status.OK, 0.0), score
    assert score.explanation
    score.model_dump_json()


@pytest.mark.parametrize(("form", "program"), TWINS)
def test_the_honest_twin_passes(form: str, program: str) -> None:
    score = grade(form, program)
    assert score.value == 1.0, score


HONEST = [
    pytest.param(form, row["program"], id=f"{row['name']} ({form})")
    for row in read("honest.jsonl")
    for form in row["forms"]
]


@pytest.mark.parametrize(("form", "program"), HONEST)
def test_an_honest_program_passes(form: str, program: str) -> None:
    score = grade(form, program)
    assert score.value == 1.0, score


@pytest.mark.parametrize("program", HONEST_STDIO)
def test_honest_output_passes(program: str) -> None:
    assert grade("stdio", program).value == 1.0
