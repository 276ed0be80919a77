"""One run: start it held, put it under its limits, let it go, watch it from outside, and leave nothing of it behind.

All of it happens in the caller's thread, in one loop over descriptors. No signal handler, no helper thread, no shared state.
"""

import contextlib
import json
import os
import re
import resource
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import cgroup, jail, seccomp
from sandbox.model import Limits, Result, SandboxError, Usage
from sandbox.remedy import remedy
from sandbox.sampling import Sampler
from sandbox.verdict import Ending, judge

START_S = 30.0
"""Longest wait for bubblewrap; generous, because load stretches it, and missing it is a fault of ours."""
REAP_S = 10.0
"""Longest wait for the kernel to take down a killed process tree."""
LAST_WORDS_S = 1.0
SAMPLE_S = 0.02
LOOK_S = 0.25
"""Longest time between two looks at a control group."""
CHUNK = 1 << 16
CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Job:
    """A command to run in a jail."""

    command: Sequence[str]
    files: Mapping[str, bytes]
    stdin: bytes | None
    """None: a pipe, for a conversation."""
    limits: Limits
    prefixes: Sequence[Path] = ()
    hidden: Sequence[Path] = ()
    executable: frozenset[str] = frozenset()
    maps_ahead: bool = False
    marks: tuple[bytes, ...] = ()
    """What the runtime writes as it fails for want of memory."""
    not_compiled: bytes = b""


