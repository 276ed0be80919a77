"""What docs/rubrics.md says is true: its rubrics load and pay what it says, and its plugin is found once installed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import verifier
from verifier import registry
from verifier.rubric import parse
from verifier.schema import Score

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "rubrics.md").read_text(encoding="utf-8")
PLUGIN = ROOT / "examples" / "plugin"

registry.load()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)


RUBRICS = {text.split()[1]: text for text in blocks("yaml")}


@pytest.mark.parametrize(
    ("name", "values", "reward", "formula"),
    [
        ("exact", {"accuracy": 1}, 1.0, "accuracy"),
        ("mixed", {"accuracy": 1, "format": 1, "language": 0}, 2.5, "2 * accuracy + 0.5 * format"),
        ("mixed", {"accuracy": 1, "format": 0.5, "language": 0}, 0.25, "2 * 0 + 0.5 * format"),
        ("shaped", {"accuracy": 1, "format": 1, "language": 0.5}, 0.75, None),
        ("shaped", {"accuracy": 1, "format": 0, "language": 0.5}, -1.0, None),
        ("tolerant", {"accuracy": 1, "language": None, "style": None}, 1.5, "accuracy + 0.5"),
        ("strict-select", {"accuracy": 1, "readable": 1}, 2.0, "accuracy + readable"),
    ],
)
def test_rubrics_pay_what_the_page_says(name: str, values: dict[str, Any], reward: float, formula: str | None) -> None:
    recipe = parse(RUBRICS[name], name)
    unjudgeable = Score.model_validate({"status": "unjudgeable"})
    scores = {
        key: unjudgeable.model_copy(deep=True) if value is None else Score.of(value, "")
        for key, value in values.items()
    }
    made = recipe.combine(None, scores)
    assert made.reward == reward and formula in (None, made.formula)


def test_every_rubric_of_the_page_is_under_test() -> None:
    assert set(RUBRICS) == {"exact", "mixed", "shaped", "tolerant", "strict-select", "brief-math"}


def test_the_plugin_is_the_one_on_the_page() -> None:
    code = (PLUGIN / "brief.py").read_text(encoding="utf-8")
    assert blocks("python")[0].strip() in code
    assert blocks("toml")[0].strip() in (PLUGIN / "pyproject.toml").read_text(encoding="utf-8")


def test_an_installed_plugin_is_found_by_its_entry_point(tmp_path: Path) -> None:
    rubric = tmp_path / "brief-math.yaml"
    rubric.write_text(RUBRICS["brief-math"], encoding="utf-8")
    assert b"no verifier is named 'brief'" in verifier("rubrics", "check", rubric).stderr
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", str(site)]
    subprocess.run([*install, str(PLUGIN)], check=True, capture_output=True)
    lines = [
        {"completion": "It is \\boxed{4}", "answer": "4"},
        {"completion": "Oh, I think it is \\boxed{4}", "answer": "4"},
    ]
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    stdin = "\n".join(map(json.dumps, lines)).encode()
    done = verifier("grade", "-", "--rubric", rubric, stdin=stdin, PYTHONPATH=path)
    rewards = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reward["reward"] for reward in rewards] == [1.5, 1.0], done.stderr
    assert rewards[1]["scores"]["brief"]["explanation"] == "6 words, and at most 5 are asked for"
    rubric.write_text(RUBRICS["brief-math"].replace("{words:", "{wrods:"), encoding="utf-8")
    refused = verifier("rubrics", "check", rubric, PYTHONPATH=path).stderr
    assert b"scores.brief.options.wrods: unknown key; did you mean words?" in refused
