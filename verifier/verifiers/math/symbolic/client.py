"""Questions to sympy, from any thread and any process.

A zygote (:mod:`verifier.verifiers.math.symbolic.zygote`) is started by :meth:`Client.start`, or by the first question, and
shared by all threads and by processes that are forked later. Who finds it gone starts one of its own.
"""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from verifier.errors import ServiceFault
from verifier.verifiers.math.budgets import SYMBOLIC_MEMORY, SYMBOLIC_WALL_S

START_S = 60.0
"""Seconds that importing sympy may take: a machine under load is slow."""
_PROGRAM = Path(__file__).with_name("zygote.py")


class Spent(Exception):
    """The question cost more than its budget; the message says of what."""


class Lost(ServiceFault):
    """Whoever was asked has gone, by no fault of the question."""


class Allowance:
    """CPU seconds of sympy that are left for one sample."""

    def __init__(self, cpu_s: float) -> None:
        self.left = cpu_s


class _Zygote(NamedTuple):
    process: subprocess.Popen[bytes]
    requests: socket.socket
    started: float
    owner: int
    """The process whose child it is. Others have inherited the socket."""

    @classmethod
    def start(cls) -> "_Zygote":
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(SYMBOLIC_WALL_S)
        environment = {
            "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
            "PYTHONHASHSEED": "0",  # the order of sets decides which way sympy goes
            "PATH": os.defpath,
        }
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", str(_PROGRAM), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return cls(process, ours, time.monotonic(), os.getpid())

    @property
    def alive(self) -> bool:
        """Whether anybody holds the other end of the socket."""
        poll = select.poll()
        poll.register(self.requests, 0)
        return not poll.poll(0)

    def put(self, descriptor: int) -> None:
        """Hand over a connection."""
        try:
            socket.send_fds(self.requests, [b"?"], [descriptor])
        except OSError:
            raise Lost("the symbolic worker has gone") from None

    def close(self) -> None:
        self.requests.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


class Client:
    """Asks sympy."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None

    def start(self) -> None:
        """Start what answers, where nothing does yet. It imports sympy meanwhile."""
        self._running()

    def ask(self, request: dict[str, Any], allowance: Allowance) -> dict[str, Any]:
        """The reply. Raises :class:`Spent` over budget, and :class:`ServiceFault` when nobody answers."""
        if allowance.left < 0.02:
            raise Spent("its budget for sympy is used up")
        question = json.dumps({**request, "cpu_s": allowance.left}).encode() + b"\n"
        try:
            reply = self._reply(question)
        except TimeoutError:
            raise ServiceFault("the symbolic worker does not answer") from None
        if "died" in reply:
            cpu_s, allowance.left = allowance.left, 0.0
            raise Spent(_excess(reply["died"], cpu_s))
        allowance.left -= float(reply["cpu_s"])
        return reply

    def close(self) -> None:
        """Let go of the zygote. The next question starts another."""
        with self._lock:
            zygote, self._zygote = self._zygote, None
            if zygote is not None:
                zygote.close()

    def inherit(self) -> None:
        """In a forked child: the zygote is shared with the parent, whose child it is."""
        self._lock = threading.Lock()
        if self._zygote is not None:
            self._zygote.process.returncode = 0  # not ours to wait for

    def _running(self) -> _Zygote:
        with self._lock:
            if self._zygote is not None and not self._zygote.alive:
                self._zygote.close()
                self._zygote = None
            self._zygote = self._zygote or _Zygote.start()
            return self._zygote

    def _reply(self, question: bytes) -> dict[str, Any]:
        try:
            return self._exchange(question)
        except Lost:
            return self._exchange(question)

    def _exchange(self, question: bytes) -> dict[str, Any]:
        zygote = self._running()
        ours, theirs = socket.socketpair()
        with ours, ours.makefile("rb") as lines:
            with theirs:
                zygote.put(theirs.fileno())
            try:
                ours.settimeout(max(SYMBOLIC_WALL_S, zygote.started + START_S - time.monotonic()))
                _next(lines)  # that somebody is there
            except TimeoutError:
                self.close()  # it is stopped, or has never come up
                raise ServiceFault("the symbolic worker does not start") from None
            ours.settimeout(SYMBOLIC_WALL_S)
            with suppress(BrokenPipeError, ConnectionResetError):  # what became of it can still be read
                ours.sendall(question)
            return _next(lines)


def _next(lines: BinaryIO) -> dict[str, Any]:
    try:
        line = lines.readline()
    except ConnectionResetError:
        line = b""
    message = json.loads(line) if line.endswith(b"\n") else {"died": "lost"}
    if message.get("died") == "lost":
        raise Lost("the symbolic worker has gone")
    return message


def _excess(resource: str, cpu_s: float) -> str:
    amounts = {"cpu": f"{cpu_s:.1f} CPU seconds", "memory": f"{SYMBOLIC_MEMORY >> 20} MiB"}
    return f"more than {amounts.get(resource, f'its {resource}')} in sympy"


CLIENT = Client()
"""Asks for this process."""
atexit.register(CLIENT.close)
os.register_at_fork(after_in_child=CLIENT.inherit)
