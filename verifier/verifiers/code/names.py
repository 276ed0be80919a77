"""What test code wants of the program that it tests, told from its syntax tree."""

import ast
import builtins
import sys
from typing import NamedTuple

TEST_MODULES = {"solution", "main", "candidate", "submission", "program", "your_module", "your_solution", "my_solution"}
"""Names of modules from which test code may import the program."""
WANTED_OF = {
    "assert": "it asserts, raises and calls nothing",
    "unittest": "no class derived from unittest.TestCase with a method test*",
    "pytest": "no function test*, and no class Test* with a method test*",
}
"""What is missing where there is no test."""


MODULE_ALIASES = {"np": "numpy", "pd": "pandas"}


class Wanted(NamedTuple):
    """Names that the tests use and do not define."""

    program: frozenset[str]
    """To be provided by the program."""
    modules: dict[str, str]
    """Modules that only the prompt imports, by the name they go by: the tests get the real ones, not the program's."""


def wanted(tree: ast.Module, setup: ast.Module, entry: str | None) -> Wanted:
    """Who shall provide what the tests use and do not define.

    A built-in name stays built in, so that no program can redefine ``all`` for its own tests, unless it must be the function
    under test: the entry point, or the only thing that the tests call (MBPP has a task named ``sum``).
    """
    used, bound, called = set[str](), set[str](), set[str]()
    nodes = [*ast.walk(setup), *ast.walk(tree)]
    for node in nodes:
        _note(node, used, bound, called)
    imported = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name in TEST_MODULES
    }
    through = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported
    }
    if entry:
        used |= {node.id for node in ast.walk(_expression(entry)) if isinstance(node, ast.Name)}
    free = used - bound
    modules = {name: MODULE_ALIASES.get(name, name) for name in free - called - {entry} if _is_module(name)}
    ours = {name for name in free if not hasattr(builtins, name) and name not in modules}
    if not ours - {"candidate"} and not entry:
        ours |= called & free
    return Wanted(frozenset(ours | through | ({entry} if entry in free else set())), modules)


def lacking(tree: ast.Module) -> set[str]:
    """Names that a program uses, and neither binds nor finds built in; none that can be told where it imports by ``*``."""
    used, bound = set[str](), set[str]()
    for node in ast.walk(tree):
        _note(node, used, bound, set())
    return set() if "*" in bound else {name for name in used - bound if not hasattr(builtins, name)}


def _is_module(name: str) -> bool:
    return name in sys.stdlib_module_names or name in MODULE_ALIASES


def _note(node: ast.AST, used: set[str], bound: set[str], called: set[str]) -> None:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            used.add(name)
        case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
            bound.add(name)
        case (
            ast.AsyncFunctionDef(name=name)
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
            | ast.MatchMapping(rest=str(name))
        ):
            bound.add(name)
        case ast.ImportFrom(module=module, names=aliases) if module in TEST_MODULES:
            used.update(alias.name for alias in aliases)
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            bound.update((alias.asname or alias.name).partition(".")[0] for alias in aliases)
        case ast.ExceptHandler(name=str(name)):
            bound.add(name)
        case ast.Call(func=ast.Name(id=name)):
            called.add(name)
        case _:
            pass


def _expression(text: str) -> ast.AST:
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError:
        return ast.Module([], [])


def checks(tree: ast.Module) -> bool:
    """Whether the tests define ``check`` and leave it to us to call it, as HumanEval does."""
    defines = any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in tree.body)
    calls = any(
        isinstance(inner, ast.Name) and inner.id == "check"
        for node in tree.body
        if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        for inner in ast.walk(node)
    )
    return defines and not calls


def tests_anything(tree: ast.Module, kind: str = "assert") -> bool:
    """Whether there is a test of this kind at all."""
    if kind == "assert":
        return any(isinstance(node, ast.Assert | ast.Raise | ast.Call) for node in ast.walk(tree))
    inside = [
        node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and (kind == "unittest" or _is_test(node))
    ]
    holders = [*inside, *([tree] if kind == "pytest" else [])]
    return any(_is_test(item) for holder in holders for item in holder.body if not isinstance(item, ast.ClassDef))


def _is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name[:4].lower() == "test"


def count_tests(tree: ast.Module) -> int:
    """How many tests there are, as far as can be told without running them."""
    count = int(checks(tree))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            count += sum(_is_test(item) for item in node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count += node.name.startswith("test")
        else:
            count += isinstance(node, ast.Assert)
    return count
