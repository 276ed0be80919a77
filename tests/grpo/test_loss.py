"""Every objective against values worked out by hand, against finite differences, and by property."""

import math
from dataclasses import replace

import pytest
import torch
from grpo.config import AlgorithmConfig
from grpo.loss import PRESETS, Objective, Totals, kl_penalty, objective, policy_loss, sampler_weights
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

DOUBLE = torch.float64

# Two completions, of 2 tokens and of 1. Ratios by token: 1.5, 0.5; 1.25. Of the first as a sequence: 0.75.
RATIOS = torch.tensor([[1.5, 0.5], [1.25, 1.0]], dtype=DOUBLE)
OLD = torch.tensor([[-1.0, -2.0], [-0.5, 0.0]], dtype=DOUBLE)
NEW = OLD + RATIOS.log()
MASK = torch.tensor([[True, True], [True, False]])
ADVANTAGES = torch.tensor([1.0, -2.0], dtype=DOUBLE)
TOTALS = Totals(outputs=2, tokens=3, local_tokens=3, longest=4)


def loss(spec: Objective, reference: Tensor | None = None) -> float:
    return policy_loss(spec, NEW, OLD, ADVANTAGES, MASK, TOTALS, reference=reference).loss.item()


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("r1", -(0.75 * 1 + 1.25 * -2) / 2),
        # clipped to 1.2 above; below, min(0.5, 0.8); of a negative advantage, min(-2.5, -2.4)
        ("grpo", -((1.2 + 0.5) / 2 + -2.5) / 2),
        ("dapo", -(1.28 + 0.5 + -2.5) / 3),
        ("dr_grpo", -(1.2 + 0.5 + -2.5) / (2 * 4)),
        ("bnpo", -(1.2 + 0.5 + -2.5) / 3),
        # geometric mean of the first: sqrt(0.75), unclipped since it is the smaller; of the second 1.25, likewise
        ("gspo", -(math.sqrt(0.75) + 1.25 * -2) / 2),
        # ratio times log-probability
        ("cispo", -(1.5 * (math.log(1.5) - 1) + 0.5 * (math.log(0.5) - 2) + 1.25 * -2 * (math.log(1.25) - 0.5)) / 3),
    ],
)
def test_by_hand(preset: str, expected: float) -> None:
    assert loss(replace(PRESETS[preset], beta=0)) == pytest.approx(expected)


def test_kl_by_hand() -> None:
    # Reference ratios by token: e^0.1, e^-0.2; e^0.3; as a sequence: e^-0.1.
    reference = NEW + torch.tensor([[0.1, -0.2], [0.3, 5.0]], dtype=DOUBLE)
    k3 = {x: math.exp(x) - x - 1 for x in (0.1, -0.2, 0.3, -0.1)}
    spec = replace(PRESETS["r1"], beta=1)
    assert loss(spec, reference) - loss(replace(spec, beta=0)) == pytest.approx((k3[-0.1] + k3[0.3]) / 2)
    spec = replace(PRESETS["grpo"], beta=1)
    assert loss(spec, reference) - loss(replace(spec, beta=0)) == pytest.approx(
        ((k3[0.1] + k3[-0.2]) / 2 + k3[0.3]) / 2
    )


def test_estimates_of_kl_by_hand() -> None:
    x = torch.tensor(0.5)
    assert kl_penalty("k1", x).item() == -0.5
    assert kl_penalty("k2", x).item() == 0.125
    assert kl_penalty("k3", x).item() == pytest.approx(math.exp(0.5) - 1.5)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kl", ["k1", "k2", "k3"])
def test_gradients_are_those_of_finite_differences(preset: str, kl: str) -> None:
    spec = replace(PRESETS[preset], beta=0.1, kl=kl)  # type: ignore[arg-type]
    if spec.surrogate == "weight":
        pytest.skip("its weight is held constant on purpose: see the test below")
    generator = torch.Generator().manual_seed(1)
    old = -torch.rand(3, 4, generator=generator, dtype=DOUBLE)
    new = (old + 0.3 * torch.randn(3, 4, generator=generator, dtype=DOUBLE)).requires_grad_()
    reference = old + 0.3 * torch.randn(3, 4, generator=generator, dtype=DOUBLE)
    mask = torch.arange(4) < torch.tensor([4, 2, 3])[:, None]
    advantages = torch.tensor([1.0, -0.5, 2.0], dtype=DOUBLE)
    totals = Totals(3, 9, 9, 6)

    def of(values: Tensor) -> Tensor:
        return policy_loss(spec, values, old, advantages, mask, totals, reference=reference).loss

    assert torch.autograd.gradcheck(of, (new,))


def test_cispo_holds_its_weight_constant() -> None:
    new = NEW.clone().requires_grad_()
    policy_loss(PRESETS["cispo"], new, OLD, ADVANTAGES, MASK, TOTALS).loss.backward()
    assert new.grad is not None
    assert torch.allclose(new.grad, -RATIOS * ADVANTAGES[:, None] * MASK / 3)


