"""Log-probabilities of tokens a part of the tokens at a time, against all of them at once."""

from collections.abc import Callable
from typing import cast

import pytest
import torch
from grpo import likelihood
from torch import Tensor, nn

Measured = tuple[Tensor, Tensor, Tensor, Tensor]


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Measured]:
    """Log-probabilities, entropies and gradients, with a bound on the logits that are kept."""

    def run(head: nn.Linear, hidden: Tensor, targets: Tensor, most: int) -> Measured:
        monkeypatch.setattr(likelihood, "MOST", most)
        hidden = hidden.clone().requires_grad_()
        head.zero_grad()
        found = likelihood.of_hidden(head, hidden, targets, 0.7)
        (found.logprobs * torch.linspace(-1, 2, found.logprobs.numel()).view_as(found.logprobs)).sum().backward()
        assert not found.entropy.requires_grad
        slopes = cast("Tensor", hidden.grad), cast("Tensor", head.weight.grad)
        return found.logprobs.detach(), found.entropy, *slopes

    return run


@pytest.mark.parametrize("part", [1, 100, 1_000, 1 << 29])
def test_parts_are_as_the_whole(measure: Callable[..., Measured], monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    torch.manual_seed(0)
    head, hidden, targets = nn.Linear(8, 50, bias=False), 3 * torch.randn(3, 7, 8), torch.randint(0, 50, (3, 7))
    monkeypatch.setattr(likelihood, "PART", part)
    for one, other in zip(measure(head, hidden, targets, 0), measure(head, hidden, targets, 1 << 24), strict=True):
        assert torch.allclose(one, other, atol=1e-4)


def test_in_half_precision_parts_are_as_near_as_the_whole(measure: Callable[..., Measured]) -> None:
    torch.manual_seed(0)
    head, hidden, targets = nn.Linear(64, 50, bias=False), torch.randn(21, 64), torch.randint(0, 50, (21,))
    exact = measure(head, hidden, targets, 1 << 24)
    with torch.autocast("cpu", torch.bfloat16):
        whole, parts = (measure(head, hidden, targets, most) for most in (1 << 24, 0))
    for one, all_at_once, in_parts in zip(exact, whole, parts, strict=True):
        assert in_parts.dtype == torch.float32
        assert (in_parts - one).norm() < 1.5 * (all_at_once - one).norm() + 1e-3 * one.norm()


def test_a_head_that_is_not_trained_gets_no_gradient() -> None:
    head, hidden = nn.Linear(8, 50, bias=False).requires_grad_(False), torch.randn(2, 8, requires_grad=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likelihood, "MOST", 0)
        likelihood.of_hidden(head, hidden, torch.tensor([1, 2]), 1.0).logprobs.sum().backward()
    assert hidden.grad is not None and head.weight.grad is None
