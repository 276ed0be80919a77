"""Who is let in. A full service says so before it reads a body, so that overload costs it nothing and the client little."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from verifier.engine import Engine
from verifier.server.problems import Problem


class Admission:
    """Bounds the unfinished samples, and the bytes of the bodies that are held at once."""

    def __init__(self, engine: Engine, max_body: int, max_inflight: int) -> None:
        self._engine = engine
        self._max_body = max_body
        self._max_inflight = max_inflight
        self._held = 0

    @asynccontextmanager
    async def body(self, request: Request) -> AsyncGenerator[bytes]:
        """The request's body, held against the bound while in the context.

        Raises :class:`Problem`: 503 when full, 413 when the body is too large, 415 when it is compressed.
        """
        if request.headers.get("content-encoding", "identity") != "identity":
            raise Problem(415, "content-encoding", "send the body uncompressed, without Content-Encoding")
        declared = _declared_length(request)
        if declared > self._max_body:
            raise self._too_large()
        if self._engine.full:
            raise self._full(f"{self._engine.unfinished:,} samples are waiting")
        if self._held and self._held + declared > self._max_inflight:
            raise self._full("the request bodies in flight take all the memory that they may")
        held = declared
        self._held += declared
        try:
            chunks: list[bytes] = []
            size = 0
            async for chunk in request.stream():
                chunks.append(chunk)
                size += len(chunk)
                if size > self._max_body:
                    raise self._too_large()
                if size > held:
                    self._held += size - held
                    held = size
            yield b"".join(chunks)
        except ClientDisconnect:
            raise Problem(400, "incomplete-body", "the connection closed before the whole body had come") from None
        finally:
            self._held -= held

    def _too_large(self) -> Problem:
        return Problem(
            413, "body-too-large", f"the body is over {self._max_body >> 20} MiB: send fewer samples in a request"
        )

    def _full(self, why: str) -> Problem:
        return Problem(503, "overloaded", f"the service is full: {why}", retry_after_s=self._engine.retry_after_s)


def _declared_length(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0
