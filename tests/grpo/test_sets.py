"""Question sets: each known format, as it is published, in lines of our own."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from grpo.errors import DataError
from grpo.offline.sets import SetConfig, load

GSM8K = {"question": "Ann buys 3 boxes of 400 pens. How many pens?", "answer": "3*400=<<3*400=1200>>1200\n#### 1,200"}
AIME = {
    "id": 60,
    "problem": "Find $n$.",
    "solution": "So $n=204$.",
    "answer": "204",
    "url": "u",
    "question": "Find $n$.",
}
AMC = {"id": 0, "problem": "How far?", "answer": 27.0, "url": "u"}
HUMANEVAL = {
    "task_id": "HumanEval/0",
    "prompt": 'def add(a, b):\n    """Sum."""\n',
    "entry_point": "add",
    "canonical_solution": "    return a + b\n",
    "test": "def check(candidate):\n    assert candidate(1, 2) == 3\n",
}
OURS = {"id": "q7", "prompt": "2+2=?", "answer": "4", "language": "de"}


def file(path: Path, *rows: Any) -> str:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return str(path)


@pytest.mark.parametrize(
    ("row", "kind", "id", "sample"),
    [
        (GSM8K, "gsm8k", "1", {"answer": "1200", "kind": "math", "language": "en"}),
        (AIME, "aime", "60", {"answer": "204", "kind": "math", "language": "en"}),
        (AMC, "amc", "0", {"answer": "27", "kind": "math", "language": "en"}),
        (OURS, "jsonl", "q7", {"answer": "4", "language": "de"}),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_format_is_read_by_name_and_told_by_its_keys(
    tmp_path: Path, row: dict[str, Any], kind: Any, id: str, sample: dict[str, Any], named: bool
) -> None:
    config = SetConfig(path=file(tmp_path / "set.jsonl", row), format=kind if named else "auto")
    (prompt,) = load(config)
    assert (prompt.id, prompt.sample) == (id, sample)
    assert prompt.question == row.get("problem", row.get("question", row.get("prompt")))


def test_humaneval_is_a_program_to_test(tmp_path: Path) -> None:
    (prompt,) = load(SetConfig(path=file(tmp_path / "HumanEval.jsonl.gz", HUMANEVAL), language=None))
    tests = {"language": "python", "type": "assert", "entry_point": "add", "code": HUMANEVAL["test"]}
    assert (prompt.id, prompt.question) == ("HumanEval/0", HUMANEVAL["prompt"])
    assert prompt.sample == {"tests": tests, "kind": "code"}


def test_a_problem_is_a_question_like_any_other(tmp_path: Path) -> None:
    tests: dict[str, Any] = {"type": "stdio", "cases": [{"stdin": "", "stdout": "4"}]}
    references = [{"answer": "4"}, {"tests": tests}, {"answer": ["4", "four"]}, {"answer": "B", "choices": ["3", "4"]}]
    rows = [{"problem": "2+2=?", **reference} for reference in references]
    found = load(SetConfig(path=file(tmp_path / "set.jsonl", *rows), language=None))
    assert [prompt.sample for prompt in found] == references


def test_instructions_say_what_form_the_answer_takes(tmp_path: Path) -> None:
    math, code = file(tmp_path / "a.jsonl", AIME), file(tmp_path / "b.jsonl", HUMANEVAL)
    assert "\\boxed{}" in load(SetConfig(path=math, instruct=True))[0].question
    assert "```python" in load(SetConfig(path=code, instruct=True))[0].question


def test_a_limit_takes_the_first(tmp_path: Path) -> None:
    path = file(tmp_path / "set.jsonl", AMC, AIME, {**AIME, "id": 61})
    assert [prompt.id for prompt in load(SetConfig(path=path, limit=2))] == ["0", "60"]
    assert len(load(SetConfig(path="tasks:words", limit=5))) == 5


def test_titles() -> None:
    assert SetConfig(path="data/HumanEval.jsonl.gz").title == "HumanEval"
    assert SetConfig(path="tasks:words").title == "words"
    assert SetConfig(path="a.jsonl", name="mine").title == "mine"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "no questions"),
        ([3], "line 1: not a JSON object"),
        ([GSM8K, {"question": "q", "answer": "no mark"}], "line 2: not of the format gsm8k"),
        ([AIME, {"problem": "p"}], "line 2: not of the format aime"),
        ([AIME, AIME], "the same id"),
        ([HUMANEVAL, {"task_id": "x"}], "line 2: not of the format humaneval"),
        ([{"question": "q"}, GSM8K], "line 1: not of the format gsm8k: no 'answer'"),
        ([OURS, {"answer": "4"}], "line 2: no text under 'prompt' .* its keys are answer"),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, rows: list[Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        load(SetConfig(path=file(tmp_path / "set.jsonl", *rows)))


def test_no_such_file_or_task() -> None:
    with pytest.raises(DataError, match=r"nowhere\.jsonl"):
        load(SetConfig(path="nowhere.jsonl"))
    with pytest.raises(DataError, match="no task 'calculus'"):
        load(SetConfig(path="tasks:calculus"))
