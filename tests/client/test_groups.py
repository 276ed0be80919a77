"""Calls about groups, of both clients against a scripted service and a real one."""

import asyncio
from typing import Any

import pytest
from verifier_client import AsyncClient, BadRequest, Client, NotFound, ServerError, Vote

from tests.client.conftest import Connect
from tests.client.scripted import Act, Scripted, problem

GROUPS: list[dict[str, Any]] = [
    {"id": n, "completions": [f"\\boxed{{{n}}}", f"\\boxed{{{n}.0}}", "\\boxed{x}"], "answer": str(n % 7)}
    for n in range(20)
]


def test_votes_come_in_order_from_several_requests(server: Any) -> None:
    with Client(server.url, max_batch=15, concurrency=3) as client:
        votes = client.vote(GROUPS, "math", pass_at=[1, 3])
    assert [vote.id for vote in votes] == list(range(20))
    assert {(vote.status, vote.n, vote.count, vote.tied) for vote in votes} == {("ok", 3, 2, 1)}
    assert votes[3].consensus == 1.0 and votes[3].pass_at == {"1": pytest.approx(2 / 3), "3": 1.0}
    assert votes[9].consensus == 0.0 and votes[9].clusters[0].members == [0, 1]
    assert asyncio.run(AsyncClient(server.url).vote(GROUPS, "math", pass_at=[1, 3])) == votes


def test_a_malformed_group_is_told_by_its_status(server: Any) -> None:
    with Client(server.url) as client:
        bad, good = client.vote([{"completions": []}, GROUPS[0]], "math")
        assert (bad.status, bad.ok, bad.answer, bad.agreement) == ("unjudgeable", False, None, None)
        assert good.ok and good.clusters[0].forms[0] == good.answer
        with pytest.raises(NotFound):
            client.vote(GROUPS, "no-such")
        with pytest.raises(BadRequest):
            client.vote(GROUPS, "math", score="no-such")
        with pytest.raises(TypeError, match="brackets"):
            client.vote(GROUPS[0])  # pyright: ignore[reportArgumentType]


def votes_of(*statuses: str) -> Act:
    """Answers with votes of these statuses, and a key that a newer service added."""
    votes = [{"id": None, "status": status, "explanation": "", "later": 1} for status in statuses]
    return lambda handler, request: handler.reply(200, {"votes": votes})


def test_groups_that_the_service_failed_on_are_asked_again(scripted: Scripted, connect: Connect) -> None:
    scripted.then(votes_of("ok", "error"), votes_of("ok"))
    assert connect().vote([{"completions": ["a"]}, {"completions": ["b"]}], "math") == [Vote(), Vote()]
    assert [request.body["groups"][-1] for request in scripted.posts] == [{"completions": ["b"]}] * 2


def test_a_service_that_gives_no_answer_is_an_error(scripted: Scripted, connect: Connect) -> None:
    scripted.then(*[problem(500, "broken")] * 3)
    with pytest.raises(ServerError):
        connect(max_retries=2).vote([{"completions": ["a"]}], "math")
