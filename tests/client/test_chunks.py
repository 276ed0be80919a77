"""Large batches go in several requests, some at once, none larger than the service takes."""

import socket
import threading
from typing import Any

import pytest
from verifier_client import BadRequest, Client

from tests.client.conftest import Connect
from tests.client.scripted import Act, Handler, Request, Scripted, honest, problem

SAMPLES: list[dict[str, Any]] = [
    {"id": i, "completion": f"it is {i % 7}" + "." * (i % 5), "answer": str(i % 3)} for i in range(40)
]
EXPECTED = [float(str(i % 3) in str(i % 7)) for i in range(40)]


def sizes(scripted: Scripted) -> list[int]:
    return [len(post.samples) for post in scripted.posts]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("max_batch", [1, 7, 40, 1000])
def test_chunks_change_nothing_in_the_answer(
    connect: Connect, scripted: Scripted, max_batch: int, concurrency: int
) -> None:
    rewards = connect(max_batch=max_batch, concurrency=concurrency).rewards(SAMPLES)
    assert [r.id for r in rewards] == list(range(40))
    assert [r.reward for r in rewards] == EXPECTED
    assert max(sizes(scripted)) == min(max_batch, 40) and sum(sizes(scripted)) == 40


def test_requests_keep_to_their_bytes(connect: Connect, scripted: Scripted) -> None:
    large = {"completion": "x" * 900, "answer": "x"}
    connect(max_bytes=500, concurrency=1).rewards([*SAMPLES[:10], large, *SAMPLES[10:20]])
    over = [
        post
        for post in scripted.posts
        if len(post.raw) > 500 + len('{"rubric":"r1-zero","timeout_s":120.0,"samples":[]}')
    ]
    assert [len(post.samples) for post in over] == [1]
    assert len(scripted.posts) < 10


def test_several_chunks_are_in_flight_but_no_more_than_allowed(connect: Connect, scripted: Scripted) -> None:
    together = threading.Barrier(3)
    lock = threading.Lock()
    now, most = 0, 0

    def meet(handler: Handler, request: Request) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(10)  # passes only when three requests are here at once
        with lock:
            now -= 1
        honest(handler, request)

    acts: list[Act] = [meet] * 6
    scripted.then(*acts)
    connect(max_batch=5, concurrency=3).rewards(SAMPLES[:30])
    assert most == 3


@pytest.mark.parametrize("status", [413, 422])
def test_what_is_too_large_for_the_service_is_split(connect: Connect, scripted: Scripted, status: int) -> None:
    scripted.max_batch, scripted.limit_status = 6, status
    assert [r.reward for r in connect().rewards(SAMPLES)] == EXPECTED
    assert sizes(scripted)[0] == 40


def test_splitting_goes_by_bytes_as_well(connect: Connect, scripted: Scripted) -> None:
    scripted.max_bytes = 700
    assert [r.reward for r in connect().rewards(SAMPLES)] == EXPECTED


def test_other_faults_of_the_envelope_are_not_split(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(422, "timeout_s: at most 3600"))
    with pytest.raises(BadRequest):
        connect().rewards(SAMPLES)
    assert len(scripted.posts) == 1


def test_the_first_fault_of_the_caller_ends_the_call(connect: Connect, scripted: Scripted) -> None:
    scripted.then(*[problem(422, "no")] * 40)
    with pytest.raises(BadRequest):
        connect(max_batch=1, concurrency=2).rewards(SAMPLES)
    assert len(scripted.posts) < 40


def test_a_connection_made_after_the_client_was_closed_is_closed_too(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread of a call that has failed may still be connecting."""
    connect, made = socket.create_connection, list[socket.socket]()
    first, second_is_here, closed = threading.Semaphore(1), threading.Event(), threading.Event()

    def late(*args: Any, **options: Any) -> socket.socket:
        if first.acquire(blocking=False):
            assert second_is_here.wait(10)
        else:
            second_is_here.set()
            assert closed.wait(10)
        made.append(connect(*args, **options))
        return made[-1]

    monkeypatch.setattr(socket, "create_connection", late)
    scripted.then(problem(422, "no"), problem(422, "no"))
    with Client(scripted.url, max_batch=1, concurrency=2) as client, pytest.raises(BadRequest):
        client.rewards(SAMPLES[:2])
    closed.set()
    for thread in threading.enumerate():
        if thread.name == "verifier-client":
            thread.join(10)
    assert len(made) == 2 and all(connection.fileno() == -1 for connection in made)
