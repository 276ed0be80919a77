"""What data sets' prompts put before a program, and a completion leaves out: imports, supplied where a compiler asks for them.

HumanEval-X, MultiPL-E and their like begin each prompt with imports. A completion that restates only the function is as right
as one that restates all of it; Python's names are supplied in the same way (:mod:`verifier.verifiers.code.names`).
"""

import importlib.resources
import re
from collections.abc import Callable
from functools import cache

from verifier.verifiers.code import harness

TRIES = 3
"""Most times that a program is compiled: a compiler names few faults at once."""
Amend = Callable[[str, str], str]

_GO = {
    path.rpartition("/")[2]: path
    for path in "bufio bytes container/heap container/list errors fmt math math/big math/bits math/rand os reflect regexp sort "
    "strconv strings sync time unicode unicode/utf8 encoding/json encoding/hex crypto/md5 crypto/sha256 slices maps cmp".split()
}
_GO_UNDEFINED = re.compile(r"undefined: (\w+)")
_C = "".join(
    f"#include <{name}.h>\n"
    for name in "assert ctype limits math stdbool stdint stdio stdlib string float time".split()
)
MISSING = re.compile(r"fatal error: ([^\n:]+): No such file")
"""A header, as a compiler of C misses it."""
_QUOTED = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"[^"\n]*".*$', re.MULTILINE)
_CPP = "#include <bits/stdc++.h>\nusing namespace std;\n"
_JAVA = [
    f"java.{name}.*" for name in ("util", "util.function", "util.stream", "math", "io", "text", "time", "security")
]
_JAVA_IMPORT = re.compile(r"^[ \t]*import\s+([\w.*]+)\s*;[ \t]*\n?", re.MULTILINE)
_RUST = "".join(
    f"#[allow(unused_imports)] use std::{name};\n"
    for name in ("cell::*", "cmp::*", "collections::*", "rc::*", "str::*", "iter::*", "ops::*", "hash::*")
)
_RUST_USE = re.compile(r"^[ \t]*(?:pub\s+)?use\s+(?:::)?(\w+)[^;]*;[ \t]*\n?", re.MULTILINE)
_RUST_OWN = ("std", "core", "alloc", "crate", "self", "super")
_TUPLES = {"Unit": 1, "Pair": 2, "Triplet": 3, "Quartet": 4, "Quintet": 5}


def amended(language: str, source: str, complaint: bytes) -> str:
    """``source`` with what the compiler missed; the same where that is nothing that prompts supply."""
    return _AMENDS[language](source, complaint.decode(errors="replace"))


def _go(source: str, complaint: str) -> str:
    missing = sorted(set(_GO_UNDEFINED.findall(complaint)) & _GO.keys())
    imports = "".join(f'import "{_GO[name]}"\n' for name in missing if f'"{_GO[name]}"' not in source)
    return re.sub(r"^package main\n", lambda found: found[0] + imports, source, count=1, flags=re.MULTILINE)


def _c(source: str, complaint: str, before: str = _C) -> str:
    """The program's own headers, which are in no file, go; else the library's come."""
    missing = [name for name in MISSING.findall(complaint) if f'"{name}"' in source]
    if missing:
        return _QUOTED.sub("", source)
    return source if source.startswith(before) else before + source


def _cpp(source: str, complaint: str) -> str:
    return _c(source, complaint, _CPP)


def _java(source: str, complaint: str) -> str:
    """Packages that are not there go, javatuples come."""
    absent = set(re.findall(r"package ([\w.]+) does not exist", complaint))
    source = _JAVA_IMPORT.sub(lambda found: "" if found[1].rpartition(".")[0] in absent else found[0], source)
    imports = "".join(f"import {name};\n" for name in _JAVA if f"import {name};" not in source)
    missing = set(re.findall(r"symbol:\s+(?:class|variable) (\w+)", complaint)) & _TUPLES.keys()
    return imports + source + "".join(_tuple(name) for name in sorted(missing) if f"class {name}<" not in source)


def _tuple(name: str) -> str:
    letters = "ABCDE"[: _TUPLES[name]]
    getters = " ".join(
        f'@SuppressWarnings("unchecked") public {letter} getValue{at}() {{ return ({letter}) parts_[{at}]; }}'
        for at, letter in enumerate(letters)
    )
    parameters, arguments = ", ".join(letters), ", ".join(f"{letter} {letter.lower()}" for letter in letters)
    values = ", ".join(letters.lower())
    made = f"new {name}<>(new Object[]{{{values}}})"
    maker = f"public static <{parameters}> {name}<{parameters}> with({arguments}) {{ return {made}; }}"
    filled = {
        "TUPLE_": name,
        "PARAMETERS_": parameters,
        "GETTERS_": f"{maker} {getters}",
        "ANY_": ", ".join("?" for _ in letters),
    }
    return re.sub("|".join(filled), lambda found: filled[found[0]], resource("tuples.java"))


def _rust(source: str, complaint: str) -> str:
    """Crates that are not there go."""
    source = _RUST_USE.sub(lambda found: found[0] if _is_there(found[1], source) else "", source)
    return source if source.startswith(_RUST) else _RUST + source


def _is_there(root: str, source: str) -> bool:
    return root in _RUST_OWN or re.search(rf"\b(?:mod|enum|struct)\s+{root}\b", source) is not None


_AMENDS: dict[str, Amend] = {"go": _go, "c": _c, "cpp": _cpp, "java": _java, "rust": _rust}


@cache
def resource(name: str) -> str:
    """A file of the harness."""
    return importlib.resources.files(harness).joinpath(name).read_text()


def testing(tests: str) -> str:
    """In place of Go's packages ``testing``, which takes 16 s of CPU time to build, and testify, where the tests use it."""
    own, _, testify = resource("testify.go").partition("//testify\n")
    if not re.search(r"\b(?:assert|require)\.(?:New\(|\w+\(\s*\w+,)", tests):
        return own
    forwards = "".join(
        f"func (p judgedPackage) {name}(t *judgedT, {parameters}) bool {{\n"
        f"\treturn judgedAssertions{{t, p.stop}}.{name}({_arguments(parameters)})\n}}\n"
        for name, parameters in re.findall(
            r"^func \(a judgedAssertions\) ([A-Z]\w*)\((.*)\) bool", testify, re.MULTILINE
        )
    )
    return own + testify + forwards


def _arguments(parameters: str) -> str:
    """The names of parameters: ``want, got any, told ...any`` is called with ``want, got, told...``."""
    names = [part.split()[0] for part in re.sub(r"func\(\)", "F", parameters).split(", ")]
    return ", ".join(name + ("..." if name == "told" else "") for name in names)
