"""Two processes under torchrun, on CPU with gloo: what they learn is what one process learns."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from grpo.parallel import World

from tests.grpo.processes import SHARDINGS, WORK

ROOT = Path(__file__).parent.parent.parent

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]

ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What two processes measured."""
    directory = tmp_path_factory.mktemp("together")
    command = [*TORCHRUN, "-m", "tests.grpo.processes", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=500, env=ONE_THREAD)
    return json.loads((directory / "measured.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("what", list(WORK))
def test_two_processes_learn_what_one_does(what: str, together: dict[str, Any], tmp_path: Path) -> None:
    alone: Any = WORK[what](World(0, 1, torch.device("cpu")), tmp_path)
    for sharding in SHARDINGS:
        for one, two in zip(alone, together[f"{what} {sharding}"], strict=True):
            assert two == pytest.approx(one, rel=1e-4)


def test_stopped_while_the_service_is_waited_for_two_processes_save_and_end_at_once(tmp_path: Path) -> None:
    changes = ("watch.plots=false", f"train.output={tmp_path}", "rewards.url=http://127.0.0.1:9")
    few = ("rollout.questions=3", "rollout.outputs=2", "rollout.max_new_tokens=8", "data.size=16", "train.eval_every=0")
    command = [*TORCHRUN, "-m", "grpo", "train", *(word for change in few + changes for word in ("--set", change))]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ONE_THREAD) as waiting:
        assert waiting.stderr is not None
        next(line for line in waiting.stderr if "waited for" in line)
        asked = time.monotonic()
        waiting.send_signal(signal.SIGTERM)
        told = waiting.stderr.read()
    assert time.monotonic() - asked < 20
    assert "stopped after step 0" in told and "have no reward" not in told
    assert (tmp_path / "checkpoints" / "step-000000" / "trainer.pt").exists()
