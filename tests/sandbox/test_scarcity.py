"""Memory that runs out around programs, in the container or on the machine, is not their fault, unless one alone exceeds it."""

import json
import os
import subprocess
import sys

import pytest

from sandbox import Strength
from tests import scarce
from tests.sandbox.conftest import STRENGTHS, offered


@pytest.mark.parametrize("strength", STRENGTHS)
def test_two_programs_without_room_beside_each_other_pass_and_one_that_never_has_room_fails(strength: Strength) -> None:
    offered(strength)
    environment = {**os.environ, "SANDBOX_RUNS": "2"}
    with scarce.memory(mb=250) as group:
        command = [sys.executable, "-m", "tests.sandbox.crowd", str(group), strength.name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    runs, judged = json.loads(done.stdout)
    assert runs == ["ok", "ok", "memory limit"]
    assert judged == [["ok", 1.0], ["ok", 1.0], ["ok", 0.0]]
