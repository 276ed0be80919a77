"""A sandbox of every strength that this machine gives."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

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
    monkeypatch.setattr(helper, "compiled", lambda: None)
    yield Sandbox(asked=made.strength)
    close_all()


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
