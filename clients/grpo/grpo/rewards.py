"""Completions to the service, in the background, as they finish: what it takes to judge them is hidden behind other work.

A service that is down is waited for. A service that is up and fails is believed: its completions have no reward.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, cast

from verifier_client import AsyncClient, Reward, VerifierClientError

from grpo.completion import Completion, Status
from grpo.config import RewardConfig
from grpo.errors import ConfigError, GrpoError

LINGER_S = 0.005
"""Completions that finish within this go together."""

_log = logging.getLogger("grpo")


class Grader:
    """Asks for rewards in a thread of its own. Used as a context manager; :meth:`submit`, then :meth:`wait`."""

    def __init__(self, config: RewardConfig) -> None:
        self.config = config
        self.waited_s = 0.0
        """Seconds that :meth:`wait` has blocked since the last :meth:`reset`."""
        self.in_flight_s = 0.0
        """Seconds in which some completion was with the service since then."""
        try:
            self._client = AsyncClient(
                config.url,
                timeout_s=config.timeout_s,
                max_batch=config.batch,
                on_error="mask",
                deadline_s=config.patience_s + 1800,
            )
        except ValueError as error:
            raise ConfigError(f"rewards.url: {error}") from error
        self._submitted = queue.SimpleQueue[Completion | None]()
        self._changed = threading.Condition()
        self._down_since: float | None = None
        self._pending = 0
        self._since = 0.0
        self._failure: BaseException | None = None
        self._cancel: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="grader", daemon=True)

    def __enter__(self) -> "Grader":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._submitted.put(None)
        with suppress(RuntimeError):  # it has ended by itself
            self._cancel()
        self._thread.join(timeout=5)

    def submit(self, completion: Completion) -> None:
        """Has the completion graded; returns at once. Its reward, status and scores are set when the answer comes."""
        with self._changed:
            if not self._pending:
                self._since = time.perf_counter()
            self._pending += 1
        self._submitted.put(completion)

    def again(self, completions: Sequence[Completion]) -> None:
        """Submits those that the service failed on, or has not judged."""
        for completion in completions:
            if completion.status in ("error", "pending"):
                completion.status = "pending"
                self.submit(completion)

    def wait(self, completions: Sequence[Completion], stopping: Callable[[], bool] = lambda: False) -> bool:
        """Blocks until these, once submitted, are graded; False if ``stopping`` came first.

        Raises:
            GrpoError: the service refuses the requests themselves (no such rubric, a wrong key).
        """
        started = time.perf_counter()
        with self._changed:
            while any(c.status == "pending" for c in completions) and self._failure is None and not stopping():
                self._changed.wait(timeout=0.5)
        self.waited_s += time.perf_counter() - started
        if self._failure is not None:
            raise GrpoError(f"no rewards: {self._failure}") from self._failure
        return all(c.status != "pending" for c in completions)

    def reset(self) -> None:
        """Starts the two clocks anew."""
        self.waited_s = self.in_flight_s = 0.0

    @property
    def lost(self) -> bool:
        """Whether the service is down, and patience with it has ended."""
        return self._down_since is not None and time.monotonic() - self._down_since > self.config.patience_s

    @property
    def hidden(self) -> float:
        """Share of the time with rewards in flight that was not spent waiting for them."""
        return 1 - min(1.0, self.waited_s / self.in_flight_s) if self.in_flight_s else 1.0

    async def _serve(self) -> None:
        tasks, loop = set[asyncio.Task[None]](), asyncio.get_running_loop()
        limit, own = asyncio.Semaphore(self.config.concurrency), cast("asyncio.Task[None]", asyncio.current_task())
        self._cancel = lambda: loop.call_soon_threadsafe(own.cancel)
        try:
            async with self._client:
                try:
                    while batch := await loop.run_in_executor(None, self._next_batch):
                        await limit.acquire()
                        task = asyncio.create_task(self._grade(batch))
                        tasks.add(task)
                        task.add_done_callback(lambda done: (tasks.discard(done), limit.release()))
                finally:  # nothing may still ask, or begin to connect, when client and loop close
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
        except asyncio.CancelledError:  # at the end, though as many are under way as may be
            return
        except BaseException as error:
            self._fail(error)
            raise

    def _next_batch(self) -> list[Completion]:
        """What was submitted by now, after waiting for the first; empty at the end."""
        first = self._submitted.get()
        if first is None:
            return []
        batch, until = [first], time.perf_counter() + LINGER_S
        while len(batch) < self.config.batch:
            try:
                more = self._submitted.get(timeout=max(0.0, until - time.perf_counter()))
            except queue.Empty:
                break
            if more is None:
                self._submitted.put(None)
                break
            batch.append(more)
        return batch

    async def _grade(self, batch: Sequence[Completion]) -> None:
        try:
            rewards = await self._ask(batch)
        except (VerifierClientError, ValueError, TypeError) as error:
            self._fail(error)
            return
        with self._changed:
            for completion, reward in zip(batch, rewards, strict=True):
                completion.scores = {name: score.value for name, score in reward.scores.items()}
                completion.explanation, completion.reward = reward.explanation, reward.reward
                completion.status = cast("Status", reward.status if reward.status in ("ok", "unjudgeable") else "error")
            self._pending -= len(batch)
            if not self._pending:
                self.in_flight_s += time.perf_counter() - self._since
            self._changed.notify_all()

    async def _ask(self, batch: Sequence[Completion]) -> list[Reward]:
        """The rewards; asks again for those that failed while the service was down, as long as patience lasts."""
        samples: list[dict[str, Any]] = [
            {**c.prompt.sample, "prompt": c.prompt.asked, "completion": c.text} for c in batch
        ]
        rewards = await self._client.rewards(samples, self.config.rubric)
        while failed := [i for i, reward in enumerate(rewards) if reward.status == "error"]:
            if await self._client.ready() and not _unanswered(rewards[failed[0]]):
                break
            self._found_down(rewards[failed[0]].explanation)
            if self.lost:
                return rewards
            await asyncio.sleep(1.0)
            again = await self._client.rewards([samples[i] for i in failed], self.config.rubric)
            for index, reward in zip(failed, again, strict=True):
                rewards[index] = reward
        self._down_since = None
        return rewards

    def _found_down(self, why: str) -> None:
        """Patience is with the service, not with each request: it begins when the first goes unanswered."""
        if self._down_since is None:
            self._down_since = time.monotonic()
            _log.warning("the service is waited for, up to rewards.patience_s=%g: %s", self.config.patience_s, why)

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._failure = self._failure or error
            self._changed.notify_all()


def _unanswered(reward: Reward) -> bool:
    """Whether the service itself never spoke of this sample: the client put an error in its place."""
    return all(not score.verifier for score in reward.scores.values())
