"""Tests that call one function with plain data, and compare what it returns: one process a sample."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from verifier.schema import FunctionCase, FunctionTests
from verifier.verifiers.code.compare import values_match
from verifier.verifiers.code.dialogue import Held, Lost
from verifier.verifiers.code.solver import Solver
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown, shown_value


class Unloadable(Exception):
    """The program cannot be loaded, so that no test can pass: ``result`` is the verdict on each."""

    def __init__(self, result: TestResult) -> None:
        super().__init__(result.message)
        self.result = result


def load(solver: Solver, source: str, entry: str | None, trial: Trial) -> Any:
    """Load a program, and find its entry point. Raises Unloadable."""
    solver.ready()
    solver.allow(trial.limits.cpu_s, trial.limits.wall_s)
    try:
        _must(solver.ask("load", source, True))
        return None if entry is None else _must(solver.ask("entry", entry), f"the program does not define {entry}")
    except Lost as lost:
        raise Unloadable(of_loss(lost)) from lost


def of_exception(raised: Sequence[Any]) -> TestResult:
    """The verdict on a program that raised."""
    memory = raised[0] == "MemoryError"
    return TestResult(Verdict.MEMORY_LIMIT if memory else Verdict.RUNTIME_ERROR, said(raised))


def _must(reply: list[Any], otherwise: str = "") -> Any:
    kind, *rest = reply
    if kind == "value":
        return rest[0]
    if kind == "uncompiled":
        raise Unloadable(TestResult(Verdict.COMPILE_ERROR, said(rest)))
    raise Unloadable(TestResult(Verdict.RUNTIME_ERROR, otherwise) if otherwise else of_exception(rest))


def said(raised: Sequence[Any]) -> str:
    """An exception as a traceback's last line."""
    _, name, _, text = raised
    return shown(f"{name}: {text}" if text else name)


def of_loss(lost: Lost) -> TestResult:
    """The verdict on a program that ended in the middle of a test, whatever its exit code."""
    message = lost.why or (
        "" if lost.result.limit or lost.result.stderr.strip() else "the program ended before the test did"
    )
    return of_ending(lost.result, message)


def judge(tests: FunctionTests, source: str, trial: Trial) -> list[TestResult]:
    """The tests' results, up to the first failure where the options stop there."""
    results: list[TestResult] = []
    try:
        while len(results) < len(tests.cases):
            left = tests.cases[len(results) :]
            results += (
                [spent] * len(left) if (spent := trial.spent) else _session(tests.entry_point, left, source, trial)
            )
            if trial.options.stops and results[-1].verdict is not Verdict.ACCEPTED:
                break
    except Unloadable as unloadable:
        results += [unloadable.result] * (len(tests.cases) - len(results))
    return results


def _session(entry_point: str, cases: Sequence[FunctionCase], source: str, trial: Trial) -> list[TestResult]:
    """As many cases as one process lives through, and the one that it dies of."""
    results: list[TestResult] = []
    with Solver(trial.sandbox, trial.all(len(cases))) as solver:
        function = load(solver, source, entry_point, trial)
        for case in cases:
            result = _try(solver, function, case, trial)
            results.append(replace(result, input=shown(_call(entry_point, case)), expected=shown_value(case.expected)))
            if not solver.alive:
                break
            if (trial.options.stops and results[-1].verdict is not Verdict.ACCEPTED) or trial.spent:
                break
    return results


def _try(solver: Solver, function: object, case: FunctionCase, trial: Trial) -> TestResult:
    before = solver.usage.cpu_s
    try:
        solver.allow(trial.limits.cpu_s, trial.limits.wall_s)
        kind, *rest = solver.ask("call", function, [case.args, case.kwargs])
    except Lost as lost:
        return of_loss(lost)
    used = solver.usage
    tolerance = trial.options.float_tolerance
    result = _compared(case.expected, rest[0][0], tolerance) if kind == "value" else of_exception(rest)
    return replace(result, cpu_s=used.cpu_s - before, memory_mb=used.peak_memory_mb)


def _compared(expected: object, value: object, tolerance: float | None) -> TestResult:
    right = values_match(expected, value, tolerance)
    got = f"<{value.type} object>" if isinstance(value, Held) else shown_value(value)
    return TestResult(Verdict.ACCEPTED if right else Verdict.WRONG_ANSWER, got=got)


def _call(name: str, case: FunctionCase) -> str:
    args = [shown_value(arg) for arg in case.args] + [
        f"{key}={shown_value(value)}" for key, value in case.kwargs.items()
    ]
    return f"{name}({', '.join(args)})"
