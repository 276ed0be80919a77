"""Inside gVisor: what is to be done there for want of Linux."""

import ctypes
import os
import threading
import time

from sandbox.inside import landlock
from sandbox.meter import Sampled
from sandbox.model import Limits, SandboxError

PROC, TMPFS, DETACH = b"/proc", 0x01021994, 2
UNSHARED = ("/usr/bin/unshare", "--pid", "--mount", "--propagation=unchanged", "--fork", "--kill-child")
"""Around a slot, where bubblewrap lacks what it needs."""

_libc = ctypes.CDLL(None, use_errno=True)


def is_here() -> bool:
    """Told by what it lacks: Landlock, which Linux may lack too, and descriptors of processes, which it may not."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return landlock.abi() == 0
    return False


def hide_processes() -> None:
    """An empty folder over /proc: gVisor lets every program open what is in it of all others, ours among them."""
    if _is_there() and _libc.mount(b"none", PROC, b"tmpfs", 0, b"size=4k,mode=0555"):
        raise SandboxError(f"cannot hide processes: {os.strerror(ctypes.get_errno())}; report this")


def show_processes() -> None:
    """While no program runs, for slots that start."""
    while not _is_there():
        if _libc.umount2(PROC, DETACH):
            raise SandboxError(f"cannot show processes: {os.strerror(ctypes.get_errno())}; report this")


def _is_there() -> bool:
    return os.path.exists("/proc/self")


EVERY_S = 0.1
"""Between two readings of all clocks, each of which is a call into gVisor's kernel."""
AHEAD = 64
"""Numbers beyond the last task seen in which the next are looked for: those between are of tasks that came and went."""
CACHED_MB = 192
"""Of the image's files, which gVisor reads into the same memory as programs use."""
THREAD_CLOCK = 6


class Info(ctypes.Structure):
    """As sysinfo(2) writes it."""

    _fields_ = (
        ("uptime_and_loads", ctypes.c_ulong * 4),
        ("total", ctypes.c_ulong),
        ("free", ctypes.c_ulong),
        ("rest", ctypes.c_ulong * 20),
    )


class Clocked(Sampled):
    """The run's tasks by their clocks, which are had by number, for /proc is hidden; memory as the whole of gVisor uses it."""

    def __init__(self, pid: int) -> None:
        super().__init__(pid)
        self.begin(Limits())

    def begin(self, limits: Limits) -> None:
        self._cpu_s: dict[int, float] = {}
        self._last = self._before = _new_number()
        self._read_at = 0.0
        self._free_mb, self._peak_mb = _free_mb(), 0.0

    def look(self) -> None:
        self._peak_mb = max(self._peak_mb, self._free_mb - _free_mb() - CACHED_MB)
        if time.monotonic() - self._read_at < EVERY_S:
            return
        number = self._before
        while (number := number + 1) <= self._last + AHEAD:
            try:
                self._cpu_s[number] = time.clock_gettime(~number << 3 | THREAD_CLOCK)
                self._last = max(self._last, number)
            except OSError:
                continue
        self._read_at = time.monotonic()

    def cpu_s(self) -> float:
        return sum(self._cpu_s.values())

    def memory_mb(self) -> float:
        return self._peak_mb

    def tasks(self) -> int:
        return 0

    def waited_s(self) -> float:
        return 0.0


def _new_number() -> int:
    """A task's that has just been made; those of the next are higher."""
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    return thread.native_id or 0


def _free_mb() -> float:
    info = Info()
    _libc.sysinfo(ctypes.byref(info))
    return info.free / (1 << 20)
