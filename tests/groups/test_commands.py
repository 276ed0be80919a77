"""``verifier vote``, ``select`` and ``decontaminate``, run as their users run them."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import verifier

PROMPT = "What is the number, and why do you think so?"


def written(path: Path, records: list[Any]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def read(text: bytes) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def sample(prompt: str, answer: str, reference: str, words: str = "We think about it and are sure.") -> dict[str, Any]:
    return {"prompt": prompt, "completion": f"<think>{words}</think>\\boxed{{{answer}}}", "answer": reference}


def test_vote_groups_lines_in_any_order_and_prints_means(tmp_path: Path) -> None:
    samples = [sample(f"{PROMPT} ({q})", a, "4") for q in range(3) for a in ("4", "4.0", "5", str(q))]
    random.Random(0).shuffle(samples)
    file = written(tmp_path / "in.jsonl", [{**each, "id": i} for i, each in enumerate(samples)])
    file.write_bytes(file.read_bytes() + b'{"completion": \n[]\n{"id": 1}\n')
    done = verifier("vote", file, "--rubric", "math", "--pass-at", "1,4")
    assert done.returncode == 0, done.stderr
    votes = read(done.stdout)
    assert [(vote["n"], vote["count"], vote["consensus"]) for vote in votes] == [(4, 2, 1.0)] * 3
    assert {vote["pass_at"]["1"] for vote in votes} == {0.5}
    shown = done.stderr.decode()
    for word in ("mean cons", "mean pass@1", "mean agreement", "1.0000 (3 groups)", ":13: ", ":14: ", ":15: neither"):
        assert word in shown


def test_select_writes_chats_to_train_on_and_a_report(tmp_path: Path) -> None:
    group = {"id": "g", "prompt": PROMPT, "answer": "4", "metadata": {"source": "x"}}
    texts = [sample("", a, "")["completion"] for a in ("4", "5", "4", "4")]
    file = written(tmp_path / "in.jsonl", [{**group, "completions": texts}])
    out, report = tmp_path / "out.jsonl", tmp_path / "report.jsonl"
    done = verifier("select", file, "--output", out, "--report", report)
    assert done.returncode == 0, done.stderr
    (chat,) = read(out.read_bytes())
    assert chat["messages"][0] == {"role": "user", "content": PROMPT} and chat["messages"][1]["content"] == texts[0]
    assert (chat["id"], chat["pass_rate"], chat["metadata"]) == ("g", 0.75, {"source": "x"})
    (selection,) = read(report.read_bytes())
    assert sorted(each["by"][0] for each in selection["dropped"]) == ["accuracy", "duplicate", "duplicate"]
    assert "dropped: accuracy" in done.stderr.decode()


def test_lines_of_a_group_keep_what_is_their_own(tmp_path: Path) -> None:
    def line(n: int, **more: Any) -> dict[str, Any]:
        words = f"We think about it {n} times and are sure."
        own = {"id": f"line {n}", "metadata": {"step": n}, "length": {"tokens": 100 * n}}
        return sample(PROMPT, "4", "4", words) | own | more

    rubric = tmp_path / "short.yaml"
    checks = "{a: {verifier: math}, short: {verifier: length-overlong, options: {limit: 250, cache: 1}}}"
    rubric.write_text(f"name: short\nscores: {checks}", encoding="utf-8")
    file = written(tmp_path / "in.jsonl", [line(1), line(2, kind=None), line(3)])
    report = tmp_path / "report.jsonl"
    done = verifier("select", file, "--rubric", rubric, "--score", "a", "--report", report)
    assert done.returncode == 0, done.stderr
    assert [(chat["id"], chat["metadata"], chat["pass_rate"]) for chat in read(done.stdout)] == [
        ("line 1", {"step": 1}, 1.0),
        ("line 2", {"step": 2}, 1.0),
    ]
    (selection,) = read(report.read_bytes())
    assert selection["id"] == "line 1" and [(each["index"], each["by"]) for each in selection["dropped"]] == [
        (2, ["short"])
    ]


@pytest.mark.parametrize("names", [("in", "in"), ("out", "in"), ("out", "out"), ("new", "new")])
def test_no_file_is_written_that_is_read_or_written_already(tmp_path: Path, names: tuple[str, str]) -> None:
    file = written(tmp_path / "in", [sample(PROMPT, "4", "4")])
    written(tmp_path / "out", [])
    before = file.read_bytes()
    output, report = (tmp_path / name for name in names)
    for command in (("select", file), ("decontaminate", file, "--against", file)):
        done = verifier(*command, "--output", output, "--report", report)
        assert done.returncode == 2 and "would be overwritten" in done.stderr.decode().replace("\n", " ")
    assert file.read_bytes() == before


def test_a_pipe_is_grouped_too() -> None:
    lines = "\n".join(json.dumps(sample(PROMPT, a, "4")) for a in ("4", "4"))
    done = verifier("vote", "-", "--rubric", "math", "--output", "-", stdin=lines.encode())
    assert [vote["count"] for vote in read(done.stdout)] == [2]


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("vote", "-", "--by", "colour"), "--by: auto, prompt or id"),
        (("vote", "-", "--pass-at", "1,x"), "--pass-at"),
        (("vote", "-", "--pass-at", "9" * 5_000), "--pass-at"),
        (("vote", "-", "--score", "none"), "no score 'none'"),
        (("select", "-", "--keep", "accuracy"), "--keep: SCORE=MINIMUM"),
        (("select", "-", "--keep", "none=1"), "keep names 'none'"),
        (("select", "-", "--keep", "accuracy=2"), "--keep.accuracy: must be less than or equal to 1"),
        (("select", "-", "--prefer", "best"), "--prefer"),
        (("decontaminate", "-", "--against", "no-such.jsonl"), "no-such.jsonl"),
    ],
)
def test_a_wrong_command_is_one_line(arguments: tuple[str, ...], fault: str) -> None:
    done = verifier(*arguments)
    assert done.returncode == 2 and fault in done.stderr.decode().replace("\n", " ")


QUESTION = "A train leaves the station at noon and travels at sixty miles an hour towards the sea."
CHINESE = "一列火车中午离开车站以每小时六十公里的速度开往海边"


def test_decontaminate_drops_what_shares_ten_words_with_a_test_item(tmp_path: Path) -> None:
    tests = written(tmp_path / "test.jsonl", [{"question": QUESTION}, {"question": CHINESE}, {"question": "2 + 2?"}])
    train: list[Any] = [
        {
            "id": 0,
            "prompt": "Unrelated.",
            "completion": "Nothing to see here, and nothing that could be found anywhere.",
        },
        {"id": 1, "messages": [{"role": "user", "content": QUESTION.upper().replace(" ", "\n").replace(".", "!")}]},
        {"id": 2, "prompt": "So: " + " ".join(QUESTION.split()[3:13]) + " ..."},
        {"id": 3, "prompt": "So: " + " ".join(QUESTION.split()[3:12])},
        {"id": 4, "prompt": f"问题：{CHINESE[5:15]}？"},
        {"id": 5, "prompt": CHINESE[5:14]},
        {"id": 6, "prompt": "2 + 2?"},
        {"id": 7, "metadata": {"note": QUESTION}},
    ]
    file = written(tmp_path / "train.jsonl", train)
    report = tmp_path / "report.jsonl"
    done = verifier("decontaminate", file, "--against", tests, "--report", report)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"".join(
        line + b"\n" for i, line in enumerate(file.read_bytes().splitlines()) if i not in (1, 2, 4)
    )
    dropped = read(report.read_bytes())
    assert [(each["line"], each["id"], each["test"]) for each in dropped] == [
        (2, 1, f"{tests}:1"),
        (3, 2, f"{tests}:1"),
        (5, 4, f"{tests}:2"),
    ]
    assert dropped[0]["ngram"] == " ".join(QUESTION.lower().rstrip(".").split()[:10])
    assert "too short to match" in done.stderr.decode()
    by_field = verifier("decontaminate", file, "--against", tests, "--field", "prompt")
    assert [record["id"] for record in read(by_field.stdout)] == [0, 1, 3, 5, 6, 7]


def test_decontaminate_never_writes_over_what_it_reads(tmp_path: Path) -> None:
    file = written(tmp_path / "train.jsonl", [{"prompt": QUESTION}])
    for option in ("--output", "--report"):
        done = verifier("decontaminate", file, "--against", file, option, file)
        assert done.returncode == 2 and read(file.read_bytes()) == [{"prompt": QUESTION}]


@pytest.mark.parametrize("option", ["--field", "--test-field"])
def test_a_key_that_nothing_has_is_told_and_not_called_clean(tmp_path: Path, option: str) -> None:
    file = written(tmp_path / "train.jsonl", [{"prompt": QUESTION}])
    done = verifier("decontaminate", file, "--against", file, option, "promt")
    assert done.returncode == 2 and option in done.stderr.decode() and "promt" in done.stderr.decode()


@pytest.mark.parametrize("items", [[], [{"question": "2 + 2?"}]])
def test_a_test_set_that_nothing_can_match_is_an_error(tmp_path: Path, items: list[Any]) -> None:
    tests = written(tmp_path / "test.jsonl", items)
    done = verifier("decontaminate", "-", "--against", tests, stdin=b'{"prompt": "2 + 2?"}\n')
    assert (done.returncode, done.stdout) == (2, b"")
    assert "10 words in a row: nothing could match it" in done.stderr.decode().replace("\n", " ")


def test_a_broken_line_of_a_test_set_is_an_error(tmp_path: Path) -> None:
    tests = tmp_path / "test.jsonl"
    tests.write_text('{"question": ', encoding="utf-8")
    done = verifier("decontaminate", "-", "--against", tests)
    assert done.returncode == 2 and f"{tests}:1" in done.stderr.decode().replace("\n", "")
