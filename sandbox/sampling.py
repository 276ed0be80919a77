"""Counting without control groups: the processes below a run's init, read from /proc now and then.

Weaker than a control group, and said so by the doctor: what a process used after it was last seen is lost unless its parent
waited for it, and memory is bounded for each process by rlimits and for the sum by samples.
"""

import contextlib
import math
import os

TICK = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


class Sampler:
    """Samples what lies below a process, itself not counted. One a run. Memory beyond ``enough_mb`` is looked at closely."""

    def __init__(self, root: int, enough_mb: float = math.inf) -> None:
        self._root, self._enough_mb = root, enough_mb
        self._cpu_s = 0.0
        self._own: dict[tuple[int, bytes], int] = {}
        self._peak_mb = 0.0
        self.tasks = 0

    def cpu_s(self) -> float:
        self.sample()
        return self._cpu_s

    def sample(self) -> None:
        cpu, memory, tasks = 0, 0.0, 0
        tree = self._tree()
        for pid in tree:
            try:
                with open(f"/proc/{pid}/stat", "rb") as file:
                    stat = file.read()
            except OSError:
                continue
            values = stat[stat.rindex(b")") + 2 :].split()
            # utime, stime, cutime, cstime: a child that was waited for is counted in its parent
            cpu += sum(map(int, values[11:15]))
            self._own[pid, values[19]] = sum(map(int, values[11:13]))
            threads, pages = int(values[17]), int(values[21])
            memory += (pages or (threads > 1 and resident_pages(pid))) * PAGE_MB
            tasks += threads
        if memory > self._enough_mb and len(tree) > 1:  # pages that several share were counted for each
            memory = sum(map(proportional_mb, tree))
        self._peak_mb = max(self._peak_mb, memory)
        # or all that were ever seen: those that nobody waits for are in no counter once they are gone
        self._cpu_s = max(self._cpu_s, cpu / TICK, sum(self._own.values()) / TICK)
        self.tasks = tasks

    def memory_mb(self) -> float:
        return self._peak_mb

    def _tree(self) -> list[int]:
        tree = children(self._root)
        for pid in tree:  # grows while it is walked: breadth first
            tree.extend(children(pid))
        return tree


def threads_of(pid: int) -> list[str]:
    """Folders of /proc, one a thread."""
    try:
        return [f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return []


def resident_pages(pid: int) -> int:
    """Of a process whose first thread has ended: it has no memory to be seen, the others have."""
    most = 0
    for thread in threads_of(pid):
        with contextlib.suppress(OSError), open(f"{thread}/statm", "rb") as file:
            most = max(most, int(file.read().split()[1]))
    return most


def proportional_mb(pid: int) -> float:
    """Memory of a process, a page that several share being divided by their number."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) / 1024
    return resident_pages(pid) * PAGE_MB


def children(pid: int) -> list[int]:
    """The children of all threads of a process."""
    found: list[int] = []
    for thread in threads_of(pid):
        with contextlib.suppress(OSError), open(f"{thread}/children", "rb") as file:
            found.extend(map(int, file.read().split()))
    return found
