"""Bodies that are out to break the service, or to cost it much: each gets a clear answer, and the next request is served."""

import gzip
import json
import socket
from typing import Any

import httpx
import pytest

GOOD = b'{"completion": "\\\\boxed{4}", "answer": "4"}'
LONG = b"9" * 5_000
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (b'{"id": "bad", "completion": "4", "answer": %s}' % LONG, "answer: an integer of 5,000 digits"),
        (
            b'{"id": "bad", "completion": "4", "answer": "4", "metadata": {"tree": %s}}' % DEEP,
            "metadata.tree.0.0.0.…: nested",
        ),
        (b'{"id": "bad", "completion": null, "answer": "4"}', "completion: must be a string or a list"),
        (b'{"id": "bad", "completion": [], "answer": "4"}', "completion: must have at least 1 item"),
        (b'{"id": "bad", "completion": "4", "answer": 1e999}', "answer: a number too large to be read"),
        (b'{"id": "bad", "completion": "4", "answer": [4, -1E400]}', "answer.1: a number too large to be read"),
    ],
)
def test_a_sample_that_is_too_much_to_read_costs_its_batch_nothing(http: httpx.Client, sample: bytes, why: str) -> None:
    content = b'{"rubric": "math", "samples": [%s, %s, %s]}' % (GOOD, sample, GOOD)
    response = http.post("/v1/rewards", content=content)
    assert response.status_code == 200, response.text
    before, bad, after = response.json()["rewards"]
    assert (before["reward"], after["reward"]) == (1.0, 1.0)
    assert (bad["id"], bad["status"], bad["reward"]) == ("bad", "unjudgeable", None)
    assert why in bad["scores"]["accuracy"]["explanation"]


@pytest.mark.parametrize(("route", "results"), [("/v1/vote", "votes"), ("/v1/select", "selections")])
def test_a_group_that_is_too_much_to_read_costs_the_others_nothing(
    http: httpx.Client, route: str, results: str
) -> None:
    good = b'{"completions": ["\\\\boxed{4}", "\\\\boxed{4}"], "answer": "4", "prompt": "What is two and two?"}'
    content = b'{"groups": [{"id": "bad", "completions": ["4"], "answer": %s}, %s]}' % (LONG, good)
    response = http.post(route, content=content)
    assert response.status_code == 200, response.text
    bad, other = response.json()[results]
    assert (bad["id"], bad["status"]) == ("bad", "unjudgeable") and "answer: an integer of 5,000" in bad["explanation"]
    assert other["status"] == "ok"


def test_a_compressed_bomb_is_not_opened(http: httpx.Client) -> None:
    bomb = gzip.compress(b" " * (64 << 20))
    response = http.post("/v1/rewards", content=bomb, headers={"Content-Encoding": "gzip"})
    assert response.status_code == 415 and "uncompressed" in response.json()["detail"]
    response = http.post("/v1/rewards", content=bomb)  # and where nothing says what it is
    assert response.status_code == 400 and "not UTF-8" in response.json()["detail"]


def _talk(http: httpx.Client, request: bytes, *, end: bool = False) -> bytes:
    host, port = http.base_url.host, http.base_url.port or 80
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(request)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while b"\r\n\r\n" not in answer and (block := connection.recv(65_536)):
            answer += block
        return answer


HEAD = b"POST /v1/rewards HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (HEAD + b"Content-Length: 999999999999\r\n\r\n{}", b"413"),
        (HEAD + b"Content-Length: -1\r\n\r\n{}", b"400"),
        (HEAD + b"Content-Length: two\r\n\r\n{}", b"400"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", b"400"),
        (HEAD + b"Content-Length: 2\r\n\r\n{}}}}}", b"400"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", b"400"),
    ],
)
def test_a_body_that_lies_about_its_length(http: httpx.Client, request_bytes: bytes, status: bytes) -> None:
    answer = _talk(http, request_bytes)
    assert answer.startswith(b"HTTP/1.1 " + status) and b"application/problem+json" in answer
    assert http.get("/healthz").status_code == 200


def test_a_body_that_is_cut_short_is_given_up(http: httpx.Client) -> None:
    _talk(http, HEAD + b'Content-Length: 500\r\n\r\n{"rubric": ', end=True)
    assert http.post("/v1/rewards", content=b'{"rubric": "math", "samples": [%s]}' % GOOD).status_code == 200


def test_repeated_keys_count_as_the_last_of_them(http: httpx.Client) -> None:
    content = b'{"rubric": "math", "rubric": "math", "samples": [{"completion": "4", "answer": "5", "answer": "4"}]}'
    assert http.post("/v1/rewards", content=content).json()["rewards"][0]["reward"] == 1.0


def test_what_is_never_closed_costs_little(http: httpx.Client) -> None:
    """Not even while it is read are others kept waiting."""
    for content in (b"[" * 20_000_000, b'{"a":' * 4_000_000, b'"' + b"\\u0000" * 3_000_000):
        assert http.post("/v1/rewards", content=content, timeout=60).status_code == 400
    assert json.loads(http.get("/healthz").content)["status"] == "ok"


@pytest.mark.parametrize("key", ["zz", "rubric"])
def test_what_is_long_is_repeated_in_part(http: httpx.Client, key: str) -> None:
    long = "z" * 5_000_000
    body: dict[str, Any] = {"rubric": "math", "samples": [], key: long} if key == "rubric" else {"samples": [], long: 1}
    response = http.post("/v1/rewards", json=body)
    assert response.status_code in (404, 422) and "zzz…" in response.json()["detail"]
    assert len(response.content) < 3_000
