"""Data sets of other people's columns: a recipe says which holds what, and a name that is not there is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from grpo import data, models
from grpo.config import Config, DataConfig, ModelConfig, load
from grpo.errors import ConfigError, DataError
from grpo.finetune import data as finetuning
from grpo.offline.sets import SetConfig
from grpo.offline.sets import load as load_set
from grpo.prompts import Prompt, line

SYSTEM = {"role": "system", "content": "Be brief."}
ASKED = {"role": "user", "content": "6*7?"}
SAID = {"role": "assistant", "content": "It is 42.\n#### 42"}
VERL = {
    "data_source": "gsm8k",
    "prompt": [ASKED],
    "ability": "math",
    "reward_model": {"style": "rule", "ground_truth": "42"},
    "extra_info": {"index": 3, "question": "6*7?", "answer": "6*7=42\n#### 42"},
}

GRADED = ("6*7?", {"answer": "42"})


def file(path: Path, *rows: Any) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def training(path: Path, *rows: Any, **columns: str | None) -> list[Prompt]:
    return data.training(DataConfig(train=file(path, *rows), language=None, columns=columns))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("row", "columns", "found"),
    [
        ({"problem": "6*7?", "solution": "42"}, {"question": "problem", "answer": "solution"}, GRADED),
        ({"problem": "6*7?", "solution": "42"}, {"answer": "solution"}, ("6*7?", {"answer": "42", "kind": "math"})),
        ({"q": "6*7?", "prompt": "other", "target": 42}, {"question": "q", "answer": "target"}, ("6*7?", {"answer": 42})),
        ({"q": "6*7?", "a": "6*7\n#### 4,200"}, {"prompt": "q", "answer": "a"}, ("6*7?", {"answer": "4200", "kind": "math"})),
        (VERL, {"answer": "reward_model.ground_truth"}, GRADED),
        (VERL, {"question": "extra_info.question", "answer": "extra_info.answer"}, ("6*7?", {"answer": "42", "kind": "math"})),
        ({"messages": [ASKED, SAID], "gold": "42"}, {"answer": "gold"}, GRADED),
        ({"chat": [ASKED, SAID], "gold": "42"}, {"messages": "chat", "answer": "gold"}, GRADED),
        ({"chat": [SYSTEM, ASKED], "answer": "42"}, {"question": "chat.-1.content"}, GRADED),
        ({"a.b": "6*7?", "answer": "42"}, {"question": "a.b"}, GRADED),
        ({"prompt": "6*7?", "answer": "42", "language": "python"}, {"language": None}, GRADED),
        ({"q": "6*7?", "o": {"text": ["1", "42"]}, "k": "B"}, {"question": "q", "choices": "o.text", "answer": "k"},
         ("6*7?", {"answer": "B", "choices": ["1", "42"]})),
    ],
)  # fmt: skip
def test_a_column_holds_what_the_recipe_says(
    tmp_path: Path, row: dict[str, Any], columns: dict[str, str | None], found: tuple[str, dict[str, Any]]
) -> None:
    (prompt,) = training(tmp_path / "a.jsonl", row, **columns)
    assert (prompt.question, prompt.sample) == found
    assert not prompt.before


def test_a_recipe_names_columns_in_a_word(tmp_path: Path) -> None:
    config = load(Config, None, ["data.columns={question: problem}", "data.columns.answer=reward_model.ground_truth"])
    assert config.data.columns == {"question": "problem", "answer": "reward_model.ground_truth"}
    with pytest.raises(ConfigError, match=r"data\.columns\.anwser.*'answer'"):
        load(Config, None, ["data.columns.anwser=solution"])


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        training(tmp_path / "a.jsonl", VERL, answer="reward_model.truth")
    says = str(raised.value)
    assert "no line has 'reward_model.truth' (columns.answer)" in says
    assert "data_source, prompt, ability, reward_model.style, reward_model.ground_truth, extra_info.index" in says


def test_a_line_without_a_value_has_no_other_in_its_place(tmp_path: Path) -> None:
    rows = [{"q": "1", "gold": "1", "answer": "x"}, {"q": "2", "gold": None, "answer": "x"}]
    found = training(tmp_path / "a.jsonl", *rows, question="q", answer="gold")
    assert [prompt.sample for prompt in found] == [{"answer": "1"}, {}]
    with pytest.raises(DataError, match=r"line 2: no text .* its keys are gold, answer"):
        training(tmp_path / "a.jsonl", rows[0], {"gold": "2", "prompt": "other"}, question="q", answer="gold")


def test_held_out_files_have_the_same_columns_or_their_own(tmp_path: Path) -> None:
    mine, known = (
        file(tmp_path / "a.jsonl", {"q": "1", "a": "1"}),
        file(tmp_path / "b.jsonl", {"prompt": "2", "answer": "2"}),
    )
    columns: Any = {"question": "q", "answer": "a"}
    assert [p.question for p in data.heldout(DataConfig(heldout=mine, columns=columns))] == ["1"]
    found = data.heldout(DataConfig(heldout=known, columns=columns, heldout_columns={}))
    assert [p.question for p in found] == ["2"]
    with pytest.raises(DataError, match="no line has 'q'"):
        data.heldout(DataConfig(heldout=known, columns=columns))


def test_sets_to_evaluate_on_and_examples_to_imitate_have_columns_too(tmp_path: Path) -> None:
    path = file(tmp_path / "a.jsonl", {"instruction": "6*7?", "output": "It is 42.", "gold": "42"})
    (prompt,) = load_set(SetConfig(path=path, columns={"question": "instruction", "answer": "gold"}, language=None))
    assert (prompt.question, prompt.sample) == GRADED
    named: Any = {"prompt": "instruction", "completion": "output"}
    (turn,) = finetuning.turns(path, named, size=1, noise=0, seed=0)
    assert (turn.context, turn.completion) == ([ASKED], "It is 42.")


CHAT = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"


def test_a_chat_is_asked_whole_in_the_models_own_template(tmp_path: Path) -> None:
    (prompt,) = training(tmp_path / "a.jsonl", {"id": "a", "prompt": [SYSTEM, ASKED], "answer": "42"})
    assert prompt.asked == [SYSTEM, ASKED]
    assert json.loads(line(prompt)) == {"id": "a", "prompt": [SYSTEM, ASKED], "answer": "42"}
    plain = models.load(ModelConfig(), torch.device("cpu"))
    plain.tokenizer.chat_template = CHAT
    chat = models.Policy(plain.model, plain.tokenizer, "chat")
    expected = plain.tokenizer.encode("<system>Be brief.<user>6*7?<assistant>", add_special_tokens=False)
    assert chat.encode_prompt(prompt.asked) == expected
    with pytest.raises(DataError, match=r"needs model\.template: chat .*6\*7"):
        plain.encode_prompt(prompt.asked)


def test_the_same_question_in_another_chat_is_another(tmp_path: Path) -> None:
    held = file(tmp_path / "held.jsonl", {"prompt": [SYSTEM, ASKED], "answer": "42"})
    train = file(tmp_path / "a.jsonl", {"prompt": [SYSTEM, ASKED], "answer": "42"}, {"prompt": "6*7?", "answer": "42"})
    (prompt,) = data.training(DataConfig(train=train, heldout=held))
    assert prompt.asked == "6*7?"
