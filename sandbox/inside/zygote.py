# Speaks to the kernel and to the interpreter's own insides, neither of which has types.
# pyright: basic
"""The process of a slot: a warm interpreter that makes a fresh child, behind fresh walls, for each run.

It never reads a program: what it would read, the next run could find in its memory.
"""

import contextlib
import ctypes
import gc
import importlib
import marshal
import os
import random
import signal
import sys
import types
from typing import Any

from sandbox.inside import boot, landlock, mappings, serve

RULESET, SOCKET, OWNER = 100, 101, 102
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
OWN_NAMESPACE, OWN_UID, DIES_FIRST = 1, 2, 4

# what programs import most; a child finds them loaded
USUAL = (
    "abc array ast bisect collections collections.abc contextlib copy csv dataclasses datetime decimal enum fractions "
    "functools hashlib heapq inspect io itertools json linecache math operator os pickle queue random re statistics string "
    "struct sys tempfile textwrap threading time traceback types typing unittest"
)


class Filter(ctypes.Structure):
    _fields_ = [
        ("ops", ctypes.c_void_p),
        ("count", ctypes.c_uint32),
        ("owns", ctypes.c_uint32),
        ("own_pid", ctypes.c_uint32 * 4),
    ]


class Slot(ctypes.Structure):
    _fields_ = [
        ("socket", ctypes.c_int32),
        ("owner", ctypes.c_int32),
        ("ruleset", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("uid", ctypes.c_uint32),
        ("filters", ctypes.c_uint32),
        ("base_address_space", ctypes.c_uint64),
        ("base_data", ctypes.c_uint64),
        ("scratch", ctypes.c_char_p),
        ("filter", Filter * 4),
    ]


def main(settings: "dict[str, Any]") -> None:
    """Serve until the owner is gone. Returns only in no case: children end in :func:`sandbox.inside.boot.run`."""
    _keep(settings["socket"], SOCKET)
    _keep(settings["owner"], OWNER)
    ruleset = -1
    if settings["grants"] is not None:
        ruleset = RULESET
        _keep(landlock.build(settings["grants"]), RULESET)
    if not settings["dies_first"]:
        _die_first()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) or libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")
    helper = _helper(settings["helper"])
    _take_signals()
    _warm(settings["modules"], settings["packages"], settings["own"])
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    slot = _slot(settings, ruleset)
    _settle()
    serve.confine(settings["own_filter"])
    os.write(SOCKET, b"ready" if helper else b"ready, slowly")
    if helper:
        helper(ctypes.byref(slot))
    else:
        serve.serve(slot)
    boot.run()


def _die_first() -> None:
    """Where memory runs out around us, rather than in a group of our own, we go with our programs before who serves everybody."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def _take_signals() -> None:
    """However the service was started, in the background or under nohup, programs find the signals as at a terminal."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE, signal.SIGXFSZ}:
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _keep(fd: int, number: int) -> None:
    """Out of the way of the descriptors that a child is given."""
    os.dup2(fd, number, inheritable=False)
    os.close(fd)


def _helper(fd: "int | None") -> Any:
    if fd is None:
        return None
    try:
        loaded = ctypes.PyDLL(f"/proc/self/fd/{fd}").serve
    except OSError:
        return None  # anonymous memory may not be executable here
    finally:
        os.close(fd)
    loaded.argtypes = [ctypes.c_void_p]
    return loaded


def _warm(modules: "list[str]", packages: "list[str]", own: "list[tuple[str, bytes]]") -> None:
    boot.prepare(packages)
    for name in [*USUAL.split(), *modules]:
        importlib.import_module(name)
    for name, code in own:
        made = sys.modules[name] = types.ModuleType(name)
        exec(marshal.loads(code), vars(made))
        if "rehearse" in vars(made):
            made.rehearse()
    boot.rehearse()
    random.seed(0)  # every run begins alike: the same input must give the same verdict


def _settle() -> None:
    """As late as can be: what a child need not touch, for having been made before, need not be copied for it."""
    with contextlib.suppress(OSError):
        mappings.join()
    gc.collect()
    gc.freeze()
    gc.disable()


def _slot(settings: "dict[str, Any]", ruleset: int) -> Slot:
    flags = (
        (OWN_NAMESPACE if settings["namespace"] else 0)
        | (OWN_UID if settings["uid"] is not None else 0)
        | (DIES_FIRST if settings["dies_first"] else 0)
    )
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = file.read().split()
    page = os.sysconf("SC_PAGE_SIZE")
    slot = Slot(
        SOCKET,
        OWNER,
        ruleset,
        flags,
        settings["uid"] or 0,
        len(settings["filters"]),
        int(pages[0]) * page,
        int(pages[5]) * page,
        settings["scratch"].encode(),
    )
    for at, (ops, own_pid) in enumerate(settings["filters"]):
        buffer = ctypes.create_string_buffer(ops, len(ops))
        KEPT.append(buffer)
        numbers = (ctypes.c_uint32 * 4)(*own_pid)
        slot.filter[at] = Filter(ctypes.cast(buffer, ctypes.c_void_p), len(ops) // 8, len(own_pid), numbers)
    return slot


KEPT: "list[Any]" = []
"""Memory that the slot points to."""
