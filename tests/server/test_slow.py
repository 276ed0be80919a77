"""Those who send slowly, or nothing: each gives up its connection in the end, and nobody else does."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from verifier.engine import Engine
from verifier.server import admission, protocol
from verifier.server.admission import Admission, Hold
from verifier.server.problems import Problem

PATIENCE_S = 0.3
LARGE = 20_000_000
"""Bytes of an answer that no socket's buffers hold."""
HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"

Open = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_S", PATIENCE_S)
    monkeypatch.setattr(protocol, "UNREAD_S", PATIENCE_S)
    monkeypatch.setattr(protocol, "SLOWEST_ANSWER", 10_000)
    monkeypatch.setattr(admission, "IDLE_BODY_S", PATIENCE_S)
    monkeypatch.setattr(admission, "SLOWEST_BODY", 10_000)


async def lines() -> AsyncGenerator[bytes]:
    for _ in range(LARGE // 10_000):
        yield bytes(10_000)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body as the service does, or answers without; at once, or late."""
    engine = cast(Engine, SimpleNamespace(full=False, unfinished=0, retry_after_s=1))
    bound = Admission(engine, max_body=1 << 20, max_inflight=1 << 20)
    try:
        answer = b"early"
        if scope["path"] == "/late":
            await asyncio.sleep(3 * PATIENCE_S)
            answer = b"late"
        elif scope["path"] == "/body":
            answer = b"%d" % len(await bound.body(Request(scope, receive), Hold(bound)))
        elif scope["path"] == "/large":
            answer = bytes(LARGE)
        response = StreamingResponse(lines()) if scope["path"] == "/lines" else Response(answer)
    except Problem as problem:
        response = problem.response(scope["path"])
    await response(scope, receive, send)


@asynccontextmanager
async def listening() -> AsyncGenerator[Open]:
    config = uvicorn.Config(app, http=protocol.Protocol, lifespan="off", log_config=None, access_log=False)
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol.Protocol(config, ServerState(), {}), "127.0.0.1", 0)
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writers.append(writer)
        return reader, writer

    async with server:
        yield connect
        for writer in writers:
            writer.close()


async def drip(writer: asyncio.StreamWriter, byte: bytes = b"x") -> None:
    """A byte again and again, until nobody takes it any more."""
    try:
        while True:
            writer.write(byte)
            await writer.drain()
            await asyncio.sleep(PATIENCE_S / 10)
    except ConnectionError:
        pass


async def answer_to(connect: Open, start: bytes, *, dripping: bool = True) -> bytes:
    """All that comes back until the connection ends, to one who starts so and drips on."""
    reader, writer = await connect()
    writer.write(start)
    dripper = asyncio.create_task(drip(writer)) if dripping else None
    try:
        return await asyncio.wait_for(reader.read(), 30)
    except ConnectionError:
        return b""
    finally:
        if dripper:
            dripper.cancel()


def run(test: Callable[[Open], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        async with listening() as connect:
            return await test(connect)

    return asyncio.run(whole())


def problem_of(answer: bytes) -> dict[str, Any]:
    return json.loads(answer.rpartition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "start", [b"GET /ear", b"GET /early HTTP/1.1\r\nX-Header: ", b"GET /early HTTP/1.1\r\n\r\nGET /"]
)
def test_a_head_without_end_is_given_up(start: bytes) -> None:
    # nothing is heard where a byte more resets the connection before the answer is read
    answer = next(heard for _ in range(10) if (heard := run(lambda connect: answer_to(connect, start))))
    assert problem_of(answer)["type"].endswith("slow-head") and b"HTTP/1.1 408 Request Timeout" in answer


def test_a_connection_that_says_nothing_is_closed_without_a_word() -> None:
    assert run(lambda connect: answer_to(connect, b"", dripping=False)) == b""


def test_a_body_that_nobody_reads_any_more_is_not_waited_for_without_end() -> None:
    head = HEAD.replace(b"100", b"1000000") % b"/early"
    answer = run(lambda connect: answer_to(connect, head))
    assert answer.endswith(b"early") or not answer  # reset, where the answer was not read in time


def test_an_answer_that_takes_long_is_not_cut_off_by_what_follows() -> None:
    answer = run(lambda connect: answer_to(connect, b"GET /late HTTP/1.1\r\n\r\nGET /"))
    assert b"\r\n\r\nlate" in answer and answer.index(b"late") < answer.index(b" 408 ")


@pytest.mark.parametrize("dripping", [False, True])
def test_a_body_that_comes_too_slowly_or_not_at_all_is_given_up(dripping: bool) -> None:
    head = HEAD.replace(b"100", b"1000000") % b"/body"
    answer = run(lambda connect: answer_to(connect, head, dripping=dripping))
    assert b" 408 " in answer.split(b"\r\n")[0] and problem_of(answer)["type"].endswith("slow-body")


def test_a_body_that_is_fast_enough_may_take_its_time() -> None:
    async def send(connect: Open) -> bytes:
        reader, writer = await connect()
        writer.write(HEAD.replace(b"100", b"100000") % b"/body")
        for _ in range(10):
            await asyncio.sleep(PATIENCE_S / 3)
            writer.write(b"x" * 10_000)
        return await reader.readuntil(b"100000")

    assert b" 200 " in run(send).split(b"\r\n")[0]


@pytest.mark.parametrize("path", [b"/large", b"/lines"])
def test_an_answer_that_nobody_reads_is_not_kept_without_end(path: bytes) -> None:
    async def ask(connect: Open) -> int:
        reader, writer = await connect()
        cast(asyncio.Transport, writer.transport).pause_reading()
        writer.write(b"GET %s HTTP/1.1\r\n\r\n" % path)
        await asyncio.sleep(4 * PATIENCE_S)
        cast(asyncio.Transport, writer.transport).resume_reading()
        try:
            return len(await asyncio.wait_for(reader.read(), 30))
        except ConnectionError:
            return 0

    assert run(ask) < LARGE


@pytest.mark.parametrize("path", [b"/large", b"/lines"])
def test_an_answer_that_is_read_slowly_is_kept_until_its_end(path: bytes) -> None:
    async def ask(connect: Open) -> int:
        reader, writer = await connect()
        writer.write(b"GET %s HTTP/1.1\r\nConnection: close\r\n\r\n" % path)
        size = 0
        while part := await asyncio.wait_for(reader.read(1_000_000), 30):
            size += len(part)
            await asyncio.sleep(PATIENCE_S / 6)
        return size

    assert run(ask) > LARGE
