"""Tests of programs that read standard input and write standard output: one run a case."""

from dataclasses import replace

from sandbox import Build, Program, Status
from verifier.errors import Unjudgeable
from verifier.schema import StdioCase, StdioTests
from verifier.verifiers.code import checker, interactive
from verifier.verifiers.code.checker import Opinion
from verifier.verifiers.code.compare import outputs_match
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown


def judge(tests: StdioTests, source: str, trial: Trial) -> list[TestResult]:
    """The tests' results, up to the first failure where the options stop there."""
    build = _build(tests, source, trial)
    if build.failure:
        return [of_ending(build.failure)] * len(tests.cases)
    results: list[TestResult] = []
    for case in tests.cases:
        results.append(trial.spent or _try(case, tests, build.program, trial))
        if results[-1].verdict is Verdict.COMPILE_ERROR:
            return results * len(tests.cases)
        if trial.options.stops and results[-1].verdict is not Verdict.ACCEPTED:
            break
    return results


def _build(tests: StdioTests, source: str, trial: Trial) -> Build:
    files: dict[str, str | bytes] = {**tests.files}
    try:
        return trial.sandbox.build(Program(tests.language, source, files))
    except ValueError as error:
        raise Unjudgeable(f"tests.files: {error}") from error


def _try(case: StdioCase, tests: StdioTests, program: Program, trial: Trial) -> TestResult:
    if tests.interactor:
        return interactive.attempt(case, tests.interactor, program, trial)
    stdin, expected = case.stdin.encode(errors="replace"), (case.stdout or "").encode(errors="replace")
    result = trial.sandbox.run(replace(program, stdin=stdin), trial.one)
    told = TestResult(
        Verdict.ACCEPTED, "", shown(stdin), shown(expected.strip()), shown(result.stdout.strip()), result.cpu_s
    )
    if result.status is not Status.OK:
        return replace(of_ending(result), input=told.input, expected=told.expected, got=told.got)
    right, message = _opinion(tests, stdin, result.stdout, expected, trial)
    verdict = Verdict.ACCEPTED if right else Verdict.WRONG_ANSWER
    return replace(told, verdict=verdict, message=message, memory_mb=result.peak_memory_mb)


def _opinion(tests: StdioTests, stdin: bytes, output: bytes, expected: bytes, trial: Trial) -> Opinion:
    if tests.checker:
        return checker.check(tests.checker, stdin, output, expected, trial)
    options = trial.options
    tolerance = options.float_tolerance if tests.float_tolerance is None else tests.float_tolerance
    return Opinion(outputs_match(expected, output, tests.compare or options.compare, tolerance))
