"""The arrows of the house: who may import whom, and that nobody imports in a circle."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {
    "verifier": ROOT,
    "sandbox": ROOT,
    "verifier_client": ROOT / "clients" / "python",
    "grpo": ROOT / "clients" / "grpo",
}

# What each room may import of ours, besides itself.
ALLOWED = {
    "verifier.schema": set[str](),
    "verifier.errors": set[str](),
    "verifier.faults": set[str](),
    "verifier.logs": set[str](),
    "verifier.registry": {"verifier.schema", "verifier.errors"},
    "verifier.formula": {"verifier.errors"},
    "verifier.combine": {"verifier.schema", "verifier.formula"},
    "verifier.words": set[str](),
    "verifier.verifiers": {
        *("verifier.schema", "verifier.errors", "verifier.faults", "verifier.registry", "verifier.words"),
    },
    "verifier.verifiers.code": {
        *("verifier.schema", "verifier.errors", "verifier.faults", "verifier.registry", "verifier.verifiers"),
        "sandbox",
    },
    "verifier.clusters": {"verifier.schema", "verifier.registry"},
    "verifier.engine": {
        *("verifier.schema", "verifier.errors", "verifier.logs", "verifier.registry", "verifier.rubric"),
        *("verifier.clusters", "verifier.jsontext", "verifier.faults"),
    },
    "verifier.groups": {
        *("verifier.schema", "verifier.errors", "verifier.registry", "verifier.rubric", "verifier.clusters"),
        *("verifier.engine", "verifier.jsontext", "verifier.batch", "verifier.words"),
    },
    "verifier.launcher": {"verifier.errors", "sandbox"},
    "sandbox": set[str](),
    "verifier_client": set[str](),
    "grpo": {"verifier_client"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for package, root in PACKAGES.items():
        for path in sorted((root / package).rglob("*.py")):
            yield ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path


KNOWN = dict(modules())


def imports(path: Path) -> set[str]:
    """Every module of ours that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in KNOWN else node.module
                for alias in node.names
            }
    return {name for name in found if name in KNOWN}


def room(module: str, names: set[str]) -> str:
    """The longest of ``names`` that ``module`` lives under, or the module."""
    return max((name for name in names if module == name or module.startswith(name + ".")), key=len, default=module)


def test_nobody_imports_in_a_circle() -> None:
    graph = {name: imports(path) - {name} for name, path in KNOWN.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' -> '.join(error.args[1])}")


def test_arrows_point_one_way() -> None:
    wrong: list[str] = []
    for name, path in KNOWN.items():
        here = room(name, set(ALLOWED))
        for imported in imports(path):
            there = room(imported, set(ALLOWED))
            if here in ALLOWED and there != here and there not in ALLOWED[here] and imported != "verifier":
                wrong.append(f"{name} imports {imported}")
    assert not wrong


def test_no_verifier_imports_another() -> None:
    rooms = {path.stem for path in (ROOT / "verifier" / "verifiers").iterdir()} - {
        "__init__",
        "__pycache__",
        "lead_in",
        "references",
        "response",
        "units",
    }
    wrong: list[str] = []
    for name, path in KNOWN.items():
        if name.startswith("verifier.verifiers."):
            own = name.split(".")[2]
            others = {
                imported.split(".")[2] for imported in imports(path) if imported.startswith("verifier.verifiers.")
            }
            wrong += [f"{name} imports {other}" for other in (others & rooms) - {own}]
    assert not wrong


def test_the_sandbox_needs_the_standard_library_alone() -> None:
    import sys

    wrong: list[str] = []
    for name, path in KNOWN.items():
        if name.split(".")[0] != "sandbox":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                [a.name for a in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            wrong += [
                f"{name} imports {n}" for n in names if n.split(".")[0] not in sys.stdlib_module_names | {"sandbox"}
            ]
    assert not wrong


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name for name, path in KNOWN.items() if ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert not silent
