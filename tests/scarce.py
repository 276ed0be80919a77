"""A machine with little memory."""

import contextlib
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path("/sys/fs/cgroup")


@contextlib.contextmanager
def memory(mb: int) -> Generator[Path]:
    """A control group with so much memory, and no swap. A process joins by writing its pid to the group's ``cgroup.procs``."""
    v1 = ROOT / "memory"
    whole = (v1 if v1.is_dir() else ROOT) / f"verifier-test-{os.getpid()}"
    try:
        whole.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    try:
        yield _bounded_v1(whole, mb) if v1.is_dir() else _bounded_v2(whole, mb)
    finally:
        _remove(whole)


def _bounded_v1(whole: Path, mb: int) -> Path:
    for limit in ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"):
        with contextlib.suppress(FileNotFoundError):  # a kernel without swap accounting
            (whole / limit).write_text(str(mb << 20))
    return whole


def _bounded_v2(whole: Path, mb: int) -> Path:
    """Groups of the sandbox's own lie in it, too: one with processes hands nothing down, so they are in another."""
    try:
        (whole / "memory.max").write_text(str(mb << 20))
        (whole / "memory.swap.max").write_text("0")
        (whole / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError as error:
        pytest.skip(f"control groups do not bound memory here: {error}")
    group = whole / "processes"
    group.mkdir()
    return group


def _remove(whole: Path) -> None:
    """With all that lies in it, once the last process in it has ended, as all are about to."""
    deadline = time.monotonic() + 20
    while True:
        try:
            for within in whole.glob("*/"):
                within.rmdir()
            return whole.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
