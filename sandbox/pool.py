"""The slots of this process: started when first needed, kept warm, lent to one run at a time, replaced when they fail."""

import atexit
import contextlib
import os
import threading
from collections.abc import Generator
from pathlib import Path

from sandbox.admission import Admission, most_at_once
from sandbox.launch import Flavour
from sandbox.slot import Deaf, Slot
from sandbox.strength import Strength


class Pool:
    """Slots of one strength."""

    def __init__(self, strength: Strength, hidden: tuple[Path, ...], most: int) -> None:
        self.strength, self.hidden = strength, hidden
        self.admission = Admission(most)
        self._idle: list[Slot] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def lend(self, flavour: Flavour, *, fresh: bool = False) -> Generator[Slot]:
        """A slot; a new one where ``fresh`` or none is idle. What fails while it is lent out is replaced.

        Raises SandboxError when none can be started.
        """
        slot = (None if fresh else self._take(flavour)) or Slot(self.strength, flavour, self.hidden)
        try:
            yield slot
        except BaseException:
            slot.close()
            raise
        with self._lock:
            self._idle.append(slot)

    def _take(self, flavour: Flavour) -> Slot | None:
        with self._lock:
            for slot in reversed(self._idle):
                if slot.flavour == flavour:
                    self._idle.remove(slot)
                    return slot
        return None

    def close(self) -> None:
        """End all idle slots."""
        with self._lock:
            slots, self._idle = self._idle, []
        for slot in slots:
            slot.close()


_pools: dict[tuple[Strength, tuple[Path, ...], int], Pool] = {}
_lock = threading.Lock()


def pool(strength: Strength, hidden: tuple[Path, ...], most: int | None = None) -> Pool:
    """This process's pool of that kind."""
    key = strength, hidden, most or most_at_once()
    with _lock:
        if key not in _pools:
            _pools[key] = Pool(*key)
        return _pools[key]


def close_all() -> None:
    """End every idle slot of this process."""
    for found in list(_pools.values()):
        found.close()


def _forget() -> None:
    """In a fork: the slots are the parent's."""
    global _lock
    _lock = threading.Lock()
    for found in _pools.values():
        found._lock = threading.Lock()  # pyright: ignore[reportPrivateUsage] - its holder is not in this process
    close_all()


atexit.register(close_all)
os.register_at_fork(after_in_child=_forget)

__all__ = ["Deaf", "Pool", "close_all", "pool"]
