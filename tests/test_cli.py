"""The command line, run as its users run it."""

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

GOOD = {"id": "g", "completion": "<think>x</think><answer>\\boxed{4}</answer>", "answer": "4"}


def verifier(*arguments: str | Path, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "verifier", *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, env={**os.environ, **environ}, timeout=120, check=False
    )


def test_help_teaches() -> None:
    text = verifier("--help").stdout.decode()
    for command in ("serve", "grade", "doctor", "rubrics", "config"):
        assert command in text
    assert "--rubric" in verifier("grade", "--help").stdout.decode()
    assert "r1-verifier" in verifier("--version").stdout.decode()


def test_grade_keeps_order_reports_broken_lines_and_grades_the_rest(tmp_path: Path) -> None:
    lines = [json.dumps(GOOD | {"id": i}).encode() for i in range(20)]
    lines[3] = b'{"completion": '
    lines[5] = b"[1, 2]"
    lines[7] = b'{"completion": "\xff"}'
    lines[9] = b'{"id": 9}'
    lines.insert(10, b"   ")
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\n".join(lines))
    done = verifier("grade", source, "--rubric", "r1-zero", "--output", target)
    assert done.returncode == 0, done.stderr
    rewards = [json.loads(line) for line in target.read_bytes().splitlines()]
    assert [reward["id"] for reward in rewards] == [0, 1, 2, None, 4, None, 6, None, 8, 9, *range(10, 20)]
    assert [i for i, reward in enumerate(rewards) if reward["status"] == "unjudgeable"] == [3, 5, 7, 9]
    assert {reward["reward"] for reward in rewards if reward["status"] == "ok"} == {2.0}
    shown = done.stderr.decode()
    for number in (4, 6, 8):
        assert f"{source}:{number}: " in shown
    assert "line 4: not JSON" in rewards[3]["scores"]["accuracy"]["explanation"]
    for word in ("unjudgeable", "mean reward", "2.0000", "mean accuracy", "slowest"):
        assert word in shown


def test_grade_reads_and_writes_the_standard_streams() -> None:
    done = verifier("grade", "-", "--rubric", "math", stdin=json.dumps(GOOD).encode())
    assert json.loads(done.stdout)["reward"] == 1.0


def test_grade_takes_a_rubric_file(tmp_path: Path) -> None:
    rubric = tmp_path / "twice.yaml"
    rubric.write_text("name: twice\nscores: {accuracy: {verifier: math, weight: 2}}", encoding="utf-8")
    done = verifier("grade", "-", "--rubric", rubric, stdin=json.dumps(GOOD).encode())
    assert json.loads(done.stdout)["reward"] == 2.0


def test_what_a_policy_can_write_is_judged_in_a_file_as_over_http() -> None:
    lines = [r'{"id": "\ud800", "completion": "\ud800 \\boxed{4}", "answer": "4"}', json.dumps(GOOD | {"id": "[/x]"})]
    done = verifier("grade", "-", "--rubric", "math", stdin="\n".join(lines).encode())
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["reward"] for line in done.stdout.splitlines()] == [1.0, 1.0]


def test_a_line_nested_without_end_is_reported() -> None:
    nested = '{"completion": "4", "answer": "4", "metadata": ' + '{"a":' * 600 + "1" + "}" * 601
    done = verifier("grade", "-", "--rubric", "math", stdin=f"{nested}\n{json.dumps(GOOD)}".encode())
    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["unjudgeable", "ok"]
    assert "-:1: JSON, but more than is read: metadata.a.a.a.a.…: nested deeper than 200".encode() in done.stderr


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    command = [sys.executable, "-m", "verifier", "grade", str(fifo), "--rubric", "math"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        fifo.write_text(json.dumps(GOOD), encoding="utf-8")
        assert process.stdout is not None and json.loads(process.stdout.read())["reward"] == 1.0


def test_the_input_is_not_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(GOOD), encoding="utf-8")
    done = verifier("grade", source, "--output", source)
    assert done.returncode == 2 and json.loads(source.read_text(encoding="utf-8")) == GOOD


def test_a_compressed_file_is_one_line_and_not_one_for_each_of_its(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl.gz"
    source.write_bytes(gzip.compress(json.dumps(GOOD).encode()))
    done = verifier("grade", source)
    assert done.returncode == 2 and not done.stdout and b"zcat" in done.stderr


def test_samples_without_a_verdict_are_counted_by_their_cause(tmp_path: Path) -> None:
    misspelt = {"completion": "\\boxed{4}", "anwser": "4"}
    lines = [json.dumps(GOOD), *[json.dumps(misspelt)] * 3, json.dumps({"completion": "4"}), "4"]
    done = verifier("grade", "-", "--rubric", "math", "--output", tmp_path / "o", stdin="\n".join(lines).encode())
    shown = " ".join(done.stderr.decode().split())
    assert "3: malformed sample: anwser: unknown key; did you mean answer? (first: sample 2)" in shown
    assert "1: the sample has no reference answer (first: sample 5)" in shown
    assert "1: not a JSON object (first: sample 6)" in shown


@pytest.mark.parametrize("command", ["vote", "select"])
def test_groups_without_a_verdict_are_counted_by_their_cause(tmp_path: Path, command: str) -> None:
    misspelt = {"prompt": "2 + 2?", "completions": ["\\boxed{4}"], "anwser": "4"}
    done = verifier(command, "-", "--output", tmp_path / "o", stdin=json.dumps(misspelt).encode())
    shown = " ".join(done.stderr.decode().split())
    assert "anwser: unknown key; did you mean answer? (first: group 1)" in shown


@pytest.mark.parametrize("command", ["grade", "vote", "select", "decontaminate"])
def test_a_file_of_which_nothing_can_be_read_is_an_error_and_told_of_in_few_lines(tmp_path: Path, command: str) -> None:
    source, tests = tmp_path / "weights.bin", tmp_path / "tests.jsonl"
    source.write_bytes(b"\xff\n" * 3_000)
    tests.write_text('"a b c d e f g h i j"\n', encoding="utf-8")
    against = ("--against", tests) if command == "decontaminate" else ()
    done = verifier(command, *against, source, "--output", tmp_path / "o")
    assert done.returncode == 2 and len(done.stderr.splitlines()) < 40
    assert f"{source}:20: not UTF-8".encode() in done.stderr  # and no emoji of it
    assert b"2,980 more lines are broken" in done.stderr and b"no line of it can be read" in done.stderr


def test_a_bug_in_a_verifier_leaves_standard_output_to_the_rewards() -> None:
    done = verifier(
        *("grade", "-", "--rubric", "tests/engine/hostile.yaml"),
        stdin=b'{"completion": "raise"}\n{"completion": "good"}\n{"completion": "number"}',
        VERIFIER_PLUGINS="tests.engine.hostile",
    )
    rewards = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reward["status"] for reward in rewards] == ["error", "ok", "error"]
    assert "verify gave a float, no Score" in str(rewards[2])
    assert b"\nZeroDivisionError: a bug\n" in done.stderr and done.returncode == 1
    assert b"\x1b" not in done.stderr  # no colours but on a terminal


