"""Which walls there are: found by trying, asked for by name, and never weakened silently."""

from pathlib import Path

import pytest

from sandbox import (
    Program,
    Sandbox,
    SandboxError,
    Status,
    Strength,
    jail,
    launch,
    strength,
    toolchain,
)
from sandbox.inside import landlock
from sandbox.pool import close_all
from tests.sandbox.conftest import offered


def test_what_is_asked_for_and_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for cache in (jail.find, strength.namespaces):
        cache.cache_clear()
    try:
        with pytest.raises(SandboxError, match="install bubblewrap"):
            Sandbox(asked=Strength.B)
    finally:
        monkeypatch.undo()
        for cache in (jail.find, strength.namespaces):
            cache.cache_clear()


def test_a_strength_may_be_named_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_STRENGTH", "C")
    assert offered(None).strength is Strength.C
    monkeypatch.setenv("SANDBOX_STRENGTH", "strong")
    with pytest.raises(SandboxError, match="'strong'"):
        Sandbox()


def test_below_the_least_strength_there_is_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = strength.Offer(Strength.C, "no Landlock", "a newer kernel")
    monkeypatch.setattr(strength, "offers", lambda: [lacking])
    with pytest.raises(SandboxError, match="no Landlock; a newer kernel"):
        Sandbox()


@pytest.mark.parametrize(
    ("complaint", "mend"),
    [
        ("bwrap: No permissions to create new namespace", "unprivileged_userns_clone"),
        ("bwrap: setting up uid map: Permission denied", "apparmor"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths"),
    ],
)
def test_a_bubblewrap_that_fails_is_our_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, complaint: str, mend: str
) -> None:
    made = offered(Strength.B)
    close_all()
    broken = tmp_path / "bwrap"
    broken.write_text(f'#!/bin/sh\necho "{complaint}" >&2\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setattr(jail, "find", lambda: jail.Jail(str(broken), True))
    result = made.run(Program(source="print(1)"))
    assert result.status is Status.SANDBOX_ERROR
    assert complaint in result.detail
    assert mend in result.detail


@pytest.mark.parametrize("wanted", [Strength.A, Strength.B, Strength.C])
def test_a_set_up_that_fails_is_our_fault(monkeypatch: pytest.MonkeyPatch, wanted: Strength) -> None:
    made = offered(wanted)
    close_all()
    monkeypatch.setattr(toolchain, "_base_python", lambda: "/no/such/python")
    toolchain.tool.cache_clear()
    launch._python.cache_clear()  # pyright: ignore[reportPrivateUsage] - there is no other way to lose an interpreter
    try:
        result = made.run(Program(language="bash", source="echo"))
    finally:
        monkeypatch.undo()
        toolchain.tool.cache_clear()
        launch._python.cache_clear()  # pyright: ignore[reportPrivateUsage]
    assert result.status is Status.SANDBOX_ERROR
    assert "python" in result.detail


@pytest.mark.parametrize("wanted", [Strength.A, Strength.B])
def test_namespaces_hold_without_landlock(monkeypatch: pytest.MonkeyPatch, wanted: Strength) -> None:
    """As on a kernel that has none."""
    made = offered(wanted)
    close_all()
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    assert "landlock" not in made.isolation
    source = "import socket\ntry: print(open('/etc/passwd').read())\nexcept OSError: print('held')"
    assert made.run(Program(source=source)).stdout == b"held\n"
    close_all()
