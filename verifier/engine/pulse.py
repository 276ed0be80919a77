"""What a worker is doing this instant, in memory that it shares with the engine.

A worker that spins in C code, or that the kernel has killed, can send nothing. So before each piece of work it writes here
what it starts and by when it must be done; the engine reads that from outside, and knows whom to kill and whom to blame.
"""

import mmap
import os
import struct
import time
from typing import NamedTuple

from verifier.registry import Budget

_SEQUENCE = struct.Struct("=Q")
_FIELDS = struct.Struct("=qqdddd")
_STOP = _SEQUENCE.size + _FIELDS.size
_SIZE = _STOP + 1
IDLE = -1


class Beat(NamedTuple):
    """One unit of work: a score of a sample."""

    position: int
    """Which sample of the chunk; :data:`IDLE` between samples."""
    unit: int
    """Which score of the rubric."""
    started: float
    """When, in seconds of the system's monotonic clock."""
    cpu_started: float
    """The worker's CPU seconds at that time."""
    cpu_s: float
    """How many more CPU seconds it may take."""
    wall_s: float
    """How many seconds it may take."""


NO_BEAT = Beat(IDLE, 0, 0.0, 0.0, 0.0, 0.0)


class Pulse:
    """The shared memory of one worker. The worker writes beats and reads ``stop``; the engine does the opposite."""

    def __init__(self, fd: int) -> None:
        self._memory = mmap.mmap(fd, _SIZE)
        self._sequence = 0

    @staticmethod
    def create() -> int:
        """A file descriptor for the memory, to be handed to both sides."""
        fd = os.memfd_create("pulse")
        os.ftruncate(fd, _SIZE)
        os.pwrite(fd, _FIELDS.pack(*NO_BEAT), _SEQUENCE.size)
        return fd

    def begin(self, position: int, unit: int, budget: Budget) -> None:
        """Say what starts now, and what it may cost."""
        self._write(Beat(position, unit, time.monotonic(), time.process_time(), *budget))

    def end(self) -> None:
        """Say that nothing is running."""
        self._write(NO_BEAT._replace(started=time.monotonic()))

    def _write(self, beat: Beat) -> None:
        # An odd sequence number marks fields that are being written, so that no reader takes half of two beats.
        _SEQUENCE.pack_into(self._memory, 0, self._sequence + 1)
        _FIELDS.pack_into(self._memory, _SEQUENCE.size, *beat)
        self._sequence += 2
        _SEQUENCE.pack_into(self._memory, 0, self._sequence)

    def read(self) -> Beat | None:
        """The last beat, or None where the worker is in the middle of writing one."""
        (before,) = _SEQUENCE.unpack_from(self._memory, 0)
        beat = Beat(*_FIELDS.unpack_from(self._memory, _SEQUENCE.size))
        (after,) = _SEQUENCE.unpack_from(self._memory, 0)
        return beat if before == after and before % 2 == 0 else None

    @property
    def stop(self) -> bool:
        """Whether the worker is to leave the rest of its chunk."""
        return self._memory[_STOP] != 0

    @stop.setter
    def stop(self, value: bool) -> None:
        self._memory[_STOP] = int(value)

    def close(self) -> None:
        self._memory.close()
