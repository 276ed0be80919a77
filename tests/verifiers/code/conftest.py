"""The tests of this folder run programs; without a sandbox they are skipped, and say why."""

import pytest

from sandbox import Program, Sandbox, SandboxError, Status


@pytest.fixture(scope="session", autouse=True)
def usable() -> None:
    try:
        result = Sandbox().run(Program(source="print(1)"))
    except SandboxError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    if result.status is Status.SANDBOX_ERROR:
        pytest.skip(f"no sandbox on this machine: {result.detail}")
