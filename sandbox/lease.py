"""Containers, asked of a launcher: another process, which alone may start them. A lease ends when its connection does.

The launcher listens on a local socket that ``SANDBOX_LAUNCHER`` names. It is asked, in one JSON message, what it offers or for a
container of one of its backends; it answers in one, and with a container come the descriptors of a connection to the agent in it.
"""

import array
import contextlib
import json
import os
import socket
import time
from functools import cache
from typing import Any, cast

from sandbox.model import SandboxError
from sandbox.wire import VERSION

VARIABLE = "SANDBOX_LAUNCHER"
PROMPT_S = 20.0
"""Longest wait for a word from the launcher."""
START_S = 120.0
"""Longest wait for a container."""
SILENT_S = 30.0
"""How long a launcher that did not answer is not asked again: whoever waits for it keeps a worker waiting."""
MOST = 1 << 16
MEND = f"start `verifier launcher` and name its socket in {VARIABLE}; docs/sandbox.md tells how"


_silent: dict[str, float] = {}
"""Until when launchers are left alone, by their sockets."""


class Lease:
    """A container, as long as this is open. Raises SandboxError when it cannot be had."""

    def __init__(self, backend: str) -> None:
        self._channel = _connect()
        self.fds: list[int] = []
        try:
            _ask(self._channel, {"tell": backend})
            self._channel.settimeout(START_S)
            answer, self.fds = _ask(self._channel, {"want": backend})
            if not self.fds:
                raise SandboxError(
                    f"{backend}: the launcher gives none: {answer.get('lacking', 'without a word')}; {MEND}"
                )
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Give it back: the launcher kills it, with all in it. In a fork of its holder, only let go of it."""
        for fd in self.fds:
            os.close(fd)
        self.fds = []
        self._channel.close()


def offer(backend: str) -> str:
    """What a backend of the launcher is, in words. Raises SandboxError where it has none of that name, or lacks something."""
    return offered(os.environ.get(VARIABLE), backend)


@cache
def offered(path: "str | None", backend: str) -> str:
    """What the launcher at ``path`` has."""
    with contextlib.closing(_connect()) as channel:
        answer, _ = _ask(channel, {"tell": backend})
    if answer.get("version") != VERSION:
        raise SandboxError(f"{backend}: the launcher speaks version {answer.get('version')}, this {VERSION}; update it")
    if lacking := answer.get("lacking"):
        raise SandboxError(f"{backend}: {lacking}; {answer.get('mend') or MEND}")
    return str(answer.get("what"))


def _connect() -> socket.socket:
    path = os.environ.get(VARIABLE)
    if not path:
        raise SandboxError(f"there is no launcher; {MEND}")
    if (again_s := _silent.get(path, 0.0) - time.monotonic()) > 0:
        raise SandboxError(f"the launcher at {path} does not answer; it is asked again in {again_s:.0f} s; see its log")
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    channel.settimeout(PROMPT_S)
    try:
        channel.connect(path)
    except OSError as error:
        channel.close()
        raise SandboxError(f"no launcher answers at {path} ({error.strerror or error}); {MEND}") from error
    return channel


def _ask(channel: socket.socket, question: dict[str, str]) -> tuple[dict[str, Any], list[int]]:
    try:
        channel.send(json.dumps(question).encode(), socket.MSG_NOSIGNAL)
        data, ancillary, _, _ = channel.recvmsg(MOST, socket.CMSG_SPACE(8))
        fds = array.array("i")
        for _, _, packed in ancillary:
            fds.frombytes(packed)
        answer: object = json.loads(data)
    except (OSError, ValueError) as error:
        if isinstance(error, TimeoutError):
            _silent[os.environ.get(VARIABLE, "")] = time.monotonic() + SILENT_S
        raise SandboxError(f"the launcher does not answer: {error}; see its log") from error
    if not isinstance(answer, dict):
        raise SandboxError("the launcher talks nonsense; update it")
    return cast(dict[str, Any], answer), list(fds)
