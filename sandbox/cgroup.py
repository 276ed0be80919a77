"""Control groups, v1 and v2: one group a slot, counting and bounding all processes of a run together."""

import contextlib
import os
import secrets
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sandbox.model import Limits

ROOT = Path("/sys/fs/cgroup")
YOUNG_S = 60.0
NAMED = ("memory", "pids", "cpuacct")


class Files:
    """Files of the kernel's that are read again and again, kept open."""

    def __init__(self) -> None:
        self._fds: dict[str, int] = {}

    def _open(self, path: str, flags: int) -> int:
        fd = self._fds.get(path)
        if fd is None:
            fd = self._fds[path] = os.open(path, flags | os.O_CLOEXEC)
        return fd

    def read(self, path: str) -> bytes:
        return os.pread(self._open(path, os.O_RDONLY), 4096, 0)

    def write(self, path: str, text: bytes) -> None:
        os.pwrite(self._open(path, os.O_RDWR), text, 0)

    def field(self, path: str, key: bytes) -> int:
        """The number behind a key; 0 where there is no such key."""
        for line in self.read(path).splitlines():
            name, _, value = line.partition(b" ")
            if name == key:
                return int(value)
        return 0

    def close(self) -> None:
        for fd in self._fds.values():
            os.close(fd)
        self._fds.clear()


@dataclass(frozen=True)
class GroupV1:
    """A group in each of the v1 hierarchies for memory, pids and cpuacct."""

    memory: Path
    pids: Path
    cpuacct: Path
    files: Files = field(default_factory=Files)

    def limit(self, limits: Limits, spare_mb: int = 0) -> None:
        size = str((limits.memory_mb + spare_mb) << 20)
        plain, with_swap = self.memory / "memory.limit_in_bytes", self.memory / "memory.memsw.limit_in_bytes"
        # a kernel without swap accounting has no such file; with it, neither limit may pass the other on the way
        with contextlib.suppress(OSError):
            with_swap.write_text(size)
        plain.write_text(size)
        with contextlib.suppress(OSError):
            with_swap.write_text(size)
        (self.pids / "pids.max").write_text(str(limits.processes + OVERHEAD))

    def used_mb(self) -> float:
        return int((self.memory / "memory.usage_in_bytes").read_text()) / (1 << 20)

    def forget_peak(self) -> bool:
        """Whether the peak from now on can be told from that of earlier runs."""
        self.files.write(f"{self.memory}/memory.max_usage_in_bytes", b"0")
        return True

    def add(self, pid: int) -> None:
        for group in (self.memory, self.pids, self.cpuacct):
            (group / "cgroup.procs").write_text(str(pid))

    def cpu_s(self) -> float:
        return int(self.files.read(f"{self.cpuacct}/cpuacct.usage")) / 1e9

    def memory_mb(self) -> float:
        return int(self.files.read(f"{self.memory}/memory.max_usage_in_bytes")) / (1 << 20)

    def kills(self) -> int:
        return self.files.field(f"{self.memory}/memory.oom_control", b"oom_kill")

    def overruns(self) -> int:
        """Whether its own limit was met, rather than that of a group around it; not every kernel counts how often."""
        limit = int(self.files.read(f"{self.memory}/memory.limit_in_bytes")) / (1 << 20)
        return int(self.memory_mb() > limit - CLOSE_MB)

    def refusals(self) -> int:
        return self.files.field(f"{self.pids}/pids.events", b"max")

    def close(self) -> None:
        self.files.close()
        for group in (self.memory, self.pids, self.cpuacct):
            _remove(group)