@pytest.mark.parametrize("preset", PRESETS)
def test_on_policy_all_presets_agree_with_the_policy_gradient(preset: str) -> None:
    """At ratio 1 the gradient is that of -A log pi, weighted as the preset averages."""
    new = OLD.clone().requires_grad_()
    spec = replace(PRESETS[preset], beta=0)
    policy_loss(spec, new, OLD, ADVANTAGES, MASK, TOTALS).loss.backward()
    lengths = torch.tensor([[2.0], [1.0]], dtype=DOUBLE)
    weight = {"r1": 1 / 2, "grpo": 1 / lengths / 2, "gspo": 1 / lengths / 2, "dr_grpo": 1 / 8}.get(preset, 1 / 3)
    assert new.grad is not None and torch.allclose(new.grad, -ADVANTAGES[:, None] * MASK * weight)


@pytest.mark.parametrize("preset", PRESETS)
@given(data=st.data())
def test_masking_equals_removing(preset: str, data: st.DataObject) -> None:
    rows = data.draw(st.integers(2, 5))
    row = st.lists(st.floats(-3, 0), min_size=3, max_size=3)
    tables = st.lists(row, min_size=rows, max_size=rows).map(torch.tensor)
    new, old, reference = data.draw(tables), data.draw(tables), data.draw(tables)
    lengths = torch.tensor(data.draw(st.lists(st.integers(1, 3), min_size=rows, max_size=rows)))
    gone = data.draw(st.integers(0, rows - 1))
    mask = torch.arange(3) < lengths[:, None]
    mask[gone] = False
    kept = [i for i in range(rows) if i != gone]
    advantages = torch.linspace(-1, 1, rows)
    tokens = int(mask.sum())
    totals, spec = Totals(rows - 1, tokens, tokens, 5), replace(PRESETS[preset], beta=0.1)
    masked = policy_loss(spec, new, old, advantages, mask, totals, reference=reference)
    removed = policy_loss(spec, new[kept], old[kept], advantages[kept], mask[kept], totals, reference=reference[kept])
    for one, other in zip(masked, removed, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_parts_of_a_minibatch_sum_to_the_whole(preset: str) -> None:
    spec = replace(PRESETS[preset], beta=0.1)
    whole = policy_loss(spec, NEW, OLD, ADVANTAGES, MASK, TOTALS, reference=OLD).loss
    parts = [
        policy_loss(spec, NEW[i], OLD[i], ADVANTAGES[i], MASK[i], TOTALS, reference=OLD[i]).loss for i in ([0], [1])
    ]
    assert sum(part.item() for part in parts) == pytest.approx(whole.item())


def test_clip_shares_count_tokens_that_are_held_back() -> None:
    terms = policy_loss(PRESETS["grpo"], NEW, OLD, ADVANTAGES, MASK, TOTALS)
    assert (terms.clip_low.item(), terms.clip_high.item()) == (0, 1)  # 1.5 with a gain; 0.5 and 1.25 are not held back
    terms = policy_loss(PRESETS["grpo"], NEW, OLD, -ADVANTAGES, MASK, TOTALS)
    assert (terms.clip_low.item(), terms.clip_high.item()) == (1, 1)


def test_extreme_ratios_stay_finite() -> None:
    far = torch.full((1, 3), -1e4, dtype=DOUBLE)
    near = torch.zeros(1, 3, dtype=DOUBLE)
    for new, old in ((far, near), (near, far)):
        for preset in PRESETS.values():
            terms = policy_loss(
                preset, new, old, torch.ones(1), torch.ones(1, 3, dtype=torch.bool), Totals(1, 3, 3, 3), reference=far
            )
            assert all(torch.isfinite(value) for value in terms)


def test_sampler_weights_by_hand() -> None:
    learner, sampler = OLD + torch.tensor([[0.5, 1.0], [-1.0, 9.0]], dtype=DOUBLE), OLD
    by_token = sampler_weights("token", learner, sampler, MASK, cap=2)
    assert by_token[MASK].tolist() == pytest.approx([math.exp(0.5), 2, math.exp(-1)])
    by_sequence = sampler_weights("sequence", learner, sampler, MASK, cap=2)
    assert by_sequence[:, 0].tolist() == pytest.approx([2, math.exp(-1)])


def test_a_recipe_changes_a_preset() -> None:
    spec = objective(AlgorithmConfig(preset="grpo", clip_high=10, beta=0.5, kl="k1", scale="none"))
    assert (spec.clip_low, spec.clip_high, spec.beta, spec.kl, spec.scale) == (0.2, 10, 0.5, "k1", "none")
    assert objective(AlgorithmConfig(beta=0)).beta == 0
