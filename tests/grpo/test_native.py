"""Layers in C, against those of PyTorch; and that neither company nor threads change what is computed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from grpo import decoder, engine, native, tasks
from grpo.batch import of
from grpo.config import LoraConfig, ModelConfig
from grpo.forward import judge
from grpo.models import load
from grpo.sampling import Sampling
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from tests.grpo.test_decoder import FAMILY, assert_as_transformers, learned, model, policy, written


def compiles() -> bool:
    """Whether anything written in C can be compiled here: ours that cannot is then a fault, and no reason to skip."""
    found = shutil.which("gcc") or shutil.which("clang")
    program = "#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n"
    command = [str(found), "-x", "c", "-shared", "-fPIC", "-o", os.devnull, "-"]
    return found is not None and subprocess.run(command, input=program, text=True, capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not compiles(), reason="no C compiler")


def test_it_compiles() -> None:
    assert native.usable()


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("kind", FAMILY)
def test_layers_are_those_of_pytorch(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(kind, **FAMILY[kind])
    rows, found = written(policy(made)), list[list[Tensor]]()
    for on in "10":
        monkeypatch.setenv("GRPO_NATIVE", on)
        found.append(learned(made, rows))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-4)


def test_biases_everywhere_are_learned() -> None:
    made = model("llama", attention_bias=True, mlp_bias=True)
    assert_as_transformers(made, written(policy(made)))


def test_sizes_that_do_not_fit_take_pytorch(monkeypatch: pytest.MonkeyPatch) -> None:
    made = model("llama", hidden_size=40, intermediate_size=44, head_dim=10)
    assert decoder.natively(made, 64, torch.float32) is None
    assert_as_transformers(made, written(policy(made)))


def step(made: torch.nn.Module, rows: Tensor) -> Tensor:
    """Logits of some of eight rows, which are at different columns."""
    natively = decoder.natively(made, 40, torch.float32)
    assert natively is not None
    generator = torch.Generator().manual_seed(0)
    tokens, at = torch.arange(8) * 7, torch.arange(8) * 4 + 1
    keys, values = ([torch.randn(8, 2, 40, 16, generator=generator) for _ in range(2)] for _ in range(2))
    of = [[layer[rows].contiguous() for layer in kept] for kept in (keys, values)]
    return natively.step(tokens[rows], at[rows], *of).clone()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_neither_company_nor_threads_change_a_row(count: int, threads: None) -> None:
    made = model("mistral", head_dim=16)
    torch.set_num_threads(1)
    together = step(made, torch.arange(8))
    for number in (1, 3):
        torch.set_num_threads(number)
        assert torch.equal(step(made, torch.arange(count)), together[:count])


def test_long_completions_outgrow_the_first_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    by = policy(model("qwen2"))
    found: list[Tensor] = []
    for on in "10":
        monkeypatch.setenv("GRPO_NATIVE", on)
        drawn = engine.generate(
            by, tasks.generate("mixed", 2, seed=0), 1, Sampling(90), torch.Generator().manual_seed(0)
        )
        found.append(torch.cat([torch.tensor(each.logprobs) for each in sorted(drawn, key=lambda each: each.group)]))
    assert torch.allclose(found[0], found[1], atol=1e-3)


def by_sequence(queries: Tensor, keys: Tensor, values: Tensor, lengths: list[tuple[int, int]]) -> Tensor:
    """PyTorch's attention, one sequence after the other."""
    seen, q, k = list[Tensor](), 0, 0
    for count, longer in lengths:
        mask = torch.ones(count, longer, dtype=torch.bool).tril(longer - count)
        parts = queries[q : q + count], keys[k : k + longer], values[k : k + longer]
        turned = (each.transpose(0, 1) for each in parts)
        seen.append(scaled_dot_product_attention(*turned, attn_mask=mask, enable_gqa=True).transpose(0, 1))
        q, k = q + count, k + longer
    return torch.cat(seen)


