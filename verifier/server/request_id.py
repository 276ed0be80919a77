"""Every request has an id: the client's ``X-Request-Id`` or one of ours, in the answer, the log and every error."""

import re
import secrets
import time
from contextvars import ContextVar

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

HEADER = "X-Request-Id"
_KEY = HEADER.lower().encode()
_USABLE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_QUIET = ("/healthz", "/readyz", "/metrics")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being answered."""
    return _current.get()


class RequestIds:
    """Outermost middleware: gives the request its id and writes the access log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _KEY), b"").decode("latin-1")
        identifier = given if _USABLE.fullmatch(given) else secrets.token_hex(16)
        _current.set(identifier)
        started = time.perf_counter()
        status = 0

        async def tagged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_KEY, identifier.encode())]
            await send(message)

        try:
            await self._app(scope, receive, tagged)
        finally:
            elapsed_ms = round((time.perf_counter() - started) * 1e3, 1)
            level = log.debug if scope["path"] in _QUIET else log.info
            level(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                elapsed_ms=elapsed_ms,
                request_id=identifier,
            )
