"""The client for ordinary code: safe in threads, after a fork, and beside a running event loop."""

import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from queue import Empty, SimpleQueue
from typing import Any, Literal

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


class Client(Base[httpx.Client]):
    """Posts samples, gets rewards. One client serves any number of threads.

    Used as a context manager, or closed, it lets its connections go; the next call would open new ones.
    """

    def rewards(
        self,
        samples: Iterable[Sample | Mapping[str, Any]],
        rubric: Rubric = DEFAULT_RUBRIC,
        *,
        timeout_s: float | None = None,
        deadline_s: float | None = None,
        on_error: OnError | None = None,
    ) -> list[Reward]:
        """The rewards of the samples, one for each, in their order.

        Args:
            samples: Dicts or :class:`Sample`; each is judged by itself.
            rubric: Name of a rubric of the service, or a rubric as a dict.
            timeout_s, deadline_s, on_error: As in the client; absent, as given there.

        Raises:
            RewardsFailed: some samples have no verdict, and ``on_error`` is "raise".
            ConnectionFailed, Timeout, BadAnswer, Overloaded, ServerError: the service gave no answer to any sample, and
                ``on_error`` is "raise".
            BadRequest, AuthError, NotFound: the call itself must be changed; whatever ``on_error`` is.
            ValueError, TypeError: a sample is not JSON (NaN, say). Nothing was sent.
        """
        changes = {"timeout_s": timeout_s, "deadline_s": deadline_s, "on_error": on_error}
        call = self._call(samples, rubric, changes)
        for result in self._run(call):
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
    ) -> Generator[tuple[int, Reward], None, None]:
        """Each sample's index and reward, as soon as it is known. The deadline goes on while the caller is busy.

        Takes and raises what :meth:`rewards` does; under ``on_error="raise"`` the samples without a verdict are held
        back, and raised when all others were given.
        """
        changes = {"timeout_s": timeout_s, "deadline_s": deadline_s, "on_error": on_error}
        return self._stream(self._call(samples, rubric, changes))

    def vote(
        self,
        groups: Iterable[Mapping[str, Any]],
        rubric: Rubric = DEFAULT_RUBRIC,
        *,
        score: str | None = None,
        pass_at: Sequence[int] | None = None,
        timeout_s: float | None = None,
        deadline_s: float | None = None,
    ) -> list[Vote]:
        """The votes of groups of completions (cons@k), one for each, in their order; with a reference also pass@k.

        Args:
            groups: Dicts of ``completions`` (a list) and, as in a sample, ``prompt``, ``kind``, ``answer``, ``tests``,
                ``choices``, ...; the reference is optional.
            rubric: Name of a rubric of the service, or a rubric as a dict, whose verifiers extract and compare.
            score: Which score of the rubric; absent, "accuracy" or the only one.
            pass_at: For which k to estimate pass@k; absent, 1, 2, 4, ... up to the size of each group.
            timeout_s, deadline_s: As in the client; absent, as given there.

        A group without a verdict has its status and explanation, and no number; ``on_error`` does not apply.

        Raises:
            ConnectionFailed, Timeout, BadAnswer, Overloaded, ServerError: the service gave no answer to some group.
            BadRequest, AuthError, NotFound: the call itself must be changed.
            ValueError, TypeError: a group is not JSON. Nothing was sent.
        """
        call = self._group_call(VoteCall, groups, rubric, {"score": score, "pass_at": pass_at}, timeout_s, deadline_s)
        for result in self._run(call):
            call.accept(result)
        return call.finish()

    def select(
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
        """Rejection sampling: of each group the completions to train on, and what the others were dropped by.

        Args:
            groups: As for :meth:`vote`; each must have a ``prompt``.
            rubric: Name of a rubric of the service, or a rubric as a dict, whose scores filter.
            keep: The least value of each score that filters; absent, as the rubric says, else 1 of every score.
            per_prompt: Most completions selected of one group.
            prefer, seed: Which come first where there are more: "random" (by a hash of seed and text), "shortest", "longest".
            min_pass_rate, max_pass_rate: Nothing is selected of groups out of this range.
            timeout_s, deadline_s: As in the client; absent, as given there.

        Raises what :meth:`vote` raises. A group on which the service failed in part has status ``error``.
        """
        policy = {"keep": keep, "per_prompt": per_prompt, "prefer": prefer, "seed": seed}
        policy |= {"min_pass_rate": min_pass_rate, "max_pass_rate": max_pass_rate}
        call = self._group_call(SelectCall, groups, rubric, policy, timeout_s, deadline_s)
        for result in self._run(call):
            call.accept(result)
        return call.finish()

    def rubrics(self) -> list[dict[str, Any]]:
        """The rubrics of the service, as it describes them."""
        return self._fetch("/v1/rubrics")

    def verifiers(self) -> list[dict[str, Any]]:
        """The verifiers of the service, as it describes them."""
        return self._fetch("/v1/verifiers")

    def languages(self) -> list[dict[str, Any]]:
        """The programming languages that the service can run, as it describes them."""
        return self._fetch("/v1/languages")

    def healthy(self) -> bool:
        """Whether a replica is up."""
        return self._probe("/healthz")

    def ready(self) -> bool:
        """Whether a replica takes work now."""
        return self._probe("/readyz")

    def close(self) -> None:
        """Lets the connections go."""
        with self._state.lock:
            session = self._state.sessions.pop(None, None)
        if session is not None:
            session.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stream(self, call: Call) -> Generator[tuple[int, Reward], None, None]:
        with closing(self._run(call)) as results:
            for result in results:
                shown = call.accept(result)
                if shown is not None:
                    yield shown
        call.finish()

    def _fetch(self, path: str) -> Any:
        fetch = Fetch(self._options, self._state, path)
        list(_drive(fetch.plan(), self._session(), threading.Event()))
        return fetch.value

    def _probe(self, path: str) -> bool:
        probe = Probe(self._options, self._state, path)
        list(_drive(probe.plan(), self._session(), threading.Event()))
        return probe.value

    def _run(self, call: Batch) -> Generator[Result, None, None]:
        """The results of all chunks, as they come: of one chunk in this thread, of more in a few of the call's own."""
        chunks = call.chunks
        workers = min(call.options.concurrency, len(chunks))
        if workers > 1:
            return self._run_in_threads(call, chunks, workers)
        return self._run_here(call, chunks)

    def _run_here(self, call: Batch, chunks: list[list[int]]) -> Generator[Result, None, None]:
        for chunk in chunks:
            yield from _drive(call.plan(chunk), self._session(), threading.Event())

    def _run_in_threads(self, call: Batch, chunks: list[list[int]], workers: int) -> Generator[Result, None, None]:
        todo, results, stop = SimpleQueue[list[int]](), SimpleQueue[Result | BaseException | None](), threading.Event()
        # One session from first to last: a thread that outlives its call must not open another after close().
        session = self._session()
        for chunk in chunks:
            todo.put(chunk)

        def work() -> None:
            try:
                while not stop.is_set():
                    for result in _drive(call.plan(todo.get_nowait()), session, stop):
                        results.put(result)
                        if stop.is_set():
                            break
            except Empty:
                pass
            except BaseException as error:
                results.put(error)
            results.put(None)

        for _ in range(workers):
            # Daemons, so that an interrupted program ends at once and does not wait for the answers in flight.
            threading.Thread(target=work, name="verifier-client", daemon=True).start()
        try:
            while workers:
                result = results.get()
                if isinstance(result, BaseException):
                    raise result
                if result is None:
                    workers -= 1
                else:
                    yield result
        finally:
            stop.set()

    def _session(self) -> httpx.Client:
        state = self._state
        with state.lock:
            if None not in state.sessions:
                state.sessions[None] = httpx.Client(**state.session_options)
            return state.sessions[None]


def _drive(plan: Plan, session: httpx.Client, stop: threading.Event) -> Iterator[Result]:
    """Carries out the steps of a plan until it ends or is to stop."""
    with closing(plan):
        for step in plan:
            if stop.is_set():
                return
            if isinstance(step, Exchange):
                yield from _exchange(step, session, stop)
            elif isinstance(step, Sleep):
                stop.wait(step.seconds)
            else:
                yield step


def _exchange(step: Exchange, session: httpx.Client, stop: threading.Event) -> Iterator[Result]:
    try:
        with session.stream(step.method, step.url, **step.request) as response:
            step.start(response)
            for block in response.iter_bytes():
                yield from step.feed(block)
        if stop.is_set():
            # The session may have been closed meanwhile, and knows nothing of a connection that was made after that.
            response.extensions["network_stream"].close()
    except (httpx.RequestError, VerifierClientError) as error:
        step.fail(error)
