"""Data of a user's own: every form of a line that can be meant, and how one is refused that cannot."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from grpo import data, models
from grpo.chat import Asked
from grpo.config import Config, DataConfig, ModelConfig, load
from grpo.errors import ConfigError, DataError, GrpoError
from grpo.finetune.config import SftConfig
from grpo.finetune.loop import Finetuning
from grpo.parallel import World
from grpo.prompts import Prompt
from grpo.train import Trainer
from transformers import Qwen2Config, Qwen2ForCausalLM

GOOD = '{"prompt": "a", "answer": "1"}\n'


def training(path: Path, content: str | bytes) -> list[Prompt]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return data.training(DataConfig(train=str(path), language=None))


def line(**row: Any) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"])
def test_only_a_line_break_ends_a_line(tmp_path: Path, separator: str) -> None:
    (prompt,) = training(tmp_path / "a.jsonl", line(prompt=f"one{separator}two"))
    assert prompt.question == f"one{separator}two"


@pytest.mark.parametrize(
    "content", ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), "\n  \n" + GOOD + "\n", GOOD.rstrip("\n")]
)
def test_marks_of_other_programs_are_no_data(tmp_path: Path, content: str) -> None:
    (prompt,) = training(tmp_path / "a.jsonl", content)
    assert (prompt.question, prompt.sample) == ("a", {"answer": "1"})


def test_a_null_is_no_key(tmp_path: Path) -> None:
    rows = [{"id": None, "prompt": None, "question": each, "answer": "1", "tests": None} for each in "ab"]
    found = training(tmp_path / "a.jsonl", "".join(line(**row) for row in rows))
    assert [(p.id, p.question, p.sample) for p in found] == [("1", "a", {"answer": "1"}), ("2", "b", {"answer": "1"})]


def test_half_a_character_becomes_a_replacement(tmp_path: Path) -> None:
    (prompt,) = training(tmp_path / "a.jsonl", '{"prompt": "\\ud83d\\ude00 \\ud83d", "metadata": {"a": ["\\udc00"]}}')
    assert (prompt.question, prompt.sample) == ("\U0001f600 \ufffd", {"metadata": {"a": ["\ufffd"]}})


def test_known_sets_and_gzipped_files_are_trained_on_too(tmp_path: Path) -> None:
    row = line(question="2*6?", answer="2*6=<<2*6=12>>12\n#### 12")
    (prompt,) = training(tmp_path / "gsm8k.jsonl.gz", gzip.compress(row.encode()))
    assert prompt.sample == {"answer": "12", "kind": "math"}


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ('{"prompt": "a", "answer": NaN}', "NaN is no number of JSON"),
        ('{"prompt": "a", "answer": 1e999}', "1e999 is no number of JSON"),
        ('{"prompt": "a", "answer": ' + "[" * 100_000 + "}", "nested too deeply"),
        ('{"prompt": "a", ', "not JSON"),
        ('[{"prompt": "a"}]', "one a line"),
        ('{"prompt": [{"role": "user"}]}', "a message needs texts"),
        ('{"prompt": [{"role": "assistant", "content": "a"}]}', "has to be the user's"),
        ('{"messages": [{"role": "assistant", "content": "a"}]}', "has to be the user's"),
        ('{"messages": []}', "no text under 'prompt'"),
    ],
)
def test_a_line_that_is_no_prompt_is_named(tmp_path: Path, bad: str, says: str) -> None:
    with pytest.raises(DataError, match=rf"a\.jsonl, line 3: .*{says}"):
        training(tmp_path / "a.jsonl", GOOD + "\n" + bad)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl.gz", gzip.compress(GOOD.encode())[:-9]),
        ("a.jsonl.gz", b"no gzip"),
        ("a.jsonl", b"\xe9"),
        ("a.jsonl", b""),
    ],
    ids=["cut off", "not compressed", "not UTF-8", "empty"],  # a compressed text holds the time
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(DataError, match=name):
        training(tmp_path / name, content)


TINY = models.load(ModelConfig(template="r1-zero"), torch.device("cpu"))
AROUND = len(TINY.encode_prompt(""))


ALONE = World(0, 1, torch.device("cpu"))


class Second(World):
    """Of two processes, the one that does not tell; the other has counted the first prompt and each second."""

    def __init__(self) -> None:
        super().__init__(1, 2, torch.device("cpu"))

    def gather(self, value: Any) -> list[Any]:
        return [[AROUND + 5, AROUND + 6], value]


def asked(*lengths: int) -> list[Prompt]:
    return [Prompt(str(length), "1" * length) for length in lengths]


def test_prompts_that_are_too_long_in_their_template_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    kept = data.fitting(asked(5, 7, 6, 99), TINY, AROUND + 6, 10, "data.train", ALONE)
    assert [prompt.id for prompt in kept] == ["5", "6"]
    found = data.fitting(asked(5, 7, 6, 99), TINY, AROUND + 6, 10, "data.train", Second())
    assert found == kept
    (line,) = caplog.messages  # of several processes, one says so
    assert line == f"data.train: 2 of 4 prompts are longer than data.max_prompt_tokens={AROUND + 6} and left out"


def test_prompts_are_tokenized_together_and_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    encode = models.Policy.encode_prompts

    def counted(self: models.Policy, asked: Sequence[Asked]) -> list[list[int]]:
        calls.append(len(asked))
        return encode(self, asked)

    monkeypatch.setattr(models.Policy, "encode_prompts", counted)
    prompts = asked(*range(1, 5)) * 300
    assert TINY.lengths(prompts) == [AROUND + each for each in range(1, 5)] * 300
    assert calls == [models.AT_ONCE, 1200 - models.AT_ONCE]
    assert TINY.encode_prompt("12") == TINY.tokenizer.encode(TINY.template.replace("{question}", "12"))


def test_where_all_prompts_are_too_long_the_shortest_is_named() -> None:
    with pytest.raises(DataError, match=rf"data\.train: all prompts .* the shortest has {AROUND + 5} tokens"):
        data.fitting(asked(9, 5), TINY, AROUND, 10, "data.train", ALONE)


def test_a_model_has_positions_for_the_longest_prompt_and_what_is_written_after_it() -> None:
    room = 4096 - AROUND - 6
    assert data.fitting(asked(6), TINY, 4096, room, "data.train", ALONE)
    with pytest.raises(
        ConfigError, match=r"4096 positions .* lower rollout\.max_new_tokens or data\.max_prompt_tokens"
    ):
        data.fitting(asked(6), TINY, 4096, room + 1, "data.train", ALONE)


LLAMA_3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0}


@pytest.mark.parametrize(
    ("rope", "room"),
    [
        ({"rope_type": "default"}, 64),
        ({"rope_type": "linear", "factor": 2.0}, 128),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}, 256),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}, 64),
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 51}, 204),  # as Qwen3's
        ({"rope_type": "dynamic", "factor": 2.0}, 128),
        (
            {"rope_type": "llama3", "factor": 32.0, "original_max_position_embeddings": 4, **LLAMA_3},
            64,
        ),  # as Llama 3.2's
        (
            {"rope_type": "longrope", "factor": 32.0, "original_max_position_embeddings": 4}
            | {"short_factor": [1.0] * 4, "long_factor": [2.0] * 4},
            64,
        ),
    ],
)
def test_positions_that_are_stretched_count(rope: dict[str, Any], room: int) -> None:
    shape: dict[str, Any] = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "vocab_size": 8}
    shape |= {"num_attention_heads": 1, "num_key_value_heads": 1, "max_position_embeddings": 64}
    config = Qwen2Config(**shape, rope_parameters={"rope_theta": 1e4, **rope})
    assert models.positions(Qwen2ForCausalLM(config)) == room


@pytest.mark.parametrize(
    ("command", "changes", "says"),
    [
        ("train", ["rollout.max_new_tokens=4096"], "lower rollout.max_new_tokens or data.max_prompt_tokens"),
        ("train", ["data.max_prompt_tokens=3"], "all prompts are longer"),
        ("sft", ["data.train={tmp}/long.jsonl", "data.max_tokens=9000"], "set data.max_tokens=4096"),
    ],
)
def test_what_has_no_room_is_refused_before_the_first_step(
    tmp_path: Path, command: str, changes: list[str], says: str
) -> None:
    (tmp_path / "long.jsonl").write_text(line(prompt="1", completion="1" * 5000))
    changes = [f"train.output={tmp_path / 'run'}", *(change.format(tmp=tmp_path) for change in changes)]
    with pytest.raises(GrpoError, match=says):
        if command == "train":
            Trainer(load(Config, None, changes))
        else:
            Finetuning(load(SftConfig, None, changes), World(0, 1, torch.device("cpu")))
