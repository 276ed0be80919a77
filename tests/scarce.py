"""A machine with little memory."""

import contextlib
import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest


@contextlib.contextmanager
def memory(mb: int) -> Generator[Path]:
    """A control group with so much memory. A process joins by writing its pid to the group's ``cgroup.procs``."""
    v1 = Path("/sys/fs/cgroup/memory")
    parent, limit = (v1, "memory.limit_in_bytes") if v1.is_dir() else (v1.parent, "memory.max")
    group = parent / f"verifier-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"no control group can be made: {error}")
    try:
        (group / limit).write_text(str(mb << 20))
        yield group
    except FileNotFoundError:
        pytest.skip("control groups do not bound memory here")
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Once the last process in it has ended, as all are about to."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return group.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
