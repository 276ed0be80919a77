"""A conversation with a sandboxed program."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from sandbox.model import Result, Status, Usage
from sandbox.slot import Deaf
from sandbox.verdict import Ending


class Ended(Exception):
    """The program ended, or was killed, before it had sent what was asked for. :meth:`Session.finish` says how."""


class Talk(Protocol):
    """A run that can be spoken to, here (:class:`sandbox.run.Run`) or in a container (:class:`sandbox.far.FarRun`)."""

    stdout: bytearray
    ending: Ending

    def pump(self, until: Callable[[], bool], within_s: float | None = None) -> None: ...
    def send(self, data: bytes) -> None: ...
    def close_input(self) -> None: ...
    def allow(self, cpu_s: float, wall_s: float) -> None: ...
    @property
    def usage(self) -> Usage: ...
    def kill(self, limit: str | None = None) -> None: ...
    def result(self) -> Result: ...


class Session:
    """A running program, spoken to through its standard input and output. Use as a context manager.

    Its limits hold over the whole conversation; :meth:`allow` sets narrower ones for the next part of it. They are watched
    while :meth:`receive` waits. Belongs to the thread that opened it.
    """

    def __init__(self, run: Talk, held: contextlib.ExitStack, first: bytes = b"", *, alone: bool = False) -> None:
        self._run, self._held, self._alone = run, held, alone
        self._deaf: Deaf | None = None
        self._used = Usage(0.0, 0.0)
        if first:
            run.send(first)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        # a slot that fell silent is not lent out again
        with contextlib.suppress(Deaf):
            self._held.__exit__(type(self._deaf) if self._deaf else None, self._deaf, None)

    def allow(self, cpu_s: float, wall_s: float) -> None:
        """From now on the program may use this much more CPU time and time; over it, it is killed as at any limit."""
        if self.alive:
            self._run.allow(cpu_s, wall_s)

    @property
    def alive(self) -> bool:
        """Whether it had not ended when it was last listened to."""
        return not self._run.ending.over and self._deaf is None

    @property
    def usage(self) -> Usage:
        """What it has used so far."""
        return self._run.usage

    def send(self, data: bytes) -> None:
        """Send bytes to its standard input. Never blocks; what the pipe cannot hold goes out during :meth:`receive`."""
        if self.alive:
            self._run.send(data)

    def receive(self, size: int) -> bytes:
        """Exactly ``size`` bytes of its standard output. Raises :class:`Ended` when there will not be that many."""
        stdout = self._run.stdout
        if self.alive:
            try:
                self._run.pump(lambda: len(stdout) >= size)
            except Deaf as deaf:
                self._deaf = deaf
        if len(stdout) < size:
            raise Ended
        data = bytes(stdout[:size])
        del stdout[:size]
        return data

    def take(self, within_s: float) -> bytes:
        """What it has written to its standard output and was not received yet, as soon as there is any or the time is up."""
        stdout = self._run.stdout
        if self.alive:
            try:
                self._run.pump(lambda: bool(stdout), within_s)
            except Deaf as deaf:
                self._deaf = deaf
        data = bytes(stdout)
        stdout.clear()
        return data

    def close_input(self) -> None:
        """Nothing more will be sent: it reads to the end of what was."""
        if self.alive:
            self._run.close_input()

    def receive_some(self) -> bytes:
        """All of its standard output that has come, once there is any. Raises :class:`Ended` when there will be none."""
        first = self.receive(1)
        rest = bytes(self._run.stdout)
        self._run.stdout.clear()
        return first + rest

    def kill(self, limit: str | None = None) -> None:
        """End it now, for having hit ``limit`` (a name of :class:`~sandbox.model.Limits`), or for no fault of its own."""
        if self.alive:
            try:
                self._run.kill(limit)
            except Deaf as deaf:
                self._deaf = deaf

    def finish(self) -> Result:
        """How it ended; it is killed when it still runs. Standard output is what was never received.

        What is dubious is a sandbox error, but for who holds :meth:`~sandbox.runner.Sandbox.alone`.
        """
        self.kill()
        result = self._run.result()
        if self._deaf is not None:
            result = replace(result, status=Status.RUNTIME_ERROR, limit=None, detail=str(self._deaf), dubious=True)
        if result.dubious and not self._alone:
            return replace(result, status=Status.SANDBOX_ERROR, limit=None)
        return result
