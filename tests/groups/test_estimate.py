"""pass@k against its definition, by counting."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.groups.estimate import pass_at, usual_k


@given(st.integers(1, 9), st.data())
def test_pass_at_k_is_the_share_of_the_choices_of_k_with_one_right(n: int, data: st.DataObject) -> None:
    correct, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    chosen = list(combinations([i < correct for i in range(n)], k))
    assert pass_at(k, n, correct) == pytest.approx(sum(map(any, chosen)) / len(chosen))


@given(st.integers(1, 3_000), st.data())
def test_pass_at_1_is_the_mean_and_more_tries_never_hurt(n: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, n))
    estimates = [pass_at(k, n, correct) or 0.0 for k in usual_k(n)]
    assert estimates[0] == correct / n
    assert estimates == sorted(estimates) and 0 <= estimates[-1] <= 1


def test_there_is_no_estimate_beyond_n() -> None:
    assert pass_at(5, 4, 4) is None
    assert list(usual_k(1)) == [1] and list(usual_k(7)) == [1, 2, 4] and list(usual_k(8)) == [1, 2, 4, 8]
