"""Tests that are code: HumanEval's ``check(candidate)``, MBPP's bare asserts, pytest's functions, unittest's classes.

The tests and the candidate live in two sandboxes. We stand between: what the tests ask of the candidate passes through
us as plain data, and only the tests' process says whether they passed. :mod:`shared` is for tests that cannot be held apart.
"""

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from sandbox import Limits, Status
from verifier.errors import Unjudgeable
from verifier.schema import AssertTests
from verifier.verifiers.code import names
from verifier.verifiers.code.dialogue import Lost, Peer
from verifier.verifiers.code.function import Unloadable, load, of_loss, traced
from verifier.verifiers.code.solver import Solver, relay
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, shown

EXAMINER_MB = 256
"""Memory of the tests' own process, beyond a test's limit."""
EXAMINER_OUTPUT_KB = 64 << 10
"""What the tests pass to the program is the sample's own."""

KEPT, KEPT_CHARS = 4, 1 << 15
"""How many tests are remembered as they were read, and how long they may be: all completions of a prompt have the same."""

Sitting = Callable[["Examined", Trial, list[TestResult]], bool]
"""One life of the program, for as many tests as it lives through: adds to the results, and says whether the tests came to
their end."""


class Told(NamedTuple):
    """What syntax trees tell of tests. Not to be changed: others have the same."""

    tree: ast.Module
    setup: ast.Module
    wanted: names.Wanted
    check: bool
    """Whether ``check`` is to be called for them."""
    tests: int
    """How many there are, as far as can be told."""


class Examined:
    """Tests, what their syntax tree tells of them, and the program that they are for."""

    def __init__(self, tests: AssertTests, source: str) -> None:
        self.tests, self.source = tests, source
        self.tree, self.setup, self.wanted, self.check, self.count = read(tests)
        self.counted: int | None = None
        """As the tests themselves count, once they came to their end."""

    @property
    def simple_entry(self) -> str | None:
        entry = self.tests.entry_point
        return entry if entry and entry.isidentifier() else None

    @property
    def text(self) -> str:
        """All of it: what either side may pass to the other."""
        return self.source + self.tests.setup + self.tests.code

    @property
    def extra(self) -> tuple[str, ...]:
        """Harness files that these tests need beside the usual ones."""
        return ("pytest_like",) if "pytest" in self.tests.setup + self.tests.code else ()


def read(tests: AssertTests) -> Told:
    """Raises Unjudgeable when they do not parse, or hold no test."""
    short = len(tests.code) + len(tests.setup) <= KEPT_CHARS
    return (_read if short else _read.__wrapped__)(tests.code, tests.setup, tests.type, tests.entry_point)


@lru_cache(KEPT)
def _read(code: str, setup: str, kind: str, entry: str | None) -> Told:
    tree, before = _parsed("code", code), _parsed("setup", setup)
    if not names.tests_anything(tree, kind):
        raise Unjudgeable(f"tests.code holds no test of type {kind}: {names.WANTED_OF[kind]}")
    count = max(1, names.count_tests(tree))
    return Told(tree, before, names.wanted(tree, before, entry), names.checks(tree), count)


