"""How a run ended, told from what was seen of it from outside."""

import re
import signal
from dataclasses import dataclass
from typing import Protocol

from sandbox.model import Limits, Result, Status

TAIL = 4096
"""Bytes at either end of stderr that may hold a runtime's last words; some go on with a long trace."""
STATUS_OF = {
    "cpu_s": Status.TIME_LIMIT,
    "wall_s": Status.TIME_LIMIT,
    "memory_mb": Status.MEMORY_LIMIT,
    "output_kb": Status.OUTPUT_LIMIT,
    "processes": Status.PROCESS_LIMIT,
    "disk_mb": Status.RUNTIME_ERROR,
}
STARVED = "the machine, or its container, ran out of memory: give it more"
NO_MORE_PROCESSES = (
    b"can't start new thread",
    b"Resource temporarily unavailable",
    b"fork: Operation not permitted",
)


@dataclass
class Ending:
    """What was seen."""

    over: bool = False
    killed: bool = False
    """By us."""
    limit: str | None = None
    """For having hit this limit."""
    code: int | None = None
    """Its exit code; None when it ended otherwise, or never got to run."""
    signal: int | None = None
    """What it ended by, where it did."""
    fault: str = ""
    """What we failed at."""
    starved: bool = False
    """Whether the kernel ran out of memory, of which it had not used up its own."""
    cpu_s: float = 0.0
    memory_mb: float = 0.0
    out_of_memory: bool = False
    out_of_processes: bool = False


class Terms(Protocol):
    """What a run was given, as far as its ending can be told by it."""

    @property
    def limits(self) -> Limits: ...
    @property
    def marks(self) -> tuple[bytes, ...]: ...
    @property
    def not_compiled(self) -> bytes: ...


def judge(ending: Ending, terms: Terms, stdout: bytes, stderr: bytes, wall_s: float, isolation: str) -> Result:
    """The result of a run that has ended."""
    limit = _limit(ending, terms, stderr)
    status = STATUS_OF[limit] if limit else _status(ending, terms, stderr)
    cap = terms.limits.output_kb * 1024
    return Result(
        status=status,
        exit_code=ending.code,
        signal=ending.signal,
        stdout=stdout[:cap],
        stderr=stderr[:cap],
        cpu_s=ending.cpu_s,
        wall_s=wall_s,
        peak_memory_mb=ending.memory_mb,
        limit=limit,
        isolation=isolation,
        detail=ending.fault or (STARVED if ending.starved else ""),
        dubious=ending.starved,
    )


def _limit(ending: Ending, terms: Terms, stderr: bytes) -> str | None:
    """The limit that ended the run, if one did."""
    if ending.fault:
        return None
    if ending.limit == "output_kb":  # what was written lies in memory too
        return ending.limit
    if ending.out_of_memory:  # whatever was hit after that, perhaps while waiting for the process that was killed
        return "memory_mb"
    if ending.limit:
        return ending.limit
    if ending.cpu_s > terms.limits.cpu_s or ending.signal == signal.SIGXCPU:
        return "cpu_s"
    if not ending.code and not ending.signal:
        return None
    words = stderr if len(stderr) <= 2 * TAIL else stderr[:TAIL] + stderr[-TAIL:]
    if any(mark in words for mark in terms.marks):
        return "memory_mb"
    if ending.out_of_processes or any(mark in words for mark in NO_MORE_PROCESSES):
        return "processes"
    return None


def _status(ending: Ending, terms: Terms, stderr: bytes) -> Status:
    if ending.fault:
        return Status.SANDBOX_ERROR
    if ending.code == 0:
        return Status.OK
    if terms.not_compiled and re.search(terms.not_compiled, stderr[:TAIL]):
        return Status.COMPILE_ERROR
    return Status.RUNTIME_ERROR
