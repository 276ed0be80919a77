"""Tests in bash, JavaScript and TypeScript: they live in one sandbox, the program in another, and what crosses is plain data."""

import importlib.resources
import re
import secrets
from functools import cache

from sandbox import Program
from verifier.errors import Unjudgeable
from verifier.schema import AssertTests
from verifier.verifiers.code import checker, harness, interactive, javascript, jest
from verifier.verifiers.code.braces import joined
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown

LANGUAGES = ("bash", *javascript.LANGUAGES)
NOT_PARSED = 9
"""Exit code of a program's party that cannot parse it."""
_FUNCTION = re.compile(r"^[ \t]*(?:function[ \t]+([\w-]+)|([\w-]+)[ \t]*\(\))", re.MULTILINE)
_WRAPPED = re.compile(r"\bcandidate\(\)\s*\{\s*([\w-]+)\s+\"\$@\"\s*\}")
"""The function under test, as MultiPL-E calls it."""
_WORD = re.compile(r"[\w-]+")
TOOLS = (
    "awk bats bc curl dc gawk hexdump jq openssl perl python python3 rsync ruby sqlite3 wget xmllint xxd yq zip".split()
)
"""What tests may call that not every machine has, and no program is asked to define."""
BUILT_IN = frozenset(
    """. : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo enable eval
    exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read readarray
    readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait
    if then else elif fi case esac for select while until do done in function time { } ! [[ ]] coproc""".split()
)
"""Bash's own commands and keywords, with which the tests decide: a program's function takes the place of none that they do not
name as the one under test."""
_LOCATED = "trap 'echo \"$BASH_COMMAND\" >&2' ERR\nset -eE\n"
"""Every command of the tests is an assertion, and the one that fails is told of."""


def must_test(tests: AssertTests) -> None:
    """Raises Unjudgeable where there is nothing to run."""
    if not tests.code.strip():
        raise Unjudgeable("tests.code is empty")


def judge(tests: AssertTests, source: str, trial: Trial, language: str) -> list[TestResult]:
    """One result: all that the tests say together."""
    word = secrets.token_hex(16)
    make = _shells if language == "bash" else _scripts
    parties = make(tests, source, trial, language, word)
    return [parties if isinstance(parties, TestResult) else _sit(*parties, trial, word)]


def _sit(program: Program, tests: Program, trial: Trial, word: str) -> TestResult:
    """The tests say the word, unknown to the program, where they cannot be parsed, or lack a module or a command: an exit code
    might be of the program's choice."""
    met = interactive.meet(program, tests, trial)
    told, unusable, _ = met.opinion.stderr.partition(word.encode())
    if unusable:
        raise Unjudgeable(f"tests.code cannot be run: {shown(told.strip())}")
    if met.result.exit_code == NOT_PARSED:
        return TestResult(Verdict.COMPILE_ERROR, of_ending(met.result).message)
    return interactive.verdict(met, "failed test")


# ---- bash ----


def _shells(tests: AssertTests, source: str, trial: Trial, _: str, word: str) -> tuple[Program, Program]:
    """Functions that the tests call and do not define are the program's; what the system has is so only where it is tested."""
    source, code = joined(source, tests.code)
    whole = tests.setup + "\n" + code
    words = set(_WORD.findall(whole))
    tested = {tests.entry_point, *_WRAPPED.findall(whole)} - {None}
    theirs = _defined(source) - _defined(whole) - {*TOOLS} - BUILT_IN
    if not tested and len(called := theirs & words) == 1:
        tested = called
    proxies = "".join(_proxy(name, name in tested) for name in sorted(filter(None, theirs | tested)))
    tools = "|".join(tool for tool in TOOLS if tool in words) or "/"
    before = _harness("tests.sh").replace("TOOLS", tools).replace("WORD", word)
    text = f"{before}{proxies}{_LOCATED}{tests.setup}\n{code}\n"
    program = Program("bash", _harness("program.sh"), {"program_.sh": source})
    return program, checker.built(Program("bash", text), trial, "code")


def _proxy(name: str, tested: bool) -> str:
    unless = "" if tested else f"type -t {name} > /dev/null || "
    return f"{unless}eval '{name}() {{ ask_ {name} \"$@\"; }}'\n"


def _defined(code: str) -> set[str]:
    """The functions that a script defines."""
    return {name for names in _FUNCTION.findall(code) for name in names if name}


# ---- JavaScript, TypeScript ----


def _scripts(
    tests: AssertTests, source: str, trial: Trial, language: str, word: str
) -> tuple[Program, Program] | TestResult:
    source, text = joined(source, tests.code)
    program = javascript.compiled(language, source, trial)
    if isinstance(program, TestResult):
        return program
    code = javascript.compiled_tests(tests.model_copy(update={"code": text}), trial, language)
    party = _harness("party.js")
    files = {"jest_.js": _harness("jest.js")} if jest.used(text, tests.entry_point) else {}
    return (
        Program("javascript", party, {"code_.js": program}, args=("program",)),
        Program("javascript", party, {"code_.js": code, **files}, args=("tests", word)),
    )


@cache
def _harness(name: str) -> str:
    return importlib.resources.files(harness).joinpath(name).read_text()
