"""``stream``: every reward as soon as it is known, once, however the stream breaks."""

import asyncio
import threading
from typing import Any

import pytest
from verifier_client import AsyncClient, BadAnswer, Client, RewardsFailed

from tests.client.conftest import Connect
from tests.client.scripted import Act, Handler, Request, Scripted, hang, honest, lines, partial, problem, raw

SAMPLES: list[dict[str, Any]] = [{"id": i, "completion": f"it is {i % 3}", "answer": "1"} for i in range(12)]
EXPECTED = {i: float(i % 3 == 1) for i in range(12)}


def test_every_sample_is_yielded_once_with_its_index(connect: Connect, scripted: Scripted) -> None:
    items = list(connect(max_batch=5).stream(SAMPLES))
    assert len(items) == 12 and {i: r.reward for i, r in items} == EXPECTED
    assert all(r.id == i for i, r in items)
    assert all(post.streams for post in scripted.posts)


def first_line_then_wait(got: threading.Event, proof: list[bool]) -> Act:
    """Streams one reward, and the rest only once the client has shown that it has the first."""

    def act(handler: Handler, request: Request) -> None:
        rewards = list(enumerate(handler.server_script.grade(sample) for sample in request.samples))
        handler.begin_stream()
        handler.piece(lines(rewards[:1]))
        proof.append(got.wait(10))
        handler.piece(lines(rewards[1:]))
        handler.piece(b"")

    return act


def test_rewards_come_before_the_stream_is_over(scripted: Scripted) -> None:
    got, proof = threading.Event(), list[bool]()
    scripted.then(first_line_then_wait(got, proof))
    with Client(scripted.url) as client:
        for _ in client.stream(SAMPLES):
            got.set()
    assert proof == [True]


def test_rewards_come_before_the_stream_is_over_in_a_loop(scripted: Scripted) -> None:
    got, proof = threading.Event(), list[bool]()
    scripted.then(first_line_then_wait(got, proof))

    async def run() -> None:
        async for _ in AsyncClient(scripted.url).stream(SAMPLES):
            got.set()

    asyncio.run(run())
    assert proof == [True]


@pytest.mark.parametrize("broken", [True, False])
def test_a_stream_cut_short_goes_on_with_the_rest(connect: Connect, scripted: Scripted, broken: bool) -> None:
    scripted.then(partial(5, broken=broken), partial(2, broken=broken))
    items = list(connect().stream(SAMPLES))
    assert [i for i, _ in items] == list(range(12)) and {i: r.reward for i, r in items} == EXPECTED
    assert [len(post.samples) for post in scripted.posts] == [12, 7, 5]


def test_a_stream_that_ends_early_says_so(connect: Connect, scripted: Scripted) -> None:
    scripted.then(partial(5, broken=False))
    with pytest.raises(RewardsFailed, match="no answer of a reward service: the stream ended before 7 of 12 rewards"):
        list(connect(max_retries=0).stream(SAMPLES))


def test_a_reward_that_comes_twice_is_given_once(connect: Connect, scripted: Scripted) -> None:
    line = b'{"index": 0, "status": "ok", "reward": %d, "scores": {}}\n'
    scripted.then(raw(200, line % 1 + line % 2, "application/x-ndjson"))
    assert [r.reward for _, r in connect().stream(SAMPLES[:1])] == [1.0]


def test_streams_cut_short_again_and_again_do_not_use_up_the_tries(connect: Connect, scripted: Scripted) -> None:
    scripted.then(*[partial(1, broken=True)] * 10)
    assert {i: r.reward for i, r in connect(max_retries=1).stream(SAMPLES)} == EXPECTED


def test_a_stream_that_never_completes_fails_only_the_rest(connect: Connect, scripted: Scripted) -> None:
    scripted.then(partial(5, broken=True), *[problem(503)] * 2)
    items = dict(connect(max_retries=2, on_error="mask").stream(SAMPLES))
    assert [i for i, r in items.items() if r.ok] == list(range(5))
    assert all(list(r.scores) == ["accuracy"] and r.reward is None for i, r in items.items() if i >= 5)


def test_errors_are_tried_again_before_they_are_shown(connect: Connect) -> None:
    flaky = {"id": "x", "completion": "1", "answer": "1", "metadata": {"errors": 2}}
    items = list(connect(on_error="mask").stream([flaky, *SAMPLES]))
    assert [r.status for _, r in items] == ["ok"] * 13
    assert items[-1][0] == 0


