"""pass@k against its definition, by counting."""

from itertools import combinations

import pytest

from verifier.groups.estimate import pass_at, usual_k


@pytest.mark.parametrize("n", range(1, 10))
def test_pass_at_k_is_the_share_of_the_choices_of_k_with_one_right(n: int) -> None:
    for correct in range(n + 1):
        for k in range(1, n + 1):
            chosen = list(combinations([i < correct for i in range(n)], k))
            assert pass_at(k, n, correct) == pytest.approx(sum(map(any, chosen)) / len(chosen))


@pytest.mark.parametrize("n", [1, 7, 64, 1_000])
def test_pass_at_1_is_the_mean_and_more_tries_never_hurt(n: int) -> None:
    for correct in range(0, n + 1, max(1, n // 50)):
        estimates = [pass_at(k, n, correct) or 0.0 for k in usual_k(n)]
        assert estimates[0] == correct / n
        assert estimates == sorted(estimates) and 0 <= estimates[-1] <= 1


def test_there_is_no_estimate_beyond_n() -> None:
    assert pass_at(5, 4, 4) is None
    assert list(usual_k(1)) == [1] and list(usual_k(7)) == [1, 2, 4] and list(usual_k(8)) == [1, 2, 4, 8]
