"""A conversation with a sandboxed program."""

from sandbox.model import Result, Usage
from sandbox.process import Process


class Ended(Exception):
    """The program ended, or was killed, before it had sent what was asked for. :meth:`Session.finish` says how."""


class Session:
    """A running program, spoken to through its standard input and output. Use as a context manager.

    Its limits hold over the whole conversation; :meth:`allow` sets narrower ones for the next part of it. They are watched
    while :meth:`receive` waits. Belongs to the thread that opened it.
    """

    def __init__(self, process: Process, first: bytes = b"") -> None:
        self._process = process
        if first:
            process.send(first)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__()

    def allow(self, cpu_s: float, wall_s: float) -> None:
        """From now on the program may use this much more CPU time and time; over it, it is killed as at any limit."""
        self._process.allow(cpu_s, wall_s)

    @property
    def alive(self) -> bool:
        """Whether it had not ended when it was last listened to."""
        return not self._process.ending.over

    @property
    def usage(self) -> Usage:
        """What it has used so far."""
        return self._process.usage

    def send(self, data: bytes) -> None:
        """Send bytes to its standard input. Never blocks; what the pipe cannot hold goes out during :meth:`receive`."""
        if self.alive:
            self._process.send(data)

    def receive(self, size: int) -> bytes:
        """Exactly ``size`` bytes of its standard output. Raises :class:`Ended` when there will not be that many."""
        stdout = self._process.stdout
        self._process.pump(lambda: len(stdout) >= size)
        if len(stdout) < size:
            raise Ended
        data = bytes(stdout[:size])
        del stdout[:size]
        return data

    def kill(self, limit: str | None = None) -> None:
        """End it now, for having hit ``limit`` (a name of :class:`~sandbox.model.Limits`), or for no fault of its own."""
        if self.alive:
            self._process.kill(limit)

    def finish(self) -> Result:
        """How it ended; it is killed when it still runs. Standard output is what was never received."""
        self.kill()
        return self._process.result()