@pytest.mark.parametrize(("heads", "kinds", "size"), [(4, 4, 16), (6, 2, 64), (3, 1, 10), (2, 2, 40)])
@pytest.mark.parametrize("lengths", [[(1, 1)], [(5, 5), (3, 9), (1, 30)], [(200, 210), (97, 97)]])
def test_attention_and_its_gradients(heads: int, kinds: int, size: int, lengths: list[tuple[int, int]]) -> None:
    torch.manual_seed(0)
    counts, longer = ([sum(each) for each in zip(*lengths, strict=True)][i] for i in (0, 1))
    given = [torch.randn(*shape, requires_grad=True) for shape in ((counts, heads, size), *[(longer, kinds, size)] * 2)]
    ends = [torch.tensor([0, *column]).cumsum(0).int() for column in zip(*lengths, strict=True)]
    slope, found = torch.randn(counts, heads, size), list[list[Tensor]]()
    queries, keys, values = given
    for seen in (
        native.attention(queries, keys, values, ends[0], ends[1]),
        by_sequence(queries, keys, values, lengths),
    ):
        found.append([seen.detach(), *torch.autograd.grad(seen, given, slope)])
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)


def test_great_products_do_not_overflow() -> None:
    queries, ends = torch.full((4, 1, 16), 100.0), torch.tensor([0, 4], dtype=torch.int32)
    seen = native.attention(queries, queries * torch.arange(4)[:, None, None], torch.ones(4, 1, 16), ends, ends)
    assert torch.equal(seen, torch.ones(4, 1, 16))


@pytest.mark.parametrize(
    ("compiler", "usable"), [("no-such-compiler", "False"), ("env gcc -O2", "True"), ("true", "False")]
)
def test_the_compiler_is_that_of_the_environment(compiler: str, usable: str) -> None:
    program = "from grpo import native; print(native.usable())"
    said = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "CC": compiler}, capture_output=True, text=True
    )
    assert said.stdout.strip() == usable, said.stderr


@pytest.mark.parametrize("target", ["lm_head", "embed_tokens"])
def test_adapters_outside_the_layers_are_sampled_from(target: str) -> None:
    by = load(ModelConfig(lora=LoraConfig(rank=2, targets=[target])), torch.device("cpu"))
    for name, weight in by.model.named_parameters():
        if "lora_" in name:
            weight.data.normal_()
    prompts = tasks.generate("mixed", 2, seed=0)
    drawn = list(engine.generate(by, prompts, 2, Sampling(5), torch.Generator().manual_seed(0)))
    rows = of(drawn, by.pad)
    with torch.no_grad():
        judged = judge(by.model, rows).logprobs[rows.mask]
    assert torch.allclose(torch.tensor([each for one in drawn for each in one.logprobs]), judged, atol=1e-3)


def test_nobody_goes_back_twice_through_what_was_overwritten() -> None:
    made = model("llama")
    total = judge(made, written(policy(made))).logprobs.sum()
    total.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        total.backward()


@pytest.mark.parametrize("temperature", [0.6, 1.0])
def test_draws_follow_the_distribution(temperature: float) -> None:
    scores, points = torch.tensor([[0.0, 3.0, -2.0, 1.0, -80.0]]).expand(10_000, -1), torch.arange(10_000) / 10_000
    chosen, logprobs = native.draw(scores, points.double(), 1 / temperature)
    expected = (scores[0] / temperature).log_softmax(-1)
    assert torch.allclose(chosen.bincount(minlength=5) / 10_000, expected.exp(), atol=2e-4)
    assert torch.allclose(logprobs, expected[chosen], atol=1e-6)


def test_what_cannot_be_is_never_drawn() -> None:
    impossible = torch.tensor([[-torch.inf, 0.0, -torch.inf]]).expand(3, -1)
    chosen, logprobs = native.draw(impossible, torch.tensor([0.0, 0.5, 1 - 2**-53], dtype=torch.float64), 1.0)
    assert chosen.tolist() == [1, 1, 1]
    assert logprobs.tolist() == [0, 0, 0]
