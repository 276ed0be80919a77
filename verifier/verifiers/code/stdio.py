"""Tests of programs that read standard input and write standard output: one run a case."""

from collections.abc import Mapping
from dataclasses import replace

from sandbox import Limits, Program, Result, Status
from verifier.errors import Unjudgeable
from verifier.schema import Checker, StdioCase, StdioTests
from verifier.verifiers.code.compare import outputs_match
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown

CHECKED = ("input.txt", "output.txt", "answer.txt")
"""What a checker is called with, in this order: names of files with the input, the program's output, and the expected one."""


def judge(tests: StdioTests, source: str, trial: Trial) -> list[TestResult]:
    """The tests' results, up to the first failure where the options stop there."""
    files: dict[str, str | bytes] = {**tests.files}
    try:
        build = trial.sandbox.build(Program(tests.language, source, files))
    except ValueError as error:
        raise Unjudgeable(f"tests.files: {error}") from error
    if build.failure:
        return [of_ending(build.failure)] * len(tests.cases)
    results: list[TestResult] = []
    for case in tests.cases:
        results.append(trial.spent or _try(case, tests.checker, build.program, trial))
        if results[-1].verdict is Verdict.COMPILE_ERROR:
            return results * len(tests.cases)
        if trial.options.stops and results[-1].verdict is not Verdict.ACCEPTED:
            break
    return results


def _try(case: StdioCase, checker: Checker | None, program: Program, trial: Trial) -> TestResult:
    stdin, expected = case.stdin.encode(errors="replace"), case.stdout.encode(errors="replace")
    result = trial.sandbox.run(replace(program, stdin=stdin), trial.one)
    if result.status is not Status.OK:
        return replace(of_ending(result), input=shown(stdin), expected=shown(expected), got=shown(result.stdout))
    if checker:
        right, message = _check(checker, stdin, result.stdout, expected, trial)
    else:
        options = trial.options
        right, message = outputs_match(expected, result.stdout, options.compare, options.float_tolerance), ""
    return TestResult(
        Verdict.ACCEPTED if right else Verdict.WRONG_ANSWER,
        message,
        input=shown(stdin),
        expected=shown(expected.strip()),
        got=shown(result.stdout.strip()),
        cpu_s=result.cpu_s,
        memory_mb=result.peak_memory_mb,
    )


def _check(checker: Checker, stdin: bytes, output: bytes, expected: bytes, trial: Trial) -> tuple[bool, str]:
    """Ask the checker: exit code 0 is right, any other end is wrong, for an output may be such that no checker can read it."""
    files: dict[str, str | bytes] = dict(zip(CHECKED, (stdin, output, expected), strict=True))
    program = Program(checker.language, checker.code, files, args=CHECKED)
    try:
        build = trial.sandbox.build(program)
    except LookupError as error:
        raise Unjudgeable(f"tests.checker: {error}") from error
    result = build.failure or trial.sandbox.run(build.program, _room(trial.one, files))
    if result.status is Status.COMPILE_ERROR:
        raise Unjudgeable(f"tests.checker does not compile: {shown(result.stderr)}")
    if result.status is Status.SANDBOX_ERROR:
        of_ending(result)
    return result.status is Status.OK, _said(result)


def _room(limits: Limits, files: Mapping[str, str | bytes]) -> Limits:
    """A checker reads what may be as large as the program's own limits allow."""
    size = sum(map(len, files.values())) >> 20
    return replace(limits, disk_mb=limits.disk_mb + 2 * size, memory_mb=limits.memory_mb + 8 * size)


def _said(result: Result) -> str:
    said = shown(result.stdout.strip() or result.stderr.strip()[-300:])
    return f"the checker says: {said}" if said else ""
