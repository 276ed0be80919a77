"""The verifier ``code``: runs the program of a completion against its sample's tests."""

from collections.abc import Callable
from pathlib import Path

from sandbox import LANGUAGES, ROOM_S, Limits, Sandbox, SandboxError, find_language
from verifier.errors import SandboxFault, Unjudgeable
from verifier.faults import nearest, shown
from verifier.registry import Budget, Verifier, verifier
from verifier.schema import AssertTests, FunctionTests, Sample, Score, StdioTests, Tests
from verifier.verifiers.code import apart, appended, asserts, function, javascript, stdio
from verifier.verifiers.code.continuation import complete
from verifier.verifiers.code.extract import extract
from verifier.verifiers.code.options import CodeOptions
from verifier.verifiers.code.shared import sit_together
from verifier.verifiers.code.trial import Clock, Trial
from verifier.verifiers.code.verdict import TestResult, total

HIDDEN = (Path(__file__).resolve().parents[2],)
TRIES = 2
"""The first, and one after a fault of ours."""
SPARE_S = 60.0
"""Beyond the time of the tests: compiling, starting and ending sandboxes."""
RELAY_CPU_S = 30.0
Judged = tuple[list[TestResult], int]


@verifier("code")
class Code(Verifier[CodeOptions]):
    """Runs the program of a completion in a sandbox against tests: stdio, function, assert, unittest, pytest."""

    Options = CodeOptions

    def verify(self, sample: Sample) -> Score:
        tests = sample.tests
        if tests is None:
            raise Unjudgeable("the sample has no tests")
        language = find_language(tests.language)
        if language is None or not self._is_live(language.name):
            raise Unjudgeable(
                f"the language {shown(tests.language)!r} is not live where programs run"
                + ("" if language else nearest(tests.language, LANGUAGES))
            )
        _must_suit(tests, language.name)
        limits = self.options.limits(tests.limits)
        if isinstance(tests, AssertTests):
            _must_test(tests, language.name)
        if language.name == "bash" and not self._sandbox().strength.processes:
            raise Unjudgeable("scripts in bash start processes, which the sandbox here does not allow: docs/sandbox.md")
        program = extract(sample, self.options, lambda tag: find_language(tag) is language, language.name)
        if program is None:
            return Score.of(0.0, f"no {language.name} program found in the answer")
        program = complete(program, sample, self.options, language.name)
        results, count = self._tried(lambda trial: _judge(tests, program, trial, language.name), limits)
        score = total(results, count, program, self.options.partial)
        score.detail["isolation"] = _isolation(tests, language.name)
        return score

    def _tried(self, judge: Callable[[Trial], Judged], limits: Limits) -> Judged:
        """After a fault of ours once more, with nothing beside it."""
        clock = Clock()
        try:
            return judge(Trial(self._sandbox(), self.options, limits, clock))
        except SandboxFault:
            if clock.overdue:
                raise
        try:
            sandbox = self._sandbox()
            with sandbox.alone():
                return judge(Trial(sandbox, self.options, limits, clock.again()))
        except SandboxError as error:
            raise SandboxFault(str(error)) from error

    def _is_live(self, language: str) -> bool:
        try:
            return self._sandbox().live(language)
        except SandboxError as error:
            raise SandboxFault(str(error)) from error

    def _sandbox(self) -> Sandbox:
        try:
            return Sandbox(HIDDEN)
        except SandboxError as error:
            raise SandboxFault(str(error)) from error

    def budget(self, sample: Sample) -> Budget:
        return Budget(cpu_s=RELAY_CPU_S, wall_s=TRIES * (self.options.total_s + ROOM_S) + SPARE_S)


def _must_suit(tests: Tests, language: str) -> None:
    """Raises Unjudgeable for tests of a type, or an isolation, that the language does not have."""
    if isinstance(tests, StdioTests) or language == "python":
        return
    if isinstance(tests, FunctionTests) and language not in javascript.LANGUAGES:
        raise Unjudgeable(
            f"tests of type 'function' are for python, javascript and typescript, not {shown(tests.language)!r}"
        )
    if isinstance(tests, AssertTests):
        if tests.type != "assert" or language not in (*apart.LANGUAGES, *appended.JOINS):
            raise Unjudgeable(f"there are no tests of type {tests.type!r} for {shown(tests.language)!r}")
        if tests.isolation == "shared" and language == "bash":
            raise Unjudgeable("tests in bash never share a process with the program")
        if tests.isolation == "isolated" and language not in apart.LANGUAGES:
            raise Unjudgeable(f"tests of type 'assert' share a process with a program in {shown(tests.language)!r}")


def _must_test(tests: AssertTests, language: str) -> None:
    """Raises Unjudgeable for tests that are none, whatever the completion."""
    if language == "python":
        asserts.read(tests)
    elif language in appended.JOINS:
        appended.must_test(tests, language)
    elif language in apart.LANGUAGES:
        apart.must_test(tests)


def _isolation(tests: Tests, language: str) -> str:
    """Whether tests and program were kept apart."""
    if not isinstance(tests, AssertTests):
        return "isolated"
    return tests.isolation or ("isolated" if language in ("python", *apart.LANGUAGES) else "shared")


def _judge(tests: Tests, program: str, trial: Trial, language: str) -> Judged:
    """The results, up to the first failure where the options stop there, and how many tests there are."""
    if isinstance(tests, StdioTests):
        return stdio.judge(tests, program, trial), len(tests.cases)
    if isinstance(tests, FunctionTests):
        if language == "python":
            return function.judge(tests, program, trial), len(tests.cases)
        return javascript.judge_function(tests, program, trial, language), len(tests.cases)
    if language == "python":
        sit = sit_together if tests.isolation == "shared" else asserts.sit_apart
        return asserts.judge(tests, program, trial, sit)
    if language in apart.LANGUAGES:
        judge = javascript.judge_asserts if tests.isolation == "shared" else apart.judge
    else:
        judge = appended.judge
    return judge(tests, program, trial, language), 1
