"""The client's types are the service's: the same fields, the same defaults, the same JSON."""

import json
from dataclasses import MISSING, Field, fields
from importlib.metadata import requires, version
from typing import Any

import pytest
import verifier_client
from hypothesis import given
from hypothesis import strategies as st
from verifier_client import Abstention, Cluster, Dropped, Reward, Sample, Score, Selected, Selection, Vote

from scripts.openapi import PATH
from verifier import schema

PAIRS = [(Sample, schema.Sample), (Score, schema.Score), (Reward, schema.Reward)]
GROUP_TYPES = {
    **{theirs: theirs.__name__ for theirs in (Vote, Abstention, Selection, Selected, Dropped)},
    Cluster: "JudgedCluster",
}


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_fields_are_those_of_the_service(ours: Any, theirs: Any) -> None:
    assert {field.name for field in fields(ours)} == set(theirs.model_fields)


@pytest.mark.parametrize(("ours", "theirs"), GROUP_TYPES.items())
def test_fields_of_groups_are_those_of_the_openapi_document(ours: Any, theirs: str) -> None:
    properties = json.loads(PATH.read_text(encoding="utf-8"))["components"]["schemas"][theirs]["properties"]
    assert {field.name for field in fields(ours)} == set(properties)


def default(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


@pytest.mark.parametrize(("ours", "theirs"), [PAIRS[0], PAIRS[1]])
def test_defaults_are_those_of_the_service(ours: Any, theirs: Any) -> None:
    for field in fields(ours):
        declared = theirs.model_fields[field.name]
        if not declared.is_required():
            assert default(field) == declared.get_default(call_default_factory=True), field.name


def test_a_sample_is_taken_by_the_service_as_it_was_meant() -> None:
    sample = Sample(
        [{"role": "assistant", "content": "add = sum"}],
        answer=["1", 2, 2.5, True],
        tests={"type": "function", "entry_point": "add", "cases": [{"args": [[1, 2]], "expected": 3}]},
        choices=["a", "b"],
        language="en",
        kind="code",
        prompt="Add.",
        id=7,
        metadata={"step": 1},
    )
    read = schema.Sample.model_validate(sample.as_dict())
    assert (read.text, read.references, read.id, read.metadata) == (
        "add = sum",
        ["1", "2", "2.5", "true"],
        7,
        {"step": 1},
    )
    assert Sample("x").as_dict() == {"completion": "x"}


scores = st.builds(
    schema.Score,
    value=st.none() | st.floats(0, 1),
    extracted=st.none() | st.text(),
    explanation=st.text(),
    weight=st.floats(allow_nan=False, allow_infinity=False),
)
statuses = st.sampled_from(schema.Status)


@given(statuses, st.floats(allow_nan=False, allow_infinity=False), st.dictionaries(st.text(), scores), st.text())
def test_a_reward_of_the_service_is_read_as_it_was_meant(
    status: schema.Status, number: float, by_name: dict[str, schema.Score], name: str
) -> None:
    theirs = schema.Reward(id=name, status=status, reward=number if status == "ok" else None, scores=by_name)
    ours = Reward.parse(theirs.model_dump(mode="json"))
    assert (ours.id, ours.status, ours.reward) == (theirs.id, theirs.status.value, theirs.reward)
    assert {key: vars(score) for key, score in ours.scores.items()} == {
        key: score.model_dump(mode="json") for key, score in by_name.items()
    }


@pytest.mark.parametrize("status", ["error", "unjudgeable", "a newer one"])
def test_only_a_verdict_has_a_number(status: str) -> None:
    assert Reward.parse({"id": 1, "status": status, "reward": 0.0, "scores": {}}) == Reward(1, status, None, {})


def test_the_public_names_are_listed_and_sorted() -> None:
    public = {name for name, value in vars(verifier_client).items() if not name.startswith("_") and callable(value)}
    assert verifier_client.__all__ == sorted(public | {"__version__"})


def test_the_distribution_needs_httpx_and_nothing_else() -> None:
    assert [need.split(">")[0].split("<")[0] for need in requires("r1-verifier-client") or []] == ["httpx"]
    assert version("r1-verifier-client") == verifier_client.__version__
