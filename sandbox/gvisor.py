"""Inside gVisor: what is to be done there for want of Linux."""

import ctypes
import os

from sandbox.inside import landlock
from sandbox.model import SandboxError

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
