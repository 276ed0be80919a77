"""``rewards``: one for each sample, in order, and what becomes of those that have none."""

import logging
from typing import Any

import pytest
from verifier_client import AuthError, BadRequest, ConnectionFailed, NotFound, Reward, RewardsFailed, Sample

from tests.client.conftest import Connect
from tests.client.scripted import Scripted, partial, problem

RIGHT = {"id": "a", "completion": "it is 42", "answer": "42"}
WRONG = {"id": "b", "completion": "it is 41", "answer": "42"}
MALFORMED = {"id": "c", "answer": "42"}


def flaky(name: str, errors: int) -> dict[str, Any]:
    return {"id": name, "completion": "42", "answer": "42", "metadata": {"errors": errors}}


def test_rewards_are_typed_and_in_the_order_of_the_samples(connect: Connect) -> None:
    right, wrong = connect().rewards([RIGHT, WRONG], "math")
    assert (right.id, right.reward, wrong.id, wrong.reward) == ("a", 1.0, "b", 0.0)
    assert right.ok and right.scores["accuracy"].verifier == "math"
    assert wrong.explanation == "accuracy: does not"


def test_samples_are_dicts_or_dataclasses(connect: Connect, scripted: Scripted) -> None:
    sample = Sample("it is 42", "42", id="a")
    assert connect().rewards([sample]) == connect().rewards([RIGHT])
    assert scripted.posts[0].samples == scripted.posts[1].samples == [RIGHT]


def test_any_iterable_of_samples_is_taken(connect: Connect) -> None:
    assert [r.id for r in connect().rewards(sample for sample in (RIGHT, WRONG))] == ["a", "b"]


def test_no_samples_make_no_request(connect: Connect, scripted: Scripted) -> None:
    assert connect().rewards([]) == []
    assert scripted.requests == []


def test_the_rubric_is_a_name_or_an_object(connect: Connect, scripted: Scripted) -> None:
    recipe = {"scores": {"accuracy": {"verifier": "math"}}}
    connect().rewards([RIGHT])
    connect().rewards([RIGHT], "math")
    connect().rewards([RIGHT], recipe)
    assert [post.body["rubric"] for post in scripted.posts] == ["r1-zero", "math", recipe]


def test_the_wait_in_the_queue_is_sent_and_bounded_by_the_deadline(connect: Connect, scripted: Scripted) -> None:
    client = connect(timeout_s=7)
    client.rewards([RIGHT])
    client.rewards([RIGHT], timeout_s=9)
    client.rewards([RIGHT], timeout_s=9, deadline_s=3)
    first, second, third = (post.body["timeout_s"] for post in scripted.posts)
    assert (first, second) == (7, 9)
    assert 0 < third <= 3


def test_a_sample_without_a_verdict_raises_with_all_rewards(connect: Connect) -> None:
    with pytest.raises(RewardsFailed, match="1 of 3 samples have no reward: #1 unjudgeable: accuracy: completion") as e:
        connect().rewards([RIGHT, MALFORMED, WRONG])
    assert e.value.failed == [1]
    assert [r.reward for r in e.value.rewards] == [1.0, None, 0.0]


def test_masked_samples_keep_no_reward_and_are_logged(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "verifier_client"):
        rewards = connect(on_error="mask").rewards([RIGHT, MALFORMED])
    assert [(r.status, r.reward) for r in rewards] == [("ok", 1.0), ("unjudgeable", None)]
    assert "1 of 2 samples have no reward" in caplog.text


def test_a_number_stands_in_where_it_is_asked_for(connect: Connect) -> None:
    rewards = connect().rewards([RIGHT, MALFORMED], on_error=-0.5)
    assert [(r.status, r.reward) for r in rewards] == [("ok", 1.0), ("unjudgeable", -0.5)]


def test_errors_of_samples_are_tried_again_alone(connect: Connect, scripted: Scripted) -> None:
    rewards = connect().rewards([RIGHT, flaky("x", 2), WRONG, flaky("y", 1)])
    assert [r.reward for r in rewards] == [1.0, 1.0, 0.0, 1.0]
    assert [[s["id"] for s in post.samples] for post in scripted.posts] == [["a", "x", "b", "y"], ["x", "y"], ["x"]]


def test_what_came_before_a_connection_broke_is_kept(connect: Connect, scripted: Scripted) -> None:
    scripted.then(partial(2, broken=True))
    assert [r.reward for r in connect().rewards([RIGHT, WRONG, RIGHT])] == [1.0, 0.0, 1.0]
    assert [len(post.samples) for post in scripted.posts] == [3, 1]


def test_a_service_that_does_not_stream_serves_as_well(connect: Connect, scripted: Scripted) -> None:
    scripted.can_stream = False
    samples = [RIGHT, flaky("x", 2), WRONG, MALFORMED] * 5
    rewards = connect(max_batch=6).rewards(samples, on_error="mask")
    assert [(r.id, r.reward) for r in rewards] == [("a", 1.0), ("x", 1.0), ("b", 0.0), ("c", None)] * 5


