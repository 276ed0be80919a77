"""What the runs of a slot use: counted by its control group, or read from /proc now and then."""

import contextlib
from pathlib import Path
from typing import Protocol

from sandbox.cgroup import GroupV1, GroupV2
from sandbox.model import Limits
from sandbox.sampling import PAGE_MB, Sampler, children

SPARE_MB = 2
"""Memory of a slot's own process that may move while a run is on."""


class SlotMeter(Protocol):
    """Counts one run after the other."""

    exact: bool
    """Whether the kernel counts (and bounds) for us, rather than samples."""
    tells_peak: bool
    """Whether it knows what the run had at most, all processes together."""
    base_mb: float
    """Memory of a fresh child, which it shares with the slot."""

    def begin(self, limits: Limits) -> None: ...
    def look(self) -> None:
        """Take a sample, where there is nothing better."""
        ...

    def cpu_s(self) -> float: ...
    def memory_mb(self) -> float: ...
    def tasks(self) -> int:
        """Processes and threads, where the kernel does not bound them."""
        ...

    def waited_s(self) -> float:
        """How long the run was kept waiting for a processor, at most."""
        ...

    def first_pid(self) -> int: ...
    def out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of the run for want of memory, where it counts for us."""
        ...

    def overran(self) -> bool:
        """Whether that was for the run's own limit."""
        ...

    def out_of_processes(self) -> bool: ...


class Counted:
    """By the slot's control group, which holds the slot's own process too."""

    exact = True
    tells_peak = True
    base_mb = 0.0

    def __init__(self, group: GroupV1 | GroupV2, pid: int) -> None:
        self._group, self._pid = group, pid
        self._kept = (0, 0)
        self._own_mb = group.used_mb()
        self._seen_kills, self._seen_refusals = group.kills(), group.refusals()

    def begin(self, limits: Limits) -> None:
        wanted = limits.memory_mb, limits.processes
        if wanted != self._kept:
            self._group.limit(limits, int(self._own_mb) + SPARE_MB)
            self._kept = wanted
        group = self._group
        self.tells_peak = group.forget_peak()
        self._base_mb = group.memory_mb()
        self._cpu_s = group.cpu_s()
        self._overruns = group.overruns()
        # nothing has run since they were last looked at
        self._kills, self._refusals = self._seen_kills, self._seen_refusals

    def look(self) -> None:
        pass

    def cpu_s(self) -> float:
        return self._group.cpu_s() - self._cpu_s

    def memory_mb(self) -> float:
        return self._group.memory_mb() - self._base_mb

    def tasks(self) -> int:
        return 0

    def waited_s(self) -> float:
        return waited_s(self._pid)

    def first_pid(self) -> int:
        return next(iter(children(self._pid)), 0)

    def out_of_memory(self) -> bool:
        self._seen_kills = self._group.kills()
        return self._seen_kills > self._kills

    def overran(self) -> bool:
        return self._group.overruns() > self._overruns

    def out_of_processes(self) -> bool:
        self._seen_refusals = self._group.refusals()
        return self._seen_refusals > self._refusals


class Sampled:
    """By looking at the processes below the slot's own."""

    exact = False
    tells_peak = False

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._sampler = Sampler(pid)
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            self.base_mb = int(file.read().split()[1]) * PAGE_MB

    def begin(self, limits: Limits) -> None:
        self._sampler = Sampler(self._pid, limits.memory_mb + self.base_mb)

    def look(self) -> None:
        self._sampler.sample()

    def cpu_s(self) -> float:
        return self._sampler.cpu_s()

    def memory_mb(self) -> float:
        return self._sampler.memory_mb()

    def tasks(self) -> int:
        return self._sampler.tasks

    def waited_s(self) -> float:
        return waited_s(self._pid)

    def first_pid(self) -> int:
        return next(iter(children(self._pid)), 0)

    def out_of_memory(self) -> bool:
        return False

    def overran(self) -> bool:
        return False

    def out_of_processes(self) -> bool:
        return False


def waited_s(slot: int) -> float:
    """The longest that a process or thread of the slot's run has waited, ready to run, for a processor."""
    longest = 0
    for pid in children(slot):
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError, IndexError, ValueError):
                longest = max(longest, int(task.read_text().split()[1]))
    return longest / 1e9
