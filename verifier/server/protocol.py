"""HTTP as it comes over a connection: uvicorn's fast parser, with bounds for what its users do not bound."""

import asyncio
import fcntl
import struct
import termios
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from verifier.server.problems import Problem

MAX_HEAD = 256 << 10
"""Bytes of a request's headers, or of what stands between parts of its body and behind it: lengths of chunks, and trailers.

The block that goes over it is parsed first, for it may end them: the socket is read in blocks of up to this size.
"""
HEAD_S = 30.0
"""Seconds from the first byte of a request, or from the connection's start, until its headers are complete."""
UNREAD_S = 120.0
"""Seconds after which one who reads nothing of its answer, or next to nothing, is given up: the answer is held meanwhile."""
SLOWEST_ANSWER = 4 << 10
"""Bytes a second that are more than next to nothing."""


class Parser(httptools.HttpRequestParser):
    """Takes no offer of another protocol (``Upgrade``), as a server may: httptools' would end there, and lose the body."""

    def __init__(self, protocol: "Protocol") -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own: for requests in a row
        self._protocol = protocol

    def feed_data(self, data: Any) -> None:
        parser = self
        while True:
            try:
                _feed(parser, data)
                return
            except httptools.HttpParserUpgrade as offer:
                if not parser.offers:
                    raise
                data = memoryview(data)[offer.args[0] :]
                head = self._protocol.head_without_offer()
                parser = self._protocol.parser = Parser(self._protocol)  # this one has ended, or skips all that follows
                _feed(parser, head)

    @property
    def offers(self) -> bool:
        """Whether the request under way would rather be continued in another protocol; CONNECT knows no other way."""
        return self.should_upgrade() and self.get_method() != b"CONNECT"


_feed = httptools.HttpRequestParser.feed_data


class Protocol(HttpToolsProtocol):
    """Uvicorn's alone would hold headers without end, wait for them without end, and say in plain text what is no HTTP."""

    parser: Parser
    _head = 0
    """Bytes since the last that belonged to a body."""
    _in_head = True
    _patience: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _read_on = False
    """Whether there was room for more of an answer, since it was last looked at."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.parser = Parser(self)

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        if self._unread is not None:
            self._unread.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._head > MAX_HEAD:
            what = "head is" if self._in_head else "trailers are"
            self._refuse(Problem(431, "head-too-large", f"the request's {what} over {MAX_HEAD >> 10} KiB"))
        elif self._in_head and self._head and self._patience is None:
            self._wait()

    def head_without_offer(self) -> bytes:
        """The head of the request that was just read, without the offer of another protocol."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        kept = [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        return b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, b"".join(kept))

    def on_headers_complete(self) -> None:
        if self.parser.offers:
            return  # it is read once more, without the offer
        super().on_headers_complete()
        self._in_head = False
        self._head = 0
        self._wait_no_more()

    def on_body(self, body: bytes) -> None:
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self.parser.offers:
            return
        self._in_head = True
        self._head = 0
        self._wait_no_more()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_reader()
        if not self._in_head:  # answered before its body was there, which nobody reads any more
            self._wait()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._read_on = True

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

    def _watch_reader(self) -> None:
        if self.transport.get_write_buffer_size() and self._unread is None:
            self._read_on = False
            self._unread = self.loop.call_later(UNREAD_S, self._look_at_reader, self._on_its_way())

    def _look_at_reader(self, before: int) -> None:
        self._unread = None
        if self._read_on or self._on_its_way() <= max(0, before - UNREAD_S * SLOWEST_ANSWER):
            self._watch_reader()
        else:
            self.transport.abort()

    def _on_its_way(self) -> int:
        """Bytes that have not come to the other side. The kernel's own are many, and taken from us in large parts."""
        connection = self.transport.get_extra_info("socket")
        (in_kernel,) = struct.unpack("i", fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)))
        return self.transport.get_write_buffer_size() + in_kernel

    def _too_slow(self) -> None:
        if self.cycle and not self.cycle.response_complete:
            self._wait()  # an earlier request is being answered here
        elif self._in_head and self._head:
            self._refuse(Problem(408, "slow-head", f"the request's head was not complete within {HEAD_S:g} s"))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        if self._in_head or not self.cycle.response_started:  # else it is answered already
            self._say(problem)
        self.transport.close()

    def _say(self, problem: Problem) -> None:
        answer = problem.response("", {"Connection": "close"})
        status = HTTPStatus(problem.status)
        lines = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), *map(b": ".join, answer.raw_headers), b"", b""]
        self.transport.write(b"\r\n".join(lines) + bytes(answer.body))
