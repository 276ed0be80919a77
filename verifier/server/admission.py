"""Who is let in. A full service says so before it reads a body, so that overload costs it nothing and the client little."""

import asyncio
import time

from starlette.requests import Request
from starlette.types import Message

from verifier.engine import Engine
from verifier.server.problems import Problem

IDLE_BODY_S = 30.0
"""A body of which nothing comes for so long is given up."""
SLOWEST_BODY = 4 << 10
"""Bytes a second: a body that comes more slowly, from the first :data:`IDLE_BODY_S` on, is given up."""


class Hold:
    """The bytes of one request, held against the bound until it is answered. Releasing it twice does no harm."""

    def __init__(self, admission: "Admission") -> None:
        self._admission = admission
        self._size = 0

    def take(self, size: int) -> None:
        """Hold this many more bytes."""
        self._size += size
        self._admission.held += size

    def release(self) -> None:
        self.take(-self._size)


class Admission:
    """Bounds the unfinished samples, and the bytes of the requests that are in flight."""

    def __init__(self, engine: Engine, max_body: int, max_inflight: int) -> None:
        self.held = 0
        """Bytes that have come and are not answered."""
        self._engine = engine
        self._max_body = max_body
        self._max_inflight = max_inflight

    async def body(self, request: Request, hold: Hold) -> bytes:
        """The request's body, counted in ``hold`` as it comes.

        Raises :class:`Problem`: 503 when full, 413 when the body is too large, 408 when it stops coming, 415 when it is
        compressed.
        """
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem(415, "content-encoding", "send the body uncompressed, without Content-Encoding")
        if _declared_length(request) > self._max_body:
            raise self._too_large()
        if self._engine.full:
            raise self._full(f"{self._engine.unfinished:,} samples are waiting")
        chunks: list[bytes] = []
        size = 0
        started = time.monotonic()
        more = True
        while more:
            message = await _next_message(request, started + IDLE_BODY_S + size / SLOWEST_BODY - time.monotonic())
            chunk: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            # The first of all may take what it needs, or a large body could never be served.
            if self.held + len(chunk) > self._max_inflight and self.held > size:
                raise self._full("the requests in flight take all the memory that they may")
            size += len(chunk)
            if size > self._max_body:
                raise self._too_large()
            hold.take(len(chunk))
            chunks.append(chunk)
        return b"".join(chunks)

    def _too_large(self) -> Problem:
        limit = self._max_body >> 20
        return Problem(413, "body-too-large", f"the body is over {limit} MiB: send fewer samples in a request")

    def _full(self, why: str) -> Problem:
        return Problem(503, "overloaded", f"the service is full: {why}", retry_after_s=self._engine.retry_after_s)


async def _next_message(request: Request, within_s: float) -> Message:
    try:
        async with asyncio.timeout(min(IDLE_BODY_S, within_s)):
            message = await request.receive()
    except TimeoutError:
        why = f"nothing of it for {IDLE_BODY_S:g} s, or less than {SLOWEST_BODY >> 10} KiB a second"
        raise Problem(408, "slow-body", f"the body came too slowly: {why}") from None
    if message["type"] == "http.disconnect":
        raise Problem(400, "incomplete-body", "the connection closed before the whole body had come")
    return message


def _declared_length(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0