def test_the_unjudgeable_are_never_tried_again(connect: Connect, scripted: Scripted) -> None:
    connect(on_error="mask").rewards([MALFORMED])
    assert len(scripted.posts) == 1


def test_errors_that_stay_end_by_on_error(connect: Connect, scripted: Scripted) -> None:
    client = connect(max_retries=2)
    with pytest.raises(RewardsFailed, match="#1 error: accuracy: the worker was lost"):
        client.rewards([RIGHT, flaky("x", 99)])
    assert len(scripted.posts) == 3
    assert client.rewards([flaky("y", 99)], on_error="mask")[0].reward is None


def test_an_outage_raises_its_own_error(connect: Connect, scripted: Scripted) -> None:
    scripted.then(*[problem(503, "full")] * 2)
    with pytest.raises(Exception, match="503 Scripted: full") as e:
        connect(max_retries=1).rewards([RIGHT, WRONG])
    assert type(e.value).__name__ == "Overloaded"


def test_an_outage_can_be_masked_but_is_never_zero(connect: Connect) -> None:
    client = connect("http://127.0.0.1:9", max_retries=1)
    rewards = client.rewards([RIGHT, WRONG], on_error="mask")
    assert [(r.id, r.status, r.reward) for r in rewards] == [("a", "error", None), ("b", "error", None)]
    assert "no answer from http://127.0.0.1:9" in rewards[0].explanation
    with pytest.raises(ConnectionFailed, match="is the service running there"):
        client.rewards([RIGHT])


def test_part_of_an_outage_keeps_the_rest(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(500, "broken", retryable=False))
    client = connect(max_batch=1, concurrency=1)
    with pytest.raises(RewardsFailed) as e:
        client.rewards([RIGHT, WRONG])
    assert e.value.failed == [0] and e.value.rewards[1].reward == 0.0
    assert "500 Scripted: broken" in str(e.value.__cause__)


def test_the_keys_of_scores_are_the_same_for_failed_samples(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(500, "broken", retryable=False))
    rewards = connect(max_batch=1, concurrency=1, on_error="mask").rewards([RIGHT, WRONG])
    assert [list(r.scores) for r in rewards] == [["accuracy"], ["accuracy"]]
    recipe = {"scores": {"one": {"verifier": "math"}, "two": {"verifier": "format"}}}
    (alone,) = connect("http://127.0.0.1:9", max_retries=0, on_error="mask").rewards([RIGHT], recipe)
    assert list(alone.scores) == ["one", "two"]


@pytest.mark.parametrize(
    ("status", "error"), [(400, BadRequest), (422, BadRequest), (401, AuthError), (403, AuthError), (404, NotFound)]
)
def test_what_the_caller_must_change_raises_whatever_on_error_is(
    connect: Connect, scripted: Scripted, status: int, error: type[Exception]
) -> None:
    scripted.then(problem(status, "unknown rubric 'x'", retryable=False))
    with pytest.raises(error, match="unknown rubric 'x'"):
        connect(on_error="mask").rewards([RIGHT])
    assert len(scripted.posts) == 1


def test_a_reward_beside_another_status_is_not_believed(connect: Connect, scripted: Scripted) -> None:
    odd: dict[str, Any] = {"id": "a", "status": "error", "reward": 0.0, "scores": {}}
    scripted.then(lambda handler, _: handler.reply(200, {"rewards": [odd]}))
    assert connect(on_error="mask", max_retries=0).rewards([RIGHT]) == [Reward("a", "error", None, {})]


def test_keys_of_a_newer_service_are_left_out(connect: Connect, scripted: Scripted) -> None:
    newer = {"id": "a", "status": "ok", "reward": 1, "scores": {"x": {"value": 1, "weight": 2, "new": 1}}, "new": {}}
    scripted.then(lambda handler, _: handler.reply(200, {"rewards": [newer], "new": 1}))
    (reward,) = connect().rewards([RIGHT])
    assert reward.reward == 1.0 and reward.scores["x"].weight == 2


def test_stats_count_what_was_done(connect: Connect, scripted: Scripted) -> None:
    scripted.then(problem(503))
    client = connect()
    assert client.stats == {"requests": 0, "retries": 0, "samples": 0, "masked": 0, "replaced": 0, "errors": {}}
    client.rewards([RIGHT, MALFORMED], on_error="mask")
    client.rewards([MALFORMED], on_error=0)
    expected = {"requests": 3, "retries": 1, "samples": 3, "masked": 1, "replaced": 1, "errors": {"unjudgeable": 2}}
    assert client.stats == expected


def test_lists_and_health(connect: Connect, scripted: Scripted) -> None:
    client = connect()
    assert client.rubrics() == [{"name": "math"}]
    assert client.verifiers() == [{"name": "math"}]
    assert client.languages() == [{"name": "python", "available": True}]
    assert client.healthy() and client.ready()
    scripted.up = False
    assert not client.ready()
    assert not connect("http://127.0.0.1:9").healthy()
    with pytest.raises(Exception, match="503"):
        connect(max_retries=1).rubrics()
