"""Supervised fine-tuning: what is read, what the loss is on, and that a run resumed is the run uninterrupted."""

import json
import math
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from grpo import checkpoint, models, runs
from grpo.config import Config, ModelConfig, load
from grpo.errors import ConfigError, DataError
from grpo.finetune import data
from grpo.finetune.config import SftConfig, SftTrainConfig
from grpo.finetune.loop import Finetuning
from grpo.finetune.steps import gradients
from grpo.models import Policy
from grpo.offline.config import EvalConfig
from grpo.parallel import World
from transformers import AutoModelForCausalLM

from tests.grpo.observing import Metric
from tests.grpo.ways import transformers_way

ALONE = World(0, 1, torch.device("cpu"))

CHAT_TEMPLATE = (
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture
def policy() -> Policy:
    return models.load(ModelConfig(), torch.device("cpu"))


@pytest.fixture
def chat(policy: Policy) -> Policy:
    policy.tokenizer.chat_template = CHAT_TEMPLATE
    return Policy(policy.model, policy.tokenizer, "chat")


@pytest.fixture
def recipe(tmp_path: Path) -> Callable[..., SftConfig]:
    def make(*changes: str) -> SftConfig:
        few = ("data.size=24", "data.heldout=tasks:mixed", "data.heldout_size=8", "train.batch=8", "optimizer.lr=1e-3")
        return load(SftConfig, None, [f"train.output={tmp_path / 'run'}", *few, *changes])

    return make


def write(path: Path, *rows: Any) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def read(path: Path, policy: Policy, *rows: Any) -> list[tuple[str, str]]:
    turns = data.turns(write(path, *rows), {}, size=1, noise=0, seed=0)
    found = data.examples(turns, policy, 1000, "error")
    return [(policy.decode(example.prompt), policy.decode(example.completion)) for example in found]


def test_prompts_and_one_turn_chats_are_the_same_example(policy: Policy, tmp_path: Path) -> None:
    asked, said = {"role": "user", "content": "1+1=?"}, {"role": "assistant", "content": "2"}
    rows = (
        {"prompt": "1+1=?", "completion": "2"},
        {"question": "1+1=?", "completion": "2", "answer": "2"},
        {"prompt": [asked], "completion": [said]},
        {"messages": [asked, said]},
        {"messages": [asked, {"role": "assistant", "content": [{"type": "text", "text": "2"}]}]},
    )
    assert read(tmp_path / "data.jsonl", policy, *rows) == [("1+1=?\n", "2")] * len(rows)


def test_every_assistant_turn_is_an_example_after_all_before_it(chat: Policy, tmp_path: Path) -> None:
    turns = [("system", "S"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")]
    row = {"messages": [{"role": role, "content": content} for role, content in turns]}
    assert read(tmp_path / "data.jsonl", chat, row) == [
        ("[system]S[user]a[assistant]", "b"),
        ("[system]S[user]a[assistant]b[user]c[assistant]", "d"),
    ]


def test_several_messages_need_a_chat_template(policy: Policy, tmp_path: Path) -> None:
    row = {"messages": [{"role": r, "content": "x"} for r in ("system", "user", "assistant")]}
    with pytest.raises(DataError, match=r"line 1: .*model\.template: chat"):
        read(tmp_path / "data.jsonl", policy, row)


@pytest.mark.parametrize(
    "row",
    [
        *([], 3, {}, {"prompt": "a"}, {"completion": "a"}, {"messages": []}, {"messages": "a"}),
        {"messages": [{"role": "user", "content": "a"}]},
        {"messages": [{"role": "assistant", "content": "a"}]},
        {"messages": [{"role": "user"}, {"role": "assistant", "content": "a"}]},
        {"prompt": "a", "completion": 3},
        {"prompt": "a", "completion": "b", "score": float("nan")},
    ],
)
def test_a_line_without_an_example_is_named(policy: Policy, tmp_path: Path, row: Any) -> None:
    with pytest.raises(DataError, match=r"data\.jsonl, line 2"):
        read(tmp_path / "data.jsonl", policy, {"prompt": "a", "completion": "b"}, row)


def test_an_empty_file_is_named(policy: Policy, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl: has no examples"):
        read(tmp_path / "none.jsonl", policy)


def test_overlong_examples(policy: Policy, tmp_path: Path) -> None:
    source = write(
        tmp_path / "data.jsonl", {"prompt": "1", "completion": "12345678"}, {"prompt": "1", "completion": "2"}
    )

    def lengths(overlong: Any, longest: int = 6) -> list[int]:
        turns = data.turns(source, {}, size=1, noise=0, seed=0)
        return [example.length for example in data.examples(turns, policy, longest, overlong)]

    assert lengths("drop") == [4]
    assert lengths("truncate") == [6, 4]
    with pytest.raises(DataError, match=r"line 1: 11 tokens"):
        lengths("error")
    with pytest.raises(DataError, match="2 are longer"):
        lengths("drop", 2)


def test_the_loss_is_of_completions_alone(policy: Policy) -> None:
    """Against cross-entropy computed by hand, one example at a time."""
    examples = [data.Example([7, 8, 9], [10, 11]), data.Example([3], [4, 5, 6, 7])]
    total = torch.zeros(())
    for prompt, completion in examples:
        logits: Any = policy.model(input_ids=torch.tensor([[*prompt, *completion]])).logits[0]
        total = total + torch.nn.functional.cross_entropy(
            logits[len(prompt) - 1 : -1], torch.tensor(completion), reduction="sum"
        )
    (total / 6).backward()
    expected = policy.model.get_input_embeddings().weight.grad.clone()  # pyright: ignore
    ways = (nullcontext, "padded"), (transformers_way, "padded"), (transformers_way, "packed")
    for (way, layout), budget in product(ways, (1000, 1)):
        policy.model.zero_grad()
        config = load(SftConfig, None, [f"train.layout={layout}", f"train.micro_batch_tokens={budget}"]).train
        with way():
            assert math.isclose(gradients(policy, examples, config, ALONE), total.item() / 6, rel_tol=1e-5)
        assert torch.allclose(policy.model.get_input_embeddings().weight.grad, expected, atol=1e-6)  # pyright: ignore


def test_an_epoch_takes_every_example_once(recipe: Callable[..., SftConfig]) -> None:
    run = Finetuning(recipe("train.batch=7", "train.epochs=2"), ALONE)
    assert run.steps == 8
    epochs = [[e for step in range(first, first + 4) for e in run.batch(step)] for first in (0, 4)]
    assert epochs[0] != epochs[1]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(run.examples)


def test_it_learns_and_transformers_loads_it(recipe: Callable[..., SftConfig], tmp_path: Path) -> None:
    losses, heldout = Metric("loss"), Metric("eval/loss")
    directory = Finetuning(recipe("train.epochs=8"), ALONE).run([losses, heldout])
    assert directory == tmp_path / "run" / "checkpoints" / "step-000024"
    assert losses.values[24] < 0.8 * losses.values[1]
    assert list(heldout.values) == [24]
    loaded: Any = AutoModelForCausalLM.from_pretrained(str(directory))
    assert loaded.config.model_type == "qwen2"


def test_a_run_resumed_equals_one_uninterrupted(recipe: Callable[..., SftConfig], tmp_path: Path) -> None:
    whole, parts = Metric("loss"), Metric("loss")
    once = Finetuning(recipe(f"train.output={tmp_path / 'once'}"), ALONE)
    once.run([whole])
    assert Finetuning(recipe(), ALONE).run([parts], stopping=lambda: len(parts.values) == 2) is None
    again = Finetuning(recipe(), ALONE)
    assert again.step == 2
    assert again.run([parts]) is not None
    assert whole.values == parts.values
    before, after = once.policy.model.state_dict(), again.policy.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_directory_of_another_run_is_left_alone(recipe: Callable[..., SftConfig]) -> None:
    Finetuning(recipe("train.epochs=1"), ALONE).run()
    with pytest.raises(ConfigError, match=r"another optimizer\.lr"):
        Finetuning(recipe("train.epochs=1", "optimizer.lr=1e-4"), ALONE)
    assert Finetuning(recipe("train.epochs=1", "train.keep=1"), ALONE).step == 3


def test_checkpoints_are_whole_and_few(recipe: Callable[..., SftConfig], tmp_path: Path) -> None:
    config = recipe("train.save_every=1", "train.keep=2", "train.epochs=1")
    Finetuning(config, ALONE).run()
    checkpoints = sorted((config.train.output / "checkpoints").iterdir())
    assert [path.name for path in checkpoints] == ["step-000002", "step-000003"]
    (checkpoints[-1] / checkpoint.TRAINER).write_bytes(b"damaged")
    with pytest.raises(DataError, match="step-000003"):
        Finetuning(config, ALONE)


def test_lora_trains_the_adapter_and_resumes(recipe: Callable[..., SftConfig]) -> None:
    config = recipe("model.lora.rank=2", "train.epochs=1")
    parts = Metric("loss")
    Finetuning(config, ALONE).run([parts], stopping=lambda: len(parts.values) == 1)
    again = Finetuning(config, ALONE)
    assert again.step == 1
    assert again.run([parts]) is not None
    assert len(parts.values) == 3


def test_the_next_run_starts_from_the_adapter_merged_into_its_base(
    recipe: Callable[..., SftConfig], tmp_path: Path
) -> None:
    base, adapted = tmp_path / "base", tmp_path / "adapted"
    Finetuning(recipe(f"train.output={base}", "train.epochs=1"), ALONE).run()
    of_base = (f"model.path={base}", "model.lora.rank=2", "optimizer.lr=1e-2", f"train.output={adapted}")
    lora = Finetuning(recipe(*of_base), ALONE)
    lora.run()
    tokens = torch.tensor([lora.policy.encode_prompt("1+2=?")])

    def logits(policy: Policy) -> torch.Tensor:
        with torch.no_grad():
            return policy.model.eval()(tokens).logits

    alone: Any = AutoModelForCausalLM.from_pretrained(
        runs.model_of(str(adapted))
    )  # the base that it names, and the adapter
    assert torch.allclose(alone(tokens).logits, logits(lora.policy), atol=1e-5)
    plain = Finetuning(recipe(f"model.path={adapted}", f"train.output={tmp_path / 'plain'}"), ALONE)
    assert torch.allclose(logits(plain.policy), logits(lora.policy), atol=1e-5)
    assert all(weight.requires_grad for weight in plain.policy.model.parameters())
    again = Finetuning(recipe(f"model.path={adapted}", "model.lora.rank=4", f"train.output={tmp_path / 'more'}"), ALONE)
    assert torch.allclose(logits(again.policy), logits(lora.policy), atol=1e-5)
    assert (
        sum(weight.requires_grad for weight in again.policy.model.parameters()) == 2 * 2 * 7
    )  # A and B, layers, places
    again.run()
    both = models.load(ModelConfig(path=runs.model_of(str(tmp_path / "more"))), torch.device("cpu"))
    assert torch.allclose(logits(both), logits(again.policy), atol=1e-5)


def test_an_adapter_without_its_base_is_told(recipe: Callable[..., SftConfig], tmp_path: Path) -> None:
    base, adapted = tmp_path / "base", tmp_path / "adapted"
    Finetuning(recipe(f"train.output={base}", "train.epochs=1"), ALONE).run()
    Finetuning(recipe(f"model.path={base}", "model.lora.rank=2", f"train.output={adapted}"), ALONE).run()
    shutil.rmtree(base)
    with pytest.raises(ConfigError, match=r"an adapter of '.*base/checkpoints/step-000003', which cannot be loaded"):
        Finetuning(recipe(f"model.path={adapted}", f"train.output={tmp_path / 'next'}"), ALONE)


def test_an_adapter_of_random_weights_is_no_model(recipe: Callable[..., SftConfig], tmp_path: Path) -> None:
    Finetuning(recipe("model.lora.rank=2", "train.epochs=1"), ALONE).run()
    with pytest.raises(ConfigError, match="an adapter of a preset"):
        Finetuning(recipe(f"model.path={tmp_path / 'run'}", f"train.output={tmp_path / 'next'}"), ALONE)


def test_the_configs_share_their_sections() -> None:
    assert SftConfig().model == Config().model
    assert isinstance(SftConfig().train, SftTrainConfig)


def test_a_change_leaves_the_other_defaults_of_its_section() -> None:
    sft, evaluation = load(SftConfig, None, ["optimizer.warmup=1"]), load(EvalConfig, None, ["rollout.outputs=16"])
    assert (sft.optimizer.lr, sft.optimizer.decay) == (1e-5, "cosine")
    assert (evaluation.rollout.temperature, evaluation.rollout.top_p) == (0.6, 0.95)
