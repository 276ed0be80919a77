# Speaks to the kernel and to the interpreter's own insides, neither of which has types.
# pyright: basic
"""Landlock: which files a program may open, and that it can reach no process and no socket outside its own run."""

import ctypes
import os
import stat
from functools import cache

CREATE, ADD, RESTRICT = 444, 445, 446
EXECUTE, WRITE, READ, LIST, REMOVE_DIR, REMOVE_FILE = 1, 2, 4, 8, 16, 32
MAKE_DEVICES = (1 << 6) | (1 << 11)
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
BY_ABI = {1: (1 << 13) - 1, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEVICE}
ON_FILES = EXECUTE | WRITE | READ | TRUNCATE
TCP_BIND_AND_CONNECT = 3
OUTSIDE_SOCKETS_AND_SIGNALS = 3
VERSION = 1

syscall = ctypes.CDLL(None, use_errno=True).syscall


class Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


@cache
def abi() -> int:
    """The kernel's version of Landlock; 0 where it has none."""
    return max(0, syscall(CREATE, None, ctypes.c_size_t(0), VERSION))


def _checked(result: int, doing: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"landlock: {doing}")
    return result


def build(grants: "list[tuple[str, str]]") -> int:
    """A ruleset's descriptor. A grant is a path and letters: r read, x execute, l list, w do all but make devices.

    Paths that are not there are passed over. Raises OSError.
    """
    version = abi()
    handled = 0
    for since, rights in BY_ABI.items():
        handled |= rights if version >= since else 0
    network = TCP_BIND_AND_CONNECT if version >= 4 else 0
    scoped = OUTSIDE_SOCKETS_AND_SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    wanted = Ruleset(handled, network, scoped)
    ruleset = _checked(syscall(CREATE, ctypes.byref(wanted), ctypes.c_size_t(size), 0), "create")
    letters = {"r": READ, "x": EXECUTE, "l": LIST, "w": handled & ~MAKE_DEVICES}
    for path, rights in grants:
        allowed = 0
        for letter in rights:
            allowed |= letters[letter]
        _grant(ruleset, path, allowed)
    return ruleset


def _grant(ruleset: int, path: str, allowed: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(parent).st_mode):
            allowed &= ON_FILES
        rule = Rule(allowed, parent)
        _checked(syscall(ADD, ruleset, 1, ctypes.byref(rule), 0), path)
    finally:
        os.close(parent)
