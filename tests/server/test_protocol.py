"""HTTP as it comes: heads and trailers without end are refused, and what is unusual but right is served."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.server.test_slow import Open, problem_of, run
from verifier.server.protocol import MAX_HEAD

PLAIN = b"POST /body HTTP/1.1\r\nHost: x\r\n"
CLOSE = PLAIN + b"Connection: close\r\n"
H2C = PLAIN + b"Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
LENGTH = b"Content-Length: %d\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


def answer_to(*blocks: bytes) -> bytes:
    """All that comes back to one who sends these blocks, each a read of its own."""

    async def talk(connect: Open) -> bytes:
        reader, writer = await connect()
        try:
            for block in blocks:
                writer.write(block)
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass  # refused: what was said is there to be read
        return await asyncio.wait_for(reader.read(), 30)

    return run(talk)


BODY = b"x" * (MAX_HEAD + 4096)
ENDLESS = [b"x" * MAX_HEAD, b"x"]


@pytest.mark.parametrize(
    ("blocks", "size"),
    [
        ([CLOSE[:30], CLOSE[30:] + LENGTH % len(BODY) + BODY], len(BODY)),
        ([CLOSE + CHUNKED + b"1\r\nx\r\n0\r\nChecksum: 1\r\n\r\n"], 1),
        ([CLOSE + CHUNKED, *[b"1;%s\r\nx\r\n" % BODY[: MAX_HEAD // 2]] * 3, b"0\r\n\r\n"], 3),
        ([H2C + LENGTH % 3 + b"abc"], 3),
        ([H2C + LENGTH % 3, b"abc"], 3),
        ([H2C[:90], H2C[90:] + LENGTH % 3 + b"a", b"bc"], 3),
        ([H2C + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n"], 3),
        ([H2C.replace(b"h2c", b"websocket") + LENGTH % 3 + b"abc"], 3),
        ([H2C + b"Expect: 100-continue\r\n" + LENGTH % 3, b"abc"], 3),
        ([H2C + b"\r\n"], 0),
    ],
)
def test_what_is_right_is_served(blocks: Sequence[bytes], size: int) -> None:
    answer = answer_to(*blocks).removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\n%d" % size)
    assert answer.count(b"HTTP/1.1") == 1


def test_requests_that_offer_another_protocol_may_follow_each_other() -> None:
    several = H2C.replace(b", close", b"") + LENGTH % 3 + b"abc"
    answer = answer_to(several * 2 + H2C + LENGTH % 4 + b"abcd")
    assert answer.count(b"HTTP/1.1 200 ") == 3 and answer.endswith(b"\r\n\r\n4")


@pytest.mark.parametrize(
    "blocks",
    [
        [PLAIN + b"X: ", *ENDLESS],
        [PLAIN + CHUNKED + b"1\r\nx\r\n0\r\n", b"X: x\r\n" * (MAX_HEAD // 6), b"X: x\r\n"],
        [PLAIN + CHUNKED + b"1\r\nx\r\n0\r\nX: ", *ENDLESS],
        [PLAIN + CHUNKED + b"1;", *ENDLESS],
    ],
)
def test_a_head_or_trailers_without_end_are_refused(blocks: Sequence[bytes]) -> None:
    answer = answer_to(*blocks)
    assert answer.startswith(b"HTTP/1.1 431 ") and problem_of(answer)["type"].endswith("head-too-large")


def test_trailers_of_what_is_answered_already_end_the_connection_without_a_word() -> None:
    head = PLAIN.replace(b"/body", b"/early") + CHUNKED
    answer = answer_to(head + b"1\r\nx\r\n", b"0\r\nX: ", *ENDLESS)
    assert answer.endswith(b"early")


def test_a_tunnel_is_refused_once() -> None:
    assert (
        answer_to(b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n").count(
            b"HTTP/1.1 400"
        )
        == 1
    )
