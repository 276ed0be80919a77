"""The local sampler: batched generation with a KV cache, where each finished row makes room for a waiting prompt.

Each prompt is read once and its keys and values copied to all of its completions. On GPU shapes are static, and the
decoding step is replayed as a CUDA graph: one for each of some widths of the cache, since attention reads all of it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from grpo import decoder, rehearsal
from grpo.completion import Completion
from grpo.decoder import Decoder, attention
from grpo.errors import ConfigError
from grpo.kvcache import SlotCache
from grpo.models import Policy, autocast, bare, cache_argument, cache_fault
from grpo.prompts import Prompt
from grpo.sampling import Sampling, Stops, draw

POLL = 8
"""Decoding steps on GPU between two looks at which rows are finished: each look waits for the GPU."""

ENOUGH = 32
"""Rows on GPU at which a step takes no less time for fewer."""


def generate(
    policy: Policy,
    prompts: Sequence[Prompt],
    outputs: int,
    how: Sampling,
    generator: torch.Generator,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Completion]:
    """``outputs`` completions of each prompt, as they finish, in any order; ``group`` is the prompt's index.

    ``stopping`` is asked after every look at which are finished, and ends it early.

    Raises:
        ConfigError: the model keeps no ordinary KV cache of all layers (sliding windows, state spaces), or does not go on from
            this one as it would without: use another engine.
    """
    if decoder.of(policy.model) is None:
        _rehearse(policy, prompts, how)
    with _Run(policy, prompts, outputs, how, generator) as run:
        yield from run.completions(stopping)


def is_static(device: torch.device) -> bool:
    """Whether shapes stay as they are, and rows are looked at now and then."""
    return device.type == "cuda"


def _rehearse(policy: Policy, prompts: Sequence[Prompt], how: Sampling) -> None:
    """Raises ConfigError where a few tokens after the shortest and the longest prompt are not the policy's own."""
    by_length = sorted(prompts, key=lambda prompt: len(prompt.question))
    few = Sampling(min(4, how.max_new_tokens), cuda_graphs=False)

    def sample(by: Policy) -> list[Completion]:
        with _Run(by, [by_length[0], by_length[-1]], 1, few, torch.Generator(by.device).manual_seed(0)) as run:
            return list(run.completions())

    if fault := rehearsal.fault(policy, sample):
        raise ConfigError(f"model.path: {fault}: set rollout.engine=openai")


@dataclass
class _Row:
    """What a slot is busy with."""

    group: int
    prompt: list[int]


