"""The engine: takes samples, gives back rewards, and loses nothing in between."""

import asyncio
import contextlib
import math
import time
import traceback
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from typing import Any, NamedTuple, Protocol

import structlog

from verifier.engine.frames import Chunk, Fault, Graded, Outcome, Timing
from verifier.engine.grade import TRACEBACK_FRAMES
from verifier.engine.job import FairQueue, Job
from verifier.engine.pool import TICK_S, NurseryProcess, Worker, WorkerLost
from verifier.engine.pulse import NO_BEAT
from verifier.engine.task import Clusters, Grading, Task
from verifier.engine.worker import WorkerLimits
from verifier.logs import LogConfig
from verifier.rubric import Recipe

log = structlog.get_logger()

RESTART_AFTER_S = 1.0
RATE_WINDOW_S = 10
TURN_S = 0.1
"""How long a worker may go on with one chunk while other requests wait."""


class EngineConfig(NamedTuple):
    """How large the engine is."""

    workers: int
    """Worker processes: one for each core."""
    worker_limits: WorkerLimits
    queue_samples: int
    """Samples that may be unfinished before new requests are turned away."""
    plugins: tuple[str, ...] = ()
    """Modules to import for the verifiers that they register."""
    logs: LogConfig = LogConfig()
    """How workers log."""


class Observer(Protocol):
    """Somebody who counts. Called in the event loop; must be quick."""

    def on_graded(self, graded: Sequence[Graded], timings: Sequence[Timing]) -> None: ...
    def on_clustered(self, groups: Sequence[Graded]) -> None: ...
    def on_lost(self, over_budget: bool) -> None: ...