def test_a_failure_of_the_service_shows_in_the_exit_code() -> None:
    rubric = '{"completion": "exit"}'
    done = verifier(
        "grade",
        "-",
        "--rubric",
        "tests/engine/hostile.yaml",
        stdin=rubric.encode(),
        VERIFIER_PLUGINS="tests.engine.hostile",
    )
    assert done.returncode == 1 and json.loads(done.stdout)["status"] == "error"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("grade", "no-such-file.jsonl"), "no-such-file.jsonl"),
        (("grade", "-", "--rubric", "maths"), "no rubric is named 'maths'"),
        (("grade", "-", "--rubric", "r1-zreo"), "did you mean r1-zero?"),
        (("grade", "-", "--rubric", "none.yaml"), "none.yaml"),
        (("grade", "-", "--config", "none.toml"), "none.toml: No such file or directory"),
        (("rubrics", "show", "maths"), "maths"),
        (("rubrics", "check", "none.yaml"), "none.yaml: No such file or directory"),
        (("serve", "--log-format", "xml"), "log_format"),
        (("grade", "-", "--output", "/no/such/folder/out"), "/no/such/folder/out"),
    ],
)
def test_bad_input_is_one_line_and_code_2(arguments: tuple[str, ...], fault: str) -> None:
    done = verifier(*arguments)
    assert done.returncode == 2
    assert fault in done.stderr.decode() and len(done.stderr.decode().splitlines()) == 1


def test_rubrics_are_listed_shown_and_checked(tmp_path: Path) -> None:
    assert "r1-zero" in verifier("rubrics", "list").stdout.decode()
    shown = verifier("rubrics", "show", "r1").stdout
    copy = tmp_path / "r1.yaml"
    copy.write_bytes(shown)
    assert "ok: r1" in verifier("rubrics", "check", copy).stdout.decode().replace("\n", " ")


def test_of_several_rubrics_all_are_checked(tmp_path: Path) -> None:
    (broken := tmp_path / "a.yaml").write_text("scores: {}", encoding="utf-8")
    (whole := tmp_path / "b.yaml").write_text("name: b\nscores: {a: {verifier: math}}", encoding="utf-8")
    result = verifier("rubrics", "check", broken, whole, tmp_path / "c.yaml")
    assert result.returncode == 2
    assert "b.yaml: ok: b" in result.stdout.decode()
    assert "a.yaml:1: scores: " in (told := result.stderr.decode()) and "c.yaml: No such file" in told


def test_the_configuration_is_shown_with_its_origins() -> None:
    shown = verifier("config", "show", VERIFIER_PORT="9123", VERIFIER_API_KEYS="s3cr3t", COLUMNS="200").stdout.decode()
    assert "9123" in shown and "environment VERIFIER_PORT" in shown and "s3cr3t" not in shown


def test_the_doctor_examines_this_machine() -> None:
    done = verifier("doctor", COLUMNS="200")
    text = done.stdout.decode()
    assert "verifier: math: first verdict in" in text and "sandbox" in text
    assert done.returncode == (1 if "FAIL" in text else 0)


def test_the_doctor_says_how_much_memory_may_be_needed() -> None:
    done = verifier("doctor", COLUMNS="200", VERIFIER_WORKER_MEMORY_MB="100000000")
    assert "weak memory: " in (text := done.stdout.decode()) and "lower workers" in text


def test_without_walls_there_is_no_service_unless_told(tmp_path: Path) -> None:
    """Bubblewrap is asked for, and cannot be found."""
    environment = {**os.environ, "SANDBOX_STRENGTH": "B", "PATH": str(tmp_path)}
    command = [sys.executable, "-m", "verifier", "serve", "--port", "0", "--workers", "1", "--log-format", "json"]
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert refused.returncode == 2
    assert "install bubblewrap" in refused.stderr and "--unsafe" in refused.stderr
    log = tmp_path / "log"
    with log.open("wb") as sink:
        served = subprocess.Popen([*command, "--unsafe"], env=environment, stdout=sink, stderr=sink)
    try:
        end = time.monotonic() + 100
        while b"serving" not in log.read_bytes() and served.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        assert b"no isolation at all" in log.read_bytes() and b"serving" in log.read_bytes()
    finally:
        served.kill()
        served.wait()
