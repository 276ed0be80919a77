"""Micro-batches and minibatches: nothing lost, nothing over the budget."""

import torch
from grpo.batch import best_fit, by_length, minibatches
from hypothesis import given
from hypothesis import strategies as st

LENGTHS = st.lists(st.integers(1, 60), max_size=40)


@given(LENGTHS, st.integers(1, 100))
def test_best_fit_fills_chunks_and_loses_nothing(lengths: list[int], capacity: int) -> None:
    chunks = best_fit(lengths, capacity)
    assert sorted(i for chunk in chunks for i in chunk) == list(range(len(lengths)))
    for chunk in chunks:
        assert len(chunk) == 1 or sum(lengths[i] for i in chunk) <= capacity


def test_best_fit_by_hand() -> None:
    # 6 opens a chunk of 10; 5 another; 4 goes where least is left (with 6); 3 and 2 go with 5.
    assert best_fit([5, 3, 6, 2, 4], 10) == [[2, 4], [0, 1, 3]]


@given(LENGTHS, st.integers(1, 200))
def test_rows_of_similar_length_stay_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = by_length(lengths, budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


@given(st.integers(0, 50), st.integers(1, 8))
def test_minibatches_are_a_random_partition_of_equal_parts(count: int, parts: int) -> None:
    found = list(minibatches(count, parts, torch.Generator().manual_seed(0)))
    assert sorted(i for part in found for i in part) == list(range(count))
    assert len(found) == parts and max(map(len, found)) - min(map(len, found)) <= 1
