"""Tests that are code: HumanEval's ``check(candidate)``, MBPP's bare asserts, pytest's functions, unittest's classes.

The tests and the candidate live in two sandboxes. We stand between: what the tests ask of the candidate passes through
us as plain data, and only the tests' process says whether they passed.
"""

import ast
from dataclasses import replace
from typing import Any

from sandbox import Limits, Status
from verifier.errors import Unjudgeable
from verifier.schema import AssertTests
from verifier.verifiers.code import names
from verifier.verifiers.code.dialogue import Lost, Peer
from verifier.verifiers.code.function import Unloadable, load, of_loss
from verifier.verifiers.code.solver import Solver
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, shown

EXAMINER_MB = 256
"""Memory of the tests' own process, beyond a test's limit."""
EXAMINER_OUTPUT_KB = 64 << 10
"""What the tests pass to the program is the sample's own."""


def parse(tests: AssertTests) -> ast.Module:
    """The tests' syntax tree. Raises Unjudgeable when they, or their set-up, do not parse."""
    trees: list[ast.Module] = []
    for field in ("setup", "code"):
        try:
            trees.append(ast.parse(getattr(tests, field)))
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise Unjudgeable(f"tests.{field} does not parse: {error}") from error
    if not names.tests_anything(trees[1]):
        raise Unjudgeable("tests.code holds no test: it asserts, raises and calls nothing")
    return trees[1]


def judge(tests: AssertTests, source: str, trial: Trial) -> tuple[list[TestResult], int]:
    """The tests' results, up to the first failure where the options stop there, and how many tests there are."""
    tree = parse(tests)
    count = max(1, names.count_tests(tree))
    results: list[TestResult] = []
    try:
        while True:
            if spent := trial.spent:
                return [*results, spent], count
            done = Examination(tests, tree, source, trial, len(results)).run(results)
            if done and all(result.verdict is Verdict.ACCEPTED for result in results):
                # only the tests themselves know how many they are; statements that fail by raising are one test
                results = results or [TestResult(Verdict.ACCEPTED)]
                return results, len(results)
            if done or trial.options.stops or len(results) >= count:
                return results, max(count, len(results))
    except Unloadable as unloadable:
        return results + [unloadable.result] * (count - len(results)), count


class Examination:
    """One pair of sandboxes, for as many tests as the candidate lives through."""

    def __init__(self, tests: AssertTests, tree: ast.Module, source: str, trial: Trial, first: int) -> None:
        self.tests, self.tree, self.source, self.trial, self.first = tests, tree, source, trial, first

    def run(self, results: list[TestResult]) -> bool:
        """Add to the results; whether the tests came to their end."""
        count = names.count_tests(self.tree) + 1
        shared = self.trial.all(count)
        with (
            Peer(self.trial.sandbox, "examiner", _roomier(shared)) as examiner,
            Solver(self.trial.sandbox, shared) as solver,
        ):
            self._brief(examiner, solver)
            try:
                return self._relay(examiner, solver, results)
            except Lost as lost:
                results.append(of_loss(lost))
                return False

    def _brief(self, examiner: Peer, solver: Solver) -> None:
        """Load the candidate, and tell the tests what it defines."""
        tests, entry = self.tests, self.tests.entry_point
        simple = entry if entry and entry.isidentifier() else None
        candidate = load(solver, self.source, simple, self.trial)
        wanted = names.wanted(self.tree, ast.parse(tests.setup), entry)
        defined = self._defined(solver, wanted.program)
        if simple:
            defined[simple] = candidate
        check = names.checks(self.tree)
        examiner.ready()
        stops = self.trial.options.stops
        examiner.send([tests.setup, tests.code, defined, wanted.modules, entry, check, self.first, stops])

    def _defined(self, solver: Solver, wanted: set[str]) -> dict[str, Any]:
        """What the program defines under the names that the tests want of it, and under no other."""
        try:
            kind, told, *_ = solver.ask("names", sorted(wanted))
        except Lost as lost:
            raise Unloadable(of_loss(lost)) from lost
        return {name: told[name] for name in wanted if name in told} if kind == "value" else {}

    def _relay(self, examiner: Peer, solver: Solver, results: list[TestResult]) -> bool:
        before = solver.usage.cpu_s
        self._allow(examiner, solver)
        while True:
            kind, *rest = self._hear(examiner)
            if kind == "ask":
                examiner.send(solver.ask(*rest))
                continue
            if kind == "done":
                return True
            if kind == "broken":
                raise Unjudgeable(f"the tests are broken: {shown(rest[0])}")
            used = solver.usage
            results.append(replace(_reported(kind, rest), cpu_s=used.cpu_s - before, memory_mb=used.peak_memory_mb))
            before = used.cpu_s
            self._allow(examiner, solver)

    def _allow(self, examiner: Peer, solver: Solver) -> None:
        """Time for the next test. The tests' process mostly waits for the candidate, and must outlast it."""
        limits = self.trial.limits
        solver.allow(limits.cpu_s, limits.wall_s)
        examiner.allow(limits.cpu_s + 1, 2 * limits.wall_s + 1)

    def _hear(self, examiner: Peer) -> list[Any]:
        try:
            return examiner.receive()
        except Lost as lost:
            if lost.result.status is Status.SANDBOX_ERROR:
                of_loss(lost)
            if lost.result.limit is None:
                raise Unjudgeable(f"the tests ended without a verdict: {lost}") from lost
            raise


def _reported(kind: str, rest: list[Any]) -> TestResult:
    if kind == "passed":
        return TestResult(Verdict.ACCEPTED, input=shown(rest[0]))
    label, verdict, message, call = rest
    message = "; ".join(part for part in (message, call) if part)
    return TestResult(Verdict(verdict), shown(message), input=shown(label))


def _roomier(limits: Limits) -> Limits:
    return replace(
        limits, memory_mb=limits.memory_mb + EXAMINER_MB, output_kb=EXAMINER_OUTPUT_KB, wall_s=limits.wall_s + 1
    )
