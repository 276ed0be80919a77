# Speaks to the kernel, which has no types.
# pyright: basic
"""Fewer mappings: a fork copies the list of them, and a library has five where two will do."""

import ctypes
from itertools import pairwise
from typing import NamedTuple

READ, WRITE, EXECUTE = 1, 2, 4
JOINED = {"r-xp": READ | EXECUTE, "rw-p": READ | WRITE}


class Mapping(NamedTuple):
    """A line of /proc/self/maps."""

    start: int
    end: int
    access: str
    offset: int
    file: str

    def goes_on_in(self, other: "Mapping") -> bool:
        """Whether the kernel would make one of both, but for what may be done with them."""
        reached = self.file, self.end, self.offset + self.end - self.start
        return reached == (other.file, other.start, other.offset)


def join() -> None:
    """Constants of libraries become as their code or as their data, whichever they lie beside.

    What is written to is written to a copy, which is this process's own; a program could always ask for that.
    """
    mprotect = ctypes.CDLL(None).mprotect
    mprotect.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    mappings = _mappings()
    for at, after in pairwise(mappings):
        if at.goes_on_in(after):
            for constants, other in ((at, after), (after, at)):
                if constants.access == "r--p" and other.access in JOINED:
                    mprotect(constants.start, constants.end - constants.start, JOINED[other.access])


def _mappings() -> "list[Mapping]":
    found = []
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            addresses, access, offset, device, inode, *_ = line.split()
            start, end = (int(address, 16) for address in addresses.split("-"))
            if inode != "0":
                found.append(Mapping(start, end, access, int(offset, 16), f"{device} {inode}"))
    return found
