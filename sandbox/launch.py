"""Starting the process of a slot: what it is given, the walls around it, and the wait until it is warm."""

import contextlib
import json
import marshal
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO

from sandbox import cgroup, grants, gvisor, helper, jail, scratch, seccomp, table, toolchain
from sandbox.inside import landlock
from sandbox.meter import Counted, Sampled, SlotMeter
from sandbox.model import Limits, SandboxError
from sandbox.remedy import remedy
from sandbox.strength import Strength, shared_memory

START_S = 60.0
"""Longest wait for a slot; generous, because load stretches it, and missing it is a fault of ours."""
REAP_S = 10.0
INSIDE = ("landlock", "mappings", "serve", "boot", "zygote")
UNBOUND = 'for limit in s v d; do ulimit -S -$limit "$(ulimit -H -$limit)"; done; exec "$@"'
"""Our own soft limits are not for programs."""
FIRST_LIMITS = Limits(memory_mb=1024, processes=64)


@dataclass(frozen=True, slots=True)
class Flavour:
    """Packages that a slot has loaded beforehand, beside the usual modules."""

    packages: tuple[str, ...] = ()
    modules: tuple[tuple[str, bytes], ...] = ()
    """Modules that are in no file, name and marshalled code."""

    @property
    def installed(self) -> bool:
        places = toolchain.packages_of(_python()[0])
        return all(any((place / name).is_dir() for place in places) for name in self.packages)


class Launched:
    """A warm slot's process. Raises SandboxError when it cannot be started."""

    channel: socket.socket
    meter: SlotMeter
    scratch: Path
    compiled: bool
    """Whether it has the compiled helper."""

    def __init__(self, strength: Strength, flavour: Flavour, hidden: Sequence[Path]) -> None:
        self._strength, self._flavour, self._hidden = strength, flavour, hidden
        self._kept = contextlib.ExitStack()
        self._maker = os.getpid()
        self.pid = 0
        if strength is Strength.G:
            gvisor.show_processes()
        self.uid = jail.new_uid() if strength.namespaces and os.geteuid() == 0 else None
        try:
            with contextlib.ExitStack() as given:
                self._start(given)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Kill it and all in it, and give back what it had. In a fork of the process that made it, only let go of it."""
        if os.getpid() != self._maker:
            self._kept.pop_all()
            with contextlib.suppress(AttributeError):
                self.channel.close()
            return
        self._kept.close()

    def _start(self, given: contextlib.ExitStack) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._kept.callback(self.channel.close)
        self._kept.callback(theirs.close)
        owner = self._owner(given)
        said = given.enter_context(os.fdopen(os.memfd_create("said"), "r+b"))
        self.scratch = self._make_scratch()
        library = None if self._strength is Strength.G else helper.compiled()  # made for Linux, not for gVisor
        compiled = given.enter_context(memory(library)) if library else None
        settings = self._settings(theirs.fileno(), owner, compiled)
        payload = given.enter_context(memory(marshal.dumps((_codes(), settings))))
        python = [*_python(), str(payload)]
        fds = [theirs.fileno(), owner, payload, *([compiled] if compiled is not None else [])]
        if self._strength is Strength.G:
            self._process = self._spawn([*gvisor.UNSHARED, *python], fds, said, jail.ENVIRONMENT)
            self.pid = self._process.pid
        elif self._strength.namespaces:
            self._launch_jailed(python, fds, said, given)
        else:
            place = str(self.scratch)
            self._process = self._spawn(python, fds, said, {**jail.ENVIRONMENT, "HOME": place, "TMPDIR": place})
            self.pid = self._process.pid
        theirs.close()
        self.compiled = self._await_ready(said) == b"ready"
        self.meter = self._meter()
        if self._strength is Strength.G:
            gvisor.hide_processes()

    def _meter(self) -> SlotMeter:
        if self._strength is Strength.A:
            return Counted(self._group, self.pid)
        return gvisor.Clocked(self.pid) if self._strength is Strength.G else Sampled(self.pid)

    def _owner(self, given: contextlib.ExitStack) -> int:
        """A descriptor that tells of our death."""
        if self._strength is Strength.G:  # gVisor has none of processes
            owner, ours = os.pipe()
            self._kept.callback(os.close, ours)
        else:
            owner = os.pidfd_open(os.getpid())
        given.callback(os.close, owner)
        return owner

    def _make_scratch(self) -> Path:
        if self._strength.namespaces:
            return Path(jail.SCRATCH)
        place = scratch.make(shared_memory())
        self._kept.callback(scratch.remove, place)
        return place.path

    def _settings(self, channel: int, owner: int, compiled: int | None) -> dict[str, object]:
        unsafe = self._strength is Strength.UNSAFE
        filters = None if unsafe else seccomp.build(profiles_of(self._strength))
        return {
            "socket": channel,
            "owner": owner,
            "helper": compiled,
            # namespaces hold without Landlock too, which kernels before 5.13 lack
            "grants": grants.of(self._strength, self.scratch, self._hidden) if landlock.abi() and not unsafe else None,
            "own_filter": filters.slot.ops if filters else b"",
            "filters": [tuple(found) for found in filters.runs] if filters else [(b"", ())] * len(PROFILES),
            "namespace": self._strength.namespaces,
            "dies_first": self._strength is Strength.A,
            "uid": self.uid,
            "scratch": str(self.scratch),
            "modules": list(self._flavour.packages),
            "own": list(self._flavour.modules),
            "packages": [str(path) for path in toolchain.packages_of(_python()[0])],
        }

    def _spawn(
        self, command: Sequence[str], fds: Sequence[int], said: IO[bytes], environment: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", UNBOUND, "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=fds,
                env=dict(environment),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"cannot start a slot: {error}") from error
        self._kept.callback(_reap, process)
        return process

    def _launch_jailed(
        self, python: Sequence[str], fds: Sequence[int], said: IO[bytes], given: contextlib.ExitStack
    ) -> None:
        """Through bubblewrap, which holds its child until that is in its control group."""
        told, status, go, block = *os.pipe(), *os.pipe()
        for fd in (told, go, block):
            given.callback(os.close, fd)
        try:
            if self._strength is Strength.A:
                self._group = _group()
                self._kept.callback(self._group.close)
            trees = [tree for language in table.LANGUAGES.values() for tree in toolchain.prefixes(language)]
            command = [*jail.slot_command(jail.find(), status, go, trees, self._hidden), *python]
            self._process = self._spawn(command, [*fds, status, go], said, {})
        finally:
            os.close(status)
        self.pid = _child_pid(told, said)
        self._kept.callback(_kill, os.pidfd_open(self.pid))
        if self._strength is Strength.A:
            self._group.add(self.pid)
        os.write(block, b"\0")

    def _await_ready(self, said: IO[bytes]) -> bytes:
        waiting = select.poll()
        waiting.register(self.channel, select.POLLIN)
        if not waiting.poll(START_S * 1000):
            raise SandboxError(f"a slot did not start within {START_S:g} s: the machine is overloaded")
        try:
            word = self.channel.recv(64)
        except OSError:
            word = b""
        if not word:
            raise SandboxError(f"a slot did not start: {_complaint(said)}")
        return word


def anonymous(data: bytes) -> int:
    """A descriptor of anonymous memory that holds these bytes, at its beginning. It is the caller's to close."""
    fd = os.memfd_create("sandbox", os.MFD_CLOEXEC)
    try:
        left = memoryview(data)
        while left:
            left = left[os.pwrite(fd, left, len(data) - len(left)) :]
    except BaseException:
        os.close(fd)
        raise
    return fd


