"""Both clients and a real service."""

import asyncio
from typing import Any

import pytest
from verifier_client import AsyncClient, BadRequest, Client, NotFound, Reward, Sample

RUBRIC = "math"
SAMPLES: list[dict[str, Any]] = [
    {"id": n, "completion": f"so it is \\boxed{{{n % 5}}}", "answer": str(n % 3)} for n in range(300)
]
EXPECTED = [float(n % 5 == n % 3) for n in range(300)]


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    server: Any = request.getfixturevalue("server")
    return server.url


def test_rewards_in_several_requests(url: str) -> None:
    with Client(url, max_batch=50, concurrency=3) as client:
        rewards = client.rewards(SAMPLES, RUBRIC)
    assert [(r.id, r.reward) for r in rewards] == list(enumerate(EXPECTED))
    assert rewards[0].scores["accuracy"].verifier == "math"


def test_sync_and_async_agree(url: str) -> None:
    def plain(rewards: list[Reward]) -> list[Any]:
        return [(r.id, r.status, r.reward, r.explanation) for r in rewards]

    with Client(url) as client:
        rewards = client.rewards(SAMPLES, RUBRIC)
        assert plain(rewards) == plain(asyncio.run(AsyncClient(url).rewards(SAMPLES, RUBRIC)))
        assert plain(rewards) == plain([reward for _, reward in sorted(client.stream(SAMPLES, RUBRIC))])


def test_a_malformed_sample_harms_no_other(url: str) -> None:
    with Client(url, on_error="mask") as client:
        rewards = client.rewards([Sample("\\boxed{1}", "1"), {"completion": 5}, {"nonsense": 1}], RUBRIC)
    assert [(r.status, r.reward) for r in rewards] == [("ok", 1.0), ("unjudgeable", None), ("unjudgeable", None)]
    assert [list(r.scores) for r in rewards] == [list(rewards[0].scores)] * 3


def test_texts_of_every_kind_get_a_verdict(url: str) -> None:
    texts = ["", "\ud800", "\x00", "a\u2028b\x85", "思考", "\U0001f600" * 1000, "{" * 5000]
    with Client(url) as client:
        rewards = client.rewards([{"completion": f"{t} \\boxed{{1}}", "answer": "1"} for t in texts], RUBRIC)
    assert [r.status for r in rewards] == ["ok"] * len(texts)


def test_faults_of_the_caller_are_told(url: str) -> None:
    with Client(url) as client:
        with pytest.raises(NotFound, match="no-such"):
            client.rewards(SAMPLES[:1], "no-such")
        with pytest.raises(BadRequest) as e:
            client.rewards(SAMPLES[:1], {"scores": {}})
        assert e.value.status == 422 and not e.value.retryable
        with pytest.raises(BadRequest):
            client.rewards(SAMPLES[:1], timeout_s=1e9, deadline_s=1e9)


def test_lists_and_health(url: str) -> None:
    with Client(url) as client:
        assert RUBRIC in [rubric["name"] for rubric in client.rubrics()]
        assert "math" in [verifier["name"] for verifier in client.verifiers()]
        assert "python" in [language["name"] for language in client.languages()]
        assert client.healthy() and client.ready()


def test_a_service_that_takes_small_batches_is_served_small_batches(request: pytest.FixtureRequest) -> None:
    serve = request.getfixturevalue("serve")
    with serve(workers=1, max_batch=16, api_keys="s3cret") as server:
        with Client(server.url, api_key="s3cret") as client:
            assert [r.reward for r in client.rewards(SAMPLES[:50], RUBRIC)] == EXPECTED[:50]
        with Client(server.url) as client, pytest.raises(Exception, match="401"):
            client.rewards(SAMPLES[:1], RUBRIC)


def test_a_replica_that_is_killed_in_the_middle_costs_no_sample(request: pytest.FixtureRequest, url: str) -> None:
    serve = request.getfixturevalue("serve")
    samples = [{**SAMPLES[n % 300], "id": n} for n in range(3000)]
    with serve(workers=1) as doomed, Client([doomed.url, url], max_batch=60, backoff_s=0.01) as client:
        rewards: dict[int, float | None] = {}
        for index, reward in client.stream(samples, RUBRIC):
            rewards[index] = reward.reward
            if len(rewards) == 100:
                doomed.process.kill()
        assert [rewards[n] for n in range(3000)] == [EXPECTED[n % 300] for n in range(3000)]
        assert client.stats["retries"] > 0
