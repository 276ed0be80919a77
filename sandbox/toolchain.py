"""The languages that programs may be written in: data, and where this machine keeps their tools."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sandbox import headers

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Language:
    """One row of the table. Commands run in the working directory; ``{tool}`` stands for the tool's path, an empty first
    word for the compiled program. Python needs none: slots are Python."""

    name: str
    tool: str
    """The interpreter or compiler; the language is live where it is found."""
    file: str
    """Name of the main file."""
    run: tuple[str, ...]
    version: tuple[str, ...]
    compile: tuple[str, ...] = ()
    """Writes the binary to standard output, whence it reaches later runs without touching the machine's disk."""
    aliases: tuple[str, ...] = ()
    maps_ahead: bool = False
    """The runtime reserves far more addresses than it uses: bound its data, not its address space."""
    out_of_memory: tuple[bytes, ...] = ()
    """What the runtime writes to stderr as it fails for want of memory."""
    not_compiled: bytes = b""
    """A pattern for what an interpreter writes first to stderr when it cannot parse the program."""

    @property
    def live(self) -> bool:
        return tool(self) is not None


LANGUAGES: Mapping[str, Language] = {
    language.name: language
    for language in (
        Language(
            "python",
            tool="python",
            file="main.py",
            run=("{tool}", "-S", "-B", "main.py"),
            version=("{tool}", "-S", "-B", "-V"),
            aliases=("py", "python3", "py3"),
            out_of_memory=(b"MemoryError",),
            not_compiled=rb"\A(  File \"main\.py\", line \d+\n|SyntaxError: )",
        ),
        Language(
            "bash",
            tool="bash",
            file="main.sh",
            run=("{tool}", "main.sh"),
            version=("{tool}", "--version"),
            aliases=("sh", "shell"),
        ),
        Language(
            "c",
            tool="gcc",
            file="main.c",
            compile=("/bin/sh", "-c", "{tool} -std=gnu17 -O2 -pipe -o program main.c -lm >&2 && cat program"),
            run=("",),
            version=("{tool}", "--version"),
        ),
        Language(
            "cpp",
            tool="g++",
            file="main.cpp",
            compile=("/bin/sh", "-c", "{tool} -std=gnu++20 -O2 -pipe {headers} -o program main.cpp >&2 && cat program"),
            run=("",),
            version=("{tool}", "--version"),
            aliases=("c++", "cxx", "cc"),
            out_of_memory=(b"std::bad_alloc",),
        ),
        Language(
            "javascript",
            tool="node",
            file="main.js",
            run=("{tool}", "main.js"),
            version=("{tool}", "--version"),
            aliases=("js", "node"),
            maps_ahead=True,
            out_of_memory=(b"JavaScript heap out of memory", b"Array buffer allocation failed"),
            not_compiled=rb"\A/\S*/main\.js:\d+\n(.*\n){2}\nSyntaxError: ",
        ),
    )
}


def find_language(name: str) -> Language | None:
    """The language of that name or alias, in any case; None when there is no such row."""
    name = name.strip().lower()
    return LANGUAGES.get(name) or next((row for row in LANGUAGES.values() if name in row.aliases), None)


@cache
def tool(language: Language) -> str | None:
    """Where this machine keeps the language's tool; None when it does not."""
    if language.tool == "python":
        return _base_python()
    found = shutil.which(language.tool, path=SYSTEM_PATH)
    return os.path.realpath(found) if found and language.tool == "node" else found


def _base_python() -> str:
    """The interpreter below any virtual environment: the environment's own packages are not for programs."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    return os.path.realpath(base)


def command(language: Language, template: tuple[str, ...]) -> list[str]:
    """A command of the table, filled in. The language must be live."""
    path = tool(language)
    if path is None:
        raise LookupError(f"{language.name} is not installed")
    if any("{headers}" in part for part in template):
        template = tuple(part.replace("{headers}", " ".join(headers.options())) for part in template)
    return [part.replace("{tool}", path) for part in template]


def prefixes(language: Language) -> list[Path]:
    """Directories outside /usr that the tool needs."""
    path = tool(language)
    if path is None:
        return []
    prefix = Path(sys.base_prefix).resolve() if language.tool == "python" else Path(path).parent.parent
    trees = [prefix, *(named_packages() if language.tool == "python" else ())]
    if language.tool == "g++" and (kept := headers.folder()):
        trees.append(kept)
    return [tree for tree in trees if tree != Path("/") and not tree.is_relative_to("/usr")]


@cache
def packages_of(python: str) -> tuple[Path, ...]:
    """Where a base interpreter keeps installed packages; for Debian's, also where apt puts them; and what is named beside."""
    prefix = Path(python).parent.parent
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    places = (prefix / "lib" / version / "site-packages", prefix / "lib" / "python3" / "dist-packages")
    return (*(place for place in places if place.is_dir()), *named_packages())


def named_packages() -> tuple[Path, ...]:
    """Folders of packages that the environment variable ``SANDBOX_PACKAGES`` opens to programs, as in ``PATH``."""
    named = os.environ.get("SANDBOX_PACKAGES", "").split(os.pathsep)
    return tuple(Path(name).resolve() for name in named if os.path.isdir(name))
