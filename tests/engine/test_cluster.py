"""Clustering on the engine: what one answer does to its worker costs no other answer its vote, and no group its result."""

from typing import Any

import pytest

from tests.engine.test_engine import PLUGIN, VERDICTS, run
from verifier import registry
from verifier.clusters import Clustering
from verifier.engine import Engine, gather
from verifier.rubric import Recipe
from verifier.schema import Rubric, Status

registry.load([PLUGIN])
RECIPE = Recipe(Rubric.model_validate({"name": "test", "scores": {"vote": {"verifier": "hostile-vote"}}}))
GOOD = ["good", "good", "good", "bad", "bad"]
MISDEEDS = {misdeed: status for misdeed, (status, _) in VERDICTS.items()}
OVER_BUDGET = [misdeed for misdeed, status in MISDEEDS.items() if status is Status.OK]
FAILURES = [misdeed for misdeed, status in MISDEEDS.items() if status is not Status.OK]


async def cluster(engine: Engine, groups: list[list[Any]], timeout_s: float = 50.0) -> list[Clustering]:
    items = [[{"completion": completion} for completion in group] for group in groups]
    graded = await gather(engine.cluster(RECIPE, items, timeout_s), len(items))
    results = [Clustering.model_validate_json(result.json) for result in graded]
    assert [result.status for result in results] == [result.status for result in graded]
    return results


def votes(result: Clustering) -> dict[str, int]:
    return {each.answer: each.count for each in result.clusters}


def test_an_answer_that_costs_too_much_to_find_does_not_vote_and_harms_no_other() -> None:
    async def test(engine: Engine) -> None:
        groups = [[*GOOD[:2], f"find {misdeed}", *GOOD[2:]] for misdeed in OVER_BUDGET]
        *hostile, good = await cluster(engine, [*groups, GOOD])
        assert votes(good) == {"good": 3, "bad": 2}
        for result in hostile:
            assert (result.status, votes(result)) == (Status.OK, {"good": 3, "bad": 2})
            assert [each.index for each in result.abstained] == [2] and "its budget" in result.abstained[0].why
            assert result.clusters[0].members == [0, 1, 3]

    run(test)


def test_an_answer_that_costs_too_much_to_compare_stands_alone() -> None:
    async def test(engine: Engine) -> None:
        answers = [f"compare {misdeed}" for misdeed in OVER_BUDGET]
        *hostile, good = await cluster(engine, [*([answer, *GOOD] for answer in answers), GOOD])
        assert votes(good) == {"good": 3, "bad": 2}
        for answer, result in zip(answers, hostile, strict=True):
            assert votes(result) == {"good": 3, "bad": 2, answer: 1}
            assert (result.status, result.undecided, result.abstained) == (Status.OK, 1, [])

    run(test)


@pytest.mark.parametrize("stage", ["find", "compare"])
def test_a_failure_of_the_verifier_is_a_status_of_its_group_alone(stage: str) -> None:
    async def test(engine: Engine) -> None:
        results = await cluster(
            engine, [group for misdeed in FAILURES for group in ([f"{stage} {misdeed}", *GOOD], GOOD)]
        )
        assert [votes(result) for result in results[1::2]] == [{"good": 3, "bad": 2}] * len(FAILURES)
        failed = dict(zip(FAILURES, results[::2], strict=True))
        assert {misdeed: result.status for misdeed, result in failed.items()} == {m: MISDEEDS[m] for m in FAILURES}
        assert all(result.explanation and not result.clusters for result in failed.values())

    run(test)


def test_costly_answers_in_the_majority_cost_the_group_no_more_than_its_budget() -> None:
    group = ["compare spin"] * 3 + [word for word in ("one", "two", "three", "four", "five", "six") for _ in range(2)]

    async def test(engine: Engine) -> None:
        (result,) = await cluster(engine, [group])
        assert votes(result) == {"compare spin": 3, "one": 2, "two": 2, "six": 2, "five": 2, "four": 2, "three": 2}
        assert (result.status, result.undecided) == (Status.OK, 6)

    run(test)


def test_a_malformed_completion_makes_its_group_unjudgeable_and_no_other() -> None:
    async def test(engine: Engine) -> None:
        *malformed, good = await cluster(engine, [[*GOOD, 5], [*GOOD, []], GOOD])
        assert votes(good) == {"good": 3, "bad": 2}
        for result in malformed:
            assert result.status is Status.UNJUDGEABLE and "completion 5: malformed" in result.explanation

    run(test)
