"""The slots of this process: started when first needed, kept warm, lent to one run at a time, replaced when they fail."""

import atexit
import contextlib
import os
import threading
from collections.abc import Callable, Generator, Hashable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from sandbox.admission import Admission, excused, most_at_once
from sandbox.launch import Flavour
from sandbox.slot import Deaf, Slot
from sandbox.strength import Strength


class Lendable(Protocol):
    """A slot, here or in a container."""

    flavour: Flavour

    def close(self) -> None: ...


S = TypeVar("S", bound=Lendable)


class Pool(Generic[S]):
    """Slots of one kind."""

    def __init__(self, make: Callable[[Flavour], S], most: int) -> None:
        self._make = make
        self.admission = Admission(most)
        self._idle: list[S] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def lend(self, flavour: Flavour, *, fresh: bool = False) -> Generator[S]:
        """A slot; a new one where ``fresh`` or none is idle. What fails while it is lent out is replaced.

        Raises SandboxError when none can be started.
        """
        with excused():
            slot = (None if fresh else self._take(flavour)) or self._make(flavour)
        try:
            yield slot
        except BaseException:
            slot.close()
            raise
        with self._lock:
            self._idle.append(slot)

    def _take(self, flavour: Flavour) -> S | None:
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


_pools: dict[Hashable, Pool[Any]] = {}
_lock = threading.Lock()


def pool(strength: Strength, hidden: tuple[Path, ...], most: int | None = None) -> Pool[Slot]:
    """This process's pool of that kind."""
    key = strength, hidden, most or most_at_once()
    return shared(key, lambda: Pool(lambda flavour: Slot(strength, flavour, hidden), key[2]))


def shared(key: Hashable, make: Callable[[], Pool[S]]) -> Pool[S]:
    """This process's pool of that key, made where there is none."""
    with _lock:
        if key not in _pools:
            _pools[key] = make()
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

__all__ = ["Deaf", "Lendable", "Pool", "close_all", "pool", "shared"]