@dataclass(frozen=True)
class GroupV2:
    """A group of the unified hierarchy."""

    path: Path
    files: Files = field(default_factory=Files)

    def limit(self, limits: Limits, spare_mb: int = 0) -> None:
        (self.path / "memory.max").write_text(str((limits.memory_mb + spare_mb) << 20))
        with contextlib.suppress(OSError):
            (self.path / "memory.swap.max").write_text("0")
        (self.path / "pids.max").write_text(str(limits.processes + OVERHEAD))

    def used_mb(self) -> float:
        return int((self.path / "memory.current").read_text()) / (1 << 20)

    def forget_peak(self) -> bool:
        """Whether the peak from now on can be told from that of earlier runs: since Linux 6.12."""
        try:
            self.files.write(f"{self.path}/memory.peak", b"0")
        except OSError:
            return False
        return True

    def add(self, pid: int) -> None:
        (self.path / "cgroup.procs").write_text(str(pid))

    def cpu_s(self) -> float:
        return self.files.field(f"{self.path}/cpu.stat", b"usage_usec") / 1e6

    def memory_mb(self) -> float:
        for name in ("memory.peak", "memory.current"):  # the first since Linux 5.19
            with contextlib.suppress(FileNotFoundError):
                return int(self.files.read(f"{self.path}/{name}")) / (1 << 20)
        return 0.0

    def kills(self) -> int:
        return self.files.field(f"{self.path}/memory.events", b"oom_kill")

    def overruns(self) -> int:
        """How often its own limit was met, rather than that of a group around it."""
        return self.files.field(f"{self.path}/memory.events", b"oom")

    def refusals(self) -> int:
        return self.files.field(f"{self.path}/pids.events", b"max")

    def close(self) -> None:
        self.files.close()
        _remove(self.path)


CLOSE_MB = 1
"""As near as memory comes to its limit: what is asked for in large parts is taken in small ones in the end."""
OVERHEAD = 1
"""Processes of a group that are ours: the slot's own."""


def _remove(group: Path) -> None:
    for _ in range(100):
        try:
            group.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:  # the kernel may still be reaping the last process
            os.sched_yield()


def _own() -> dict[str, str]:
    """This process's group by controller; the unified hierarchy under the empty name."""
    groups: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        groups.update(dict.fromkeys(controllers.split(","), path.lstrip("/")))
    return groups


@cache
def _bases() -> tuple[Path, ...]:
    """Directories under which groups can be made: three for v1, one for v2, none when nothing is writable."""
    bases = _find_bases()
    for base in bases:
        _sweep(base)
    return bases


def _sweep(base: Path) -> None:
    """Remove what callers left that were killed. A group with processes in it stays; so does one that may yet get some."""
    for group in base.glob("sandbox-*"):
        with contextlib.suppress(OSError):
            if time.time() - group.stat().st_ctime > YOUNG_S:
                group.rmdir()


def _find_bases() -> tuple[Path, ...]:
    try:
        own = _own()
    except OSError:
        return ()
    v1 = tuple(ROOT / name / own[name] for name in NAMED if name in own)
    if len(v1) == len(NAMED) and all(_can_make(base) for base in v1):
        return v1
    if "" in own and (ROOT / "cgroup.controllers").exists():
        # a group with processes of its own cannot hand controllers down, so its parent may have to do
        here = ROOT / own[""]
        for base in (here, here.parent):
            if base.is_relative_to(ROOT) and _hands_down(base) and _can_make(base):
                return (base,)
    return ()


def _hands_down(base: Path) -> bool:
    try:
        return {"memory", "pids"} <= set((base / "cgroup.subtree_control").read_text().split())
    except OSError:
        return False


def _can_make(base: Path) -> bool:
    probe = base / _name()
    try:
        probe.mkdir()
    except OSError:
        return False
    _remove(probe)
    return True


def _name() -> str:
    return f"sandbox-{os.getpid()}-{secrets.token_hex(8)}"


def version() -> str | None:
    """``cgroup v1``, ``cgroup v2``, or None when this process may make no groups."""
    return {0: None, 1: "cgroup v2"}.get(len(_bases()), "cgroup v1")


def create(limits: Limits) -> GroupV1 | GroupV2 | None:
    """A new group under these limits; None where there can be none. Raises OSError when it cannot be made after all."""
    bases = _bases()
    if not bases:
        return None
    name = _name()
    paths = [base / name for base in bases]
    group = GroupV1(paths[0], paths[1], paths[2]) if len(paths) > 1 else GroupV2(paths[0])
    try:
        for path in paths:
            path.mkdir()
        group.limit(limits)
    except OSError:
        group.close()
        raise
    return group
