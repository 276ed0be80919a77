"""Two processes under torchrun, on CPU with gloo: what they learn is what one process learns."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from grpo.parallel import World

from tests.grpo.processes import SHARDINGS, WORK

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What two processes measured."""
    directory = tmp_path_factory.mktemp("together")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*torchrun, "-m", "tests.grpo.processes", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=500, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return json.loads((directory / "measured.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("what", list(WORK))
def test_two_processes_learn_what_one_does(what: str, together: dict[str, Any], tmp_path: Path) -> None:
    alone: Any = WORK[what](World(0, 1, torch.device("cpu")), tmp_path)
    for sharding in SHARDINGS:
        for one, two in zip(alone, together[f"{what} {sharding}"], strict=True):
            assert two == pytest.approx(one, rel=1e-4)
