"""A sandbox of every strength that this machine gives."""

from collections.abc import Iterator

import pytest

from sandbox import Sandbox, SandboxError, Strength, helper
from sandbox.pool import close_all

STRENGTHS = (Strength.A, Strength.B, Strength.C)


def offered(strength: Strength | None) -> Sandbox:
    """A sandbox of that strength (None: the best), or a skip that says what is lacking."""
    try:
        return Sandbox(asked=strength)
    except SandboxError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def usable() -> Sandbox:
    return offered(None)


@pytest.fixture(params=STRENGTHS)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return offered(request.param)


@pytest.fixture(params=STRENGTHS)
def slow_sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """As on a machine without a compiler."""
    made = offered(request.param)
    close_all()
    monkeypatch.setattr(helper, "library", lambda: None)
    yield Sandbox(asked=made.strength)
    close_all()
