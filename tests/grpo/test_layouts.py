"""Sequences without padding, against padded ones; attention over them is written out where there is no GPU."""

from functools import partial
from typing import Any

import pytest
import torch
from grpo import forward, layouts, models, tasks
from grpo.batch import Batch, collate
from grpo.config import ModelConfig
from grpo.models import Policy
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


@pytest.fixture(scope="module")
def policy() -> Policy:
    return models.load(ModelConfig(), torch.device("cpu"), seed=1)


def batch(policy: Policy, *lengths: int) -> Batch:
    """Completions of these lengths, by turns to three prompts."""
    prompts = [policy.encode_prompt(prompt.question) for prompt in tasks.generate("mixed", 3, seed=0)]
    completions = [[5 + (index + at) % 300 for at in range(length)] for index, length in enumerate(lengths)]
    return collate([prompts[i % 3] for i in range(len(lengths))], completions, policy.pad)


def by_sequence(queries: Tensor, keys: Tensor, values: Tensor, *ends: Any, **_: Any) -> Tensor:
    """What flash attention computes, one sequence after the other, its last query seeing its last key."""
    (q_ends, k_ends), seen = (each.tolist() for each in ends[:2]), list[Tensor]()
    for q0, q1, k0, k1 in zip(q_ends, q_ends[1:], k_ends, k_ends[1:], strict=False):
        mask = torch.ones(q1 - q0, k1 - k0, dtype=torch.bool).tril(k1 - k0 - (q1 - q0))
        parts = (each.transpose(0, 1) for each in (queries[q0:q1], keys[k0:k1], values[k0:k1]))
        seen.append(scaled_dot_product_attention(*parts, attn_mask=mask, enable_gqa=True).transpose(0, 1))
    return torch.cat(seen)


def said(what: Any, *_: object) -> Any:
    return what


@pytest.mark.parametrize("lengths", [(4, 1, 9, 2, 7), (3,), (1, 1, 1, 1), (6, 6, 6, 6, 6, 6, 6)])
def test_they_are_as_padded_ones(policy: Policy, monkeypatch: pytest.MonkeyPatch, lengths: tuple[int, ...]) -> None:
    rows, found = batch(policy, *lengths), list[list[Tensor]]()
    for ragged in (False, True):
        monkeypatch.setattr(layouts, "is_ragged", partial(said, ragged))
        monkeypatch.setattr(layouts, "_varlen", lambda: (by_sequence, False))
        policy.model.zero_grad()
        judged = forward.judge(policy.model, rows, 0.7)
        weights = torch.linspace(-1, 2, int(rows.mask.sum()))
        (judged.logprobs[rows.mask] * weights).sum().backward()
        slopes = [p.grad.clone() for p in policy.model.parameters() if p.grad is not None]
        found.append([judged.logprobs[rows.mask].detach(), judged.entropy[rows.mask], *slopes])
    assert len(found[0]) == len(found[1]) > 4
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4)


def test_nothing_is_computed_for_padding(policy: Policy) -> None:
    rows = batch(policy, 4, 1, 9, 2)
    ragged = layouts.Ragged(rows, policy.device)
    assert len(ragged.tokens) == int(rows.prompt_lengths[:3].sum()) + 3 + 0 + 8 + 1
    assert len(ragged.targets) == 16


@pytest.mark.parametrize(
    ("kind", "dtype", "size", "card", "there"),
    [
        ("cuda", torch.bfloat16, 64, (8, 0), True),
        ("cuda", torch.float16, 256, (9, 0), True),
        ("cuda", torch.float32, 64, (9, 0), False),
        ("cuda", torch.bfloat16, 64, (7, 5), False),  # flash attention is for Ampere and later cards
        ("cuda", torch.bfloat16, 100, (8, 0), False),  # as in OpenLLaMA 3B
        ("cuda", torch.bfloat16, 264, (8, 0), False),
        ("cpu", torch.bfloat16, 64, (8, 0), False),
    ],
)
def test_they_are_for_what_flash_attention_takes(
    monkeypatch: pytest.MonkeyPatch, kind: str, dtype: torch.dtype, size: int, card: tuple[int, int], there: bool
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", partial(said, card))
    monkeypatch.setattr(layouts, "_varlen", lambda: (by_sequence, False))
    assert layouts.is_ragged(torch.device(kind), dtype, size) is there
