"""One run in a slot: hand the program over, watch it from outside, and tell how it ended."""

import contextlib
import math
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox import scarcity, scratch
from sandbox.launch import anonymous
from sandbox.model import Limits, Result, Usage
from sandbox.slot import STARTED, Deaf, Order, Reply, Slot, explain
from sandbox.verdict import Ending, judge

SAMPLE_S = 0.02
LOOK_S = 0.25
"""Longest time between two looks at a run that the kernel bounds."""
GRACE_S = 30.0
"""Most time beyond its wall limit for a program that was kept waiting for a processor."""
NEARLY = 0.9
CHUNK = 1 << 16
CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Task:
    """What is run."""

    payload: bytes
    """As :mod:`sandbox.inside.boot` reads it."""
    limits: Limits
    stdin: bytes | None
    """None: a pipe, for a conversation."""
    binary: bytes | None = None
    direct: bool = False
    profile: int = 0
    maps_ahead: bool = False
    modules: tuple[tuple[str, bytes], ...] = ()
    """What a slot has loaded for it beforehand."""
    marks: tuple[bytes, ...] = ()
    """What the runtime writes as it fails for want of memory."""
    not_compiled: bytes = b""


class Run:
    """A run that is on. Use as a context manager: on leaving, every process that it ever started is gone.

    Raises Deaf, here and in :meth:`pump`, when the slot no longer answers.
    """

    def __init__(self, slot: Slot, task: Task) -> None:
        self.job = task
        self.stdout, self.stderr = bytearray(), bytearray()
        self.ending = Ending()
        self._slot = slot
        self._limits = task.limits
        self._output_cap = task.limits.output_kb * 1024
        self._pending = memoryview(b"")
        self._closing = False
        self._kept: list[int] = []
        self._poll = select.poll()
        self._poll.register(slot.channel, select.POLLIN)
        self._in = self._out = -1
        self._wall_s = 0.0
        try:
            self._start(task)
        except BaseException:
            _close(self._kept)
            raise

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if not self.ending.over and kind is not Deaf:
                self.kill()
        finally:
            _close(self._kept)

    def _start(self, task: Task) -> None:
        given = [anonymous(task.payload)]
        try:
            self._error_file = anonymous(b"")
            self._kept.append(self._error_file)
            if task.stdin is None:
                self._pipes(given)
            else:
                given.append(anonymous(task.stdin))
                self._output_file = anonymous(b"")
                self._kept.append(self._output_file)
            payload, stdin, *stdout = given
            fds = [payload, stdin, *(stdout or [self._output_file]), self._error_file]
            if task.binary is not None:
                given.append(anonymous(task.binary))
                fds.append(given[-1])
            order = Order(task.profile, self._limits, task.direct, task.maps_ahead, self._output_cap)
            self._slot.begin(order, fds)
        finally:
            _close(given)
        self.started = time.monotonic()
        self._wall_end = self.started + self._limits.wall_s
        self._latest = self._wall_end + GRACE_S
        self._cpu_end = self._limits.cpu_s
        self._next_look = self._first_look()

    def _first_look(self) -> float:
        soonest = self._limits.cpu_s / CORES if self._slot.meter.exact else SAMPLE_S
        return self.started + min(soonest, LOOK_S, self._limits.wall_s)

    def _pipes(self, given: list[int]) -> None:
        """Two pipes: the program's ends are added to what it is given."""
        theirs_in, self._in = os.pipe()
        given.append(theirs_in)
        self._kept.append(self._in)
        self._out, theirs_out = os.pipe()
        given.append(theirs_out)
        self._kept.append(self._out)
        for fd in (self._in, self._out):
            os.set_blocking(fd, False)
        if self._slot.uid is not None:
            # so that /dev/stdin and its like can be opened; files in memory always can
            for fd in (theirs_in, theirs_out):
                with contextlib.suppress(PermissionError):  # gVisor
                    os.fchown(fd, self._slot.uid, self._slot.uid)
        self._poll.register(self._out, select.POLLIN)

    # ---- while it is on ----

    def pump(self, until: Callable[[], bool], within_s: float | None = None) -> None:
        """Move bytes and watch the limits until ``until()`` holds, the program has ended, or so much time has passed."""
        end = math.inf if within_s is None else time.monotonic() + within_s
        while not until() and not self.ending.over:
            now = time.monotonic()
            if now >= self._next_look:
                self._look(now)
                continue
            heard = self._poll.poll(max(0.0, min(self._next_look - now + 0.001, end - now)) * 1000)
            if not heard and now >= end:
                return
            for fd, _ in heard:
                if fd == self._out:
                    self._read()
                elif fd == self._in:
                    self._feed()
                elif not self.ending.over:
                    self._end(self._slot.reply())

    def send(self, data: bytes) -> None:
        """Queue bytes for the program's standard input; :meth:`pump` moves them. It may answer with as many more, twice."""
        self._output_cap = self._limits.output_kb * 1024 + 2 * len(data)
        self._pending = memoryview(bytes(self._pending) + data) if self._pending else memoryview(data)
        self._feed()

    def close_input(self) -> None:
        """No more will be sent: the program reads to the end of what was."""
        self._closing = True
        self._feed()

    def allow(self, cpu_s: float, wall_s: float) -> None:
        """From now on: at most this much more, and never more than the limits of the run."""
        now = time.monotonic()
        self._cpu_end = min(self._limits.cpu_s, self._slot.meter.cpu_s() + cpu_s)
        self._wall_end = min(self.started + self._limits.wall_s, now + wall_s)
        self._latest = self._wall_end + GRACE_S
        self._next_look = min(now + min(cpu_s / CORES, LOOK_S), self._wall_end)

    @property
    def usage(self) -> Usage:
        """What it has used so far."""
        if self.ending.over:
            return Usage(self.ending.cpu_s, self.ending.memory_mb)
        meter = self._slot.meter
        meter.look()
        return Usage(meter.cpu_s(), meter.memory_mb())

    def kill(self, limit: str | None = None) -> None:
        """Kill every process of the run, for having hit ``limit``."""
        if self.ending.limit is None:
            self.ending.limit = limit
        self.ending.killed = True
        self._slot.stop()
        self._end(self._slot.reply())

    def _read(self) -> None:
        try:
            chunk = os.read(self._out, CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            self._poll.unregister(self._out)
            return
        self.stdout += chunk
        if len(self.stdout) > self._output_cap and not self.ending.over:
            self.kill("output_kb")

    def _feed(self) -> None:
        while self._pending:
            try:
                sent = os.write(self._in, self._pending)
            except BlockingIOError:
                self._poll.register(self._in, select.POLLOUT)
                return
            except BrokenPipeError:
                sent = len(self._pending)
            self._pending = self._pending[sent:]
        with contextlib.suppress(KeyError):
            self._poll.unregister(self._in)
        if self._closing:  # the number stays taken until the run is left
            with open(os.devnull, "rb") as null:
                os.dup2(null.fileno(), self._in, inheritable=False)

    def _look(self, now: float) -> None:
        """Kill what is over a limit; else say when it could be at the earliest."""
        meter = self._slot.meter
        meter.look()
        cpu_left = self._cpu_end - meter.cpu_s()
        if limit := self._over(cpu_left, now):
            self.kill(limit)
        # without a control group there is more to look at; a look that takes long must leave time to hear of the end
        looked = time.monotonic()
        step = max(min(max(cpu_left / CORES, 0.005), LOOK_S if meter.exact else SAMPLE_S), looked - now)
        self._next_look = (
            looked + step if now >= self._wall_end else max(min(looked + step, self._wall_end), looked + 0.001)
        )

    def _over(self, cpu_left: float, now: float) -> str | None:
        meter, limits = self._slot.meter, self._limits
        if cpu_left < 0:
            return "cpu_s"
        if self._written() > self._output_cap:
            return "output_kb"
        if now >= self._wall_end and (now >= self._latest or now - meter.waited_s() >= self._wall_end):
            return "wall_s"
        if meter.out_of_memory() or (not meter.exact and meter.memory_mb() > limits.memory_mb + meter.base_mb):
            return "memory_mb"
        if meter.tasks() > limits.processes + 1:
            return "processes"
        if not self._slot.strength.namespaces and not self._has_room():
            return "disk_mb"
        return None

    def _has_room(self) -> bool:
        limits = self._limits
        most = min(limits.disk_mb, limits.memory_mb)
        return scratch.size_mb(self._slot.scratch, self._slot.meter.first_pid()) <= most

    def _written(self) -> int:
        in_file = 0 if self.job.stdin is None else os.fstat(self._output_file).st_size
        return len(self.stdout) + in_file + os.fstat(self._error_file).st_size

    # ---- at its end ----

    def _end(self, reply: Reply) -> None:
        ending, meter = self.ending, self._slot.meter
        ending.over = True
        self._wall_s = time.monotonic() - self.started
        if reply.stage < STARTED and not ending.killed:
            ending.fault = explain(reply)
        if os.WIFSIGNALED(reply.status):
            ending.signal = os.WTERMSIG(reply.status)
        else:
            ending.code = os.WEXITSTATUS(reply.status)
        ending.cpu_s = meter.cpu_s() if meter.exact else max(reply.cpu_us / 1e6, meter.cpu_s())
        ending.memory_mb = max(meter.memory_mb(), 0.0 if meter.tells_peak else reply.peak_kb / 1024)
        ending.out_of_memory, ending.out_of_processes = meter.out_of_memory(), meter.out_of_processes()
        if not meter.exact and not ending.limit:
            # an allocation was refused, and the program died of it without a word; or it had more than its due for a moment
            due = (
                NEARLY * self._limits.memory_mb
                if ending.code or ending.signal
                else self._limits.memory_mb + meter.base_mb
            )
            ending.out_of_memory = ending.memory_mb > due
        if self._written() > self._output_cap:
            ending.limit = "output_kb"
        if self._starved():
            ending.starved = True
            ending.out_of_memory = ending.out_of_memory or ending.signal == signal.SIGKILL
        self._take_output()

    def _starved(self) -> bool:
        """Whether the kernel killed for want of memory, though not of its own: it, or one of its processes."""
        ending, limits, meter = self.ending, self._limits, self._slot.meter
        if ending.fault or ending.limit == "output_kb":
            return False
        if meter.exact:
            return ending.out_of_memory and not meter.overran()
        failed = (ending.code or ending.signal) and not ending.killed and not ending.limit
        within = ending.cpu_s <= limits.cpu_s and ending.memory_mb < NEARLY * limits.memory_mb
        return bool(failed) and within and scarcity.noticed_since(self.started)

    def _take_output(self) -> None:
        self.stderr += os.pread(self._error_file, self._output_cap, 0)
        if self.job.stdin is not None:
            self.stdout += os.pread(self._output_file, self._output_cap, 0)
            return
        with contextlib.suppress(BlockingIOError):
            while len(self.stdout) <= self._output_cap and (chunk := os.read(self._out, CHUNK)):
                self.stdout += chunk
        if len(self.stdout) > self._output_cap:
            self.ending.limit = "output_kb"

    def result(self) -> Result:
        """How it ended. It must have ended."""
        isolation = self._slot.isolation
        return judge(self.ending, self.job, bytes(self.stdout), bytes(self.stderr), self._wall_s, isolation)


def _close(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)


__all__ = ["Deaf", "Run", "Task"]
