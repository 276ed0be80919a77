"""Every kept program ends as it must: attacks held, honest programs untouched."""

import pytest

from sandbox import Program, Sandbox
from tests.sandbox import programs


@pytest.mark.parametrize("case", programs.read("resource.txt"), ids=lambda case: case.name)
def test_taking_more_than_given(sandbox: Sandbox, case: programs.Case) -> None:
    result = sandbox.run(Program(source=case.source), case.limits)
    assert result.status in programs.allowed(case, sandbox.strength), (result, result.stderr[-500:])
    assert len(result.stdout) + len(result.stderr) <= case.limits.output_kb * 1024 * 2


@pytest.mark.parametrize("case", programs.read("escape.txt"), ids=lambda case: case.name)
def test_leaving(sandbox: Sandbox, case: programs.Case) -> None:
    result = sandbox.run(Program(source=case.source), case.limits)
    assert result.stdout == b"held\n", (result.stdout, result.stderr[-500:])
    assert result.status in programs.allowed(case, sandbox.strength), result


@pytest.mark.parametrize("case", programs.read("honest.txt"), ids=lambda case: case.name)
def test_honest(sandbox: Sandbox, case: programs.Case) -> None:
    result = sandbox.run(Program(source=case.source, stdin=b"21 21\n"), case.limits)
    assert result.status in programs.allowed(case, sandbox.strength), (result, result.stderr[-500:])
    assert result.status != "ok" or result.stdout.strip() == b"42"
