"""The forward pass written out, against transformers' own: every family, its gradients, and who must not take it."""

from dataclasses import replace
from functools import partial
from typing import Any, cast

import pytest
import torch
from grpo import decoder, engine, forward, tasks
from grpo.batch import Batch, of
from grpo.config import LoraConfig, ModelConfig
from grpo.forward import judge
from grpo.kernels import rms_norm
from grpo.models import Policy, autocast, load
from grpo.sampling import Sampling
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM

from tests.grpo.ways import transformers_way

SHAPE = {
    "vocab_size": 512,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "sliding_window": None,
}
STRETCHED = {
    "rope_type": "llama3",
    "rope_theta": 10_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
FAMILY: dict[str, dict[str, Any]] = {
    "llama": {"rope_parameters": STRETCHED},
    "mistral": {"head_dim": 16},
    "qwen2": {"tie_word_embeddings": True},
    "qwen3": {"head_dim": 16},
}
OTHERS: dict[str, dict[str, Any]] = {
    "gpt2": {},
    "mistral": {"sliding_window": 8},
    "llama": {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 10_000.0, "factor": 2.0}},
    "qwen2": {"hidden_act": "gelu"},
}


def model(kind: str, **changes: Any) -> nn.Module:
    torch.manual_seed(0)
    made: Any = cast("Any", AutoModelForCausalLM).from_config(
        cast("Any", AutoConfig).for_model(kind, **SHAPE | changes)
    )
    for weight in made.parameters():  # else norms are 1 and biases 0, and nobody would miss them
        weight.data += 0.3 * torch.randn_like(weight)
    return made


def policy(of_model: nn.Module) -> Policy:
    return replace(load(ModelConfig(), torch.device("cpu")), model=of_model)


def written(by: Policy) -> Batch:
    """Completions of different lengths, three to each of four prompts."""
    how = Sampling(max_new_tokens=9)
    prompts = tasks.generate("mixed", 4, seed=0)
    completions = list(engine.generate(by, prompts, 3, how, torch.Generator().manual_seed(0)))
    for index, completion in enumerate(completions):
        del completion.tokens[1 + index % 9 :]
    return of(completions, by.pad)


def learned(by: nn.Module, rows: Batch) -> list[Tensor]:
    """Log-probabilities, entropies, and the gradients of something made of the former."""
    by.zero_grad()
    judged = judge(by, rows, 0.7, "packed")
    weights = torch.linspace(-1, 1, int(rows.mask.sum()))
    (judged.logprobs[rows.mask] * weights).sum().backward()
    gradients = [p.grad.clone() for p in by.parameters() if p.grad is not None]
    return [judged.logprobs[rows.mask].detach(), judged.entropy[rows.mask], *gradients]


def assert_as_transformers(made: nn.Module, rows: Batch) -> None:
    assert decoder.of(made) is not None
    direct = learned(made, rows)
    with transformers_way():
        plain = learned(made, rows)
    assert len(direct) == len(plain) > 4
    for one, other in zip(direct, plain, strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", FAMILY)
def test_passes_and_gradients_are_those_of_transformers(kind: str) -> None:
    made = model(kind, **FAMILY[kind])
    assert_as_transformers(made, written(policy(made)))


def test_adapters_are_part_of_it() -> None:
    made = load(ModelConfig(lora=LoraConfig(rank=2)), torch.device("cpu")).model
    for name, weight in made.named_parameters():
        if "lora_B" in name:
            weight.data += 0.1
    assert_as_transformers(made, written(policy(made)))


@pytest.mark.parametrize("kind", FAMILY)
def test_what_is_sampled_has_transformers_log_probabilities(kind: str) -> None:
    by = policy(model(kind, **FAMILY[kind]))
    how = Sampling(max_new_tokens=9, slots=5)
    prompts = tasks.generate("mixed", 4, seed=0)
    completions = list(engine.generate(by, prompts, 3, how, torch.Generator().manual_seed(0)))
    rows = of(completions, by.pad)
    with torch.no_grad(), transformers_way():
        judged = judge(by.model, rows)
    for completion, logprobs in zip(completions, judged.logprobs, strict=True):
        assert torch.allclose(torch.tensor(completion.logprobs), logprobs[: len(completion.tokens)], atol=1e-3)


@pytest.mark.parametrize("kind", FAMILY)
def test_in_bfloat16_what_is_sampled_has_the_log_probabilities_of_a_pass(kind: str) -> None:
    by = replace(policy(model(kind, **FAMILY[kind])), dtype=torch.bfloat16)
    prompts = tasks.generate("mixed", 4, seed=0)
    completions = list(engine.generate(by, prompts, 3, Sampling(9), torch.Generator().manual_seed(0)))
    rows = of(completions, by.pad)
    with torch.no_grad(), autocast(by):
        judged = judge(by.model, rows)
    for completion, logprobs in zip(completions, judged.logprobs, strict=True):
        assert torch.allclose(torch.tensor(completion.logprobs), logprobs[: len(completion.tokens)], atol=0.2)
    assert all(weight.dtype == torch.float32 and weight.requires_grad for weight in by.model.parameters())


@pytest.mark.parametrize("kind", OTHERS)
def test_other_architectures_take_transformers_way(kind: str) -> None:
    assert decoder.of(model(kind, **OTHERS[kind])) is None


def test_activations_that_are_computed_again_give_the_same_gradients() -> None:
    plain, again = (load(ModelConfig(checkpoint_activations=on), torch.device("cpu")) for on in (False, True))
    kept = [0, 0]

    def keep(index: int, value: Tensor) -> Tensor:
        kept[index] += value.numel()
        return value

    rows, found = written(plain), list[list[Tensor]]()
    for index, by in enumerate((plain, again)):
        with torch.autograd.graph.saved_tensors_hooks(partial(keep, index), lambda value: value):
            found.append(learned(by.model, rows))
    assert kept[1] < kept[0] / 2
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_completions_of_one_token() -> None:
    made = model("qwen2")
    rows = written(policy(made))
    short = Batch(rows.tokens[:, : int(rows.prompt_lengths.max()) + 1], rows.prompt_lengths, rows.mask[:, :1])
    assert_as_transformers(made, short)


def test_a_prompt_is_read_once_for_all_its_completions() -> None:
    by = policy(model("llama"))
    rows = written(by)
    read: list[int] = []

    def count(_: nn.Module, arguments: tuple[Tensor]) -> None:
        read.append(arguments[0].numel())

    by.model.get_submodule("model.embed_tokens").register_forward_pre_hook(count)
    judge(by.model, rows)
    longest, written_on = int(rows.prompt_lengths.max()), len(rows.mask) * (rows.mask.shape[1] - 1)
    if not forward.pads(by, "packed"):
        longest, written_on = int(rows.prompt_lengths[::3].sum()) / 4, int(rows.mask[:, 1:].sum())
    assert read == [4 * longest + written_on]


def test_gradients_of_the_norm() -> None:
    x = torch.randn(3, 2, 8, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(8, dtype=torch.float64, requires_grad=True)

    def norm(x: Tensor, weight: Tensor) -> Tensor:
        return rms_norm(x, weight, 1e-3, x.dtype)

    assert torch.autograd.gradcheck(norm, (x, weight))
    with torch.no_grad():
        assert torch.allclose(rms_norm(x, weight, 1e-3, x.dtype), torch.nn.functional.rms_norm(x, (8,), weight, 1e-3))
