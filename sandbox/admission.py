"""Never more runs at once than there is room for, over all processes that were forked from one that has imported this.

A place is a locked byte of a file in memory: the kernel gives back the places of a process that dies. Who waits has not begun.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Generator

from sandbox.model import NoRoom

ROOM_S = 300.0
"""Longest wait for room to run programs: beyond it the machine is overloaded."""
QUEUE = 1 << 20
"""The byte that the one process holds whose turn it is to take places."""
GLANCE_S = 0.001
"""How soon a place is noticed that another process has given back."""

_file = os.memfd_create("places", os.MFD_CLOEXEC)
_taken: set[int] = set()
"""Places of this process: the kernel does not tell its threads apart."""
_given_back = threading.Condition()
_waits = threading.local()


def waited_s() -> float:
    """How many seconds this thread has waited for room, or for slots that started or failed to, in all its life. They are
    nobody's fault who runs a program."""
    return getattr(_waits, "seconds", 0.0)


def excuse(seconds: float) -> None:
    """Count them as waiting."""
    _waits.seconds = waited_s() + seconds


@contextlib.contextmanager
def excused() -> Generator[None]:
    """Time that this thread spends on what no program is to blame for counts as waiting, too."""
    began, before = time.monotonic(), waited_s()
    try:
        yield
    finally:
        _waits.seconds = before + time.monotonic() - began


def most_at_once() -> int:
    """How many runs there may be at once: the environment variable ``SANDBOX_RUNS``, else one for each processor."""
    named = os.environ.get("SANDBOX_RUNS", "")
    return int(named) if named.isdecimal() and int(named) else len(os.sched_getaffinity(0))


class Admission:
    """At most so many threads run programs; one that does may have several at once, as two that talk through it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._own = threading.local()

    @contextlib.contextmanager
    def enter(self, *, alone: bool = False) -> Generator[None]:
        """Wait for room; ``alone``: until nobody else runs anything. Raises NoRoom."""
        depth = getattr(self._own, "depth", 0)
        wanted = 0 if depth else self._most if alone else 1
        with excused():
            places = self._take(wanted) if wanted else []
        self._own.depth = depth + 1
        if wanted:
            self._own.alone = alone
        try:
            yield
        finally:
            self._own.depth = depth
            _give_back(places)

    @property
    def alone(self) -> bool:
        """Whether this thread has entered, and nobody beside it."""
        return bool(getattr(self._own, "depth", 0)) and self._own.alone

    def _take(self, wanted: int) -> list[int]:
        """One at a time, or who wants all the room would never get it. Raises NoRoom."""
        end = time.monotonic() + ROOM_S
        got: list[int] = []
        with _given_back:
            if not _given_back.wait_for(lambda: QUEUE not in _taken, ROOM_S):
                raise _no_room()
            _taken.add(QUEUE)
            try:
                while not _lock(QUEUE):
                    _wait(end)
                while True:
                    free = [place for place in range(self._most) if place not in _taken]
                    for place in free:
                        if len(got) < wanted and _lock(place):
                            _taken.add(place)
                            got.append(place)
                    if len(got) == wanted:
                        return got
                    _wait(end)
            except BaseException:
                _release(got)
                raise
            finally:
                _release([QUEUE])


def _wait(end: float) -> None:
    if time.monotonic() > end:
        raise _no_room()
    _given_back.wait(GLANCE_S)


def _no_room() -> NoRoom:
    return NoRoom(f"no room for the program within {ROOM_S:g} s: raise SANDBOX_RUNS, or run fewer at once")


def _lock(place: int) -> bool:
    try:
        fcntl.lockf(_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
    except OSError:
        return False
    return True


def _give_back(places: list[int]) -> None:
    if places:
        with _given_back:
            _release(places)


def _release(places: list[int]) -> None:
    for place in places:
        fcntl.lockf(_file, fcntl.LOCK_UN, 1, place)
        _taken.discard(place)
    _given_back.notify_all()


def _forget() -> None:
    """In a fork: the places are the parent's."""
    global _given_back
    _given_back = threading.Condition()
    _taken.clear()


os.register_at_fork(after_in_child=_forget)
