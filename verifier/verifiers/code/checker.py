"""Programs of the sample's that decide: checkers read an output, interactors talk with the program; each in its own sandbox."""

import ast
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from sandbox import Limits, Program, Result, Status
from verifier.errors import Unjudgeable
from verifier.schema import Checker
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import of_ending, shown

CALLED_WITH = ("input.txt", "output.txt", "answer.txt")
"""What a checker is called with, in this order: names of files with the input, the program's output, and the expected one.
As with testlib, whose interactors are called the same, with the second name for a file of their own."""
TESTLIB = {2: "presentation error", 3: "the checker itself failed", 7: "partly right"}
"""What testlib's exit codes say beyond wrong (1); any but 0 is wrong."""
AS_FUNCTION = """

import sys as _sys

_said = check(*(open(_name, encoding="utf-8", errors="replace", newline="").read() for _name in _sys.argv[1:4]))
_said, _why = _said if isinstance(_said, tuple) and len(_said) == 2 else (_said, "")
if _why:
    print(_why)
print(WORD if _said else "")
_sys.exit(0 if _said else 1)
"""
"""Says a word that nobody knew before where it is right: what ends earlier, whatever its exit code, is not."""


CMS = ("input.txt", "answer.txt", "output.txt")
"""As CMS calls a checker, which then prints what the output is worth: 1 when it is right."""


class Opinion(NamedTuple):
    right: bool
    message: str = ""


def check(checker: Checker, stdin: bytes, output: bytes, expected: bytes, trial: Trial) -> Opinion:
    """Ask the checker: exit code 0 is right, any other end is wrong, for an output may be such that no checker can read it."""
    files: dict[str, str | bytes] = dict(zip(CALLED_WITH, (stdin, output, expected), strict=True))
    function = _defines_check(checker) and checker.protocol == "testlib"
    word = secrets.token_hex(16) if function else ""
    result = _run(program(checker, files, word), files, trial)
    if result.status is Status.SANDBOX_ERROR:
        of_ending(result)
    if checker.protocol == "cms":
        return Opinion(result.status is Status.OK and _outcome(result.stdout) >= 1, said(result, "checker"))
    told, _, last = result.stdout.rstrip(b"\n").rpartition(b"\n") if word else (result.stdout, b"", b"")
    right = result.status is Status.OK and last == word.encode()
    return Opinion(right, said(replace(result, stdout=told), "checker"))


def _outcome(output: bytes) -> float:
    """The number on the first line; 0 where there is none."""
    try:
        return float(output.strip().partition(b"\n")[0])
    except ValueError:
        return 0.0


def program(checker: Checker, files: Mapping[str, str | bytes], word: str = "") -> Program:
    source = checker.code + AS_FUNCTION.replace("WORD", repr(word)) if word else checker.code
    return Program(checker.language, source, files, args=CMS if checker.protocol == "cms" else CALLED_WITH)


def parsed(checker: Checker, what: str) -> ast.Module:
    """Its syntax tree, empty for other languages than Python. Raises Unjudgeable when it has none."""
    if checker.language.lower() not in ("python", "py", "python3"):
        return ast.Module([], [])
    try:
        return ast.parse(checker.code)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise Unjudgeable(f"tests.{what} does not parse: {error}") from error


def _defines_check(checker: Checker) -> bool:
    """Whether it is Python that defines ``check`` and leaves the call to us: no statement calls it, or what leads to it."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = parsed(checker, "checker")
    own = {node.name: node for node in tree.body if isinstance(node, kinds)}
    runs = [
        node
        for node in tree.body
        if not isinstance(node, kinds) and any(isinstance(part, ast.Call) for part in ast.walk(node))
    ]
    waiting, reached = [name for node in runs for name in _names(node)], set[str]()
    while waiting:
        name = waiting.pop()
        if name in own and name not in reached:
            reached.add(name)
            waiting += _names(own[name])
    return isinstance(own.get("check"), ast.FunctionDef) and "check" not in reached


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _run(program: Program, files: Mapping[str, str | bytes], trial: Trial) -> Result:
    result = built(program, trial, "checker")
    return trial.sandbox.run(result, _room(trial.one, files))


def built(program: Program, trial: Trial, what: str) -> Program:
    """The program of the sample's, compiled. Raises Unjudgeable when that fails: the sample is at fault."""
    try:
        build = trial.sandbox.build(program)
    except LookupError as error:
        raise Unjudgeable(f"tests.{what}: {error}") from error
    if build.failure:
        if build.failure.status is Status.SANDBOX_ERROR:
            of_ending(build.failure)
        raise Unjudgeable(f"tests.{what} does not compile: {shown(build.failure.stderr)}")
    return build.program


def _room(limits: Limits, files: Mapping[str, str | bytes]) -> Limits:
    """A checker reads what may be as large as the program's own limits allow."""
    size = sum(map(len, files.values())) >> 20
    return replace(limits, disk_mb=limits.disk_mb + 2 * size, memory_mb=limits.memory_mb + 8 * size)


def said(result: Result, what: str) -> str:
    """What the sample's program has to say, for a person."""
    text = shown(result.stdout.strip() or result.stderr.strip().rpartition(b"\n")[2])
    if result.status is not Status.OK and (meaning := TESTLIB.get(result.exit_code or 0)):
        text = f"{meaning}: {text}" if text else meaning
    return f"the {what} says: {text}" if text else ""
