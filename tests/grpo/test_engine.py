"""The local sampler against the plain model: same distribution, same log-probabilities, every prompt answered."""

from contextlib import nullcontext
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
import torch
import transformers
from grpo import engine, tasks
from grpo.batch import of
from grpo.completion import Completion
from grpo.config import ModelConfig
from grpo.errors import ConfigError
from grpo.forward import judge
from grpo.models import Policy, load
from grpo.sampling import Sampling, nucleus

from tests.grpo.ways import transformers_way

HOW = Sampling(max_new_tokens=12, temperature=0.7, slots=6)
PROMPTS = tasks.generate("mixed", 5, seed=0)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load(ModelConfig(), torch.device("cpu"), seed=1)


def sample(policy: Policy, how: Sampling, outputs: int = 3, seed: int = 0) -> list[Completion]:
    return list(engine.generate(policy, PROMPTS, outputs, how, torch.Generator().manual_seed(seed)))


@pytest.mark.parametrize("slots", [1, 4, 6, 100])
def test_every_prompt_gets_its_outputs_whatever_the_slots(policy: Policy, slots: int) -> None:
    completions = sorted(sample(policy, replace(HOW, slots=slots)), key=lambda c: c.group)
    for group, members in groupby(completions, key=lambda c: c.group):
        some = list(members)
        assert len(some) == 3 and all(c.prompt is PROMPTS[group] for c in some)
        assert all(c.prompt_tokens == policy.encode_prompt(c.prompt.question) for c in some)
    assert len(completions) == 15


@pytest.mark.parametrize("slots", [4, 100])
def test_its_log_probabilities_are_the_models(policy: Policy, slots: int) -> None:
    completions = sample(policy, replace(HOW, slots=slots))
    rows = of(completions, policy.pad)
    with torch.no_grad():
        judged = judge(policy.model, rows, HOW.temperature)
    for completion, logprobs in zip(completions, judged.logprobs, strict=True):
        assert torch.allclose(torch.tensor(completion.logprobs), logprobs[: len(completion.tokens)], atol=1e-4)


def test_padded_and_packed_passes_agree(policy: Policy) -> None:
    completions = sample(policy, HOW)
    for index, completion in enumerate(completions):
        del completion.tokens[1 + index % 12 :]
    rows = of(completions, policy.pad)
    with torch.no_grad(), transformers_way():
        padded, packed = judge(policy.model, rows, 0.7, "padded"), judge(policy.model, rows, 0.7, "packed")
    assert torch.allclose(padded.logprobs[rows.mask], packed.logprobs[rows.mask], atol=1e-4)
    assert torch.allclose(padded.entropy[rows.mask], packed.entropy[rows.mask], atol=1e-4)


def test_the_same_seed_writes_the_same(policy: Policy) -> None:
    assert [c.tokens for c in sample(policy, HOW, seed=4)] == [c.tokens for c in sample(policy, HOW, seed=4)]
    assert [c.tokens for c in sample(policy, HOW, seed=4)] != [c.tokens for c in sample(policy, HOW, seed=5)]


def test_first_tokens_are_drawn_from_the_models_distribution(policy: Policy) -> None:
    """A goodness-of-fit test at one fixed seed: the likeliest tokens come as often as the model says."""
    how = Sampling(max_new_tokens=1, temperature=0.3, slots=4000)
    prompt = PROMPTS[:1]
    drawn = [c.tokens[0] for c in engine.generate(policy, prompt, 4000, how, torch.Generator().manual_seed(0))]
    with torch.no_grad():
        tokens = torch.tensor([policy.encode_prompt(prompt[0].question)])
        scores = policy.model(tokens).logits[0, -1]
    expected = (scores / 0.3).softmax(-1).double() * 4000
    counts = torch.bincount(torch.tensor(drawn), minlength=len(expected)).double()
    often = expected > 20
    chi = ((counts - expected)[often] ** 2 / expected[often]).sum()
    assert chi < 2 * int(often.sum())  # its mean is the number of cells


def test_cold_sampling_is_greedy(policy: Policy) -> None:
    (first, *others) = sample(policy, replace(HOW, temperature=1e-4), outputs=2)
    twin = next(c for c in others if c.group == first.group)
    assert first.tokens == twin.tokens


def test_stop_texts_end_a_completion(policy: Policy) -> None:
    free = sample(policy, HOW)
    text = free[0].text
    stop = next(character for character in text[1:] if character.isascii() and character.isprintable())
    for completion in sample(policy, replace(HOW, stop=(stop,))):
        if stop in completion.text:
            assert completion.finish == "stop" and completion.text.index(stop) + 12 > len(completion.text)
        else:
            assert completion.truncated == (completion.tokens[-1] != policy.eos)


