"""Running the service, and ending it without losing a request."""

import asyncio
import logging
import os
import signal
import socket
from http import HTTPStatus
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox import Sandbox, SandboxError, Strength
from verifier.errors import SettingsError
from verifier.server.app import create_app
from verifier.server.problems import Problem
from verifier.server.state import State
from verifier.settings import Settings

log = structlog.get_logger()

MAX_HEAD = 256 << 10
"""Bytes of a request before its headers are complete; the socket is read in blocks of up to this size."""


class Protocol(HttpToolsProtocol):
    """Uvicorn's fast HTTP parser, which alone would hold headers without end, and says in plain text what is no HTTP."""

    _head = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        self._head += len(data) if self._in_head else 0
        if self._head > MAX_HEAD:
            self._refuse(Problem(431, "head-too-large", f"the request's head is over {MAX_HEAD >> 10} KiB"))
        else:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        self._refuse(
            Problem(400, "malformed-request", "what came is not HTTP/1.1, or its length is not what its head says")
        )

    def _refuse(self, problem: Problem) -> None:
        answer = problem.response("", {"Connection": "close"})
        status = HTTPStatus(problem.status)
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), *map(b": ".join, answer.raw_headers), b"", b""]
        self.transport.write(b"\r\n".join(lines) + bytes(answer.body))
        self.transport.close()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        super().on_message_complete()


class Server(uvicorn.Server):
    """Uvicorn, but on SIGTERM it first answers ``/readyz`` with 503 for a while, so that balancers turn elsewhere.

    Stock uvicorn closes its listener first: those who were just being sent here get a refused connection.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, settings: Settings) -> None:
        super().__init__(config)
        self._app = app
        self._settings = settings
        self._signals = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._signals += 1
        state: State | None = getattr(self._app.state, "verifier", None)
        if self._signals > 1 or state is None:
            super().handle_exit(sig, frame)
            return
        state.draining = True
        drain_s = self._settings.drain_s if sig == signal.SIGTERM else 0.0
        log.info("draining", signal=signal.Signals(sig).name, seconds=drain_s)
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, drain_s, self._stop)

    def _stop(self) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            for listener in (listener for server in self.servers for listener in server.sockets):
                host, port = listener.getsockname()[:2]
                log.info(
                    "serving",
                    url=f"http://{host}:{port}",
                    docs=f"http://{host}:{port}/docs",
                    workers=self._settings.workers,
                )


def _require_walls(unsafe: bool) -> None:
    """Raise :class:`SettingsError` where programs would run without walls, unless that is what is wanted."""
    try:
        Sandbox()
    except SandboxError as error:
        if not unsafe:
            raise SettingsError(
                f"no sandbox for programs: {error}. To run them with NO isolation at all: serve --unsafe"
            ) from error
        os.environ["SANDBOX_STRENGTH"] = Strength.UNSAFE
        log.warning(
            "programs run with no isolation at all: they can read and change all that this user can", lacking=str(error)
        )


def serve(settings: Settings, *, unsafe: bool = False) -> bool:
    """Serve until told to stop; whether it started at all.

    Raises :class:`SettingsError` where the port cannot be had, and where this machine cannot isolate programs; ``unsafe``: then
    they run without any walls.
    """
    _require_walls(unsafe)
    app = create_app(settings)
    uvicorn_log = logging.getLogger("uvicorn.error")
    uvicorn_log.setLevel(logging.WARNING)
    uvicorn_log.addFilter(lambda record: not isinstance(record.msg, OSError))  # that it cannot listen: said below
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="asyncio",
        http=Protocol,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=int(settings.shutdown_s),
        server_header=False,
    )
    server = Server(config, app, settings)
    try:
        server.run()
    except SystemExit as ending:  # how uvicorn takes it that it cannot listen
        if not isinstance(ending.__context__, OSError):
            raise
        where = f"{settings.host}:{settings.port}: {ending.__context__.strerror}"
        raise SettingsError(f"cannot listen on {where}; name another --host or --port (0 takes a free one)") from None
    return server.started
