"""Whether the kernel kills for want of memory: the container's, or the machine's. A program's own limit is not the reason."""

import contextlib
import os
import threading
import time
from pathlib import Path

_lock = threading.Lock()


def _kills() -> int:
    """Processes that the machine's kernel has killed for that since it started. 0 where it does not say, as in gVisor."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_bytes().splitlines():
            if line.startswith(b"oom_kill "):
                return int(line.split()[1])
    return 0


_seen, _noticed = _kills(), float("-inf")


def noticed_since(began: float) -> bool:
    """Whether it has killed since then, by ``time.monotonic()``. What nobody had noticed may have been earlier."""
    global _seen, _noticed
    with _lock:
        if (kills := _kills()) > _seen:
            _seen, _noticed = kills, time.monotonic()
        return _noticed >= began


def _forget() -> None:
    """In a fork: its holder is not in this process, and what happened before is known."""
    global _lock, _seen
    _lock, _seen = threading.Lock(), _kills()


os.register_at_fork(after_in_child=_forget)
