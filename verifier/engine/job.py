"""The items of one request on their way through the pool, and the queue that shares the workers between requests."""

import asyncio
import math
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any

from verifier.engine.frames import Chunk, Entry, Fault, Graded
from verifier.engine.task import Task
from verifier.schema import Score, Status

CHUNK_SAMPLES = 32
CHUNK_CHARS = 500_000


class Job:
    """One request: what is pending, what is running, and where the results go."""

    def __init__(self, task: Task, items: Sequence[Any]) -> None:
        self.task = task
        self.results: asyncio.Queue[list[Graded]] = asyncio.Queue()
        self._items = items
        self._pending = deque(range(len(items)))
        self._unfinished = set(range(len(items)))
        self._settled: dict[int, dict[int, Fault]] = {}
        self._failures: Counter[tuple[int, int | None]] = Counter()
        self.one_by_one = False
        """Whether a worker died of one of several items, and nobody knows of which."""

    @property
    def pending(self) -> int:
        """How many items wait for a worker."""
        return len(self._pending)

    @property
    def unfinished(self) -> int:
        """How many items have no result yet."""
        return len(self._unfinished)

    def chunk(self, workers: int) -> Chunk:
        """The next items for one of ``workers``: fewer towards the end, so that all end together."""
        count = 1 if self.one_by_one else min(CHUNK_SAMPLES, math.ceil(len(self._pending) / (2 * workers)))
        taken: list[int] = []
        chars = 0
        while self._pending and len(taken) < count and chars < CHUNK_CHARS:
            index = self._pending.popleft()
            taken.append(index)
            chars += self.task.chars(self._items[index])
        return self.chunk_of(taken)

    def chunk_of(self, indexes: Iterable[int]) -> Chunk:
        entries = [Entry(i, self._items[i], self._settled.get(i, {})) for i in indexes if i in self._unfinished]
        return Chunk(self.task.name, self.task.recipe.rubric_json, self.task.recipe.ref.digest, entries)

    def deliver(self, graded: Iterable[Graded]) -> int:
        """Take results from a worker; how many of them were still wanted."""
        wanted = [result for result in graded if result.position in self._unfinished]
        self._unfinished.difference_update(result.position for result in wanted)
        if wanted:
            self.results.put_nowait(wanted)
        return len(wanted)

    def wants(self, chunk: Chunk) -> bool:
        """Whether any of a chunk's items has no result yet."""
        return any(entry.position in self._unfinished for entry in chunk.entries)

    def requeue(self, chunk: Chunk, *, but: int | None = None) -> None:
        """Put back what a lost worker has not finished."""
        self._pending.extendleft(
            entry.position
            for entry in reversed(chunk.entries)
            if entry.position in self._unfinished and entry.position != but
        )

    def failed(self, index: int, unit: int | None, fault: Fault) -> None:
        """A worker died over this unit of this item's work, or outside of any. The second time settles it."""
        self._failures[index, unit] += 1
        if self._failures[index, unit] < 2:
            return
        if unit is None:
            self.fail([index], fault.reason)
        else:
            self._settled.setdefault(index, {})[unit] = fault

    def fail(self, indexes: Iterable[int], explanation: str) -> None:
        """End items with status ``error``: the service, not they, is to blame."""
        self._end(indexes, Score.none(Status.ERROR, f"the service failed: {explanation}"))

    def fail_waiting(self, begun: set[int], explanation: str) -> None:
        """End every item that no worker has begun, nor lost its life over and is about to begin again."""
        begun = begun | {position for position, _ in self._failures}
        self.fail(sorted(self._unfinished - begun), explanation)

    def end_overlong(self, limit: int) -> None:
        """End what is too long to be judged at all, before it costs a worker its memory."""
        for index, item in enumerate(self._items):
            if (score := self.task.overlong(item, limit)) is not None:
                self._end([index], score)

    def abandon(self) -> None:
        """Forget everything: nobody waits for the results any more."""
        self._pending.clear()
        self._unfinished.clear()

    def _end(self, indexes: Iterable[int], score: Score) -> None:
        self.deliver([self.task.without_verdict(index, self._items[index], score) for index in indexes])
        self._pending = deque(index for index in self._pending if index in self._unfinished)


class FairQueue:
    """Jobs that have samples pending. Workers take from them in turn, so that a small request never waits for a large one."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()

    def __bool__(self) -> bool:
        return any(job.pending for job in self._jobs)

    def add(self, job: Job) -> None:
        if job not in self._jobs:
            self._jobs.append(job)
        for _ in range(min(job.pending, len(self._waiting))):
            self._wake()

    async def take(self, workers: int) -> tuple[Job, Chunk]:
        """The next chunk; waits until there is one."""
        while True:
            while self._jobs:
                job = self._jobs.popleft()
                chunk = job.chunk(workers)
                if job.pending:
                    self._jobs.append(job)
                if chunk.entries:
                    return job, chunk
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                if future in self._waiting:
                    self._waiting.remove(future)

    def _wake(self) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return
