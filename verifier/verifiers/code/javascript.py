"""JavaScript and TypeScript: functions called with JSON and judged by us, and tests that share the program's process."""

import importlib.resources
import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sandbox import Program, Result, SandboxError, Session
from verifier.errors import SandboxFault, Unjudgeable
from verifier.schema import AssertTests, FunctionCase, FunctionTests
from verifier.verifiers.code import harness
from verifier.verifiers.code.compare import Rules, values_match
from verifier.verifiers.code.modules import as_script
from verifier.verifiers.code.nodes import kinds
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown, shown_value

LANGUAGES = ("javascript", "typescript")
NOT_PARSED = 9
LISTENS_S = 0.25


class _Node:
    """The harness in its sandbox, with the program loaded. Use as a context manager."""

    def __init__(self, trial: Trial, brief: dict[str, Any], count: int) -> None:
        try:
            self.session: Session = trial.sandbox.open(_harness(), trial.all(count + 1))
        except SandboxError as error:
            raise SandboxFault(str(error)) from error
        self.trial, self.said = trial, bytearray()
        loaded = secrets.token_hex(8)
        self.allow()
        self.send({**brief, "loaded": loaded})
        self.failure = None if self.until(loaded) is not None else self.ended()

    def __enter__(self) -> "_Node":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.__exit__()

    def allow(self) -> None:
        self.session.allow(self.trial.limits.cpu_s, self.trial.limits.wall_s)

    def send(self, message: object) -> None:
        self.session.send(json.dumps(message).encode() + b"\n")

    def until(self, tag: str) -> bytes | None:
        """What follows the tag on its line; None when the program ended before it said it. Whatever else it prints is dropped."""
        start = b"\n" + tag.encode()
        while True:
            self.said += self.session.take(LISTENS_S)
            at = (b"\n" + self.said).find(start)
            end = self.said.find(b"\n", at) if at >= 0 else -1
            if end >= 0:
                found = bytes(self.said[at + len(tag) : end])
                del self.said[: end + 1]
                return found
            if not self.session.alive:
                return None
            if len(self.said) > self.trial.limits.output_kb << 10:
                self.session.kill("output_kb")

    def ended(self) -> TestResult:
        """The verdict on a program that ended before its time."""
        result = self.session.finish()
        if result.exit_code == NOT_PARSED:
            return replace(of_ending(result), verdict=Verdict.COMPILE_ERROR)
        return of_ending(result, _last_words(result))


def _last_words(result: Result) -> str:
    if result.limit:
        return ""
    lines = [line for line in result.stderr[-2000:].decode(errors="replace").splitlines() if line.strip()]
    named = [line for line in lines if "Error" in line and not line.startswith(" ")]
    return shown((named or lines or ["the program ended before the test did"])[-1].strip())


@cache
def _harness() -> Program:
    node, shapes = (importlib.resources.files(harness).joinpath(name).read_text() for name in ("node.js", "shapes.js"))
    return Program("javascript", node, {"shapes_.js": shapes})


def compiled(language: str, source: str, trial: Trial) -> str | TestResult:
    """The program as a script in JavaScript."""
    if language == "javascript":
        return as_script(source)
    build = trial.sandbox.build(Program(language, source))
    if build.failure:
        return of_ending(build.failure)
    return as_script((build.program.binary or b"").decode(errors="replace"))


def compiled_tests(tests: AssertTests, trial: Trial, language: str) -> str:
    """The tests as JavaScript. Raises Unjudgeable where they do not compile."""
    code = compiled(language, tests.setup + "\n" + tests.code, trial)
    if isinstance(code, TestResult):
        raise Unjudgeable(f"tests.code does not compile: {code.message}")
    return code


def judge_asserts(tests: AssertTests, source: str, trial: Trial, language: str) -> list[TestResult]:
    """One result: all that the tests say together."""
    program = compiled(language, source, trial)
    if isinstance(program, TestResult):
        return [program]
    code = compiled_tests(tests, trial, language)
    word = secrets.token_hex(16)
    with _Node(trial, {"program": program, "tests": code, "word": word}, 1) as node:
        if node.failure:
            return [node.failure]
        passed = node.until(word) is not None
        used = node.session.usage
        if passed:
            return [TestResult(Verdict.ACCEPTED, cpu_s=used.cpu_s, memory_mb=used.peak_memory_mb)]
        ended = node.ended()
        wrong = ended.verdict is Verdict.RUNTIME_ERROR and "AssertionError" in ended.message
        return [replace(ended, verdict=Verdict.WRONG_ANSWER) if wrong else ended]


def judge_function(tests: FunctionTests, source: str, trial: Trial, language: str) -> list[TestResult]:
    """One result a case, as :func:`function.judge`."""
    program = compiled(language, source, trial)
    if isinstance(program, TestResult):
        return [program] * len(tests.cases)
    found = kinds(tests.entry_point, tests.signature or "", source)
    brief = {"program": program, "entry": tests.entry_point, "mutates": tests.mutates, "kinds": found}
    results: list[TestResult] = []
    while len(results) < len(tests.cases):
        left = tests.cases[len(results) :]
        results += [spent] * len(left) if (spent := trial.spent) else _sitting(brief, tests, left, trial)
        if trial.options.stops and results[-1].verdict is not Verdict.ACCEPTED:
            break
    return results


def _sitting(
    brief: dict[str, Any], tests: FunctionTests, cases: Sequence[FunctionCase], trial: Trial
) -> list[TestResult]:
    rules, results = Rules.of(tests, trial.options), list[TestResult]()
    with _Node(trial, brief, len(cases)) as node:
        if node.failure:
            return [node.failure] * len(cases)
        for case in cases:
            result = _call(node, case, rules)
            call = f"{tests.entry_point}({', '.join(shown_value(arg) for arg in case.args)})"
            results.append(replace(result, input=shown(call), expected=shown_value(case.expected)))
            failed = result.verdict is not Verdict.ACCEPTED
            if not node.session.alive or (trial.options.stops and failed) or trial.spent:
                break
    return results


def _call(node: _Node, case: FunctionCase, rules: Rules) -> TestResult:
    if case.kwargs:
        raise Unjudgeable("JavaScript has no keyword arguments")
    before, tag = node.session.usage, secrets.token_hex(8)
    node.allow()
    node.send({"args": case.args, "tag": tag})
    said = node.until(tag)
    if said is None:
        return node.ended()
    used = node.session.usage
    result = _judged(case.expected, _read(said), rules)
    return replace(result, cpu_s=used.cpu_s - before.cpu_s, memory_mb=used.peak_memory_mb)


def _read(said: bytes) -> dict[str, Any]:
    try:
        answer: Any = json.loads(said)
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {}  # pyright: ignore[reportUnknownVariableType] - of anything


def _judged(expected: object, answer: dict[str, Any], rules: Rules) -> TestResult:
    if "value" in answer:
        right = values_match(expected, answer["value"], rules)
        return TestResult(Verdict.ACCEPTED if right else Verdict.WRONG_ANSWER, got=shown_value(answer["value"]))
    said = str(answer.get("raised", "its answer is no JSON"))
    return TestResult(
        Verdict.RUNTIME_ERROR, shown(said.partition("\n")[0]), traceback=tuple(shown(said, 300).split("\n"))
    )
