"""Advantages: the paper's formula, by hand and by property."""

import math

import pytest
import torch
from grpo.advantage import advantages, overlong_punishment, without_variance
from hypothesis import given
from hypothesis import strategies as st

Groups = list[tuple[int, float | None]]
GROUPS = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.floats(-100, 100).map(lambda x: round(x, 3))), min_size=1, max_size=30
)


def of(pairs: Groups, **options: str) -> list[float]:
    return advantages([r for _, r in pairs], [g for g, _ in pairs], **options).tolist()  # type: ignore[arg-type]


def test_by_hand() -> None:
    # mean 1, deviation sqrt((1 + 0 + 1) / 3)
    deviation = math.sqrt(2 / 3)
    assert of([(0, 0.0), (0, 1.0), (0, 2.0)]) == pytest.approx([-1 / deviation, 0, 1 / deviation])
    assert of([(0, 0.0), (0, 1.0), (0, 2.0)], scale="none") == pytest.approx([-1, 0, 1])
    # of the batch: centred rewards are -1, 1, -2, 2, their deviation sqrt(10 / 4)
    assert of([(0, 0.0), (0, 2.0), (1, 1.0), (1, 5.0)], scale="batch") == pytest.approx(
        [x / math.sqrt(2.5) for x in (-1, 1, -2, 2)]
    )


@given(GROUPS)
def test_those_of_a_group_sum_to_zero(pairs: Groups) -> None:
    found = of(pairs)
    for group in {g for g, _ in pairs}:
        assert sum(a for a, (g, _) in zip(found, pairs, strict=True) if g == group) == pytest.approx(0, abs=1e-6)


@given(GROUPS, st.floats(0.01, 100))
def test_scaling_rewards_changes_nothing(pairs: Groups, factor: float) -> None:
    scaled = [(g, None if r is None else r * factor) for g, r in pairs]
    assert of(scaled) == pytest.approx(of(pairs), abs=1e-6)


@given(GROUPS)
@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_no_reward_is_as_if_it_were_not_there(scale: str, pairs: Groups) -> None:
    found = of(pairs, scale=scale)
    graded: Groups = [(g, r) for g, r in pairs if r is not None]
    assert [a for a, (_, r) in zip(found, pairs, strict=True) if r is not None] == of(graded, scale=scale)
    assert all(a == 0 for a, (_, r) in zip(found, pairs, strict=True) if r is None)


@given(st.floats(-1e6, 1e6), st.integers(1, 20))
def test_equal_rewards_have_no_advantage(reward: float, count: int) -> None:
    assert of([(0, reward)] * count) == [0.0] * count


def test_groups_without_variance() -> None:
    rewards = [1.0, 1.0, 0.0, 1.0, None, 0.5]
    assert without_variance(rewards, [0, 0, 1, 1, 2, 2]) == {0: True, 1: False, 2: True}


@pytest.mark.parametrize(("length", "value"), [(50, 0), (80, 0), (85, -0.25), (90, -0.5), (100, -1), (120, -1)])
def test_overlong_punishment_by_hand(length: int, value: float) -> None:
    assert overlong_punishment(length, longest=100, margin=20) == pytest.approx(value)


def test_advantages_keep_the_order_of_any_group_numbers() -> None:
    assert torch.equal(advantages([1.0, 0.0, 2.0], [7, 7, -3]), advantages([1.0, 0.0, 2.0], [0, 0, 1]))
