"""Data of a user's own: every form of a line that can be meant, and how one is refused that cannot."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from grpo import data
from grpo.config import DataConfig
from grpo.errors import DataError
from grpo.prompts import Prompt

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
        ('{"prompt": [{"role": "user", "content": "a"}]}', "no text under 'prompt'"),
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
