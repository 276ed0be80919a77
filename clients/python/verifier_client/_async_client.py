"""The client for event loops: the methods of :class:`verifier_client.Client`, awaited.

Connections belong to an event loop. Each loop gets its own on first use, and they are closed when the loop ends: a
client outlives any number of ``asyncio.run()``.
"""

import asyncio
import atexit
import os
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing, closing, suppress
from typing import Any, ClassVar, Literal
from weakref import WeakSet

import httpx

from verifier_client._base import DEFAULT_RUBRIC, SELECT_RUBRIC, Base
from verifier_client._call import Batch, Call, Plan
from verifier_client._encoding import Rubric
from verifier_client._errors import VerifierClientError
from verifier_client._exchange import Exchange, Result, Sleep
from verifier_client._fetch import Fetch, Probe
from verifier_client._group_call import SelectCall, VoteCall
from verifier_client._groups import Selection, Vote
from verifier_client._state import OnError
from verifier_client._types import Reward, Sample

CLOSED_WITHIN_S = 1.0
"""Seconds that a loop in another thread has, at the end of the program, to close its connections."""


class AsyncClient(Base["Holder"]):
    """Posts samples, gets rewards, without blocking the event loop. One client serves any number of loops and tasks."""

    async def rewards(
        self,
        samples: Iterable[Sample | Mapping[str, Any]],
        rubric: Rubric = DEFAULT_RUBRIC,
        *,
        timeout_s: float | None = None,
        deadline_s: float | None = None,
        on_error: OnError | None = None,
    ) -> list[Reward]:
        """As :meth:`verifier_client.Client.rewards`."""
        changes = {"timeout_s": timeout_s, "deadline_s": deadline_s, "on_error": on_error}
        call = self._call(samples, rubric, changes)
        async with aclosing(self._run(call)) as results:
            async for result in results:
                call.accept(result)
        return call.finish()

    def stream(
        self,
        samples: Iterable[Sample | Mapping[str, Any]],
        rubric: Rubric = DEFAULT_RUBRIC,
        *,
        timeout_s: float | None = None,
        deadline_s: float | None = None,
        on_error: OnError | None = None,
    ) -> AsyncGenerator[tuple[int, Reward], None]:
        """As :meth:`verifier_client.Client.stream`, for ``async for``."""
        changes = {"timeout_s": timeout_s, "deadline_s": deadline_s, "on_error": on_error}
        return self._stream(self._call(samples, rubric, changes))

    async def vote(
        self,
        groups: Iterable[Mapping[str, Any]],
        rubric: Rubric = DEFAULT_RUBRIC,
        *,
        score: str | None = None,
        pass_at: Sequence[int] | None = None,
        timeout_s: float | None = None,
        deadline_s: float | None = None,
    ) -> list[Vote]:
        """As :meth:`verifier_client.Client.vote`."""
        call = self._group_call(VoteCall, groups, rubric, {"score": score, "pass_at": pass_at}, timeout_s, deadline_s)
        async with aclosing(self._run(call)) as results:
            async for result in results:
                call.accept(result)
        return call.finish()

    async def select(
        self,
        groups: Iterable[Mapping[str, Any]],
        rubric: Rubric = SELECT_RUBRIC,
        *,
        keep: Mapping[str, float] | None = None,
        per_prompt: int | None = None,
        prefer: Literal["random", "shortest", "longest"] | None = None,
        seed: int | None = None,
        min_pass_rate: float | None = None,
        max_pass_rate: float | None = None,
        timeout_s: float | None = None,
        deadline_s: float | None = None,
    ) -> list[Selection]:
        """As :meth:`verifier_client.Client.select`."""
        policy = {"keep": keep, "per_prompt": per_prompt, "prefer": prefer, "seed": seed}
        policy |= {"min_pass_rate": min_pass_rate, "max_pass_rate": max_pass_rate}
        call = self._group_call(SelectCall, groups, rubric, policy, timeout_s, deadline_s)
        async with aclosing(self._run(call)) as results:
            async for result in results:
                call.accept(result)
        return call.finish()

    async def rubrics(self) -> list[dict[str, Any]]:
        """The rubrics of the service, as it describes them."""
        return await self._fetch("/v1/rubrics")

    async def verifiers(self) -> list[dict[str, Any]]:
        """The verifiers of the service, as it describes them."""
        return await self._fetch("/v1/verifiers")

    async def languages(self) -> list[dict[str, Any]]:
        """The programming languages that the service can run, as it describes them."""
        return await self._fetch("/v1/languages")

    async def healthy(self) -> bool:
        """Whether a replica is up."""
        return await self._probe("/healthz")

    async def ready(self) -> bool:
        """Whether a replica takes work now."""
        return await self._probe("/readyz")

    async def close(self) -> None:
        """Lets the connections of this event loop go; those of other loops are closed when their loops end."""
        with self._state.lock:
            holder = self._state.sessions.pop(asyncio.get_running_loop(), None)
        if holder is not None:
            await holder.sessions.aclose()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _stream(self, call: Call) -> AsyncGenerator[tuple[int, Reward], None]:
        async with aclosing(self._run(call)) as results:
            async for result in results:
                shown = call.accept(result)
                if shown is not None:
                    yield shown
        call.finish()

    async def _fetch(self, path: str) -> Any:
        fetch = Fetch(self._options, self._state, path)
        async for _ in self._drive(fetch.plan()):
            pass
        return fetch.value

    async def _probe(self, path: str) -> bool:
        probe = Probe(self._options, self._state, path)
        async for _ in self._drive(probe.plan()):
            pass
        return probe.value

    async def _run(self, call: Batch) -> AsyncGenerator[Result, None]:
        """The results of all chunks, as they come, from a few tasks of the call's own."""
        chunks = call.chunks
        todo, results = iter(chunks), asyncio.Queue[Result | Exception | None]()

        async def work() -> None:
            try:
                for chunk in todo:
                    async with aclosing(self._drive(call.plan(chunk))) as found:
                        async for result in found:
                            results.put_nowait(result)
            except Exception as error:
                results.put_nowait(error)
            results.put_nowait(None)

        workers = [asyncio.create_task(work()) for _ in range(min(call.options.concurrency, len(chunks)))]
        ended = 0
        try:
            while ended < len(workers):
                result = await results.get()
                if isinstance(result, Exception):
                    raise result
                if result is None:
                    ended += 1
                else:
                    yield result
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _drive(self, plan: Plan) -> AsyncGenerator[Result, None]:
        """Carries out the steps of a plan until it ends."""
        with closing(plan):
            for step in plan:
                if isinstance(step, Exchange):
                    async with aclosing(self._exchange(step)) as found:
                        async for result in found:
                            yield result
                elif isinstance(step, Sleep):
                    await asyncio.sleep(step.seconds)
                else:
                    yield step

    async def _exchange(self, step: Exchange) -> AsyncGenerator[Result, None]:
        session = await self._session()
        try:
            async with session.stream(step.method, step.url, **step.request) as response:
                step.start(response)
                async for block in response.aiter_bytes():
                    for result in step.feed(block):
                        yield result
        except (httpx.RequestError, VerifierClientError) as error:
            step.fail(error)

    async def _session(self) -> httpx.AsyncClient:
        loop, state = asyncio.get_running_loop(), self._state
        with state.lock:
            held = state.sessions
            for ended in [
                other for other in held if isinstance(other, asyncio.AbstractEventLoop) and other.is_closed()
            ]:
                del held[ended]
            if loop not in held:
                held[loop] = Holder(httpx.AsyncClient(**state.session_options))
            holder = held[loop]
        return await holder.open()


