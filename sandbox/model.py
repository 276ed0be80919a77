"""What is run, under which limits, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple


class SandboxError(Exception):
    """The sandbox itself failed or is missing; never the fault of the program. The message names the mend."""


class NoRoom(SandboxError):
    """Others have run programs for so long that this one was never begun."""


class Status(StrEnum):
    """How a run ended. All but the last are about the program."""

    OK = "ok"
    """It ended by itself with exit code 0, within its limits."""
    TIME_LIMIT = "time limit"
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    PROCESS_LIMIT = "process limit"
    RUNTIME_ERROR = "runtime error"
    """It ended with another exit code, or by a signal."""
    COMPILE_ERROR = "compile error"
    SANDBOX_ERROR = "sandbox error"
    """We failed: the run says nothing about the program."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use."""

    cpu_s: float = 2.0
    """CPU seconds, summed over all processes of the run."""
    wall_s: float = 10.0
    """Seconds from start to end."""
    memory_mb: int = 512
    """Memory of the whole run in MiB, its scratch files included."""
    output_kb: int = 1024
    """Bytes of stdout and stderr together, in KiB."""
    processes: int = 32
    """Processes and threads alive at once."""
    open_files: int = 128
    """Open descriptors of each process."""
    disk_mb: int = 64
    """Size of the scratch directory in MiB."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"limit {name} must be positive, not {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and what it is given.

    Raises ValueError for a file name that would leave the working directory, or an argument that no process can receive.
    """

    language: str = "python"
    source: str | bytes = ""
    """The main file. May be empty when ``files`` holds a file of the language's main name. Python's may be bytecode, as in a
    ``.pyc``: of the interpreter that runs us."""
    files: Mapping[str, str | bytes] = field(default_factory=dict[str, str | bytes])
    """More files of the working directory, by relative path."""
    stdin: bytes = b""
    args: tuple[str, ...] = ()
    binary: bytes | None = None
    """The compiled program, once :meth:`sandbox.Sandbox.build` has made it."""
    modules: tuple[tuple[str, bytes], ...] = ()
    """Python's alone: modules of the caller's own, name and marshalled code, that are imported before the program. A slot kept
    for them did so before its first run: what many programs share costs none of them any time. One that has a function
    ``rehearse`` is called there, to go the way that programs will go, and must leave nothing behind."""
    threads_only: bool = False
    """Of a program that is not in Python: it starts threads, and no processes, each of which could try another answer."""

    def __post_init__(self) -> None:
        for name in self.files:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.name or "\0" in name:
                raise ValueError(f"not a relative file name: {name!r}")
        if any("\0" in arg for arg in self.args):
            raise ValueError("an argument holds a NUL")


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended, and what it used."""

    status: Status
    exit_code: int | None = None
    """None when the program ended by a signal, or was killed."""
    signal: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_mb: float = 0.0
    limit: str | None = None
    """The name of the limit that was hit, as in :class:`Limits`."""
    isolation: str = ""
    """What stood between the program and the machine."""
    detail: str = ""
    """For a sandbox error, and of what is dubious, what failed and the mend."""
    dubious: bool = False
    """Whether its slot fell silent under it, or the kernel ran out of memory, of which the program had not used up its own. That
    may be chance, and is tried again, or a conversation's sandbox error; with nothing beside it, it is the program's doing."""


class Usage(NamedTuple):
    """What a run has used."""

    cpu_s: float
    peak_memory_mb: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the machine gives, or does not."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    """What to do when it is not ok."""
