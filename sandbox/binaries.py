"""Compiled programs, kept by their content."""

import threading
from collections import OrderedDict


class Binaries:
    """Compiled programs by their content, the least recently used forgotten first."""

    def __init__(self, most_mb: int) -> None:
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._room = most_mb << 20
        self._lock = threading.Lock()

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: bytes, binary: bytes) -> None:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = binary
                self._room -= len(binary)
            while self._room < 0 and self._kept:
                self._room += len(self._kept.popitem(last=False)[1])
