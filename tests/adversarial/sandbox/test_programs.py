"""Every kept program ends as it must, on every strength of this machine: attacks held, honest programs untouched."""

import pytest

from sandbox import Program, Sandbox
from tests.adversarial.sandbox import programs

EXHAUSTING = [case for file in programs.EXHAUSTING for case in programs.read(file)]
ESCAPING = [case for file in programs.ESCAPING for case in programs.read(file)]
HONEST = programs.read("honest.txt")


@pytest.mark.parametrize("case", EXHAUSTING, ids=programs.name)
def test_taking_more_than_given(sandbox: Sandbox, case: programs.Case) -> None:
    result = sandbox.run(Program(source=case.source), case.limits)
    assert result.status in programs.allowed(case, sandbox.strength), (result, result.stderr[-500:])
    assert len(result.stdout) + len(result.stderr) <= case.limits.output_kb * 1024 * 2
    after = sandbox.run(Program(source="import os; print(os.listdir('.'))"))
    assert (after.status, after.stdout) == ("ok", b"[]\n")


@pytest.mark.parametrize("case", ESCAPING, ids=programs.name)
def test_leaving(sandbox: Sandbox, case: programs.Case) -> None:
    result = sandbox.run(Program(source=case.source), case.limits)
    assert result.stdout == b"held\n", (result.stdout, result.stderr[-500:])
    assert result.status in programs.allowed(case, sandbox.strength), result


@pytest.mark.parametrize("case", HONEST, ids=programs.name)
def test_honest(sandbox: Sandbox, case: programs.Case) -> None:
    result = sandbox.run(Program(source=case.source, stdin=b"21 21\n"), case.limits)
    assert result.status in programs.allowed(case, sandbox.strength), (result, result.stderr[-500:])
    assert result.status != "ok" or result.stdout.strip() == b"42"