@contextlib.contextmanager
def memory(data: bytes) -> Generator[int]:
    """The same, closed afterwards."""
    fd = anonymous(data)
    try:
        yield fd
    finally:
        os.close(fd)


PROFILES = ("python", "binary", "tools", "threads")
"""What a run may do beyond computing: nothing, become another program, start processes. Where there are namespaces they all may,
but for the last, which starts no processes anywhere."""


def profiles_of(strength: Strength) -> tuple[seccomp.Profile, ...]:
    """The filters of a slot, in the order of :data:`PROFILES`."""
    if strength.namespaces:
        return (*(seccomp.Profile(),) * 3, seccomp.Profile(threads_only=True))
    return (
        seccomp.Profile(exposed=True, threads_only=True, execs=False),
        seccomp.Profile(exposed=True, threads_only=True),
        seccomp.Profile(exposed=True),
        seccomp.Profile(exposed=True, threads_only=True),
    )


@cache
def _codes() -> list[tuple[str, object]]:
    folder = resources.files("sandbox.inside")
    return [
        (name, compile(folder.joinpath(f"{name}.py").read_bytes(), f"<{name}>", "exec", dont_inherit=True))
        for name in INSIDE
    ]


@cache
def _python() -> list[str]:
    loader = resources.files("sandbox.inside").joinpath("loader.py").read_text()
    path = toolchain.tool(table.LANGUAGES["python"])
    if path is None:
        raise SandboxError("there is no interpreter for slots")
    return [path, "-S", "-B", "-c", loader]


def _group() -> cgroup.GroupV1 | cgroup.GroupV2:
    try:
        group = cgroup.create(FIRST_LIMITS)
    except OSError as error:
        raise SandboxError(f"cannot make a control group: {error}") from error
    if group is None:
        raise SandboxError("control groups can no longer be made")
    return group


def _child_pid(told: int, said: IO[bytes]) -> int:
    """What bubblewrap says of its child, which waits for our word."""
    waiting = select.poll()
    waiting.register(told, select.POLLIN)
    line, end = b"", time.monotonic() + START_S
    while b"\n" not in line:
        left = end - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            raise SandboxError(f"bubblewrap did not start within {START_S:g} s: the machine is overloaded")
        chunk = os.read(told, 4096)
        if not chunk:
            raise SandboxError(f"bubblewrap did not start: {_complaint(said)}")
        line += chunk
    return int(json.loads(line.split(b"\n", 1)[0])["child-pid"])


def _complaint(said: IO[bytes]) -> str:
    said.seek(0)
    text = said.read(1000).decode(errors="replace").strip()
    return f"{text or 'it said nothing'}; {remedy(text)}"


def _reap(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _kill(pidfd: int) -> None:
    """Kill the first process of the namespaces, and wait until all of them are dead."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    waiting.poll(REAP_S * 1000)
    os.close(pidfd)
