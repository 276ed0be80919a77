"""Tests in bash, JavaScript and TypeScript: they live in one sandbox, the program in another, and what crosses is plain data."""

import importlib.resources
import re
from functools import cache

from sandbox import Program
from verifier.errors import Unjudgeable
from verifier.schema import AssertTests
from verifier.verifiers.code import checker, harness, interactive, javascript
from verifier.verifiers.code.braces import joined
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown

LANGUAGES = ("bash", *javascript.LANGUAGES)
NOT_PARSED = 9
"""Exit code of a party that cannot parse its code, or of tests that lack a module or a command."""
_FUNCTION = re.compile(r"^[ \t]*(?:function[ \t]+([\w-]+)|([\w-]+)[ \t]*\(\))", re.MULTILINE)
_WRAPPED = re.compile(r"\bcandidate\(\)\s*\{\s*([\w-]+)\s+\"\$@\"\s*\}")
"""The function under test, as MultiPL-E calls it."""
_WORD = re.compile(r"[\w-]+")
_OWN = re.compile(r"\b(?:function|const|let|var)\s+(\w+)")
_JEST = re.compile(r"\b(describe|test|it|expect)(?:\.\w+)?\s*\(")
TOOLS = (
    "awk bats bc curl dc gawk hexdump jq openssl perl python python3 rsync ruby sqlite3 wget xmllint xxd yq zip".split()
)
"""What tests may call that not every machine has, and no program is asked to define."""
_LOCATED = "trap 'echo \"$BASH_COMMAND\" >&2' ERR\nset -eE\n"
"""Every command of the tests is an assertion, and the one that fails is told of."""


def must_test(tests: AssertTests) -> None:
    """Raises Unjudgeable where there is nothing to run."""
    if not tests.code.strip():
        raise Unjudgeable("tests.code is empty")


def judge(tests: AssertTests, source: str, trial: Trial, language: str) -> list[TestResult]:
    """One result: all that the tests say together."""
    parties = _shells(tests, source, trial) if language == "bash" else _scripts(tests, source, trial, language)
    return [parties if isinstance(parties, TestResult) else _sit(*parties, trial)]


def _sit(program: Program, tests: Program, trial: Trial) -> TestResult:
    met = interactive.meet(program, tests, trial)
    if met.opinion.exit_code == NOT_PARSED:
        raise Unjudgeable(f"tests.code cannot be run: {shown(met.opinion.stderr.strip())}")
    if met.result.exit_code == NOT_PARSED:
        return TestResult(Verdict.COMPILE_ERROR, of_ending(met.result).message)
    return interactive.verdict(met, "failed test")


# ---- bash ----


def _shells(tests: AssertTests, source: str, trial: Trial) -> tuple[Program, Program]:
    """Functions that the tests call and do not define are the program's; what the system has is so only where it is tested."""
    source, code = joined(source, tests.code)
    whole = tests.setup + "\n" + code
    theirs = _defined(source) - _defined(whole) - {*TOOLS}
    tested = {tests.entry_point, *_WRAPPED.findall(whole)} - {None}
    if len(called := theirs & set(_WORD.findall(whole))) == 1:
        tested |= called
    proxies = "".join(_proxy(name, name in tested) for name in sorted(filter(None, theirs | tested)))
    text = f"{_harness('tests.sh').replace('TOOLS', '|'.join(TOOLS))}{proxies}{_LOCATED}{tests.setup}\n{code}\n"
    program = Program("bash", _harness("program.sh"), {"program_.sh": source})
    return program, checker.built(Program("bash", text), trial, "code")


def _proxy(name: str, tested: bool) -> str:
    unless = "" if tested else f"type -t {name} > /dev/null || "
    return f"{unless}eval '{name}() {{ ask_ {name} \"$@\"; }}'\n"


def _defined(code: str) -> set[str]:
    """The functions that a script defines."""
    return {name for names in _FUNCTION.findall(code) for name in names if name}


# ---- JavaScript, TypeScript ----


def _scripts(tests: AssertTests, source: str, trial: Trial, language: str) -> tuple[Program, Program] | TestResult:
    source, text = joined(source, tests.code)
    program = javascript.compiled(language, source, trial)
    if isinstance(program, TestResult):
        return program
    code = javascript.compiled_tests(tests.model_copy(update={"code": text}), trial, language)
    party = _harness("party.js")
    jest = {"jest_.js": _harness("jest.js")} if _uses_jest(text) else {}
    return (
        Program("javascript", party, {"code_.js": program}, args=("program",)),
        Program("javascript", party, {"code_.js": code, **jest}, args=("tests",)),
    )


def _uses_jest(code: str) -> bool:
    """Whether the tests are in the manner of Jest, and bring nothing of their own in its place."""
    return bool({*_JEST.findall(code)} - {*_OWN.findall(code)})


@cache
def _harness(name: str) -> str:
    return importlib.resources.files(harness).joinpath(name).read_text()
