"""The objectives: what is minimised, given log-probabilities and advantages.

Notation: ``o_i`` is completion i of N, with ``|o_i|`` tokens; ``r_it = pi(o_it) / pi_old(o_it)`` a token's importance ratio,
``s_i = pi(o_i) / pi_old(o_i)`` a sequence's; ``A_i`` its advantage. All sums are over completions that take part.

========  ==================================================================================================
r1        mean_i [min(s_i A_i, clip(s_i) A_i) - beta KL_i], KL of the sequence: DeepSeek-R1, 2501.12948, eq. 1, 2
grpo      mean_i mean_t [min(r_it A_i, clip(r_it) A_i) - beta KL_it]: DeepSeekMath, 2402.03300, eq. 3
dapo      sum_it [...] / sum_i |o_i|, clipped higher above than below, no KL: DAPO, 2503.14476, eq. 8
dr_grpo   sum_it [...] / (N * longest possible), A not divided by the deviation: Dr. GRPO, 2503.20783, section 3.2
bnpo      as dapo, over the tokens of each rank's own minibatch: TRL's loss_type "bnpo"
gspo      mean_i [min(g_i A_i, clip(g_i) A_i)], g_i = s_i^(1/|o_i|): GSPO, 2507.18071, eq. 5, 7
cispo     sum_it [stopgrad(clip(r_it)) A_i log pi(o_it)] / sum_i |o_i|: CISPO, MiniMax-M1, 2506.13585, eq. 4, 5
========  ==================================================================================================
"""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from grpo.advantage import Scale
from grpo.config import AlgorithmConfig

LARGEST_LOG = 20.0
"""Logarithms of ratios are bounded by this before exp, so that nothing becomes infinite."""


@dataclass(frozen=True)
class Objective:
    """One objective, every choice made."""

    ratio: Literal["sequence", "sequence_mean", "token"]
    surrogate: Literal["clip", "weight"]
    """``clip``: PPO's minimum; ``weight``: the clipped ratio as a constant weight of the log-probability (CISPO)."""
    average: Literal["outputs", "tokens", "local_tokens", "constant"]
    clip_low: float
    clip_high: float
    beta: float
    kl: Literal["k1", "k2", "k3"]
    scale: Scale


PRESETS: dict[str, Objective] = {
    "r1": Objective("sequence", "clip", "outputs", clip_low=10, clip_high=10, beta=0.001, kl="k3", scale="group"),
    "grpo": Objective("token", "clip", "outputs", clip_low=0.2, clip_high=0.2, beta=0.04, kl="k3", scale="group"),
    "dapo": Objective("token", "clip", "tokens", clip_low=0.2, clip_high=0.28, beta=0, kl="k3", scale="group"),
    "dr_grpo": Objective("token", "clip", "constant", clip_low=0.2, clip_high=0.2, beta=0, kl="k3", scale="none"),
    "bnpo": Objective("token", "clip", "local_tokens", clip_low=0.2, clip_high=0.2, beta=0, kl="k3", scale="group"),
    "gspo": Objective(
        "sequence_mean", "clip", "outputs", clip_low=3e-4, clip_high=4e-4, beta=0, kl="k3", scale="group"
    ),
    "cispo": Objective("token", "weight", "tokens", clip_low=1, clip_high=4, beta=0, kl="k3", scale="group"),
}
"""The sources' own constants; R1's clip of 10 is that of its first stage."""


def objective(config: AlgorithmConfig) -> Objective:
    """The preset, with what the recipe changes."""
    names = ("clip_low", "clip_high", "beta", "kl", "scale")
    changes = {name: value for name in names if (value := getattr(config, name)) is not None}
    return replace(PRESETS[config.preset], **changes)


class Totals(NamedTuple):
    """What a minibatch's loss is averaged over, all its micro-batches and ranks together."""

    outputs: int
    """Completions that take part."""
    tokens: int
    """Their tokens."""
    local_tokens: int
    """Those of this rank, times the number of ranks."""
    longest: int
    """The longest completion that could have been written: ``max_new_tokens``."""


class Terms(NamedTuple):
    """The loss of a micro-batch, and sums to be shown: divided by ``tokens`` of all micro-batches they are means."""

    loss: Tensor
    """To be summed over micro-batches."""
    kl: Tensor
    ratio: Tensor
    clip_low: Tensor
    clip_high: Tensor


