"""Counting without control groups: the processes below a run's init, read from /proc now and then.

Weaker than a control group, and said so by the doctor: what a process used after it was last seen is lost unless its parent
waited for it, and memory is bounded for each process by rlimits and for the sum by samples.
"""

import os

TICK = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / (1 << 20)


class Sampler:
    """Samples a process tree. One a run."""

    exact = False

    def __init__(self) -> None:
        self._root = 0
        self._cpu_s = 0.0
        self._peak_mb = 0.0

    def add(self, pid: int) -> None:
        self._root = pid

    def cpu_s(self) -> float:
        cpu, memory = 0, 0.0
        for pid in self._tree():
            try:
                with open(f"/proc/{pid}/stat", "rb") as file:
                    stat = file.read()
            except OSError:
                continue
            values = stat[stat.rindex(b")") + 2 :].split()
            # utime, stime, cutime, cstime: a child that was waited for is counted in its parent
            cpu += sum(map(int, values[11:15]))
            memory += int(values[21]) * PAGE_MB
        self._peak_mb = max(self._peak_mb, memory)
        self._cpu_s = max(self._cpu_s, cpu / TICK)
        return self._cpu_s

    def memory_mb(self) -> float:
        return self._peak_mb

    def out_of_memory(self) -> bool:
        return False

    def out_of_processes(self) -> bool:
        return False

    def close(self) -> None:
        pass

    def _tree(self) -> list[int]:
        tree = [self._root] if self._root else []
        for pid in tree:  # grows while it is walked: breadth first
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                        tree.extend(map(int, file.read().split()))
            except OSError:
                continue
        return tree