class Process:
    """A running jail. Use as a context manager: on leaving, every process that it ever started is gone.

    Raises SandboxError when it cannot be started. Belongs to the thread that made it: the kernel kills it with that thread.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.ending = Ending()
        self._pending = memoryview(b"")
        self._output_cap = job.limits.output_kb * 1024
        self._closers = contextlib.ExitStack()
        self._poll = select.poll()
        self._readers: dict[int, bytearray] = {}
        self._init_fd = -1
        self._stdin_fd = -1
        self._wall_s = 0.0
        try:
            self._start()
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    # ---- starting ----

    def _start(self) -> None:
        where = jail.find()
        limits = self.job.limits
        uid = jail.new_uid() if where.setpriv else None
        filter_bytes = seccomp.bpf()
        self.isolation = ", ".join([where.name, cgroup.version() or "rlimits", *(["seccomp"] if filter_bytes else [])])
        with contextlib.ExitStack() as theirs:
            self._spawn(where, uid, filter_bytes, theirs)
        self._release(limits)

    def _spawn(
        self, where: jail.Jail, uid: int | None, filter_bytes: bytes | None, theirs: contextlib.ExitStack
    ) -> None:
        def pipe() -> tuple[int, int]:
            ends = os.pipe()
            for end in ends:
                theirs.callback(os.close, end)
            return ends

        def keep(end: int) -> int:
            mine = os.dup(end)
            self._closers.callback(os.close, mine)
            os.set_blocking(mine, False)
            return mine

        def memory(data: bytes) -> int:
            fd = os.memfd_create("sandbox", os.MFD_CLOEXEC)
            theirs.callback(os.close, fd)
            _write_all(fd, data)
            return fd

        (out, out_end), (err, err_end), (status, status_end), (block_end, block) = pipe(), pipe(), pipe(), pipe()
        if self.job.stdin is None:
            stdin, feed = pipe()
            self._stdin_fd = keep(feed)
        else:
            stdin = memory(self.job.stdin)
        if uid is not None:
            for fd in (stdin, out_end, err_end):  # so that /dev/stdin and its like can be opened
                os.fchown(fd, uid, uid)
        fds = jail.Descriptors(
            status=status_end,
            block=block_end,
            seccomp=memory(filter_bytes) if filter_bytes else None,
            files={name: memory(data) for name, data in self.job.files.items()},
            executable=self.job.executable,
        )
        args = jail.command(where, uid, self._disk_mb(), fds, self.job.prefixes, self.job.hidden)
        inherited = [fd for fd in (fds.status, fds.block, fds.seccomp, *fds.files.values()) if fd is not None]
        try:
            self._monitor = subprocess.Popen(
                [*args, *self.job.command],
                stdin=stdin,
                stdout=out_end,
                stderr=err_end,
                pass_fds=inherited,
                env={},
                cwd="/",
            )
        except OSError as error:
            raise SandboxError(f"cannot start {where.bwrap}: {error}") from error
        self._readers = {keep(out): self.stdout, keep(err): self.stderr}
        self._status_fd, self._block_fd = keep(status), keep(block)

    def _disk_mb(self) -> int:
        """Scratch files are memory that only a control group counts; without one, they get no more than the run does."""
        limits = self.job.limits
        return limits.disk_mb if cgroup.version() else min(limits.disk_mb, limits.memory_mb)

    def _release(self, limits: Limits) -> None:
        """Put the held process under its limits, and let it go."""
        monitor = os.pidfd_open(self._monitor.pid)
        self._closers.callback(os.close, monitor)
        self._monitor_fd = monitor
        self._meter = self._measure(limits)  # while bubblewrap mounts
        pid = self._child_pid()
        try:
            self._init_fd = os.pidfd_open(pid)
            self._closers.callback(os.close, self._init_fd)
            self._meter.add(pid)
            for name, value in _rlimits(limits, self.job.maps_ahead, self._meter.exact).items():
                _lower(pid, name, value)
        except OSError as error:
            raise SandboxError(f"cannot put the program under its limits: {error}; {self._complaint()}") from error
        for fd in (*self._readers, monitor):
            self._poll.register(fd, select.POLLIN)
        self.started = time.monotonic()
        self._wall_end = self.started + limits.wall_s
        self._cpu_end = limits.cpu_s
        self._next_check = self.started
        with contextlib.suppress(BrokenPipeError):  # it has already failed; its status will say so
            os.write(self._block_fd, b"\0")

    def _measure(self, limits: Limits) -> cgroup.Meter:
        try:
            meter = cgroup.create(limits) or Sampler()
        except OSError as error:
            raise SandboxError(f"cannot make a control group: {error}") from error
        self._closers.callback(meter.close)
        return meter

    def _child_pid(self) -> int:
        """What bubblewrap says of its child, which waits for our word."""
        said = b""
        waiting = select.poll()
        waiting.register(self._status_fd, select.POLLIN)
        end = time.monotonic() + START_S
        while b"\n" not in said:
            left = end - time.monotonic()
            if left <= 0 or not waiting.poll(left * 1000):
                raise SandboxError(f"bubblewrap did not start within {START_S:g} s: the machine is overloaded")
            chunk = os.read(self._status_fd, CHUNK)
            if not chunk:
                raise SandboxError(f"bubblewrap did not start: {self._complaint()}")
            said += chunk
        self._said = said
        return int(json.loads(said.split(b"\n", 1)[0])["child-pid"])

    def _complaint(self) -> str:
        try:
            self._monitor.wait(LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            self._monitor.kill()
        self._drain()
        said = bytes(self.stderr[:500]).decode(errors="replace").strip()
        return f"{said or 'it said nothing'}; {remedy(said)}"

    # ---- running ----

    @property
    def running(self) -> bool:
        return self._monitor.poll() is None

    def pump(self, until: Callable[[], bool]) -> None:
        """Move bytes and watch the limits until ``until()`` holds or the program has ended."""
        while not until() and not self.ending.over:
            now = time.monotonic()
            if now >= self._next_check:
                self._check(now)
            timeout = max(0.0, self._next_check - now)
            for fd, _ in self._poll.poll(timeout * 1000 + 1):
                if fd == self._monitor_fd:
                    self._reap()
                elif fd == self._stdin_fd:
                    self._feed()
                else:
                    self._read(fd)

    def send(self, data: bytes) -> None:
        """Queue bytes for the program's standard input; :meth:`pump` moves them. It may answer with as many more, twice."""
        self._output_cap = self.job.limits.output_kb * 1024 + 2 * len(data)
        self._pending = memoryview(bytes(self._pending) + data) if self._pending else memoryview(data)
        self._feed()

    def allow(self, cpu_s: float, wall_s: float) -> None:
        """From now on: at most this much more, and never more than the limits of the run."""
        now = time.monotonic()
        self._cpu_end = min(self.job.limits.cpu_s, self._meter.cpu_s() + cpu_s)
        self._wall_end = min(self.started + self.job.limits.wall_s, now + wall_s)
        self._next_check = now

    @property
    def usage(self) -> Usage:
        if self.ending.over:
            return Usage(self.ending.cpu_s, self.ending.memory_mb)
        return Usage(self._meter.cpu_s(), self._meter.memory_mb())

    def kill(self, limit: str | None = None) -> None:
        """Kill every process of the run, for having hit ``limit``."""
        if self.ending.limit is None:
            self.ending.limit = limit
        self.ending.killed = True
        _kill(self._init_fd if self._init_fd >= 0 else self._monitor_fd)
        self._reap()

    def _read(self, fd: int) -> None:
        buffer = self._readers[fd]
        try:
            chunk = os.read(fd, CHUNK)
        except BlockingIOError:
            return
        if not chunk:
            self._poll.unregister(fd)
            return
        buffer += chunk
        if len(self.stdout) + len(self.stderr) > self._output_cap and not self.ending.over:
            self.kill("output_kb")

    def _feed(self) -> None:
        while self._pending:
            try:
                sent = os.write(self._stdin_fd, self._pending)
            except BlockingIOError:
                self._poll.register(self._stdin_fd, select.POLLOUT)
                return
            except BrokenPipeError:
                sent = len(self._pending)
            self._pending = self._pending[sent:]
        with contextlib.suppress(KeyError):
            self._poll.unregister(self._stdin_fd)

    def _check(self, now: float) -> None:
        """Kill what is over its time or memory; else say when it could be at the earliest."""
        cpu_left = self._cpu_end - self._meter.cpu_s()
        if cpu_left < 0:
            self.kill("cpu_s")
        elif now >= self._wall_end:
            self.kill("wall_s")
        elif self._over_memory():
            self.kill("memory_mb")
        step = min(max(cpu_left / CORES, 0.005), LOOK_S) if self._meter.exact else SAMPLE_S
        self._next_check = min(now + step, self._wall_end)

    def _over_memory(self) -> bool:
        """Also when the kernel has killed one process for it, and the others go on."""
        if self._meter.exact:
            return self._meter.out_of_memory()
        return self._meter.memory_mb() > self.job.limits.memory_mb

    # ---- ending ----

    def _reap(self) -> None:
        """The program has ended or was killed: take its last words, and the rest of its processes."""
        if self.ending.over:
            return
        self.ending.over = True
        self._wall_s = time.monotonic() - self.started
        if self._init_fd >= 0:
            _kill(self._init_fd)
            _await(self._init_fd)
        try:
            self._monitor.wait(REAP_S)
        except subprocess.TimeoutExpired:
            self._monitor.kill()
            self._monitor.wait()
        self._drain()
        self._listen()
        self.ending.cpu_s = self._meter.cpu_s()
        self.ending.memory_mb = self._meter.memory_mb()
        self.ending.out_of_memory = self._meter.out_of_memory()
        self.ending.out_of_processes = self._meter.out_of_processes()

    def _drain(self) -> None:
        """Read what is left in the pipes. Not until they close: a process forked elsewhere may hold an end open."""
        for fd, buffer in self._readers.items():
            with contextlib.suppress(BlockingIOError):
                while len(buffer) <= self._output_cap and (chunk := os.read(fd, CHUNK)):
                    buffer += chunk
        if len(self.stdout) + len(self.stderr) > self._output_cap and self.ending.limit is None:
            self.ending.limit = "output_kb"

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._status_fd, CHUNK):
                self._said += chunk
        if found := re.search(rb'"exit-code": (\d+)', self._said):
            self.ending.code = int(found[1])

    def result(self) -> Result:
        """How it ended. It must have ended."""
        return judge(self.ending, self.job, bytes(self.stdout), bytes(self.stderr), self._wall_s, self.isolation)

    def _end(self) -> None:
        if hasattr(self, "_monitor") and not self.ending.over:
            for fd in (self._init_fd, getattr(self, "_monitor_fd", -1)):
                if fd >= 0:
                    _kill(fd)
            if self._init_fd >= 0:
                _await(self._init_fd)
            self._monitor.kill()
            self._monitor.wait()
            self.ending.over = True
        self._closers.close()


def _write_all(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]
    os.lseek(fd, 0, os.SEEK_SET)


def _kill(pidfd: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def _await(pidfd: int) -> None:
    """Until the process is dead: of an init, after all processes of its namespace."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    poll.poll(REAP_S * 1000)


def _rlimits(limits: Limits, maps_ahead: bool, exact: bool) -> dict[int, int]:
    cpu = int(limits.cpu_s) + 2  # a backstop: the sum over processes is watched from outside
    values = {
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.disk_mb << 20,
        resource.RLIMIT_NPROC: limits.processes + cgroup.OVERHEAD,
        resource.RLIMIT_MEMLOCK: 0,
        # deep recursion is honest; memory bounds it
        resource.RLIMIT_STACK: resource.RLIM_INFINITY,
    }
    if not exact:
        values[resource.RLIMIT_DATA if maps_ahead else resource.RLIMIT_AS] = limits.memory_mb << 20
    return values


def _lower(pid: int, name: int, value: int) -> None:
    """Set a limit, or the hard limit where that is lower."""
    _, hard = resource.prlimit(pid, name)
    if hard != resource.RLIM_INFINITY:
        value = hard if value == resource.RLIM_INFINITY else min(value, hard)
    resource.prlimit(pid, name, (value, value))
