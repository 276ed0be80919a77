"""Running the service, and ending it without losing a request."""

import asyncio
import logging
import os
import signal
import socket
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from sandbox import Sandbox, SandboxError, Strength
from verifier.errors import SettingsError
from verifier.server.app import create_app
from verifier.server.protocol import Protocol
from verifier.server.state import State
from verifier.settings import Settings

log = structlog.get_logger()


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
        ws="none",
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