class Holder:
    """Keeps one event loop's session, and has it closed at the loop's end.

    Before ``asyncio.run()`` closes its loop, it closes all asynchronous generators that were begun under it: the one
    moment at which connections can still be closed properly without the caller's help. What loops are never closed,
    as those that live in a thread of their own, is closed at the end of the program.
    """

    begun: ClassVar[WeakSet["Holder"]] = WeakSet()

    def __init__(self, session: httpx.AsyncClient) -> None:
        self.sessions = self._hold(session)
        self._session = session
        self._begun = False

    async def open(self) -> httpx.AsyncClient:
        """The session; on first use, the loop is made to know of it."""
        if not self._begun:
            self._begun = True
            self._loop, self._pid = asyncio.get_running_loop(), os.getpid()
            self.begun.add(self)
            await anext(self.sessions)
        return self._session

    def end(self) -> None:
        """Have the session closed by its loop, in whatever thread that runs or has stopped. A forked child leaves it alone."""
        if self._pid != os.getpid():
            return
        with suppress(Exception):
            if self._loop.is_running():
                asyncio.run_coroutine_threadsafe(self.sessions.aclose(), self._loop).result(CLOSED_WITHIN_S)
            elif not self._loop.is_closed():
                self._loop.run_until_complete(self.sessions.aclose())

    @staticmethod
    async def _hold(session: httpx.AsyncClient) -> AsyncGenerator[httpx.AsyncClient, None]:
        try:
            yield session
        finally:
            await session.aclose()


@atexit.register
def _end_all() -> None:
    for holder in list(Holder.begun):
        holder.end()
