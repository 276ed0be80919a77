"""A sandbox, or a skip that says why there is none."""

import pytest

from sandbox import Program, Sandbox, SandboxError, Status, cgroup


@pytest.fixture(scope="session")
def usable() -> Sandbox:
    try:
        made = Sandbox()
    except SandboxError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    result = made.run(Program(source="print(1)"))
    if result.status is Status.SANDBOX_ERROR:
        pytest.skip(f"no sandbox on this machine: {result.detail}")
    return made


@pytest.fixture(params=["groups", "rlimits"])
def sandbox(usable: Sandbox, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Twice where this machine has control groups: with them, and as on a machine without."""
    if request.param == "rlimits":
        monkeypatch.setattr(cgroup, "_bases", lambda: ())
    elif cgroup.version() is None:
        pytest.skip("this user may make no control groups")
    return usable
