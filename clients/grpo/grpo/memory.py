"""What the C library does with memory that is freed: on CPU a step frees what the next one asks for again.

glibc gives large blocks back to the system at once; asking again costs a fault and a page of zeros for every 4 KiB.
"""

import ctypes
import sys

LARGEST = 32 << 20
"""Bytes of a block that is still kept: glibc's own limit."""

KEPT = 1 << 30
"""Bytes that a process keeps free at most."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h


def keep() -> None:
    """Has freed blocks kept for whoever asks next, where the C library can: else nothing happens."""
    change = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if change is not None:
        change(_MMAP_THRESHOLD, LARGEST)
        change(_TRIM_THRESHOLD, KEPT)
