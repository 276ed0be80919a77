"""The scratch folders of slots without namespaces: emptied by us between runs, however deep they are."""

import contextlib
import fcntl
import os
import secrets
import stat
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sandbox.sampling import threads_of

PREFIX = "sandbox-"
YOUNG_S = 60.0
MOST_ENTRIES = 8192
"""Files and folders of one run."""


class Scratch(NamedTuple):
    """A folder, and the descriptor whose lock says that somebody needs it."""

    path: Path
    lock: int


def make(where: Path) -> Scratch:
    """A new one. What owners left behind that were killed goes first."""
    _sweep(where)
    path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
    lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return Scratch(path, lock)


def remove(made: Scratch) -> None:
    """Remove it, whatever lies in it."""
    with contextlib.suppress(FileNotFoundError):
        empty(made.path)
        os.rmdir(made.path)
    os.close(made.lock)


@cache
def _sweep(where: Path) -> None:
    """Once in a process. Young ones may not be locked yet."""
    for path in where.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            found = path.lstat()
            if found.st_uid != os.geteuid() or time.time() - found.st_ctime < YOUNG_S:
                continue
            lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            remove(Scratch(path, lock))


def empty(folder: Path) -> None:
    """Remove all that lies in it. Folders are moved up before they are emptied: no path becomes too long for the kernel."""
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for inner in os.scandir(entry.path):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, 0o700)  # to move a folder is to write to it
                    os.rename(inner.path, folder / f"{secrets.token_hex(8)}")
                else:
                    os.unlink(inner.path)
            os.rmdir(entry.path)


def is_empty(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return next(entries, None) is None


def size_mb(folder: Path, pid: int) -> float:
    """What the files of a run hold, the deleted ones that it keeps open included; infinite when they are too many to count."""
    total, count = _open_and_deleted(pid, os.stat(folder).st_dev), 0
    pending = [str(folder)]
    while pending:
        try:
            entries = list(os.scandir(pending.pop()))
        except OSError:
            continue
        for entry in entries:
            count += 1
            if count > MOST_ENTRIES:
                return float("inf")
            with contextlib.suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                total += found.st_blocks * 512
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
    return total / (1 << 20)


def _open_and_deleted(pid: int, device: int) -> int:
    """Bytes of the files there that a process has open and nobody can find any more; what it was given lies on another
    device. A thread may have descriptors of its own."""
    sizes: dict[int, int] = {}
    for thread in threads_of(pid):
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"{thread}/fd"):
                with contextlib.suppress(OSError):
                    found = os.stat(f"{thread}/fd/{fd}")
                    if found.st_nlink == 0 and found.st_dev == device and stat.S_ISREG(found.st_mode):
                        sizes[found.st_ino] = found.st_blocks * 512
    return sum(sizes.values())