@pytest.mark.parametrize("decoded_by", ["ours", "transformers"])
@pytest.mark.parametrize("most", [1, 8, 9, 21])
@pytest.mark.parametrize("stop", [(), ("1 ", "日", "e"), ("+ 3", "é")])
def test_as_on_a_gpu_rows_end_where_they_would(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, stop: tuple[str, ...], most: int, decoded_by: str
) -> None:
    """Several steps between two looks, a cache of one size of which a part is seen, and fewer rows at last."""
    monkeypatch.setattr(engine, "is_static", bool)  # any device is
    monkeypatch.setattr(engine, "ENOUGH", 2)
    how = replace(HOW, max_new_tokens=most, stop=stop, cuda_graphs=False)
    with nullcontext() if decoded_by == "ours" else transformers_way():
        completions = sample(policy, how, outputs=4)
    rows = of(completions, policy.pad)
    with torch.no_grad():
        judged = judge(policy.model, rows, how.temperature)
    assert len(completions) == 20
    for completion, logprobs in zip(completions, judged.logprobs, strict=True):
        tokens = completion.tokens
        assert torch.allclose(torch.tensor(completion.logprobs), logprobs[: len(tokens)], atol=1e-4)
        ends = [
            tokens[count - 1] == policy.eos or any(text in policy.decode(tokens[:count]) for text in stop)
            for count in range(1, len(tokens) + 1)
        ]
        assert not any(ends[:-1]) and (ends[-1] or len(tokens) == most)
        assert completion.finish == ("stop" if ends[-1] else "length")


def test_asked_to_stop_it_ends_within_a_completion(policy: Policy) -> None:
    prompts, looks = tasks.generate("mixed", 2, seed=0), iter([False, False, True])
    generator = torch.Generator().manual_seed(0)
    assert not list(engine.generate(policy, prompts, 1, Sampling(100_000), generator, lambda: next(looks)))
    assert next(looks, None) is None


def test_cut_off_completions_say_so(policy: Policy) -> None:
    for completion in sample(policy, HOW):
        assert completion.truncated == (completion.tokens[-1] != policy.eos)
        assert len(completion.tokens) <= 12 and len(completion.logprobs) == len(completion.tokens)


def test_nucleus_by_hand() -> None:
    logprobs = torch.tensor([0.1, 0.5, 0.15, 0.25]).log()
    for top_p, kept in ((0.4, [1]), (0.5, [1]), (0.6, [1, 3]), (0.76, [1, 2, 3]), (1.0, [0, 1, 2, 3])):
        assert nucleus(logprobs, top_p).isfinite().nonzero()[:, 0].tolist() == kept


SHAPE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
LATENT = {"q_lora_rank": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 16, "v_head_dim": 8}
EXPERTS = {"n_routed_experts": 4, "num_experts_per_tok": 1, "n_group": 1, "topk_group": 1, "moe_intermediate_size": 16}
LONG = Sampling(max_new_tokens=20, temperature=0.7, slots=6)


def another(policy: Policy, kind: str, **settings: Any) -> Policy:
    """A model of another architecture, with random weights and the same tokenizer."""
    config = transformers.AutoConfig.for_model(
        kind, vocab_size=len(policy.tokenizer), pad_token_id=policy.pad, eos_token_id=policy.eos, **(SHAPE | settings)
    )
    torch.manual_seed(0)
    model: Any = transformers.AutoModelForCausalLM
    return replace(policy, model=model.from_config(config).eval())  # without dropout


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("llama", {"num_key_value_heads": 1}),
        ("mistral", {"num_key_value_heads": 1, "head_dim": 16, "sliding_window": 4096}),
        ("gemma3_text", {"num_key_value_heads": 1, "head_dim": 16, "sliding_window": 64}),
        ("deepseek_v3", LATENT | EXPERTS),
        ("gemma2", {"num_key_value_heads": 1, "head_dim": 16, "sliding_window": 64, "attn_implementation": "eager"}),
        ("gpt2", {"attn_implementation": "eager"}),
        ("mpt", {"d_model": 32, "n_layers": 2, "n_heads": 2}),
    ],
)
def test_other_architectures_are_sampled_from_exactly(policy: Policy, kind: str, settings: dict[str, Any]) -> None:
    other = another(policy, kind, **settings)
    completions = sample(other, LONG)
    rows = of(completions, other.pad)
    with torch.no_grad():
        judged = judge(other.model, rows, LONG.temperature)
    for completion, logprobs in zip(completions, judged.logprobs, strict=True):
        assert torch.allclose(torch.tensor(completion.logprobs), logprobs[: len(completion.tokens)], atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "settings", "why"),
    [
        ("mistral", {"head_dim": 16, "sliding_window": 8}, "attends to 8 tokens at a time"),
        ("gemma3_text", {"num_key_value_heads": 1, "head_dim": 16, "sliding_window": 16}, "16 tokens at a time"),
        ("llama4_text", {"intermediate_size_mlp": 64, "head_dim": 16, "attention_chunk_size": 8}, "8 tokens at a time"),
        ("mamba", {"state_size": 4}, "keeps a state"),
        ("lfm2", {"layer_types": ["conv", "full_attention"]}, "keeps a state"),
    ],
)
def test_a_model_whose_cache_is_no_plain_one_is_refused(
    policy: Policy, kind: str, settings: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigError, match=rf"{why}.*rollout\.engine=openai"):
        sample(another(policy, kind, **settings), LONG)


@pytest.mark.parametrize(
    ("kind", "settings", "why"),
    [
        ("bart", {"d_model": 32, "decoder_layers": 2, "decoder_attention_heads": 2}, "log-probabilities are off by"),
        ("bloom", {"n_layer": 2, "n_head": 4}, "do not take the sampler's cache"),
    ],
)
def test_a_model_that_goes_on_otherwise_from_a_cache_is_refused(
    policy: Policy, kind: str, settings: dict[str, Any], why: str
) -> None:
    with pytest.raises(ConfigError, match=rf"{why}.*rollout\.engine=openai"):
        sample(another(policy, kind, **settings), LONG)
