"""The launcher's socket: one connection a lease, one thread a connection."""

import array
import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, cast

import structlog

from sandbox.wire import VERSION
from verifier.launcher.backend import Backend, Missing

log = structlog.get_logger()

MOST = 1 << 12
END_S = 60.0
GLANCE_S = 1.0
"""How soon a signal is noticed that arrived just before a wait."""
ACCESS = 0o660
"""Who may ask: the socket's owner and group."""


class Launcher:
    """Lends containers of these backends to whoever connects to ``path``, until it is stopped."""

    def __init__(self, path: Path, backends: Mapping[str, Backend], group: int | None = None) -> None:
        self._backends = backends
        self._attended: dict[threading.Thread, socket.socket] = {}
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        before = os.umask(0o777 & ~ACCESS)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(before)
        if group is not None:
            os.chown(path, -1, group)
        self._listener.listen(64)
        self._listener.settimeout(GLANCE_S)

    def serve(self) -> None:
        """Until SIGTERM or SIGINT; then every container is killed."""
        stopping = threading.Event()

        def stop(_: int, __: FrameType | None) -> None:
            stopping.set()
            self._listener.shutdown(socket.SHUT_RDWR)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        log.info("lending", socket=str(self._path), backends=list(self._backends))
        try:
            while not stopping.is_set():
                try:
                    channel, _ = self._listener.accept()
                except TimeoutError:
                    continue
                except OSError:
                    break
                self._attended = {thread: held for thread, held in self._attended.items() if thread.is_alive()}
                thread = threading.Thread(target=self._attend, args=(channel,), daemon=True)
                self._attended[thread] = channel
                thread.start()
        finally:
            self._path.unlink(missing_ok=True)
            self._end_all()

    def _end_all(self) -> None:
        for channel in self._attended.values():
            with contextlib.suppress(OSError):
                channel.shutdown(socket.SHUT_RDWR)
        for thread in self._attended:
            thread.join(END_S)

    def _attend(self, channel: socket.socket) -> None:
        with channel:
            while question := _question(channel):
                if "tell" in question:
                    _answer(channel, self._tell(str(question["tell"])))
                else:
                    self._lend(channel, str(question.get("want")))
                    return

    def _tell(self, name: str) -> dict[str, Any]:
        try:
            return {"version": VERSION, "what": self._named(name).what()}
        except Missing as missing:
            return {"version": VERSION, "lacking": missing.lacking, "mend": missing.mend}

    def _named(self, name: str) -> Backend:
        if name not in self._backends:
            raise Missing(
                f"the launcher has no backend {name}, only {', '.join(self._backends)}",
                f"start it with --backend {name}",
            )
        return self._backends[name]

    def _lend(self, channel: socket.socket, name: str) -> None:
        try:
            container = self._named(name).start()
        except Missing as missing:
            log.warning("not lent", backend=name, lacking=missing.lacking, mend=missing.mend)
            _answer(channel, {"version": VERSION, "lacking": missing.lacking, "mend": missing.mend})
            return
        try:
            _answer(channel, {"version": VERSION}, container.fds)
            log.info("lent", backend=name)
            _question(channel)  # the end of the connection is the end of the lease
        finally:
            container.kill()
            log.info("given back", backend=name)


def _question(channel: socket.socket) -> dict[str, Any]:
    """Nothing, when the connection has ended."""
    try:
        found: object = json.loads(channel.recv(MOST) or b"{}")
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def _answer(channel: socket.socket, word: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
    sent = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    try:
        channel.sendmsg([json.dumps(word).encode()], sent, socket.MSG_NOSIGNAL)
    except OSError:
        return
    finally:
        for fd in fds:
            os.close(fd)
