"""Generated problems, the tokenizer that comes with them, and data sets."""

import re
from pathlib import Path

import pytest
import torch
from grpo import data, prompts, tasks
from grpo.config import DataConfig, ModelConfig
from grpo.errors import DataError
from grpo.models import Policy, load
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load(ModelConfig(), torch.device("cpu"))


@pytest.mark.parametrize("name", list(tasks.TASKS))
def test_solutions_without_noise_are_right(name: str) -> None:
    for prompt in tasks.generate(name, 300, seed=1):
        answer = int(prompt.sample["answer"])
        assert prompt.solution is not None
        assert re.fullmatch(rf"<think>[^<]+</think><answer>\\boxed\{{{answer}\}}</answer>", prompt.solution)
        numbers = [int(n) for n in re.findall(r"\d+", prompt.question)]
        assert answer >= 0
        if "=?" in prompt.question:
            assert eval(prompt.question.removesuffix("=?")) == answer
        else:
            assert answer <= sum(numbers)


def test_the_same_seed_gives_the_same_problems() -> None:
    assert tasks.generate("mixed", 50, seed=3) == tasks.generate("mixed", 50, seed=3)
    assert tasks.generate("mixed", 50, seed=3) != tasks.generate("mixed", 50, seed=4)


def numbers(question: str) -> tuple[int, ...]:
    """The start and the steps of a problem, however it is asked."""
    if question.endswith("=?"):
        return tuple(int(number) for number in re.findall(r"[+-]?\d+", question))
    return tuple(
        -int(number) if verb.split()[0] in ("gives", "loses", "sells") else int(number)
        for verb, number in re.findall(r"(has|buys|finds|gets|gives away|loses|sells) (\d+)", question)
    )


@pytest.mark.parametrize("asked", list(tasks.TASKS))
def test_what_is_held_out_is_never_trained_on_whatever_the_seed_and_the_words(asked: str) -> None:
    held = {numbers(p.question) for p in tasks.generate(asked, 300, seed=4, heldout=True)}
    seen = {numbers(p.question) for name in tasks.TASKS for p in tasks.generate(name, 4000, seed=4, noise=0.3)}
    assert len(held) > 200 and len(seen) > 4000
    assert not held & seen


def test_more_problems_than_there_are_is_an_error() -> None:
    with pytest.raises(DataError, match=r"tasks:arithmetic has \d+ different held-out problems, not 9999"):
        tasks.generate("arithmetic", 9999, seed=0, heldout=True)


def test_noise_makes_some_wrong_and_not_all() -> None:
    noisy = tasks.generate("mixed", 400, seed=5, noise=0.3)
    right = [f"\\boxed{{{p.sample['answer']}}}" in str(p.solution) for p in noisy]
    assert 0.2 < sum(right) / len(right) < 0.8


def test_an_unknown_task_is_named() -> None:
    with pytest.raises(DataError, match="there are: arithmetic, words, mixed"):
        tasks.generate("calculus", 1, seed=0)


@settings(max_examples=200, deadline=None)
@given(text=st.text())
def test_the_tokenizer_loses_nothing(policy: Policy, text: str) -> None:
    assert policy.decode(policy.encode_completion(text)) == text


def test_tags_and_digits_are_tokens(policy: Policy) -> None:
    tokens = policy.encode_completion("<think>12</think><answer>\\boxed{3}</answer>")
    assert len(tokens) == len(["<think>", "1", "2", "</think>", "<answer>", "\\boxed{", "3", "}", "</answer>", "end"])


def test_what_is_saved_loads_with_transformers(policy: Policy, tmp_path: Path) -> None:
    policy.save(tmp_path)
    again = load(ModelConfig(path=str(tmp_path)), torch.device("cpu"))
    text = "<think>1+2=3.</think>\n\nhéllo"
    assert again.encode_completion(text) == policy.encode_completion(text)
    before, after = policy.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_data_sets_are_written_and_read(tmp_path: Path) -> None:
    some = tasks.generate("words", 20, seed=0)
    prompts.write(tmp_path / "some.jsonl", some)
    assert data.training(DataConfig(train=str(tmp_path / "some.jsonl"), language=None)) == some
