"""The engine: takes samples, gives back rewards, and loses nothing in between."""

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import Any, NamedTuple, Protocol

import structlog

from verifier.engine.frames import Chunk, Graded, Outcome, Timing
from verifier.engine.job import FairQueue, Job
from verifier.engine.pool import TICK_S, Nursery, Worker, WorkerLost
from verifier.engine.worker import WorkerLimits
from verifier.errors import ServiceFault
from verifier.rubric import Recipe

log = structlog.get_logger()

RESTART_AFTER_S = 1.0
RATE_WINDOW_S = 10.0


class EngineConfig(NamedTuple):
    """How large the engine is."""

    workers: int
    """Worker processes: one for each core."""
    worker_limits: WorkerLimits
    queue_samples: int
    """Samples that may be unfinished before new requests are turned away."""
    plugins: tuple[str, ...] = ()
    """Modules to import for the verifiers that they register."""


class Observer(Protocol):
    """Somebody who counts. Called in the event loop; must be quick."""

    def on_graded(self, graded: Sequence[Graded], timings: Sequence[Timing]) -> None: ...
    def on_lost(self, reason: str, over_budget: bool) -> None: ...


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
        self._nursery: Nursery | None = None
        self._nursery_lock = asyncio.Lock()
        self._workers_alive = 0
        self._finished: deque[tuple[float, int]] = deque(maxlen=1_000)

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
    def full(self) -> bool:
        """Whether new requests should be turned away."""
        return self.unfinished >= self._config.queue_samples

    @property
    def retry_after_s(self) -> int:
        """Seconds after which the queue should have room, from the rate of the last seconds; 1 to 30."""
        since = time.monotonic() - RATE_WINDOW_S
        rate = sum(count for at, count in self._finished if at > since) / RATE_WINDOW_S
        return min(30, max(1, math.ceil(self.unfinished / 2 / rate))) if rate else 5

    async def grade(self, recipe: Recipe, samples: Sequence[Any], timeout_s: float) -> AsyncGenerator[list[Graded]]:
        """Grade samples as they came over the wire, yielding results as they are ready, each sample exactly once.

        Samples that no worker has begun within ``timeout_s`` seconds come back as ``error``. Leaving the iteration early
        abandons the rest.
        """
        job = Job(recipe, samples)
        if not samples:
            return
        timer = asyncio.get_running_loop().call_later(timeout_s, self._expire, job, timeout_s)
        self._jobs.add(job)
        self._queue.add(job)
        try:
            left = len(samples)
            while left:
                graded = await job.results.get()
                left -= len(graded)
                yield graded
        finally:
            timer.cancel()
            self._jobs.discard(job)
            job.abandon()
            self._stop_workers_of(job)

    async def _slot(self) -> None:
        """Keep one worker alive and at work, for ever."""
        retry: tuple[Job, Chunk] | None = None
        while True:
            try:
                worker = await self._spawn()
            except ServiceFault as error:
                log.error("no worker", reason=str(error))
                await asyncio.sleep(RESTART_AFTER_S)
                continue
            self._workers_alive += 1
            try:
                while not worker.retired:
                    job, chunk = retry or await self._queue.take(self._config.workers)
                    retry = None
                    await self._work(worker, job, chunk)
            except _Lost as lost:
                retry = lost.retry
            except Exception:
                log.exception("a worker's slot failed")
            finally:
                self._workers_alive -= 1
                await worker.close()

    async def _work(self, worker: Worker, job: Job, chunk: Chunk) -> None:
        self._running[worker] = (job, chunk)
        try:
            await worker.work(chunk, lambda outcome: self._deliver(job, outcome))
            job.requeue(chunk)  # what it was told to leave
        except WorkerLost as lost:
            self._on_lost(lost)
            raise _Lost(self._after_loss(job, chunk, lost)) from None
        except Exception as error:
            job.fail([entry.position for entry in chunk.entries], f"the service failed: {type(error).__name__}")
            raise
        finally:
            del self._running[worker]
        if job.pending:
            self._queue.add(job)

    def _after_loss(self, job: Job, chunk: Chunk, lost: WorkerLost) -> tuple[Job, Chunk] | None:
        """What to try again on the next worker, which is fresh: the sample at fault, alone."""
        held = {entry.position for entry in chunk.entries}
        at_fault = lost.beat.position if lost.beat.position in held else None
        unit = lost.beat.unit if at_fault is not None else None
        if len(held) == 1:
            at_fault = chunk.entries[0].position
        job.requeue(chunk, but=at_fault)
        if job.pending:
            self._queue.add(job)
        if at_fault is None:
            job.one_by_one = True  # whichever it was, it will be found out
            return None
        job.failed(at_fault, unit, lost.fault)
        retry = job.chunk_of([at_fault])
        return (job, retry) if retry.entries else None

    def _deliver(self, job: Job, outcome: Outcome) -> None:
        count = job.deliver(outcome.graded)
        self._finished.append((time.monotonic(), count))
        if self._observer is not None:
            self._observer.on_graded(outcome.graded, outcome.timings)

    def _on_lost(self, lost: WorkerLost) -> None:
        log.warning("worker lost", reason=lost.fault.reason, over_budget=lost.fault.over_budget)
        if self._observer is not None:
            self._observer.on_lost(lost.fault.reason, lost.fault.over_budget)

    def _expire(self, job: Job, timeout_s: float) -> None:
        """The request's time is up: what waits has failed. What runs goes on, under its own budget."""
        running: set[int] = set()
        for worker, (other, chunk) in self._running.items():
            if other is job:
                beat = worker.pulse.read()
                running |= {
                    entry.position for entry in chunk.entries if beat is None or entry.position == beat.position
                }
        job.fail_waiting(running, f"the service failed: no worker was free within {timeout_s:g} s")
        self._stop_workers_of(job)

    def _stop_workers_of(self, job: Job) -> None:
        for worker, (other, _) in self._running.items():
            if other is job:
                worker.pulse.stop = True

    async def _watch(self) -> None:
        """Look at what every busy worker is doing, and kill the ones that are over their budget."""
        while True:
            await asyncio.sleep(TICK_S)
            for worker in list(self._running):
                worker.check()

    async def _spawn(self) -> Worker:
        async with self._nursery_lock:
            if self._nursery is None or not self._nursery.alive:
                if self._nursery is not None:
                    self._nursery.close()
                self._nursery = await self._start_nursery()
            nursery = self._nursery
        return await Worker.spawn(nursery)

    async def _start_nursery(self) -> Nursery:
        return await Nursery.start(self._config.plugins, self._config.worker_limits)


class _Lost(Exception):
    """Leaves the loop of a dead worker, with what the next one is to try."""

    def __init__(self, retry: tuple[Job, Chunk] | None) -> None:
        self.retry = retry


async def gather(results: AsyncGenerator[list[Graded]], count: int) -> list[Graded]:
    """All results of :meth:`Engine.grade`, in the order of the samples."""
    ordered: list[Graded | None] = [None] * count
    async with contextlib.aclosing(results) as batches:
        async for batch in batches:
            for graded in batch:
                ordered[graded.position] = graded
    return [graded for graded in ordered if graded is not None]
