"""Where this machine keeps the tools of a language, and what a row of the table of languages says."""

import glob
import os
import shutil
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sandbox import headers
from sandbox.model import Limits

SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
RESOLVED = ("node",)
"""Tools that find the rest of themselves beside where they really are."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What a runtime takes for itself, on top of what its programs are allowed."""

    memory_mb: int = 0
    processes: int = 0
    open_files: int = 0

    def added(self, limits: Limits) -> Limits:
        return replace(
            limits,
            memory_mb=limits.memory_mb + self.memory_mb,
            processes=limits.processes + self.processes,
            open_files=limits.open_files + self.open_files,
        )


@dataclass(frozen=True, slots=True)
class Language:
    """One row of the table. Commands run in the working directory. ``{tool}`` and ``{runtime}`` stand for the paths of these,
    ``{memory_mb}`` for the memory that the program is allowed, an empty first word for the compiled program. Python needs
    none: slots are Python."""

    name: str
    tool: str
    """The interpreter or compiler; the language is live where it is found."""
    file: str
    """Name of the main file."""
    run: tuple[str, ...]
    version: tuple[str, ...]
    compile: tuple[str, ...] = ()
    """Writes what it made to standard output, whence it reaches later runs without touching the machine's disk."""
    runtime: str = ""
    """What runs the compiled program, where it is another tool: it must be found too."""
    compiled: str = ""
    """The file in which such a runtime finds the compiled program. Without it, that is run from memory."""
    aliases: tuple[str, ...] = ()
    extra: Extra = Extra()
    needs: tuple[str, ...] = ()
    """Patterns of what the tools need of the machine outside /usr."""
    maps_ahead: bool = False
    """The runtime reserves far more addresses than it uses: bound its data, not its address space."""
    out_of_memory: tuple[bytes, ...] = ()
    """What the runtime writes to stderr as it fails for want of memory."""
    not_compiled: bytes = b""
    """A pattern for what an interpreter writes first to stderr when it cannot parse the program."""

    @property
    def live(self) -> bool:
        return tool(self) is not None and (not self.runtime or find(self.runtime) is not None)


@cache
def tool(language: Language) -> str | None:
    """Where this machine keeps the language's tool; None when it does not."""
    return _base_python() if language.tool == "python" else find(language.tool)


@cache
def find(name: str) -> str | None:
    """A tool of the machine's; None where it has none of that name."""
    found = shutil.which(name, path=SYSTEM_PATH)
    return os.path.realpath(found) if found and name in RESOLVED else found


def _base_python() -> str:
    """The interpreter below any virtual environment: the environment's own packages are not for programs."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    return os.path.realpath(base)


def command(language: Language, template: tuple[str, ...], memory_mb: int) -> list[str]:
    """A command of the table, filled in. Raises LookupError when the language is not live."""
    path = tool(language)
    if path is None or not language.live:
        raise LookupError(f"{language.name} is not installed")
    filled = {"{tool}": path, "{runtime}": find(language.runtime) or path, "{memory_mb}": str(memory_mb)}
    if any("{headers}" in part for part in template):
        filled["{headers}"] = " ".join(headers.options())
    parts = list(template)
    for name, value in filled.items():
        parts = [part.replace(name, value) for part in parts]
    return parts


def prefixes(language: Language) -> list[Path]:
    """What the tools need that lies outside /usr."""
    path = tool(language)
    if path is None:
        return []
    prefix = Path(sys.base_prefix).resolve() if language.tool == "python" else Path(path).parent.parent
    trees = [prefix, *(named_packages() if language.tool == "python" else ())]
    if runtime := find(language.runtime) if language.runtime else None:
        trees.append(Path(runtime).parent.parent)
    if language.tool == "g++" and (kept := headers.folder()):
        trees.append(kept)
    trees += [Path(found) for pattern in language.needs for found in glob.glob(pattern)]
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
