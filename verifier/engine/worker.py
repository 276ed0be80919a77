"""A worker process: takes a chunk of samples, grades them, reports. It may be killed at any instant."""

import os
import resource
import socket
import time
from functools import lru_cache
from typing import NamedTuple

from verifier.engine.budget import BudgetSpent
from verifier.engine.cluster import Clusterer
from verifier.engine.frames import LENGTH, Chunk, Entry, Graded, Outcome, Timing
from verifier.engine.grade import Grader
from verifier.engine.pulse import Pulse
from verifier.rubric import Recipe
from verifier.schema import Rubric

REPORT_EVERY_S = 0.005
"""Longer judgements are reported one by one; shorter ones together, which costs the engine less."""
EXIT_BUDGET_SPENT = {"memory": 70, "stack": 71, "cpu": 72}
"""How a worker ends that has spent a budget, and knows it."""
TASKS: dict[str, type[Grader | Clusterer]] = {"grade": Grader, "cluster": Clusterer}


class WorkerLimits(NamedTuple):
    """What a worker may use."""

    memory_mb: int
    """Address space beyond what it was born with."""
    recycle_after: int
    """Samples after which it is replaced, so that no leak outlives them."""
    completion_chars: int
    """The longest completion that is judged."""


def run(connection: socket.socket, pulse: Pulse, limits: WorkerLimits) -> None:
    """Serve chunks until the engine closes the connection."""
    _limit_memory(limits.memory_mb)

    @lru_cache(maxsize=32)
    def task(name: str, digest: str, rubric: str) -> Grader | Clusterer:
        return TASKS[name](Recipe(Rubric.model_validate_json(rubric)), pulse, limits.completion_chars)

    served = 0
    with connection.makefile("rb") as stream:
        while header := stream.read(LENGTH.size):
            chunk = Chunk.unpack(stream.read(LENGTH.unpack(header)[0]))
            served += len(chunk.entries)
            retire = served >= limits.recycle_after
            _serve(chunk, task(chunk.task, chunk.digest, chunk.rubric), pulse, connection, retire=retire)


def _serve(chunk: Chunk, task: Grader | Clusterer, pulse: Pulse, connection: socket.socket, *, retire: bool) -> None:
    graded: list[Graded] = []
    timings: list[Timing] = []

    def report(*, done: bool) -> None:
        connection.sendall(Outcome(graded, timings, done, done and retire).pack())
        graded.clear()
        timings.clear()

    reported = time.monotonic()
    for entry in chunk.entries:
        if pulse.stop:
            break
        done = _work(task, entry)
        if isinstance(done, BudgetSpent):
            _lift_memory_limit()
            report(done=False)
            os._exit(EXIT_BUDGET_SPENT[str(done)])
        graded.append(done[0])
        timings.extend(done[1])
        # What ends the chunk is reported with its end: one message, and the engine knows at once that the worker is free.
        if entry is not chunk.entries[-1] and time.monotonic() - reported > REPORT_EVERY_S:
            report(done=False)
            reported = time.monotonic()
    report(done=True)


def _work(task: Grader | Clusterer, entry: Entry) -> tuple[Graded, list[Timing]] | BudgetSpent:
    try:
        return task.work(entry)
    except BudgetSpent as spent:
        return BudgetSpent(*spent.args)  # anew: the traceback of the old one holds on to the memory


def _lift_memory_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _limit_memory(memory_mb: int) -> None:
    with open("/proc/self/statm", encoding="ascii") as statm:
        born_with = int(statm.read().split()[0]) * resource.getpagesize()
    # The soft limit alone: programs in the sandbox set limits of their own, and may need more than this.
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (born_with + memory_mb * 2**20, hard))
