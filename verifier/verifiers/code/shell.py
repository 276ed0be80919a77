"""Tests in bash, as MultiPL-E has them: the tests live in one sandbox, the program in another, and calls cross as text."""

import importlib.resources
import re
from functools import cache

from sandbox import Program
from verifier.errors import Unjudgeable
from verifier.schema import AssertTests
from verifier.verifiers.code import checker, harness, interactive
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult

LANGUAGE = "bash"
_FUNCTION = re.compile(r"^[ \t]*(?:function[ \t]+([\w-]+)|([\w-]+)[ \t]*\(\))", re.MULTILINE)
_LOCATED = "trap 'echo \"$BASH_COMMAND\" >&2' ERR\nset -eE\n"
"""Every command of the tests is an assertion, and the one that fails is told of."""


def judge(tests: AssertTests, source: str, trial: Trial, language: str) -> list[TestResult]:
    """One result: all that the tests say together."""
    code = tests.code.lstrip()
    if code.startswith("}"):  # what closes the function of a completion that stops before
        code = code[1:]
        source += "\n}" if source.count("{") > source.count("}") else ""
    program = Program(LANGUAGE, _harness("program.sh"), {"program_.sh": source})
    return [interactive.confront(program, _tester(tests, source, code, trial), trial, "failed test")]


def _tester(tests: AssertTests, source: str, code: str, trial: Trial) -> Program:
    """The tests; functions that they do not define themselves are the program's."""
    own = _defined(tests.setup + "\n" + code)
    asked = {tests.entry_point, *_defined(source)} - own - {None}
    proxies = "".join(f'{name}() {{ ask_ {name} "$@"; }}\n' for name in sorted(filter(None, asked)))
    text = f"{_harness('tests.sh')}{proxies}{_LOCATED}{tests.setup}\n{code}\n"
    return checker.built(Program(LANGUAGE, text), trial, "code")


def must_test(tests: AssertTests) -> None:
    """Raises Unjudgeable where there is nothing to run."""
    if not tests.code.strip():
        raise Unjudgeable("tests.code is empty")


def _defined(code: str) -> set[str]:
    """The functions that a script defines."""
    return {name for names in _FUNCTION.findall(code) for name in names if name}


@cache
def _harness(name: str) -> str:
    return importlib.resources.files(harness).joinpath(name).read_text()
