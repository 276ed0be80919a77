"""How tokens are drawn, and what ends a completion."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from grpo import native
from grpo.config import RolloutConfig
from grpo.kernels import first_to_arrive
from grpo.models import Policy


@dataclass(frozen=True)
class Sampling:
    """How to sample. ``stop``: texts that end a completion."""

    max_new_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    slots: int = 512
    cuda_graphs: bool = True

    @classmethod
    def of(cls, config: RolloutConfig) -> "Sampling":
        """That of a recipe."""
        return cls(
            *(
                config.max_new_tokens,
                config.temperature,
                config.top_p,
                tuple(config.stop),
                config.slots,
                config.cuda_graphs,
            )
        )


class Stops:
    """Texts that end a completion."""

    def __init__(self, policy: Policy, texts: Sequence[str]) -> None:
        self.policy, self.texts = policy, texts
        self.window = max(len(text.encode()) for text in texts) + 1  # a token is a byte at least
        self.last = _ending(policy.tokenizer, tuple(text[-1] for text in texts)).to(policy.device)

    def may_end(self, tokens: Tensor) -> Tensor:
        """Of tokens (negative ones are none), which can be the last of such a text."""
        known = (tokens >= 0) & (tokens < len(self.last))
        return self.last[tokens.clamp(0, len(self.last) - 1)] & known

    def end(self, tokens: list[int], latest: int) -> int | None:
        """After how many tokens the first such text has ended, if that was among the last ``latest`` ones."""
        for count in range(max(1, len(tokens) - latest + 1), len(tokens) + 1):
            text = self.policy.decode(tokens[max(0, count - self.window) : count])
            if any(stop in text for stop in self.texts):
                return count
        return None


@lru_cache(8)
def _ending(tokenizer: PreTrainedTokenizerBase, characters: tuple[str, ...]) -> Tensor:
    """Of each token, whether one of these characters may be in it, or a part of one, ``[tokens]``."""
    tokens = range(len(cast("Any", tokenizer)))
    # Twice, since some tokenizers trim the beginning of a text.
    texts = [cast("str", tokenizer.decode([token] * 2, clean_up_tokenization_spaces=False)) for token in tokens]
    wanted = (*characters, "\ufffd")
    return torch.tensor([not text.strip() or any(each in text for each in wanted) for text in texts])


def draw(scores: Tensor, how: Sampling, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A token for each row of logits ``[rows, vocabulary]``, and its log-probability at the temperature, both ``[rows]``."""
    if scores.is_cuda and how.top_p == 1:
        return first_to_arrive(scores, _waits(scores, generator), 1 / how.temperature)
    scores = scores.float()
    if not scores.is_cuda and how.top_p == 1 and native.usable():
        return native.draw(scores, _points(scores, generator)[:, 0], 1 / how.temperature)
    logprobs = (scores if how.temperature == 1 else scores / how.temperature).log_softmax(-1)
    allowed = nucleus(logprobs, how.top_p) if how.top_p < 1 else logprobs
    if scores.is_cuda:
        chosen, _ = first_to_arrive(allowed, _waits(allowed, generator), 1.0)
    else:
        # Where one random number a row falls among the probabilities; in float64, none is too small to be drawn.
        mass = allowed.exp().cumsum(-1, dtype=torch.float64)
        point = _points(scores, generator) * mass[:, -1:]
        chosen = torch.searchsorted(mass, point, right=True)[:, 0].clamp_max_(mass.shape[1] - 1)
    return chosen, logprobs.gather(-1, chosen[:, None])[:, 0]


def _waits(scores: Tensor, generator: torch.Generator) -> Tensor:
    return torch.empty(scores.shape, device=scores.device).exponential_(generator=generator)


def _points(scores: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(len(scores), 1, generator=generator, dtype=torch.float64)


def nucleus(logprobs: Tensor, top_p: float) -> Tensor:
    """Log-probabilities ``[..., vocabulary]`` with all but the likeliest, whose mass reaches ``top_p``, at minus infinity."""
    ordered, order = logprobs.sort(dim=-1, descending=True)
    before = ordered.exp().cumsum(-1) - ordered.exp()
    return torch.full_like(logprobs, -torch.inf).scatter(-1, order, ordered.masked_fill(before >= top_p, -torch.inf))
