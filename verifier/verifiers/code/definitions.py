"""What a source defines, and which of that its tests want."""

import ast
import re
from collections.abc import Iterator

from verifier.schema import AssertTests, FunctionTests, Tests
from verifier.verifiers.code import asserts
from verifier.verifiers.code.braces import silenced

PARSED_CHARS = 200_000
"""Longest source that is looked into."""
WORD = re.compile(r"[A-Za-z_$][\w$]*")
CALLED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*+)\s*+(?:<[^()<>]{0,200}>)?\s*+\(")
ASSIGNED = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*+)\s*+(?::=|=(?![=>~]))")
NAMED = re.compile(
    r"\b(?:function|fn|func|class|struct|enum|interface|trait|record)\b[\s*]*+(?:\([^()]{0,200}\)\s*+)?([\w$]+)"
)
"""A definition that a keyword announces."""
BOUND = re.compile(r"\b(?:const|let|var)\s+([\w$]+)")
BINDING = ("javascript", "typescript", "go")
"""Languages in which tests may call what is bound so."""
HEAD = re.compile(
    r"(?<![\w$.])([A-Za-z_$][\w$]*+)\s*+(?:<[^<>(){};]{0,200}>\s*+)?"
    r"\((?:[^;{}]{0,400}?|[^;{}]{0,400}+(?:\{[^;{}]{0,40}\}[^;{}]{0,100}?){1,4}?)\)[^;{}()=]{0,200}\{"
)
"""A name, parameters, and a brace: the head of a function, of C's or bash's kind, or a statement that looks like one."""
NO_NAMES = frozenset(
    "fn func function if for while switch catch else return new await yield throw case in of do match main".split()
)


def parse(source: str) -> ast.Module | None:
    """The syntax tree of Python, or None when there is none."""
    if len(source) > PARSED_CHARS:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def defined(source: str, language: str) -> set[str]:
    """The names that a source defines: in Python at its top; in other languages as far as a glance can tell."""
    if language == "python":
        tree = parse(source)
        return of_tree(tree) if tree else set()
    if len(source) > PARSED_CHARS:
        return set()
    code = silenced(source)
    bound = BOUND.findall(code) if language in BINDING else []
    return {*NAMED.findall(code), *bound, *(match[1] for match in heads(code))} - NO_NAMES


def heads(code: str) -> Iterator[re.Match[str]]:
    """The heads of functions, in languages with braces."""
    return (match for match in HEAD.finditer(code) if _is_head(code[max(0, match.start() - 200) : match.start()]))


def _is_head(before: str) -> bool:
    """Whether a name may be defined behind this: nothing on its line, the end of another definition, or a type."""
    line = before.rpartition("\n")[2].rstrip()
    return not line or ((line[-1] in ">*&]{};" or line[-1].isalnum()) and re.split(r"\W", line)[-1] not in NO_NAMES)


def of_tree(tree: ast.Module) -> set[str]:
    """The functions, classes and variables that a module defines at its top."""
    found = set[str]()
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return found


def wanted(tests: Tests | None, language: str) -> set[str]:
    """The names that tests want of the program; none where they run it as a whole."""
    if isinstance(tests, FunctionTests):
        first, _, rest = tests.entry_point.partition(".")
        return {first} if rest else {first, "Solution"}
    if not isinstance(tests, AssertTests):
        return set()
    if language == "python":
        return {*asserts.read(tests).wanted.program}
    code = f"{tests.setup}\n{tests.code}"
    text = silenced(code)
    locals_ = {*ASSIGNED.findall(text)} - {*CALLED.findall(text)}
    return ({*WORD.findall(text)} - locals_ | {tests.entry_point or ""}) - defined(code, language)