class Engine:
    """Grades samples on a pool of killable workers. Belongs to one event loop; use as an async context manager.

    A score whose worker died is tried once more, alone on a fresh worker. If it then exceeds its budget, its verifier says
    what that is worth; if the worker dies of anything else, the score is an ``error``. The other samples are unharmed.
    """

    def __init__(self, config: EngineConfig, observer: Observer | None = None) -> None:
        self._config = config
        self._observer = observer
        self._queue = FairQueue()
        self._jobs: set[Job] = set()
        self._running: dict[Worker, tuple[Job, Chunk]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._nursery: NurseryProcess | None = None
        self._nursery_lock = asyncio.Lock()
        self._workers_alive = 0
        self._finished: Counter[int] = Counter()
        """Samples by the second in which they were finished."""

    async def __aenter__(self) -> "Engine":
        self._nursery = await self._start_nursery()
        self._tasks = [asyncio.create_task(self._watch())]
        self._tasks += [asyncio.create_task(self._slot()) for _ in range(self._config.workers)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._nursery is not None:
            self._nursery.close()

    @property
    def unfinished(self) -> int:
        """Samples that wait or run."""
        return sum(job.unfinished for job in self._jobs)

    @property
    def running(self) -> int:
        """Workers that hold samples."""
        return len(self._running)

    @property
    def workers_alive(self) -> int:
        return self._workers_alive

    @property
    def completion_chars(self) -> int:
        """The longest completion that is judged."""
        return self._config.worker_limits.completion_chars

    @property
    def full(self) -> bool:
        """Whether new requests should be turned away."""
        return self.unfinished >= self._config.queue_samples

    @property
    def retry_after_s(self) -> int:
        """Seconds after which the queue should have room, from the rate of the last seconds; 1 to 30."""
        now = int(time.monotonic())
        rate = sum(self._finished[now - second] for second in range(RATE_WINDOW_S)) / RATE_WINDOW_S
        return min(30, max(1, math.ceil(self.unfinished / 2 / rate))) if rate else 5

    def grade(self, recipe: Recipe, samples: Sequence[Any], timeout_s: float) -> AsyncGenerator[list[Graded]]:
        """Grade samples as they came over the wire, yielding results as they are ready, each sample exactly once.

        Samples that no worker has begun within ``timeout_s`` seconds come back as ``error``. Leaving the iteration early
        abandons the rest.
        """
        return self._run(Grading(recipe), samples, timeout_s)

    def cluster(self, recipe: Recipe, groups: Sequence[Any], timeout_s: float) -> AsyncGenerator[list[Graded]]:
        """Cluster the answers of groups of samples, as the one score of ``recipe`` compares them. Otherwise as :meth:`grade`.

        A group is a list of samples; the JSON of a result is a :class:`~verifier.clusters.Clustering`. Completions longer
        than are judged must have been taken out.
        """
        return self._run(Clusters(recipe), groups, timeout_s)

    async def _run(self, task: Task, items: Sequence[Any], timeout_s: float) -> AsyncGenerator[list[Graded]]:
        job = Job(task, items)
        if not items:
            return
        timer = asyncio.get_running_loop().call_later(timeout_s, self._expire, job, timeout_s)
        self._jobs.add(job)
        job.end_overlong(self._config.worker_limits.completion_chars)
        self._queue.add(job)
        try:
            left = len(items)
            while left:
                graded = await job.results.get()
                left -= len(graded)
                yield graded
        finally:
            timer.cancel()
            self._abandon(job)

    async def _slot(self) -> None:
        """Keep one worker alive and at work, for ever."""
        retry: tuple[Job, Chunk] | None = None
        while True:
            try:
                worker = await self._spawn()
            except Exception as error:
                log.error("no worker", reason=str(error))
                if retry is not None:
                    job, chunk = retry
                    job.fail([entry.position for entry in chunk.entries], str(error))
                    retry = None
                await asyncio.sleep(RESTART_AFTER_S)
                continue
            self._workers_alive += 1
            try:
                retry = await self._serve(worker, retry)
            except Exception:
                log.error("a worker's slot failed", exception=traceback.format_exc(TRACEBACK_FRAMES))
            finally:
                self._workers_alive -= 1
                await worker.close()

    async def _serve(self, worker: Worker, first: tuple[Job, Chunk] | None) -> tuple[Job, Chunk] | None:
        """Have a worker work until it retires or dies. What the next one, which is fresh, is to try first."""
        while not worker.retired:
            job, chunk = first or await self._queue.take(self._config.workers)
            first = None
            if worker.dead:  # while it had nothing to do: nobody is to blame
                return job, chunk
            try:
                await self._work(worker, job, chunk)
            except WorkerLost as lost:
                return self._after_loss(job, chunk, lost)
        return None

    async def _work(self, worker: Worker, job: Job, chunk: Chunk) -> None:
        self._running[worker] = (job, chunk)
        try:
            await worker.work(chunk, lambda outcome: self._deliver(job, outcome))
        except WorkerLost:
            raise
        except Exception as error:
            if len(chunk.entries) == 1:
                job.fail([chunk.entries[0].position], f"{type(error).__name__}")
            job.one_by_one = True
            self._requeue(job, chunk)
            raise
        finally:
            del self._running[worker]
        self._requeue(job, chunk)  # what it was told to leave

    def _requeue(self, job: Job, chunk: Chunk, *, but: int | None = None) -> None:
        job.requeue(chunk, but=but)
        if job.pending:
            self._queue.add(job)

    def _after_loss(self, job: Job, chunk: Chunk, lost: WorkerLost) -> tuple[Job, Chunk] | None:
        """What to try again on the next worker, which is fresh: the sample at fault, alone."""
        if job not in self._jobs:
            return None  # abandoned, and its worker killed for that
        log.warning("worker lost", reason=lost.fault.reason, over_budget=lost.fault.over_budget)
        if self._observer is not None:
            self._observer.on_lost(lost.fault.over_budget)
        held = {entry.position for entry in chunk.entries}
        at_fault = lost.beat.position if lost.beat.position in held else None
        unit = lost.beat.unit if at_fault is not None else None
        if len(held) == 1:
            at_fault = chunk.entries[0].position
        self._requeue(job, chunk, but=at_fault)
        if at_fault is None:
            job.one_by_one = True  # whichever it was, it will be found out
            return None
        job.failed(at_fault, unit, lost.fault)
        retry = job.chunk_of([at_fault])
        return (job, retry) if retry.entries else None

    def _deliver(self, job: Job, outcome: Outcome) -> None:
        now = int(time.monotonic())
        self._finished[now] += job.deliver(outcome.graded)
        self._finished.pop(now - RATE_WINDOW_S, None)
        if self._observer is None:
            return
        if job.task.name == Grading.name:
            self._observer.on_graded(outcome.graded, outcome.timings)
        else:
            self._observer.on_clustered(outcome.graded)

    def _expire(self, job: Job, timeout_s: float) -> None:
        """The request's time is up: what waits has failed. What has begun goes on, under its own budget."""
        begun: set[int] = set()
        for worker, chunk in self._chunks_of(job):
            beat = worker.pulse.read() or NO_BEAT
            held = [entry.position for entry in chunk.entries]
            # What stands before the current one is judged already, and about to be reported.
            begun.update(held[: held.index(beat.position) + 1] if beat.position in held else held)
            worker.pulse.stop = True
        job.fail_waiting(begun, f"no worker was free within {timeout_s:g} s")

    def _abandon(self, job: Job) -> None:
        """Nobody waits for the rest any more. A worker that has reported all it held is not at fault, only about to say so."""
        self._jobs.discard(job)
        for worker, chunk in self._chunks_of(job):
            if job.wants(chunk):
                worker.kill(Fault(False, "the request was abandoned"))
        job.abandon()

    def _chunks_of(self, job: Job) -> list[tuple[Worker, Chunk]]:
        return [(worker, chunk) for worker, (other, chunk) in self._running.items() if other is job]

    async def _watch(self) -> None:
        """Look at what every busy worker is doing: kill what is over its budget, and let waiting requests have their turn."""
        while True:
            await asyncio.sleep(TICK_S)
            others_wait = bool(self._queue)
            for worker in list(self._running):
                worker.check()
                if others_wait and worker.busy_s > TURN_S:
                    worker.pulse.stop = True

    async def _spawn(self) -> Worker:
        async with self._nursery_lock:
            if self._nursery is None or not self._nursery.alive:
                if self._nursery is not None:
                    self._nursery.close()
                self._nursery = await self._start_nursery()
            nursery = self._nursery
        return await Worker.spawn(nursery)

    async def _start_nursery(self) -> NurseryProcess:
        return await NurseryProcess.start(self._config.plugins, self._config.worker_limits, self._config.logs)


async def gather(results: AsyncGenerator[list[Graded]], count: int) -> list[Graded]:
    """All results of :meth:`Engine.grade`, in the order of the samples."""
    ordered: dict[int, Graded] = {}
    async with contextlib.aclosing(results) as batches:
        async for batch in batches:
            ordered |= {graded.position: graded for graded in batch}
    return [ordered[position] for position in range(count)]