def test_without_a_verdict_it_raises_when_all_others_were_given(connect: Connect) -> None:
    seen: list[int] = []
    with pytest.raises(RewardsFailed) as e:
        for index, _ in connect().stream([{"id": "bad"}, *SAMPLES]):
            seen.append(index)
    assert seen == list(range(1, 13))
    assert e.value.failed == [0] and len(e.value.rewards) == 13


def test_a_stand_in_is_streamed_too(connect: Connect) -> None:
    assert [r.reward for _, r in connect().stream([{"id": "bad"}], on_error=-1)] == [-1.0]


@pytest.mark.parametrize("cut", [1, 1000])
def test_lines_end_only_at_line_feeds(connect: Connect, scripted: Scripted, cut: int) -> None:
    """What Python takes for the end of a line may stand within a JSON text; and the bytes may be cut anywhere."""
    why = "a\u2028b\u2029c\x85d\u00e9"

    def act(handler: Handler, _: Request) -> None:
        score = {"verifier": "math", "explanation": why}
        reward = {"id": 0, "status": "ok", "reward": 1.0, "scores": {"accuracy": score}}
        data = lines([(1, reward), (0, reward), (2, reward)]).rstrip()
        handler.begin_stream()
        for place in range(0, len(data), cut):
            handler.piece(data[place : place + cut])
        handler.piece(b"")

    scripted.then(act)
    items = list(connect(max_retries=0).stream(SAMPLES[:3]))
    assert [(i, r.scores["accuracy"].explanation) for i, r in items] == [(1, why), (0, why), (2, why)]


@pytest.mark.parametrize(
    "line",
    [
        b'{"index": 12, "status": "ok", "reward": 1}',
        b'{"index": -1, "status": "ok", "reward": 1}',
        b'{"index": 0, "status": "ok", "reward": 1}\n{"index": 0, "status": "ok", "reward": 1}',
        b'{"index": 0, "status": "ok"}',
        b"[]",
        b"?",
        b"[" * 100_000,
    ],
)
def test_a_stream_that_makes_no_sense_is_no_answer(connect: Connect, scripted: Scripted, line: bytes) -> None:
    scripted.then(raw(200, line, "application/x-ndjson"))
    with pytest.raises((BadAnswer, RewardsFailed)) as e:
        list(connect(max_retries=0).stream(SAMPLES))
    assert isinstance(e.value, BadAnswer) or isinstance(e.value.__cause__, BadAnswer)


def test_lines_about_no_sample_are_passed_over(connect: Connect, scripted: Scripted) -> None:
    body = b'{"progress": 0.5}\n\n{"index": 0, "status": "ok", "reward": 1, "scores": {}}\n{"rubric": {}}'
    scripted.then(raw(200, body, "application/x-ndjson; charset=utf-8"))
    ((index, reward),) = connect().stream([SAMPLES[0]])
    assert (index, reward.reward) == (0, 1.0)


def test_an_answer_in_one_piece_serves_as_well(connect: Connect, scripted: Scripted) -> None:
    whole: dict[str, Any] = {"rewards": [{"id": 0, "status": "ok", "reward": 1, "scores": {}}]}
    scripted.then(lambda handler, _: handler.reply(200, whole))
    assert [r.reward for _, r in connect().stream([SAMPLES[0]])] == [1.0]


def test_a_stream_may_be_left_early(scripted: Scripted) -> None:
    never = threading.Event()
    with Client(scripted.url, max_batch=1, concurrency=2) as client:
        scripted.then(honest, hang(never))
        stream = client.stream(SAMPLES)
        assert next(stream)[1].ok
        stream.close()
        never.set()
        assert len(client.rewards(SAMPLES)) == 12


def test_a_stream_may_be_left_early_in_a_loop(scripted: Scripted) -> None:
    async def run() -> int:
        async with AsyncClient(scripted.url, max_batch=1, concurrency=2) as client:
            async for _ in client.stream(SAMPLES):
                break
            return len(await client.rewards(SAMPLES))

    assert asyncio.run(run()) == 12


def test_a_task_can_be_cancelled_within_a_call(scripted: Scripted) -> None:
    never = threading.Event()
    scripted.then(hang(never))

    async def run() -> int:
        async with AsyncClient(scripted.url) as client:
            task = asyncio.create_task(client.rewards(SAMPLES))
            while not scripted.posts:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            never.set()
            return len(await client.rewards(SAMPLES))

    assert asyncio.run(run()) == 12
