"""What the sync and the async client have in common: options, and a state for each process.

A client holds nothing but its options until it is first used, so it can be pickled, forked and spawned at any time.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic

from verifier_client._call import Call
from verifier_client._encoding import Rubric
from verifier_client._group_call import GroupCallT
from verifier_client._state import OnError, Options, SessionT, State
from verifier_client._types import Sample

DEFAULT_URL = "http://127.0.0.1:8000"
DEFAULT_RUBRIC = "r1-zero"
SELECT_RUBRIC = "r1-select"


class Base(Generic[SessionT]):
    """Options, and the state of the process that uses them."""

    def __init__(
        self,
        base_url: str | Sequence[str] | None = None,
        *,
        api_key: str | None = None,
        timeout_s: float = 120.0,
        read_timeout_s: float | None = None,
        deadline_s: float = 1800.0,
        max_retries: int = 5,
        backoff_s: float = 0.5,
        max_batch: int = 128,
        max_bytes: int = 4 * 2**20,
        concurrency: int = 8,
        on_error: OnError = "raise",
    ) -> None:
        """Opens nothing.

        Args:
            base_url: Address of the service, or of several replicas (a list, or one text with commas). Absent: the
                environment's VERIFIER_URL, or http://127.0.0.1:8000.
            api_key: Bearer key. Absent: the environment's VERIFIER_API_KEY, if any.
            timeout_s: Seconds that a sample may wait in the service's queue; what waits longer is tried again.
            read_timeout_s: Seconds that a request may go without a byte of answer. Absent: five minutes over timeout_s.
            deadline_s: Seconds that a whole call may take, with all its requests, waits and tries.
            max_retries: How often a request, or samples that came back as ``error``, are tried again.
            backoff_s: Longest wait before the first of these tries; it doubles with each, up to 8 s.
            max_batch: Most samples in one request.
            max_bytes: Most bytes of samples in one request; a larger sample goes alone.
            concurrency: Most requests of one call in flight at once.
            on_error: What becomes of samples that have no verdict in the end: "raise" (RewardsFailed), "mask" (their
                reward is None), or a number to put in its place.

        Raises:
            ValueError: an option makes no sense.
        """
        self._options = Options(
            base_urls=_urls(base_url or os.environ.get("VERIFIER_URL") or DEFAULT_URL),
            api_key=api_key or os.environ.get("VERIFIER_API_KEY") or None,
            timeout_s=timeout_s,
            read_timeout_s=read_timeout_s,
            deadline_s=deadline_s,
            max_retries=max_retries,
            backoff_s=backoff_s,
            max_batch=max_batch,
            max_bytes=max_bytes,
            concurrency=concurrency,
            on_error=on_error,
        )
        self._reset()

    @property
    def stats(self) -> dict[str, Any]:
        """Counts of this process so far: requests, retries, samples, masked, replaced, and errors by status."""
        return self._state.stats

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._options.base_urls)})"

    def __getstate__(self) -> Options:
        return self._options

    def __setstate__(self, options: Options) -> None:
        self._options = options
        self._reset()

    def _reset(self) -> None:
        self._states: dict[int, State[SessionT]] = {}
        self._inherited: list[State[SessionT] | None] = []

    @property
    def _state(self) -> State[SessionT]:
        """The state of this process. A forked child keeps its parent's untouched: to close it would touch live sockets."""
        pid = os.getpid()
        state = self._states.get(pid)
        if state is None:
            self._inherited += [self._states.pop(other, None) for other in list(self._states) if other != pid]
            state = self._states.setdefault(pid, State(self._options))
        return state

    def _call(
        self,
        samples: Iterable[Sample | Mapping[str, Any]],
        rubric: Rubric,
        changes: Mapping[str, Any],
    ) -> Call:
        given = {name: value for name, value in changes.items() if value is not None}
        options = replace(self._options, **given) if given else self._options
        return Call(options, self._state, samples, rubric)

    def _group_call(
        self,
        kind: type[GroupCallT],
        groups: Iterable[Mapping[str, Any]],
        rubric: Rubric,
        choices: Mapping[str, Any],
        timeout_s: float | None,
        deadline_s: float | None,
    ) -> GroupCallT:
        """A call about groups; ``choices`` are the other keys of its request, where they are not None."""
        changes = {"timeout_s": timeout_s, "deadline_s": deadline_s}
        given = {name: value for name, value in changes.items() if value is not None}
        options = replace(self._options, **given) if given else self._options
        return kind(options, self._state, groups, rubric, choices)


def _urls(given: str | Sequence[str]) -> tuple[str, ...]:
    urls = given.split(",") if isinstance(given, str) else given
    return tuple(dict.fromkeys(url.strip().rstrip("/") for url in urls if url.strip()))
