"""What the kernel says of processes."""

import os
from contextlib import suppress
from pathlib import Path


def alive(pid: int) -> bool:
    try:
        return _stat(pid)[0] not in "ZX"
    except FileNotFoundError:
        return False


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").replace("\0", " ")


def cpu_s(pid: int) -> float:
    """Seconds of CPU that it has used in its own code. 0 when it is gone."""
    with suppress(FileNotFoundError):
        return int(_stat(pid)[11]) / os.sysconf("SC_CLK_TCK")
    return 0.0


def youngest(pids: list[int]) -> int:
    """The one that was started last. Pids do not tell: they begin anew when they run out."""
    return max(pids, key=lambda pid: int(_stat(pid)[19]))


def _stat(pid: int) -> list[str]:
    """What ``/proc/PID/stat`` says after the command, from the state on (field 3 in proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
