"""What is otherwise on a GPU: graphs, compiled kernels, flash attention, half precision, sharded weights."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any, cast

import pytest
import torch
import torch.distributed as dist
from grpo import decoder, engine, forward, layouts, likelihood, models, sharding, tasks
from grpo.batch import Batch, of
from grpo.completion import Completion
from grpo.config import Config, ModelConfig, load
from grpo.learner import Learner
from grpo.loss import PRESETS
from grpo.models import Policy, autocast
from grpo.parallel import World
from grpo.sampling import Sampling
from torch import Tensor, nn
from torch._C._distributed_c10d import HashStore
from transformers import AutoConfig, AutoModelForCausalLM

from tests.grpo.ways import transformers_way

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU"),
    pytest.mark.filterwarnings("default"),  # PyTorch's compiler has its own
]

GPU = torch.device("cuda")
PROMPTS = tasks.generate("mixed", 5, seed=0)
HOW = Sampling(max_new_tokens=70, slots=11)
"""Fewer slots than completions, and enough tokens for several widths of the cache."""
SHAPE = {
    "vocab_size": 2_000,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
}
FLOAT32, BFLOAT16 = torch.float32, torch.bfloat16


def policy(kind: str = "qwen2", dtype: torch.dtype = BFLOAT16) -> Policy:
    torch.manual_seed(0)
    config = cast("Any", AutoConfig).for_model(kind, **SHAPE, sliding_window=None)
    made: nn.Module = cast("Any", AutoModelForCausalLM).from_config(config)
    for weight in made.parameters():
        weight.data += 0.02 * torch.randn_like(weight)
    return replace(models.load(ModelConfig(), GPU), model=made.to(GPU).eval(), dtype=dtype)


def sample(by: Policy, how: Sampling = HOW, outputs: int = 8, seed: int = 0) -> list[Completion]:
    found = engine.generate(by, PROMPTS, outputs, how, torch.Generator(GPU).manual_seed(seed))
    return sorted(found, key=lambda completion: completion.group)


def measured(by: Policy, rows: Batch) -> list[Tensor]:
    """Log-probabilities, entropies, and gradients."""
    by.model.zero_grad()
    with autocast(by):
        judged = forward.judge(by.model, rows, 0.7, "padded")
    (judged.logprobs[rows.mask] * torch.linspace(-1, 2, int(rows.mask.sum()), device=GPU)).sum().backward()
    slopes = [p.grad.clone() for p in by.model.parameters() if p.grad is not None]
    return [judged.logprobs[rows.mask].detach(), judged.entropy[rows.mask], *slopes]


def off(one: Tensor, other: Tensor) -> float:
    return cast("float", ((one - other).norm() / other.norm()).item())


@pytest.mark.parametrize("graphs", [True, False])
@pytest.mark.parametrize(("kind", "dtype", "near"), [
    ("qwen2", FLOAT32, 1e-3), ("llama", BFLOAT16, 0.1), ("gpt2", FLOAT32, 1e-3), ("gpt2", BFLOAT16, 0.1)
])  # fmt: skip
def test_its_log_probabilities_are_the_models(kind: str, dtype: torch.dtype, near: float, graphs: bool) -> None:
    by = policy(kind, dtype)
    completions = sample(by, replace(HOW, cuda_graphs=graphs))
    assert [c.group for c in completions] == [group for group in range(5) for _ in range(8)]
    rows = of(completions, by.pad).to(GPU)
    with torch.no_grad(), transformers_way():
        judged = forward.judge(replace(by, dtype=FLOAT32).model, rows)
    sampled = torch.tensor([value for c in completions for value in c.logprobs], device=GPU)
    assert (sampled - judged.logprobs[rows.mask]).abs().mean() < near


def test_graphs_and_shrinking_change_nothing() -> None:
    by, cold = policy(dtype=FLOAT32), replace(HOW, temperature=1e-4)
    plain = sample(by, replace(cold, cuda_graphs=False, slots=1_000))
    assert [c.tokens for c in sample(by, cold)] == [c.tokens for c in plain]
    assert [c.tokens for c in sample(by, replace(cold, slots=40))] == [c.tokens for c in plain]


def test_tokens_are_drawn_from_the_models_distribution() -> None:
    by, prompt = policy(dtype=FLOAT32), PROMPTS[:1]
    how, generator = Sampling(max_new_tokens=1, temperature=0.3, slots=4_000), torch.Generator(GPU).manual_seed(0)
    drawn = [c.tokens[0] for c in engine.generate(by, prompt, 20_000, how, generator)]
    with torch.no_grad():
        scores = by.model(torch.tensor([by.encode_prompt(prompt[0].question)], device=GPU)).logits[0, -1]
    expected = (scores / 0.3).softmax(-1).double().cpu() * 20_000
    counts = torch.bincount(torch.tensor(drawn), minlength=len(expected)).double()
    often = expected > 20
    assert ((counts - expected)[often] ** 2 / expected[often]).sum() < 2 * int(often.sum())


def test_a_stop_text_ends_a_completion_where_it_stands() -> None:
    by = policy()
    ends = list[str]()
    for completion in sample(by, replace(HOW, stop=("1", "e"))):
        ended, before = (
            any(stop in text for stop in "1e") for text in (completion.text, by.decode(completion.tokens[:-1]))
        )
        assert not before and len(completion.logprobs) == len(completion.tokens)
        assert (completion.finish == "stop") == (ended or completion.tokens[-1] == by.eos)
        ends.append(completion.finish)
    assert len(set(ends)) == 2


@pytest.mark.parametrize("again", [False, True])
def test_passes_without_padding_are_as_near_as_transformers_own(again: bool) -> None:
    by = policy()
    if again:
        cast("Any", by.model).gradient_checkpointing_enable({"use_reentrant": False})
        by.model.train()
    completions = sample(by, outputs=3)
    for index, completion in enumerate(completions):
        del completion.tokens[1 + index * 4 :]
    rows = of(completions, by.pad).to(GPU)
    assert layouts.is_ragged(GPU, BFLOAT16, 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likelihood, "MOST", 0)
        patch.setattr(likelihood, "PART", 40_000)
        found = measured(by, rows)
    with transformers_way():
        exact, plain = measured(replace(by, dtype=FLOAT32), rows), measured(by, rows)
    for ours, theirs, right in zip(found, plain, exact, strict=True):
        assert off(ours, right) < 1.5 * off(theirs, right) + 2e-3


def test_in_float32_passes_are_transformers() -> None:
    by = policy(dtype=FLOAT32)
    rows = of(sample(by, outputs=2), by.pad).to(GPU)
    assert decoder.of(by.model) is not None
    found = measured(by, rows)
    with transformers_way():
        plain = measured(by, rows)
    assert all(off(one, other) < 1e-2 for one, other in zip(found, plain, strict=True))


@pytest.mark.parametrize("preset", [*PRESETS, "correction"])
def test_what_is_rewarded_becomes_likelier(preset: str) -> None:
    changes = (
        ["algorithm.correction=token", "train.minibatches=2"]
        if preset == "correction"
        else [f"algorithm.preset={preset}"]
    )
    config = load(Config, None, [*changes, "optimizer.lr=0.001", "rollout.max_new_tokens=20", "train.steps=10"])
    by = policy()
    learner, completions = Learner(config, by, World(0, 1, GPU)), sample(by, Sampling(20))
    for completion in completions:
        completion.reward, completion.status = float(completion.tokens[0] % 2 == 0), "ok"

    def likelihoods() -> list[float]:
        with torch.no_grad(), autocast(by):
            judged = forward.judge(by.model, of(completions, by.pad))
        return cast("list[float]", judged.logprobs.sum(1).tolist())

    before = likelihoods()
    measured = learner.learn(learner.judge(completions), 0)
    gains = [after - was for after, was in zip(likelihoods(), before, strict=True)]
    right, wrong = ([gain for gain, c in zip(gains, completions, strict=True) if c.reward == paid] for paid in (1, 0))
    assert sum(right) / len(right) > sum(wrong) / len(wrong)
    assert measured["policy/entropy"] > 1 and measured["grad_norm"] > 0


@pytest.fixture
def alone() -> Generator[None]:
    """A group of this process."""
    dist.init_process_group("nccl", rank=0, world_size=1, store=HashStore(), device_id=torch.device("cuda", 0))
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("alone")
def test_sharded_weights_give_the_same_gradients() -> None:
    whole, parts = policy(), policy()
    rows = of(sample(whole, outputs=2), whole.pad).to(GPU)
    sharding.shard(parts.model)
    assert sharding.is_sharded(parts.model)
    with sharding.whole(parts.model):
        assert len(sample(parts, outputs=2)) == 10
    plain, found = measured(whole, rows), measured(parts, rows)
    for one, other in zip(found, plain, strict=True):
        assert off(cast("Any", one).full_tensor() if hasattr(one, "full_tensor") else one, other) < 0.05
