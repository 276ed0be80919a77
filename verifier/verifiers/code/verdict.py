"""What one test says of a program, and what all of them say together."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox import Result, Status
from verifier.errors import SandboxFault
from verifier.schema import Score

SHOWN_CHARS = 300
DETAILED_TESTS = 100
"""Tests that a score tells of one by one."""


FAULT = re.compile(r"\b(?:error|undefined|syntax error)\b|^[\w./]+\.go:\d+:\d+: ", re.IGNORECASE)
"""What a line of a compiler's says that names a fault."""
TELLING = re.compile(
    r"panic: |Exception in thread |thread '.*' panicked|fatal error: |(?:\w+\.)*\w*(?:Error|Exception)\b"
)
"""Lines that say what went wrong, among those that say where."""


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    WRONG_ANSWER = "wrong answer"
    TIME_LIMIT = "time limit"
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    PROCESS_LIMIT = "process limit"
    RUNTIME_ERROR = "runtime error"
    COMPILE_ERROR = "compile error"


@dataclass(frozen=True, slots=True)
class TestResult:
    """One test. Texts are cut to what a person wants to read."""

    __test__ = False

    verdict: Verdict
    message: str = ""
    """Why, where the verdict alone does not say it."""
    input: str = ""
    expected: str = ""
    got: str = ""
    cpu_s: float = 0.0
    memory_mb: float = 0.0
    traceback: tuple[str, ...] = ()
    """Where in the program an exception was raised, the innermost frame last."""

    def detail(self) -> dict[str, Any]:
        told = {name: getattr(self, name) for name in ("message", "input", "expected", "got")}
        told["traceback"] = list(self.traceback)
        used = {"cpu_s": round(self.cpu_s, 3), "memory_mb": round(self.memory_mb, 1)}
        return {"verdict": self.verdict.value, **{k: v for k, v in told.items() if v}, **used}


def shown(text: str | bytes, size: int = SHOWN_CHARS) -> str:
    """As much of a text as a person wants to read."""
    text = text[: size * 4].decode(errors="replace") if isinstance(text, bytes) else text
    text = text.encode(errors="replace").decode()
    return text if len(text) <= size else text[:size] + "…"


def shown_value(value: object) -> str:
    """A value as Python writes it; of an integer with too many digits for that, its kind."""
    try:
        return shown(repr(value))
    except ValueError:
        return f"<a {type(value).__name__} with a very large integer>"


def of_ending(result: Result, message: str = "") -> TestResult:
    """The verdict on a run that did not end well. Raises SandboxFault when that was our doing."""
    if result.status is Status.SANDBOX_ERROR:
        raise SandboxFault(result.detail)
    verdict = Verdict.RUNTIME_ERROR if result.status is Status.OK else Verdict(result.status.value)
    return TestResult(verdict, message or ending(result), cpu_s=result.cpu_s, memory_mb=result.peak_memory_mb)


def ending(result: Result) -> str:
    """How a run ended, for a person."""
    if result.dubious:
        return f"with nothing beside it: {result.detail}"
    if result.limit:
        what = {
            "cpu_s": f"CPU time, {result.cpu_s:.2f} s used",
            "wall_s": f"time, {result.wall_s:.2f} s passed",
            "memory_mb": "memory",
            "output_kb": "output",
            "processes": "processes",
        }
        return f"over its limit of {what.get(result.limit, result.limit)} ({result.limit})"
    if result.signal:
        return f"killed by signal {result.signal}"
    said = [line.strip() for line in shown(result.stderr[-2000:], 2000).splitlines() if line.strip()]
    if result.status is Status.COMPILE_ERROR:
        said = [line for line in result.stderr[:20_000].decode(errors="replace").splitlines() if FAULT.search(line)][
            :1
        ] or said
    told = [line for line in said if TELLING.match(line)] or said
    if told:
        return shown(told[-1])
    return f"it exited with code {result.exit_code}"


def total(results: Sequence[TestResult], count: int, program: str, partial: bool) -> Score:
    """The score of a program: ``results`` may be fewer than the ``count`` of tests when the first failure stopped them."""
    passed = sum(result.verdict is Verdict.ACCEPTED for result in results)
    value = passed / count if partial else float(passed == count)
    detail = {"passed": passed, "total": count, "tests": [result.detail() for result in results[:DETAILED_TESTS]]}
    text = program.encode(errors="replace").decode()
    return Score.of(value, _explain(results, passed, count), extracted=text, detail=detail)


def difference(expected: str, got: str, size: int = 80) -> str:
    """Where two texts part, for a person: the line, and of long ones what stands there."""
    if len(expected) <= size and len(got) <= size and "\n" not in expected + got:
        return f"expected {expected!r}, got {got!r}"
    wanted, found = expected.split("\n"), got.split("\n")
    line = next((n for n, (a, b) in enumerate(zip(wanted, found, strict=False)) if a.rstrip() != b.rstrip()), None)
    if line is None:
        line = min(len(wanted), len(found))
        return f"expected {len(wanted)} lines, got {len(found)}, alike up to line {line}"
    column = next((n for n, (a, b) in enumerate(zip(wanted[line], found[line], strict=False)) if a != b), 0)
    start = max(0, column - size // 2)
    parts = [("…" if start else "") + shown(text[start:], size) for text in (wanted[line], found[line])]
    where = f"line {line + 1}: " if len(wanted) + len(found) > 2 else ""
    return f"{where}expected {parts[0]!r}, got {parts[1]!r}"


def _explain(results: Sequence[TestResult], passed: int, count: int) -> str:
    if passed == count:
        return f"passed all {count} tests" if count > 1 else "passed the test"
    number, first = next((n, r) for n, r in enumerate(results, 1) if r.verdict is not Verdict.ACCEPTED)
    where = f"{first.verdict} on test {number} of {count}"
    if first.verdict is Verdict.WRONG_ANSWER and first.expected:
        reason = difference(first.expected, first.got) + (f" ({shown(first.message, 200)})" if first.message else "")
    else:
        reason = shown(first.message, 200)
    return f"{where}: {reason}" if reason else where