def _parsed(field: str, text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise Unjudgeable(f"tests.{field} does not parse: {error}") from error


def judge(tests: AssertTests, source: str, trial: Trial, sit: "Sitting") -> tuple[list[TestResult], int]:
    """The tests' results, up to the first failure where the options stop there, and how many tests there are."""
    examined = Examined(tests, source)
    results: list[TestResult] = []
    try:
        while True:
            if spent := trial.spent:
                return [*results, spent], max(examined.count, len(results) + 1)
            done = sit(examined, trial, results)
            if done:
                return _all(results, examined)
            if trial.options.stops or len(results) >= examined.count:
                return results, max(examined.count, len(results))
    except Unloadable as unloadable:
        return results + [unloadable.result] * (examined.count - len(results)), examined.count


def _all(results: list[TestResult], examined: Examined) -> tuple[list[TestResult], int]:
    """Only the tests themselves know how many they are; statements that fail by raising are one test."""
    if not results:
        results = [TestResult(Verdict.ACCEPTED)]
    if all(result.verdict is Verdict.ACCEPTED for result in results):
        return results, len(results)
    return results, max(examined.counted or examined.count, len(results))


def sit_apart(examined: Examined, trial: Trial, results: list[TestResult]) -> bool:
    """Tests and program in two sandboxes, and we between them."""
    return _Pair(examined, trial, len(results)).run(results)


class _Pair:
    def __init__(self, examined: Examined, trial: Trial, first: int) -> None:
        self.examined, self.trial, self.first = examined, trial, first

    def run(self, results: list[TestResult]) -> bool:
        shared = self.trial.all(self.examined.count + 1)
        with (
            Peer(self.trial.sandbox, "examiner", _roomier(shared), self.examined.text, self.examined.extra) as examiner,
            Solver(self.trial.sandbox, shared, self.examined.text) as solver,
        ):
            self._brief(examiner, solver)
            try:
                return self._listen(examiner, solver, results)
            except Lost as lost:
                results.append(of_loss(lost))
                return False

    def _brief(self, examiner: Peer, solver: Solver) -> None:
        """Load the candidate, once the tests' process is there and beyond its reach, and tell the tests what it defines."""
        tests, examined = self.examined.tests, self.examined
        examiner.ready()
        candidate = load(solver, examined.source, examined.simple_entry, self.trial)
        defined = self._defined(solver, examined.wanted.program)
        if examined.simple_entry:
            defined[examined.simple_entry] = candidate
        stops = self.trial.options.stops
        modules, entry = examined.wanted.modules, tests.entry_point
        examiner.send([tests.setup, tests.code, defined, modules, entry, examined.check, self.first, stops])

    def _defined(self, solver: Solver, wanted: frozenset[str]) -> dict[str, Any]:
        """What the program defines under the names that the tests want of it, and under no other."""
        try:
            kind, told = solver.ask("names", sorted(wanted))
        except Lost as lost:
            raise Unloadable(of_loss(lost)) from lost
        return {name: told[name] for name in wanted if name in told} if kind == "value" else {}

    def _listen(self, examiner: Peer, solver: Solver, results: list[TestResult]) -> bool:
        before = solver.usage
        self._allow(examiner, solver)
        while True:
            kind, *rest = _hear(examiner)
            if kind == "ask":
                examiner.send(relay(examiner, solver, rest, lambda: _hear(examiner)))
                continue
            if kind == "done":
                self.examined.counted = rest[0]
                return True
            if kind == "broken":
                raise Unjudgeable(f"the tests are broken: {shown(rest[0])}")
            used = solver.usage
            results.append(
                replace(
                    reported(kind, rest, self.examined),
                    cpu_s=used.cpu_s - before.cpu_s,
                    memory_mb=used.peak_memory_mb,
                )
            )
            before = used
            self._allow(examiner, solver)

    def _allow(self, examiner: Peer, solver: Solver) -> None:
        """Time for the next test. The tests' process mostly waits for the candidate, and must outlast it."""
        limits = self.trial.limits
        solver.allow(limits.cpu_s, limits.wall_s)
        examiner.allow(limits.cpu_s + 1, 2 * limits.wall_s + 1)


def _hear(examiner: Peer) -> list[Any]:
    try:
        return examiner.receive()
    except Lost as lost:
        if lost.result.status is Status.SANDBOX_ERROR:
            of_loss(lost)
        if lost.result.limit is None and not lost.result.dubious:
            raise Unjudgeable(f"the tests ended without a verdict: {lost}") from lost
        raise


def reported(kind: str, rest: list[Any], examined: Examined) -> TestResult:
    """What an examiner says of one test."""
    if kind == "passed":
        return TestResult(Verdict.ACCEPTED, input=shown(rest[0]))
    label, verdict, message, call, trace = rest
    message = "; ".join(part for part in (message, call) if part)
    return TestResult(
        Verdict(verdict), shown(message), input=shown(label), traceback=traced(trace, examined.source, message)
    )


def _roomier(limits: Limits) -> Limits:
    return replace(
        limits, memory_mb=limits.memory_mb + EXAMINER_MB, output_kb=EXAMINER_OUTPUT_KB, wall_s=limits.wall_s + 1
    )
