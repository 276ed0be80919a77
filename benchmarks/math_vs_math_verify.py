"""Our math verifier and Math-Verify on the same cases, one process each: accuracy and speed.

``python -m benchmarks.math_vs_math_verify PYTHON``, where PYTHON is the interpreter of a virtual environment with
``math-verify[antlr4_13_2]`` (also taken from ``$MATH_VERIFY_PYTHON``). The cases: the golden file, and the references of GSM8K,
AIME and AMC in five notations (equal) and against their neighbours (different). Math-Verify is used as its README says: the
reference as ``$..$``, parsed and verified with the defaults; and it is given the answer region only, which is to its advantage.
"""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.data import questions
from verifier.errors import Unjudgeable
from verifier.schema import Sample
from verifier.verifiers.math import Math, MathOptions
from verifier.verifiers.response import split

GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "math"
PATIENCE_S = 3_600

THEIRS = r"""
import json, sys, time
from math_verify import parse, verify
for line in sys.stdin:
    case = json.loads(line)
    reference = case["reference"]
    gold_text = reference if "$" in reference or "\\boxed" in reference else f"${reference}$"
    started = time.perf_counter()
    try:
        right = bool(verify(parse(gold_text), parse(case["region"])))
    except Exception as error:
        right = None
    print(json.dumps([right, time.perf_counter() - started]), flush=True)
"""


class Case(NamedTuple):
    source: str
    reference: str
    completion: str
    expected: bool

    @property
    def hostile(self) -> bool:
        return "hostile" in self.source


class Outcome(NamedTuple):
    right: bool | None
    seconds: float


def golden() -> list[Case]:
    """The golden cases with the default options and a text completion."""
    found: list[Case] = []
    for path in sorted(GOLDEN.glob("*.jsonl")):
        for case in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            if isinstance(case["completion"], str) and not case.get("options") and not case.get("repeat"):
                found.append(Case(f"golden {path.stem}", case["reference"], case["completion"], case["expected"]))
    return found


def references() -> list[Case]:
    """Each reference of the data sets against itself in five notations, and against three neighbours."""
    found: list[Case] = []
    for name in ("gsm8k", "aime24", "amc23"):
        for question in questions(name):
            reference = Sample(completion="", answer=question.answer).references[0]
            number = int(float(reference.replace(",", "")))
            same = [f"\\boxed{{{number}}}", f"The answer is {number:,}.", f"<answer>${number}$</answer>", f"#### {number}.0",
                    f"Thus $x = \\frac{{{2 * number}}}{{2}}$."]  # fmt: skip
            other = [f"\\boxed{{{number + 1}}}", f"The answer is {-number or 7}.", f"<answer>{number}0.5</answer>"]
            found += [Case(f"references {name}", reference, text, True) for text in same]
            found += [Case(f"references {name}", reference, text, False) for text in other]
    return found


def ours(cases: list[Case]) -> list[Outcome]:
    """Judge with our verifier, in this process."""
    math = Math(MathOptions())
    outcomes: list[Outcome] = []
    for case in cases:
        sample = Sample(answer=case.reference, completion=case.completion)
        started = time.perf_counter()
        try:
            right: bool | None = math.verify(sample).value == 1.0
        except Unjudgeable:
            right = None
        outcomes.append(Outcome(right, time.perf_counter() - started))
    return outcomes


def theirs(cases: list[Case], python: str) -> list[Outcome]:
    """Judge with Math-Verify, in a process of its own environment."""
    lines = (json.dumps({"reference": case.reference, "region": split(case.completion).final}) for case in cases)
    run = subprocess.run(
        [python, "-c", THEIRS], input="\n".join(lines), capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    return [Outcome(*json.loads(line)) for line in run.stdout.splitlines()]


def report(name: str, cases: list[Case], outcomes: list[Outcome]) -> dict[str, Any]:
    """Accuracy by source, and the speed."""
    by_source: dict[str, list[bool]] = defaultdict(list)
    for case, outcome in zip(cases, outcomes, strict=True):
        by_source[case.source].append((outcome.right or False) == case.expected)
    seconds = sorted(outcome.seconds for outcome in outcomes)
    pairs = list(zip(cases, outcomes, strict=True))
    summary = {
        "right_%": round(100 * sum(map(sum, by_source.values())) / len(cases), 2),
        "false_positives": sum(bool(outcome.right) and not case.expected for case, outcome in pairs),
        "false_negatives": sum(not outcome.right and case.expected for case, outcome in pairs),
        "cases_per_s": round(len(cases) / sum(seconds)),
        "p50_ms": round(1e3 * seconds[len(seconds) // 2], 3),
        "p99_ms": round(1e3 * seconds[int(len(seconds) * 0.99)], 2),
        "worst_ms": round(1e3 * seconds[-1], 1),
    }
    print(f"{name}: {summary}")
    for source, right in sorted(by_source.items()):
        print(f"    {source:24s} {sum(right):6d} of {len(right):6d}  {100 * sum(right) / len(right):6.2f} %")
    return summary


def main(python: str | None = None) -> None:
    """Run both, and say how they compare."""
    cases = [*golden(), *references()]
    print(f"{len(cases)} cases")
    mine = report("ours", cases, ours(cases))
    python = python or os.environ.get("MATH_VERIFY_PYTHON")
    if not python:
        print("Math-Verify skipped: set MATH_VERIFY_PYTHON to the interpreter of its environment")
        return
    other = report("Math-Verify", cases, theirs(cases, python))
    print(f"speed: {mine['cases_per_s'] / other['cases_per_s']:.0f} times Math-Verify")


if __name__ == "__main__":
    main(*sys.argv[1:])
