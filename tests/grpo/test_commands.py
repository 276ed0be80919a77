"""The command line: what is printed, what is left behind, and how a user is told what is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from grpo import runs
from grpo.cli import app, main
from grpo.config import Config
from grpo.finetune.config import SftConfig
from grpo.offline.config import EvalConfig, SampleConfig
from typer.testing import CliRunner

FEW = ("--set", "data.size=8", "--set", "train.batch=8", "--set", "train.epochs=1")


@pytest.mark.parametrize(
    ("command", "kind"), [("train", Config), ("sft", SftConfig), ("sample", SampleConfig), ("eval", EvalConfig)]
)
def test_config_prints_the_whole_recipe_of_a_command(command: str, kind: type[Config]) -> None:
    done = CliRunner().invoke(app, ["config", "--for", command, "--set", "model.path=small"])
    assert done.exit_code == 0
    assert kind.model_validate(yaml.safe_load(done.stdout)).model.path == "small"


def test_fine_tuning_leaves_a_model_and_curves(tmp_path: Path) -> None:
    run = tmp_path / "run"
    done = CliRunner().invoke(app, ["sft", "--set", f"train.output={run}", *FEW])
    assert done.exit_code == 0, done.output
    assert (run / "checkpoints" / "step-000001" / "model.safetensors").exists()
    assert (run / "curves.png").exists()
    again = CliRunner().invoke(
        app, ["sft", "--set", f"train.output={tmp_path / 'next'}", "--set", f"model.path={run}", *FEW]
    )
    assert again.exit_code == 0, again.output
    drawn = CliRunner().invoke(app, ["plot", str(run), "--output", str(tmp_path / "mine.png")])
    assert drawn.stdout.strip() == str(tmp_path / "mine.png")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["config", "--for", "dance"], "there are sft, train, sample, eval"),
        (["sft", "--set", "trian.epochs=1"], "trian: unknown key; did you mean train?"),
        (["sft", "--set", "data.train=nowhere.jsonl", "--set", "train.output={tmp}"], "nowhere.jsonl"),
        (["sft", "--set", "model.path={tmp}/run", "--set", "train.output={tmp}/next", *FEW], "run: no such directory"),
        (["eval", "--set", "rewards.url=http://127.0.0.1:9", "--set", "output={tmp}/eval"], "start one with"),
        (["eval", "--set", "rewards.url=here", "--set", "output={tmp}/eval"], "rewards.url: not the base URL"),
        (["train", "--set", "rewards.url=here", "--set", "train.output={tmp}"], "rewards.url: not the base URL"),
        (["train", "--set", "train.output=/dev/null/run"], "/dev/null/run: cannot be written to: Not a directory"),
        (["train", "--set", "train.output={tmp}", "--set", "model.template=chat"], "has no chat template"),
        (["train", "--set", "train.output={tmp}", "--set", "model.path=."], "is no preset (tiny, small)"),
        (["train", "--set", "train.output={tmp}", "--set", "model.lora.targets=[x]"], "model.lora: "),
        (["train", "--set", "train.output={tmp}", "--set", "model.attention=flash_attention_2"], "flash_attention_2: "),
        (["tasks", "words", "--output", "/dev/null/x"], "/dev/null/x: Not a directory"),
        (["plot", "{tmp}"], "no metrics of a run"),
        (["pipeline", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_the_user_can_mend_is_one_line(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["grpo", *(argument.replace("{tmp}", str(tmp_path)) for argument in arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("grpo: ")
    assert says in line


@pytest.mark.parametrize("command", ["train", "sft", "sample", "eval", "pipeline", "plot", "tasks", "config"])
def test_every_command_has_help(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    assert command in done.stdout


def test_generated_problems_are_added_to_a_file_as_the_shell_says(tmp_path: Path) -> None:
    before = tmp_path / "tasks.jsonl"
    before.write_text("kept\n", encoding="utf-8")
    with before.open("a", encoding="utf-8") as out:
        subprocess.run([sys.executable, "-m", "grpo", "tasks", "words", "--count", "2"], stdout=out, check=True)
    lines = before.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "kept"
    assert len(lines) == 3


def test_two_runs_do_not_share_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["grpo", "sft", "--set", f"train.output={tmp_path}", *FEW])
    with runs.held(tmp_path), pytest.raises(SystemExit):
        main()
    assert "another run is writing there" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