def policy_loss(
    spec: Objective,
    new: Tensor,
    old: Tensor,
    advantages: Tensor,
    mask: Tensor,
    totals: Totals,
    *,
    reference: Tensor | None = None,
    correction: Tensor | None = None,
) -> Terms:
    """The loss of a micro-batch: sums over micro-batches (and, averaged over ranks, of all ranks) are the minibatch's.

    Args:
        new, old: Log-probabilities ``[batch, tokens]`` under the policy (with gradient) and under the policy that wrote.
        advantages: ``[batch]``.
        mask: ``[batch, tokens]``, whether there is a token. A row of False takes no part.
        reference: Log-probabilities under the reference model; needed where ``spec.beta`` is not 0.
        correction: Weights of sampler mismatch, ``[batch, tokens]`` or ``[batch, 1]``: see :func:`sampler_weights`.
    """
    lengths = mask.sum(-1, keepdim=True)
    log_ratio = _level(spec, torch.where(mask, new - old, 0.0), lengths)
    ratio = _exp(log_ratio)
    clipped = ratio.clamp(1 - spec.clip_low, 1 + spec.clip_high)
    advantage = advantages[:, None].to(new.dtype)
    if spec.surrogate == "weight":
        gain = clipped.detach() * advantage * torch.where(mask, new, 0.0)
    else:
        gain = torch.minimum(ratio * advantage, clipped * advantage)
    if correction is not None:
        gain = gain * correction
    kl = torch.zeros_like(gain)
    if spec.beta and reference is not None:
        kl = kl_penalty(spec.kl, _level(spec, torch.where(mask, reference - new, 0.0), lengths))
    here = mask if spec.ratio == "token" else lengths > 0
    loss = -(_weights(spec, here, lengths, totals) * (gain - spec.beta * kl)).sum()
    with torch.no_grad():
        share = here * (1 if spec.ratio == "token" else lengths)  # per token, whatever the level
        low = (ratio < 1 - spec.clip_low) & (advantage < 0)
        high = (ratio > 1 + spec.clip_high) & (advantage > 0)
        sums = [(share * each).sum() for each in (ratio, low, high)]
        token_kl = new.new_zeros(())
        if reference is not None:
            token_kl = (kl_penalty("k3", torch.where(mask, reference - new, 0.0)) * mask).sum()
    return Terms(loss, token_kl, *sums)


def kl_penalty(kind: Literal["k1", "k2", "k3"], log_ratio: Tensor) -> Tensor:
    """An estimate of KL(pi || pi_ref) from samples of pi; ``log_ratio`` is ``log(pi_ref / pi)``.

    ``k1 = -log_ratio``, ``k2 = log_ratio^2 / 2``, ``k3 = exp(log_ratio) - log_ratio - 1`` (Schulman, "Approximating KL
    divergence", 2020; k3 is DeepSeek-R1's, arXiv 2501.12948, eq. 2).
    """
    if kind == "k1":
        return -log_ratio
    if kind == "k2":
        return log_ratio**2 / 2
    return _exp(log_ratio) - log_ratio - 1


def sampler_weights(
    level: Literal["token", "sequence"], learner: Tensor, sampler: Tensor, mask: Tensor, cap: float
) -> Tensor:
    """Truncated importance sampling: ``min(pi_learner / pi_sampler, cap)`` of the same weights in two programs.

    A sampler with other kernels or precision writes from a slightly different policy (Yao et al., "Your efficient RL
    framework secretly brings you off-policy RL training", 2025). By token ``[batch, tokens]`` or sequence ``[batch, 1]``.
    """
    difference = torch.where(mask, learner - sampler, 0.0)
    if level == "sequence":
        difference = difference.sum(-1, keepdim=True)
    return _exp(difference).clamp(max=cap).detach()


def _level(spec: Objective, differences: Tensor, lengths: Tensor) -> Tensor:
    """Differences of log-probabilities by token ``[batch, tokens]``, or by sequence ``[batch, 1]``."""
    if spec.ratio == "token":
        return differences
    sums = differences.sum(-1, keepdim=True)
    return sums if spec.ratio == "sequence" else sums / lengths.clamp_min(1)


def _weights(spec: Objective, here: Tensor, lengths: Tensor, totals: Totals) -> Tensor:
    """What each term counts in the mean, ``[batch, tokens]`` or ``[batch, 1]``."""
    if spec.ratio != "token":
        return here / totals.outputs
    if spec.average == "outputs":
        return here / (lengths.clamp_min(1) * totals.outputs)
    if spec.average == "constant":
        return here / (totals.outputs * totals.longest)
    return here / (totals.tokens if spec.average == "tokens" else totals.local_tokens)


def _exp(log: Tensor) -> Tensor:
    return log.clamp(-LARGEST_LOG, LARGEST_LOG).exp()
