"""Failures of the service: tried again, for a bounded time, and in the end said clearly."""

import random
import threading
import time

import pytest
from verifier_client import (
    ApiError,
    BadAnswer,
    ConnectionFailed,
    Overloaded,
    ServerError,
    Timeout,
    TooLarge,
    VerifierClientError,
)

from tests.client.conftest import Connect
from tests.client.scripted import Act, Handler, Request, Scripted, cut, drop, hang, problem, raw

SAMPLE = {"completion": "it is 42", "answer": "42"}


def listed(*rewards: object) -> Act:
    return lambda handler, _: handler.reply(200, {"rewards": rewards})


BROKEN = [
    *(problem(status) for status in (408, 429, 500, 502, 503, 504)),
    problem(409, retryable=True),
    raw(502, b"<html>bad gateway</html>"),
    drop,
    cut,
    raw(200, b"<html>log in</html>"),
    raw(200, b'{"rewards": 1}'),
    raw(200, b"[" * 100_000),
    listed(),
    listed({"status": "ok", "reward": 1}, {"status": "ok", "reward": 1}),
    listed({"status": "ok", "reward": None}),
    listed({"status": "ok", "reward": True}),
    listed({"reward": 1}),
    raw(200, b'{"rewards": [{"status": "ok", "reward": NaN}]}'),
]


@pytest.mark.parametrize("act", BROKEN)
def test_failures_of_the_service_are_tried_again(connect: Connect, scripted: Scripted, act: Act) -> None:
    scripted.then(act, act)
    assert connect().rewards([SAMPLE])[0].reward == 1.0
    assert len(scripted.posts) == 3


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (problem(503), Overloaded),
        (problem(429), Overloaded),
        (problem(500), ServerError),
        (problem(504), ServerError),
        (problem(408), ApiError),
        (drop, ConnectionFailed),
        (cut, ConnectionFailed),
        (raw(200, b"?"), BadAnswer),
    ],
)
def test_failures_that_stay_are_raised(
    connect: Connect, scripted: Scripted, act: Act, error: type[VerifierClientError]
) -> None:
    scripted.then(*[act] * 9)
    with pytest.raises(error) as e:
        connect(max_retries=2).rewards([SAMPLE])
    assert len(scripted.posts) == 3
    assert e.value.request_id == scripted.posts[-1].headers["x-request-id"]


def test_the_service_decides_what_is_worth_another_try(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(503, retryable=False))
    with pytest.raises(Overloaded) as e:
        connect().rewards([SAMPLE])
    assert len(scripted.posts) == 1 and not e.value.retryable


def test_every_try_has_its_own_request_id(connect: Connect, scripted: Scripted) -> None:
    scripted.then(drop, problem(503))
    connect().rewards([SAMPLE])
    assert len({post.headers["x-request-id"] for post in scripted.posts}) == 3


def test_retry_after_is_waited_for(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(503, retry_after="0.2"))
    started = time.monotonic()
    connect().rewards([SAMPLE])
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("retry_after", ["121", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_long_retry_after_is_refused(connect: Connect, scripted: Scripted, retry_after: str) -> None:
    scripted.then(problem(503, retry_after=retry_after))
    with pytest.raises(Overloaded) as e:
        connect().rewards([SAMPLE])
    assert len(scripted.posts) == 1 and (e.value.retry_after or 0) > 120


def test_a_retry_after_beyond_the_deadline_is_refused(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(503, retry_after="60"))
    with pytest.raises(Overloaded):
        connect(deadline_s=30).rewards([SAMPLE])
    assert len(scripted.posts) == 1


@pytest.mark.parametrize("retry_after", ["", "soon", "-5", "nan", "1e999", "Wed, 21 Oct 1999 07:28:00 GMT"])
def test_a_retry_after_that_says_nothing_does_no_harm(connect: Connect, scripted: Scripted, retry_after: str) -> None:
    scripted.then(problem(503, retry_after=retry_after))
    assert connect().rewards([SAMPLE])[0].reward == 1.0


def test_an_answer_too_slow_is_given_up_and_tried_again(connect: Connect, scripted: Scripted) -> None:
    never = threading.Event()
    scripted.then(hang(never))
    assert connect(read_timeout_s=0.2).rewards([SAMPLE])[0].reward == 1.0
    never.set()
    assert len(scripted.posts) == 2


def test_the_deadline_bounds_the_whole_call(connect: Connect, scripted: Scripted) -> None:
    never = threading.Event()
    scripted.then(*[hang(never)] * 9)
    with pytest.raises(Timeout):
        connect(deadline_s=0.2).rewards([SAMPLE])
    never.set()
    assert len(scripted.posts) == 1


def test_the_deadline_bounds_an_answer_that_trickles(connect: Connect, scripted: Scripted) -> None:
    stop = threading.Event()

    def trickle(handler: Handler, _: Request) -> None:
        handler.begin_stream()
        while not stop.wait(0.02):
            handler.piece(b" ")

    scripted.then(trickle)
    with pytest.raises(Timeout):
        connect(deadline_s=0.3).rewards([SAMPLE])
    stop.set()


def test_errors_carry_what_the_service_said(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(422, "rubric.scores: missing"))
    with pytest.raises(ApiError) as e:
        connect().rewards([SAMPLE])
    error = e.value
    assert (error.status, error.title, error.detail, error.retryable) == (
        422,
        "Scripted",
        "rubric.scores: missing",
        False,
    )
    assert str(error) == f"422 Scripted: rubric.scores: missing (request {error.request_id})"


def test_errors_need_no_problem_document(connect: Connect, scripted: Scripted) -> None:
    scripted.then(raw(418, b"I am \xff a teapot"), raw(422, b'{"detail": [{"loc": ["body"]}]}'))
    client = connect()
    with pytest.raises(ApiError, match=r"418 I'm a Teapot: I am . a teapot"):
        client.rewards([SAMPLE])
    with pytest.raises(ApiError, match=r"422 .*loc"):
        client.rewards([SAMPLE])


def test_redirects_are_not_followed_but_told(connect: Connect, scripted: Scripted) -> None:
    scripted.then(lambda handler, _: handler.reply(307, b"", {"Location": "https://elsewhere/v1/rewards"}))
    with pytest.raises(ApiError, match="redirected to https://elsewhere/v1/rewards"):
        connect().rewards([SAMPLE])


def test_one_sample_too_large_alone_is_an_error_of_its_own(connect: Connect, scripted: Scripted) -> None:
    scripted.max_bytes = 2_000
    large = {"completion": "42" * 2_000, "answer": "42"}
    rewards = connect(on_error="mask").rewards([SAMPLE, large, SAMPLE])
    assert [r.status for r in rewards] == ["ok", "error", "ok"]
    assert "413 Scripted: too many samples" in rewards[1].explanation
    assert sum(large in post.samples and len(post.samples) == 1 for post in scripted.posts) == 1
    with pytest.raises(VerifierClientError, match="413 Scripted") as e:
        connect().rewards([large])
    assert isinstance(e.value.__cause__, TooLarge)


def test_waiting_leaves_the_random_numbers_of_the_run_alone(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(503))
    before = random.getstate()
    connect().rewards([SAMPLE])
    assert random.getstate() == before
