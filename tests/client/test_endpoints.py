"""Several replicas: the least loaded one is asked, one that fails is left alone and comes back on trial."""

import threading
from collections.abc import Iterator

import pytest
from verifier_client import Client, Overloaded

from tests.client.conftest import Connect
from tests.client.scripted import Handler, Request, Scripted, drop, honest, problem

SAMPLES = [{"completion": "it is 42", "answer": "42"}]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def other() -> Iterator[Scripted]:
    with Scripted() as server:
        yield server


def test_every_replica_takes_part(connect: Connect, scripted: Scripted, other: Scripted) -> None:
    connect([scripted.url, other.url], max_batch=1).rewards(SAMPLES * 64)
    assert scripted.posts and other.posts
    assert len(scripted.posts) + len(other.posts) == 64


def test_a_dead_replica_costs_no_sample_and_no_wait(connect: Connect, scripted: Scripted) -> None:
    client = connect([NOWHERE, scripted.url], max_batch=2, backoff_s=60)
    assert [r.reward for r in client.rewards(SAMPLES * 20)] == [1.0] * 20


def test_addresses_come_with_commas_and_from_the_environment(
    connect: Connect, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERIFIER_URL", f"{NOWHERE}/, {scripted.url}/")
    with Client(backoff_s=0) as client:
        assert client.rewards(SAMPLES)[0].ok
    assert connect(f"{NOWHERE},{scripted.url}").ready()


def test_one_that_fails_is_left_alone(connect: Connect, scripted: Scripted, other: Scripted) -> None:
    other.then(*[problem(500)] * 50)
    client = connect([scripted.url, other.url])
    for _ in range(20):
        assert client.rewards(SAMPLES)[0].ok
    assert len(other.posts) <= 2 and len(scripted.posts) == 20


def test_one_that_failed_comes_back(connect: Connect, scripted: Scripted, other: Scripted) -> None:
    other.then(problem(503, retry_after="0"))  # left alone for no time at all
    client = connect([scripted.url, other.url])
    for _ in range(60):
        assert client.rewards(SAMPLES)[0].ok
    assert len(other.posts) > 2 and len(scripted.posts) > 2


def test_one_on_trial_gets_one_request_at_a_time(scripted: Scripted, other: Scripted) -> None:
    release, held = threading.Event(), threading.Event()

    def hold(handler: Handler, request: Request) -> None:
        held.set()
        release.wait(10)
        honest(handler, request)

    other.then(problem(503, retry_after="0"), hold)
    with Client([scripted.url, other.url], max_batch=1, concurrency=2, backoff_s=0) as client:
        background = threading.Thread(target=lambda: client.rewards(SAMPLES * 60))
        background.start()
        assert held.wait(10)
        client.rewards(SAMPLES * 20)
        assert len(other.posts) == 2
        release.set()
        background.join()


def test_the_replica_with_the_fewest_requests_is_asked(scripted: Scripted, other: Scripted) -> None:
    release, held = threading.Event(), threading.Event()

    def hold_first(handler: Handler, request: Request) -> None:
        if not held.is_set():
            held.set()
            release.wait(10)
        honest(handler, request)

    scripted.then(hold_first)
    other.then(hold_first)
    with Client([scripted.url, other.url]) as client:
        background = threading.Thread(target=lambda: client.rewards(SAMPLES))
        background.start()
        assert held.wait(10)
        before = [len(scripted.posts), len(other.posts)]
        for _ in range(6):
            client.rewards(SAMPLES)
        assert sorted([len(scripted.posts) - before[0], len(other.posts) - before[1]]) == [0, 6]
        release.set()
        background.join()


def test_when_all_fail_the_tries_are_bounded(connect: Connect, scripted: Scripted, other: Scripted) -> None:
    scripted.then(*[problem(503)] * 50)
    other.then(*[drop] * 50)
    with pytest.raises(Exception, match=r"503 Scripted|no answer"):
        connect([scripted.url, other.url], max_retries=3).rewards(SAMPLES)
    assert 4 <= len(scripted.posts) + len(other.posts) <= 8


def test_a_long_retry_after_matters_not_where_another_replica_is(
    connect: Connect, scripted: Scripted, other: Scripted
) -> None:
    scripted.then(problem(503, retry_after="100"))
    other.then(problem(503, retry_after="100"))
    client = connect([scripted.url, other.url], max_retries=1, deadline_s=50)
    with pytest.raises(Overloaded):
        client.rewards(SAMPLES)
    assert len(scripted.posts) == len(other.posts) == 1


def test_errors_of_samples_go_to_another_replica(connect: Connect, scripted: Scripted, other: Scripted) -> None:
    flaky = {"completion": "42", "answer": "42", "metadata": {"errors": 1}}
    connect([scripted.url, other.url], max_retries=2).rewards([flaky])
    assert len(scripted.posts) >= 1 and len(other.posts) >= 1
