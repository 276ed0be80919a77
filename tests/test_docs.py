"""What the README says is true: its examples run, and what it names is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RunningServer

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", blocks("python"))
def test_python_examples_run(example: str, server: RunningServer) -> None:
    done = subprocess.run(
        [sys.executable, "-c", example],
        env={**os.environ, "VERIFIER_URL": server.url},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout


@pytest.mark.parametrize("example", blocks("sh"))
def test_shell_examples_run(example: str, server: RunningServer, tmp_path: Path) -> None:
    if "curl" in example and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    script = example.replace("http://127.0.0.1:8000", server.url)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", script], env={**os.environ, "PATH": path}, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert '"reward":' in done.stdout.decode() + "".join(
        p.read_text(encoding="utf-8") for p in tmp_path.glob("rewards*")
    )


@pytest.mark.parametrize("example", blocks("yaml"))
def test_rubric_examples_load(example: str) -> None:
    from verifier import registry
    from verifier.rubric import parse

    registry.load()
    parse(example, "README.md")


def test_every_file_that_is_named_exists() -> None:
    for name in re.findall(r"`((?:docs|clients|examples|benchmarks)/[\w./-]+|\w+\.md)`", README):
        assert (ROOT / name).exists(), name


def test_every_make_target_that_is_named_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", README, re.MULTILINE)
    assert named and {first or second for first, second in named} <= set(targets)