class _Run:
    """One call of :func:`generate`: rows in slots, prompts that wait."""

    def __init__(
        self, policy: Policy, prompts: Sequence[Prompt], outputs: int, how: Sampling, generator: torch.Generator
    ) -> None:
        self.policy, self.prompts, self.how, self.generator = policy, prompts, how, generator
        self.device = next(policy.model.parameters()).device
        self.encoded = policy.encode_prompts([prompt.asked for prompt in prompts])
        self.waiting = deque([index, outputs] for index in range(len(prompts)))
        slots = min(how.slots, len(prompts) * outputs)
        longest = max(map(len, self.encoded)) + how.max_new_tokens
        if fault := cache_fault(policy.model, longest):
            raise ConfigError(
                f"model.path: {fault}, so this sampler would write from another policy: set rollout.engine=openai"
            )
        self.static = is_static(self.device)
        self.native = decoder.natively(policy.model, longest, policy.dtype)
        self.cache = SlotCache(slots, longest, static=self.static, native=self.native is not None)
        self.rows: list[_Row | None] = [None] * slots
        self.last = torch.full((slots,), policy.pad, device=self.device)
        self.ends = torch.zeros(slots, dtype=torch.long, device=self.device)  # tokens in the cache
        self.written = torch.zeros(slots, dtype=torch.long, device=self.device)
        self.tokens = torch.full((slots, how.max_new_tokens + POLL), policy.pad, device=self.device)
        self.logprobs = torch.zeros(slots, how.max_new_tokens + POLL, device=self.device)
        self.poll = POLL if self.static else 1
        self.high = 0
        """Most tokens of a row in the cache, or more."""
        self.stops = Stops(policy, how.stop) if how.stop else None
        self.training = policy.model.training
        self.cache_name = cache_argument(policy.model)
        self.direct = decoder.cast_once(policy.model, policy.dtype) if self.native is None else decoder.of(policy.model)
        self.graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        """By columns of the cache: a step as a graph, and the logits that it writes."""

    def __enter__(self) -> "_Run":
        self.policy.model.eval()
        return self

    def __exit__(self, *_: object) -> None:
        self.policy.model.train(self.training)

    @torch.inference_mode()
    def completions(self, stopping: Callable[[], bool] = lambda: False) -> Iterator[Completion]:
        while (self.waiting or any(self.rows)) and not stopping():
            free = [index for index, row in enumerate(self.rows) if row is None]
            # Reading a prompt costs about as much as a step of decoding: worth it for some rows at a time.
            if self.waiting and (len(free) * 4 >= len(self.rows)):
                self._admit(free)
            elif not self.waiting and self._spare(len(free)):
                self._shrink()
            else:
                for _ in range(self.poll):
                    self._decode()
            yield from self._finished()

    def _admit(self, free: list[int]) -> None:
        """Reads waiting prompts, copies each to its rows, and samples the first token of these."""
        rows, sources, read = list[int](), list[int](), list[list[int]]()
        while free and self.waiting:
            index, wanted = self.waiting[0]
            taken, free = free[:wanted], free[wanted:]
            for row in taken:
                self.rows[row] = _Row(index, self.encoded[index])
            rows += taken
            sources += [len(read)] * len(taken)
            read.append(self.encoded[index])
            self.waiting[0][1] -= len(taken)
            if not self.waiting[0][1]:
                self.waiting.popleft()
        at, source = torch.tensor(rows, device=self.device), torch.tensor(sources, device=self.device)
        scores = self._prefill(read)
        self.cache.place(at, source)
        self.high = max(self.high, *map(len, read))
        self.ends[at] = torch.tensor([len(read[s]) for s in sources], device=self.device)
        self.written[at] = 0
        self._sample(scores[source], at)

    def _prefill(self, prompts: list[list[int]]) -> Tensor:
        """Logits after each prompt, ``[prompts, vocabulary]``; its keys and values stay recorded in the cache."""
        longest = max(map(len, prompts))
        tokens = torch.tensor([[*p, *[self.policy.pad] * (longest - len(p))] for p in prompts], device=self.device)
        causal = torch.ones(longest, longest, dtype=torch.bool, device=self.device).tril()[None, None]
        positions = torch.arange(longest, device=self.device)[None].expand_as(tokens)
        self.cache.at = None
        return self._forward(tokens, positions, causal, [len(p) - 1 for p in prompts])

    def _decode(self) -> None:
        """One more token for every row; rows without work compute along, and nobody reads what they write."""
        self.high = min(self.high + 1, self.cache.length)
        self.cache.reserve(self.high)
        self.cache.at = self.ends
        scores = self._replay() if self.static and self.how.cuda_graphs else self._step()
        self.ends.add_(1).clamp_max_(self.cache.length - 1)
        self._sample(scores, torch.arange(len(self.rows), device=self.device))

    def _step(self) -> Tensor:
        """Logits ``[slots, vocabulary]`` after the last token of every row."""
        if self.native is not None:
            return self.native.step(self.last, self.ends, *self.cache.tensors())
        mask = (torch.arange(self.cache.columns, device=self.device) <= self.ends[:, None])[:, None, None]
        return self._forward(self.last[:, None], self.ends[:, None], mask, [0] * len(self.rows))

    def _replay(self) -> Tensor:
        """:meth:`_step` as a CUDA graph: all that it reads and writes stays at the same address."""
        if self.cache.columns not in self.graphs:
            self.graphs[self.cache.columns] = self._recorded()
        graph, scores = self.graphs[self.cache.columns]
        graph.replay()
        return scores

    def _recorded(self) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        graph, side = torch.cuda.CUDAGraph(), torch.cuda.Stream()
        pool = next((other.pool() for other, _ in self.graphs.values()), None)
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._step()  # kernels are compiled, and choose their workspaces, before it is recorded
            graph.capture_begin(pool, capture_error_mode="thread_local")  # others may train meanwhile
            try:
                scores = self._step()
            finally:
                graph.capture_end()
        torch.cuda.current_stream().wait_stream(side)
        return graph, scores

    def _forward(self, tokens: Tensor, positions: Tensor, mask: Tensor, last: list[int]) -> Tensor:
        """Logits ``[rows, vocabulary]`` after each row's column ``last``."""
        with autocast(self.policy):
            if self.direct is not None:
                return self._directly(self.direct, tokens, positions, mask, last)
            first = min(last)
            if bare(self.policy.model).config._attn_implementation == "eager":  # which adds it to the scores
                mask = torch.zeros_like(mask, dtype=torch.float32).masked_fill(~mask, torch.finfo(torch.float32).min)
            arguments: dict[str, Any] = {
                "input_ids": tokens,
                "position_ids": positions,
                "attention_mask": mask,
                "logits_to_keep": torch.arange(first, max(last) + 1, device=self.device),
                "use_cache": True,
                self.cache_name: self.cache,
            }
            scores: Tensor = cast("Any", self.policy.model)(**arguments).logits
            return _columns(scores, [column - first for column in last])

    def _directly(self, direct: Decoder, tokens: Tensor, positions: Tensor, mask: Tensor, last: list[int]) -> Tensor:
        # A prompt's mask is causal; on GPU, attention is faster if it knows.
        only = None if self.static and self.cache.at is None else mask

        def attend(layer: int, *vectors: Tensor) -> Tensor:
            queries, keys, values = (each.view(*tokens.shape, *each.shape[1:]).transpose(1, 2) for each in vectors)
            seen = attention(queries, *self.cache.update(keys, values, layer), only)
            return seen.transpose(1, 2).flatten(2).flatten(0, 1)

        hidden = direct.hidden(tokens.flatten(), positions.flatten(), attend).view(*tokens.shape, -1)
        return direct.head(_columns(hidden, last))

    def _sample(self, scores: Tensor, rows: Tensor) -> None:
        chosen, logprobs = draw(scores, self.how, self.generator)
        at = rows, self.written[rows]
        self.last[rows] = chosen
        self.tokens[at], self.logprobs[at] = chosen, logprobs
        self.written[rows] = (at[1] + 1).clamp_max(self.tokens.shape[1] - 1)

    def _finished(self) -> Iterator[Completion]:
        """Takes the rows that are done out of their slots."""
        busy = torch.tensor([row is not None for row in self.rows], device=self.device)
        latest = self._latest()
        done = (latest == self.policy.eos).any(1) | (self.written >= self.how.max_new_tokens)
        if self.stops is not None:
            done |= self._stopped(self.stops, latest, busy)
        indexes = cast("list[int]", (busy & done).nonzero()[:, 0].tolist())
        if not indexes:
            return
        self.ends[indexes] = 0
        self.high = int(self.ends.max())
        tokens = cast("list[list[int]]", self.tokens[indexes].tolist())
        logprobs = cast("list[list[float]]", self.logprobs[indexes].tolist())
        counts = cast("list[int]", self.written[indexes].tolist())
        for index, row_tokens, row_logprobs, count in zip(indexes, tokens, logprobs, counts, strict=True):
            row, self.rows[index] = self.rows[index], None
            assert row is not None
            yield self._completion(row, row_tokens[:count], row_logprobs)

    def _latest(self) -> Tensor:
        """What each row wrote since the last look, ``[slots, tokens]``; -1 where that is less."""
        if self.poll == 1:
            return self.last[:, None]
        back = self.written[:, None] - torch.arange(self.poll, 0, -1, device=self.device)
        return self.tokens.gather(1, back.clamp_min(0)).masked_fill(back < 0, -1)

    def _completion(self, row: _Row, tokens: list[int], logprobs: list[float]) -> Completion:
        if self.policy.eos in tokens:
            tokens = tokens[: tokens.index(self.policy.eos) + 1]
        tokens = tokens[: self.how.max_new_tokens]
        stopped = self.stops.end(tokens, self.poll) if self.stops is not None else None
        tokens = tokens[:stopped]
        text = self.policy.decode(tokens)
        finish = "stop" if stopped or tokens[-1] == self.policy.eos else "length"
        return Completion(self.prompts[row.group], row.group, row.prompt, tokens, logprobs[: len(tokens)], text, finish)

    def _stopped(self, stops: Stops, latest: Tensor, busy: Tensor) -> Tensor:
        """Which rows have written a stop text since the last look."""
        found = torch.zeros(len(self.rows), dtype=torch.bool)
        suspects = (busy & stops.may_end(latest).any(1)).nonzero()[:, 0]
        counts = cast("list[int]", self.written[suspects].tolist())
        tokens = cast("list[list[int]]", self.tokens[suspects].tolist())
        for index, row, count in zip(cast("list[int]", suspects.tolist()), tokens, counts, strict=True):
            found[index] = stops.end(row[:count], self.poll) is not None
        return found.to(self.device)

    def _spare(self, free: int) -> bool:
        """Whether so many slots without work are worth a smaller cache."""
        if self.static:  # and new graphs
            return len(self.rows) > ENOUGH and free * 2 >= len(self.rows)
        return free * 8 >= len(self.rows)

    def _shrink(self) -> None:
        """Goes on with the busy rows alone: nothing waits for the others."""
        busy = torch.tensor([index for index, row in enumerate(self.rows) if row is not None], device=self.device)
        self.cache.keep(busy)
        self.graphs.clear()
        self.rows = [row for row in self.rows if row is not None]
        self.last, self.ends, self.written = self.last[busy], self.ends[busy], self.written[busy]
        self.tokens, self.logprobs = self.tokens[busy], self.logprobs[busy]


def _columns(values: Tensor, columns: list[int]) -> Tensor:
    """Of ``values`` ``[rows, columns, ...]`` one column of each row; a GPU is not waited for if there is but one."""
    return values[:, 0] if values.shape[1] == 1 else values[torch.arange(len(columns)), torch.tensor(columns)]
