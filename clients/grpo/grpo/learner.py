"""The policy as it learns: judged completions to gradients, optimizer steps, and the reference model beside it."""

import copy
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from grpo import batch as batches
from grpo import sharding
from grpo.advantage import advantages, overlong_punishment
from grpo.batch import Batch
from grpo.completion import Completion
from grpo.config import Config
from grpo.errors import ConfigError, DivergedError
from grpo.forward import judge, pads
from grpo.loss import Terms, Totals, objective, policy_loss, sampler_weights
from grpo.metrics import Metrics
from grpo.models import Policy, autocast, bare
from grpo.optimizer import build, learning_rate
from grpo.parallel import World

SMALL = 1 << 23
"""Numbers of the size of a hidden state that all layers keep in a pass on CPU, at most, if that allows for 2,048 tokens."""


@dataclass
class Evidence:
    """A completion, and what was computed of it before its reward was known: log-probabilities ``[tokens]``."""

    completion: Completion
    reference: Tensor | None = None
    """Under the reference model, where the objective has a KL penalty."""
    recomputed: Tensor | None = None
    """Under the policy as it was before this step, where the sampler is to be corrected."""


class Learner:
    """Policy, reference and optimizer."""

    def __init__(self, config: Config, policy: Policy, world: World) -> None:
        self.config, self.policy, self.world = config, policy, world
        self.spec = objective(config.algorithm)
        self.order = torch.Generator().manual_seed(config.train.seed)
        """Splits rollouts into minibatches: the same on all ranks."""
        self.reference: nn.Module | None = None
        if self.spec.beta and config.model.lora is None:
            self.reference = copy.deepcopy(policy.model).eval().requires_grad_(False)
        self.sharded = world.size > 1 and config.train.sharding == "fsdp"
        if self.sharded:
            if config.train.off_policy:
                raise ConfigError("train.sharding=fsdp does not go with train.off_policy: use ddp")
            for model in (policy.model, self.reference):
                if model is not None:
                    sharding.shard(model)
        self.optimizer = build(policy.model, config.optimizer)

    def judge(self, completions: Sequence[Completion]) -> list[Evidence]:
        """What the models make of completions, before their rewards are known."""
        evidence = [Evidence(completion) for completion in completions]
        if self.spec.beta:
            with self._as_reference() as model:
                for each, logprobs in zip(evidence, self._logprobs(model, completions), strict=True):
                    each.reference = logprobs
        unknown = not all(completion.logprobs for completion in completions)
        if unknown and self.config.algorithm.correction != "none":
            raise ConfigError("algorithm.correction needs a sampler that gives log-probabilities of tokens")
        if unknown or self.config.algorithm.correction != "none":
            for each, logprobs in zip(evidence, self._logprobs(self.policy.model, completions), strict=True):
                each.recomputed = logprobs
        return evidence

    def learn(self, evidence: Sequence[Evidence], step: int) -> Metrics:
        """One rollout's optimizer steps, as step ``step`` (from 0) of the run."""
        kept = self._advantages(evidence)
        lr = learning_rate(self.config.optimizer, step, self.config.train.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.policy.model.train()
        sums = _Sums()
        for _ in range(self.config.train.epochs):
            for part in batches.minibatches(len(kept), self.config.train.minibatches, self.order):
                self._minibatch([kept[i] for i in sorted(part)], sums)
        measured = sums.metrics()
        # Each rank has its part of the sum over completions; means over ranks are what is shown.
        return measured | {"loss": measured["loss"] * self.world.size, "lr": lr}

    def stepped(self, step: int) -> None:
        """Replaces the reference by the policy every ``reference_every`` steps (DeepSeek-R1, section 2.1: every 400)."""
        every = self.config.train.reference_every
        if self.reference is not None and every and step % every == 0:
            self.reference.load_state_dict(self.policy.model.state_dict())

    def _advantages(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """Sets advantages; gives what takes part in the loss."""
        algorithm, longest = self.config.algorithm, self.config.rollout.max_new_tokens
        rewards = [each.completion.reward for each in evidence]
        if algorithm.truncated == "punish":
            rewards = [
                None
                if reward is None
                else reward + overlong_punishment(len(c.tokens), longest, algorithm.punish_tokens)
                for reward, c in zip(rewards, (each.completion for each in evidence), strict=True)
            ]
        groups = [each.completion.group for each in evidence]
        values = cast("list[float]", advantages(rewards, groups, self.spec.scale, self.world.sum).tolist())
        for each, advantage in zip(evidence, values, strict=True):
            each.completion.advantage = advantage
        filtered = algorithm.truncated == "filter"
        return [e for e in evidence if e.completion.reward is not None and not (filtered and e.completion.truncated)]

    def _minibatch(self, part: list[Evidence], sums: "_Sums") -> None:
        tokens = sum(len(each.completion.tokens) for each in part)
        outputs, all_tokens = (round(total) for total in self.world.sum([len(part), tokens]))
        if not outputs:
            return
        totals = Totals(outputs, all_tokens, tokens * self.world.size, self.config.rollout.max_new_tokens)
        # Without a KL penalty, an advantage of 0 has no gradient: such completions only count in the means.
        moving = [each for each in part if self.spec.beta or each.completion.advantage]
        for indexes in self._micro_batches([each.completion for each in moving]):
            if indexes:
                self._micro_batch([moving[i] for i in indexes], totals, sums)
            else:
                (self._spare_pass(self.policy.model) * 0).backward()
        self.world.average_gradients(self.policy.model)
        norm = sharding.clip(self.policy.model, self.config.optimizer.clip_norm)
        if not math.isfinite(norm):
            raise DivergedError(f"the gradient is {norm}: lower optimizer.lr, or look at the weights it started from")
        self.optimizer.step()
        self.optimizer.zero_grad()
        sums.norms.append(norm)

    def _micro_batch(self, some: list[Evidence], totals: Totals, sums: "_Sums") -> None:
        completions, device = [each.completion for each in some], self.policy.device
        rows = self._batch(completions)
        with autocast(self.policy):
            new = judge(self.policy.model, rows, self.config.rollout.temperature, self.config.train.layout)
        mask, sampler, given = (
            batches.moved(each, device)
            for each in (
                rows.mask,
                batches.padded([c.logprobs for c in completions]),
                torch.tensor([c.advantage for c in completions]),
            )
        )
        recomputed, correction = _stack([each.recomputed for each in some]), None
        level, cap = self.config.algorithm.correction, self.config.algorithm.correction_cap
        if recomputed is not None and level != "none":
            correction = sampler_weights(level, recomputed, sampler, mask, cap)
        old, reference = sampler if recomputed is None else recomputed, _stack([each.reference for each in some])
        terms = policy_loss(
            self.spec, new.logprobs, old, given, mask, totals, reference=reference, correction=correction
        )
        (terms.loss * self.world.size).backward()
        sums.add(terms, int(rows.mask.sum()), entropy=(new.entropy * mask).sum())
        if correction is not None:
            sums.add_weights((correction * mask).sum(), ((correction >= cap) * mask).sum())

    def _micro_batches(self, completions: Sequence[Completion]) -> list[list[int]]:
        """Indexes by pass; with sharded weights as many as on any rank, some of them empty."""
        lengths = [len(c.prompt_tokens) + len(c.tokens) for c in completions]
        split = batches.by_length if pads(self.policy, self.config.train.layout) else batches.best_fit
        micro = split(lengths, self.config.train.micro_batch_tokens or self._usual_tokens())
        return self.world.same_count(micro, []) if self.sharded else micro

    def _usual_tokens(self) -> int:
        """Of a pass: on CPU more of small models, whose activations take little memory."""
        if self.policy.device.type != "cpu":
            return 16_384
        settings = bare(self.policy.model).config.get_text_config()
        return min(max(2_048, SMALL // (settings.num_hidden_layers * settings.hidden_size)), 8_192)

    def _spare_pass(self, model: nn.Module) -> Tensor:
        """A pass that only keeps step with processes that have more to do: sharded weights are gathered by all."""
        rows = batches.collate([[self.policy.pad]], [[self.policy.eos]], self.policy.pad)
        return judge(model, rows, 1.0, self.config.train.layout).logprobs.sum()

    @torch.no_grad()
    def _logprobs(self, model: nn.Module, completions: Sequence[Completion]) -> list[Tensor]:
        found: dict[int, Tensor] = {}
        model.eval()
        for indexes in self._micro_batches(completions):
            if not indexes:
                self._spare_pass(model)
                continue
            rows = self._batch([completions[i] for i in indexes])
            with autocast(self.policy):
                judged = judge(model, rows, self.config.rollout.temperature, self.config.train.layout, entropy=False)
            for index, row in zip(indexes, judged.logprobs, strict=True):
                found[index] = row[: len(completions[index].tokens)]
        return [found[index] for index in range(len(completions))]

    def _batch(self, completions: Sequence[Completion]) -> Batch:
        return batches.of(completions, self.policy.pad)

    def _as_reference(self) -> AbstractContextManager[nn.Module]:
        """The reference model; under LoRA, the policy without its adapter."""
        if self.reference is not None:
            return nullcontext(self.reference)
        return _WithoutAdapter(self.policy.model)


class _WithoutAdapter:
    def __init__(self, model: nn.Module) -> None:
        self.model, self.disabled = model, cast("Any", model).disable_adapter()

    def __enter__(self) -> nn.Module:
        self.disabled.__enter__()
        return self.model

    def __exit__(self, *error: Any) -> None:
        self.disabled.__exit__(*error)


class _Sums:
    """What the micro-batches of a step add up to."""

    def __init__(self) -> None:
        self.norms: list[float] = []
        always = "loss", "kl", "ratio", "clip_low", "clip_high", "entropy"
        self._sums = {name: torch.zeros(()) for name in always}
        self._tokens = 0

    def add(self, terms: Terms, tokens: int, *, entropy: Tensor) -> None:
        """Of one micro-batch, with its count of tokens."""
        self._add(**terms._asdict(), entropy=entropy)
        self._tokens += tokens

    def add_weights(self, total: Tensor, clipped: Tensor) -> None:
        """The sum of a micro-batch's weights of sampler mismatch, and how many were truncated."""
        self._add(is_weight=total, is_clipped=clipped)

    def metrics(self) -> Metrics:
        """Means: of the loss and of the gradient's norm over minibatches, of the others over tokens."""
        sums = {name: value.item() for name, value in self._sums.items()}
        minibatches, loss = max(1, len(self.norms)), sums.pop("loss")
        means = {f"policy/{name}": value / max(1, self._tokens) for name, value in sums.items()}
        return {"loss": loss / minibatches, "grad_norm": sum(self.norms) / minibatches} | means

    def _add(self, **values: Tensor) -> None:
        for name, value in values.items():
            self._sums[name] = value.detach().float() + self._sums.get(name, 0)


def _stack(rows: Sequence[Tensor | None]) -> Tensor | None:
    """Rows of different lengths, padded; None if they are."""
    tensors = [row for row in rows if row is not None]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True) if tensors else None
