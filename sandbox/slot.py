"""A slot: a warm process behind walls that makes a fresh child for each run. This is our end of it."""

import array
import contextlib
import os
import select
import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sandbox import scratch
from sandbox.launch import Flavour, Launched
from sandbox.model import Limits
from sandbox.strength import Strength, describe

ANSWER_S = 10.0
"""Longest wait for a slot that was told to end its run."""
REQUEST, REPLY = struct.Struct("=4I13Q"), struct.Struct("=iIIIQQ")
STAGES = (
    "placing descriptors",
    "making a session",
    "setting limits",
    "changing its uid",
    "dropping capabilities",
    "giving up privileges",
    "Landlock",
    "seccomp",
)
STARTED = len(STAGES)
INFINITY = (1 << 64) - 1
DIRECT = 1
BACKSTOP_CPU_S = 2
AHEAD = 1 << 36
"""Addresses of a runtime that reserves far more than it uses: enough for all of them, too few to fill memory with page tables."""
RESERVED = 512 << 20
"""Addresses beyond a program's memory: stacks of threads are asked for large and used little. What is used is sampled."""
NO_CORE = 1
"""Where the machine pipes core dumps to a program, 1 means none, and 0 does not."""
SIGNALS = 256
"""Signals and timers pending at once."""


class Deaf(Exception):
    """The slot is gone, or no longer answers."""


class Reply(NamedTuple):
    """What a slot says of a run that has ended."""

    status: int
    """As of wait(2)."""
    stage: int
    """The wall that the child had reached: :data:`STARTED` once the program was let go."""
    error: int
    others: int
    """Processes that the program left behind; they were killed."""
    cpu_us: int
    peak_kb: int


class Order(NamedTuple):
    """A run, as a slot sees it."""

    profile: int
    """Which of :data:`sandbox.launch.PROFILES`."""
    limits: Limits
    direct: bool = False
    """The binary is all there is: become it at once."""
    maps_ahead: bool = False
    output_cap: int = 0


class Slot:
    """A slot of some strength, in which one run is on at a time. Raises SandboxError when it cannot be started."""

    def __init__(self, strength: Strength, flavour: Flavour, hidden: Sequence[Path]) -> None:
        self.strength, self.flavour = strength, flavour
        self.isolation = describe(strength)
        self._launched = Launched(strength, flavour, hidden)
        self.channel, self.meter, self.uid = self._launched.channel, self._launched.meter, self._launched.uid
        self.scratch, self.pid, self.compiled = self._launched.scratch, self._launched.pid, self._launched.compiled
        self.runs = 0

    def begin(self, order: Order, fds: Sequence[int]) -> None:
        """Start a run with these descriptors: payload, stdin, stdout, stderr, and perhaps a binary. Raises Deaf."""
        self.runs += 1
        limits = order.limits
        # without a control group, files in memory are only bounded by the size of the scratch
        disk_mb = min(limits.disk_mb, limits.memory_mb)
        if not self.strength.namespaces and not scratch.is_empty(self.scratch):
            scratch.empty(self.scratch)
        self.meter.begin(limits)
        request = REQUEST.pack(order.profile, DIRECT if order.direct else 0, disk_mb, len(fds), *self._rlimits(order))
        packed = array.array("i", fds)
        try:
            self.channel.sendmsg([request], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)], socket.MSG_NOSIGNAL)
        except OSError as error:
            raise Deaf(f"it is gone: {error}") from error

    def _rlimits(self, order: Order) -> list[int]:
        """In the order of the request's: CPU, file size, files, processes, address space, data, stack, core, locked memory,
        pending signals and timers, message queues, niceness, real-time priority."""
        limits = order.limits
        memory = limits.memory_mb << 20
        addresses = AHEAD if order.maps_ahead else memory + RESERVED
        ours = 0 if self.uid is not None else 1
        return [
            int(limits.cpu_s) + BACKSTOP_CPU_S,  # the sum over processes is watched from outside
            max(limits.disk_mb << 20, order.output_cap + 4096),
            limits.open_files,
            limits.processes + ours if self.strength.namespaces else INFINITY,  # else it counts all of our user's
            INFINITY if self.meter.exact else addresses,
            memory if order.maps_ahead and not self.meter.exact else INFINITY,
            INFINITY,  # deep recursion is honest; memory bounds it
            *(NO_CORE, 0),
            SIGNALS,
            *(0, 0, 0),
        ]

    def stop(self) -> None:
        """Tell it to end the run. Raises Deaf."""
        try:
            self.channel.send(b"end", socket.MSG_NOSIGNAL)
        except OSError as error:
            raise Deaf(f"it is gone: {error}") from error

    def reply(self) -> Reply:
        """How the run ended. Raises Deaf."""
        try:
            data = self._receive()
        except OSError as error:
            raise Deaf(f"it is gone: {error}") from error
        if len(data) != REPLY.size:
            raise Deaf("it is gone")
        return Reply(*REPLY.unpack(data))

    def _receive(self) -> bytes:
        with contextlib.suppress(BlockingIOError):  # most often it has spoken already
            return self.channel.recv(REPLY.size, socket.MSG_DONTWAIT)
        waiting = select.poll()
        waiting.register(self.channel, select.POLLIN)
        if not waiting.poll(ANSWER_S * 1000):
            raise Deaf(f"it did not answer within {ANSWER_S:g} s")
        return self.channel.recv(REPLY.size)

    def close(self) -> None:
        """End it, and all in it."""
        self._launched.end()


def explain(reply: Reply) -> str:
    """What failed, of a run whose program was never let go."""
    where = STAGES[reply.stage] if reply.stage < STARTED else "starting"
    return f"a slot failed at {where}: {os.strerror(reply.error) if reply.error else 'its child died'}"
