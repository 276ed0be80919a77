"""Tests that call one function with plain data, and compare what it returns: one process a sample."""

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from verifier.errors import Unjudgeable
from verifier.schema import FunctionCase, FunctionTests
from verifier.verifiers.code.compare import Rules, values_match
from verifier.verifiers.code.dialogue import Held, Lost, Rebuilt
from verifier.verifiers.code.solver import Solver
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown, shown_value

TRACE_FRAMES = 8
HEADS = ast.FunctionDef | ast.AsyncFunctionDef


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
        _must(solver.ask("load", source, True), source)
        return (
            None if entry is None else _must(solver.ask("entry", entry), source, f"the program does not define {entry}")
        )
    except Lost as lost:
        raise Unloadable(of_loss(lost)) from lost


def _must(reply: list[Any], source: str, otherwise: str = "") -> Any:
    kind, told = reply
    if kind == "value":
        return told
    if otherwise and told["nearest"] in ("KeyError", "AttributeError"):
        raise Unloadable(TestResult(Verdict.RUNTIME_ERROR, otherwise))
    raise Unloadable(refused(kind, told, source))


def refused(kind: str, told: dict[str, Any], source: str) -> TestResult:
    """The verdict on a program that does not load."""
    result = of_exception(told, source)
    return replace(result, verdict=Verdict.COMPILE_ERROR) if kind == "uncompiled" else result


def of_exception(told: dict[str, Any], source: str) -> TestResult:
    """The verdict on a program that raised."""
    memory = told["nearest"] == "MemoryError"
    return TestResult(
        Verdict.MEMORY_LIMIT if memory else Verdict.RUNTIME_ERROR,
        said(told),
        traceback=traced(told.get("trace", []), source, said(told)),
    )


def said(told: dict[str, Any]) -> str:
    """An exception as a traceback's last line."""
    name, text = told["name"], told.get("text", "")
    return shown(f"{name}: {text}" if text else name)


def traced(trace: list[Any], source: str, last: str) -> tuple[str, ...]:
    """The frames of the program as lines, with its own text beside their numbers."""
    lines = source.split("\n")
    frames: list[str] = []
    for number, function in cast(list[tuple[int, str]], trace[-TRACE_FRAMES:]):
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        frames.append(shown(f"line {number}, in {function}: {text}", 160))
    return (*frames, shown(last, 160)) if frames else ()


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
            results += [spent] * len(left) if (spent := trial.spent) else _Sitting(tests, source, trial).run(left)
            if trial.options.stops and results[-1].verdict is not Verdict.ACCEPTED:
                break
    except Unloadable as unloadable:
        results += [unloadable.result] * (len(tests.cases) - len(results))
    return results


class _Sitting:
    """One life of the program."""

    def __init__(self, tests: FunctionTests, source: str, trial: Trial) -> None:
        self.tests, self.source, self.trial = tests, source, trial
        self.rules = Rules.of(tests, trial.options)
        self.how = {"signature": _signature(tests), "mutates": tests.mutates}

    def run(self, cases: Sequence[FunctionCase]) -> list[TestResult]:
        """As many cases as one process lives through, and the one that it dies of."""
        results: list[TestResult] = []
        entry, stops = self.tests.entry_point, self.trial.options.stops
        with Solver(self.trial.sandbox, self.trial.all(len(cases)), self.source) as solver:
            load(solver, self.source, entry, self.trial)
            for case in cases:
                result = self._try(solver, case)
                results.append(replace(result, input=shown(_call(entry, case)), expected=shown_value(case.expected)))
                failed = result.verdict is not Verdict.ACCEPTED
                if not solver.alive or (stops and failed) or self.trial.spent:
                    break
        return results

    def _try(self, solver: Solver, case: FunctionCase) -> TestResult:
        before = solver.usage.cpu_s
        try:
            solver.allow(self.trial.limits.cpu_s, self.trial.limits.wall_s)
            kind, told = solver.ask("apply", self.tests.entry_point, [case.args, case.kwargs], self.how)
        except Lost as lost:
            return of_loss(lost)
        used = solver.usage
        result = self._compared(case.expected, *told) if kind == "value" else of_exception(told, self.source)
        return replace(result, cpu_s=used.cpu_s - before, memory_mb=used.peak_memory_mb)

    def _compared(self, expected: object, value: object, node: object) -> TestResult:
        if node is True and expected is None:
            expected = []
        right = values_match(expected, value, self.rules)
        return TestResult(Verdict.ACCEPTED if right else Verdict.WRONG_ANSWER, got=_told(value))


def _signature(tests: FunctionTests) -> str | None:
    """The head of the function, also of starter code with a class around it and no body. Raises Unjudgeable without one."""
    text = (tests.signature or "").rstrip().rstrip(":")
    if not text:
        return None
    last = text.rpartition("\n")[2]
    for body in (": pass", f":\n{' ' * (len(last) - len(last.lstrip()) + 1)}pass", ""):
        try:
            nodes = [node for node in ast.walk(ast.parse(text + body)) if isinstance(node, HEADS)]
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        name = tests.entry_point.rpartition(".")[2]
        for node in sorted(nodes, key=lambda node: node.name != name):
            node.body, node.decorator_list = [ast.Pass()], []
            return ast.unparse(node).rpartition(":")[0]
    raise Unjudgeable("tests.signature is no head of a function")


def _told(value: object) -> str:
    if isinstance(value, Held):
        return f"<{value.type} object>"
    if isinstance(value, Rebuilt):
        return shown(f"{value.kind}({', '.join(map(shown_value, value.parts))})")
    return shown_value(value)


def _call(name: str, case: FunctionCase) -> str:
    args = [shown_value(arg) for arg in case.args] + [
        f"{shown(key)}={shown_value(value)}" for key, value in case.kwargs.items()
    ]
    return f"{shown(name)}({', '.join(args)})"
