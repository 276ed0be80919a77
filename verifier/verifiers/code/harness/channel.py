# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false
"""Frames of plain data over two descriptors: how a harness speaks from inside its sandbox."""

import os

from plain import decode, encode, refuse
from values import make, pack


class Channel:
    """Takes standard input and output for itself; the program gets /dev/null in their place."""

    def __init__(self):
        self._in, self._out = os.dup(0), os.dup(1)
        null = os.open("/dev/null", os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.close(null)
        # bound now, so that a program that patches `os` harms only what it does itself
        self._read, self._write, self._exit = os.read, os.write, os._exit

    def receive(self, find=None):
        return decode(self._exactly(int.from_bytes(self._exactly(4), "big")), find, make)

    def send(self, value, hold=refuse):
        data = encode(value, hold, pack)
        data = len(data).to_bytes(4, "big") + data
        while data:
            data = data[self._write(self._out, data) :]

    def _exactly(self, size):
        parts = []
        while size:
            part = self._read(self._in, min(size, 1 << 20))
            if not part:
                self._exit(0)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)
