"""HTTP as it comes over a connection: uvicorn's fast parser, with bounds for what its users do not bound."""

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from verifier.server.problems import Problem

MAX_HEAD = 256 << 10
"""Bytes of a request before its headers are complete; the socket is read in blocks of up to this size."""
HEAD_S = 30.0
"""Seconds from the first byte of a request, or from the connection's start, until its headers are complete."""


class Protocol(HttpToolsProtocol):
    """Uvicorn's alone would hold headers without end, wait for them without end, and say in plain text what is no HTTP."""

    _head = 0
    _in_head = True
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head += len(data) if self._in_head else 0
        if self._head > MAX_HEAD:
            self._refuse(Problem(431, "head-too-large", f"the request's head is over {MAX_HEAD >> 10} KiB"))
            return
        super().data_received(data)
        if self._in_head and self._head and self._patience is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head = 0
        self._wait_no_more()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._wait_no_more()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self._in_head:  # answered before its body was there, which nobody reads any more
            self._wait()

    def send_400_response(self, msg: str) -> None:
        self._refuse(
            Problem(400, "malformed-request", "what came is not HTTP/1.1, or its length is not what its head says")
        )

    def _wait(self) -> None:
        self._wait_no_more()
        self._patience = self.loop.call_later(HEAD_S, self._too_slow)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _too_slow(self) -> None:
        if self.cycle and not self.cycle.response_complete:
            self._wait()  # an earlier request is being answered here
        elif self._head:
            self._refuse(Problem(408, "slow-head", f"the request's head was not complete within {HEAD_S:g} s"))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        answer = problem.response("", {"Connection": "close"})
        status = HTTPStatus(problem.status)
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), *map(b": ".join, answer.raw_headers), b"", b""]
        self.transport.write(b"\r\n".join(lines) + bytes(answer.body))
        self.transport.close()
