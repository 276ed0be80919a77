"""Which of several replicas a request goes to: the one with the fewest requests outstanding.

One that fails is left alone, for longer each time; then it gets one request on trial, and is back when that succeeds.
When all are left alone, the one due back first is used: refusing to try is the retry policy's business, not ours.
"""

import random
import threading
import time
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from verifier_client._errors import ApiError, VerifierClientError, is_refusal

FIRST_EJECTION_S = 1.0
MAX_EJECTION_S = 30.0

_ties = random.SystemRandom()


@dataclass(eq=False)
class Endpoint:
    """One replica, as seen from here."""

    url: str
    outstanding: int = 0
    failures: int = 0
    ejected_until: float = 0.0

    def available(self, now: float) -> bool:
        """Whether it may be given a request: not ejected, and not already on trial."""
        return now >= self.ejected_until and (self.failures == 0 or self.outstanding == 0)


@dataclass
class Lease:
    """One request's hold on an endpoint; the fault it met, if any, is put in ``fault``."""

    endpoint: Endpoint
    fault: VerifierClientError | None = None


class Endpoints:
    """All replicas. Safe in threads."""

    def __init__(self, urls: Collection[str]) -> None:
        self._all = [Endpoint(url) for url in urls]
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._all)

    def other_than(self, tried: Collection[Endpoint]) -> bool:
        """Whether a replica that was not tried could be given a request now."""
        now = time.monotonic()
        return any(e not in tried and e.available(now) for e in self._all)

    @contextmanager
    def lease(self, tried: Collection[Endpoint] = ()) -> Generator[Lease, None, None]:
        """The best replica for one request, those not in ``tried`` first."""
        lease = Lease(self._take(tried))
        completed = False
        try:
            yield lease
            completed = True
        finally:
            self._give_back(lease, completed)

    def _take(self, tried: Collection[Endpoint]) -> Endpoint:
        now = time.monotonic()
        with self._lock:
            ready = [e for e in self._all if e.available(now)]
            if ready:
                chosen = min(ready, key=lambda e: (e in tried, e.outstanding, _ties.random()))
            else:
                chosen = min(self._all, key=lambda e: (e.ejected_until, e.outstanding))
            chosen.outstanding += 1
            return chosen

    def _give_back(self, lease: Lease, completed: bool) -> None:
        endpoint, fault = lease.endpoint, lease.fault
        with self._lock:
            endpoint.outstanding -= 1
            if not completed:
                return  # abandoned by the caller: it says nothing about the replica
            if fault is None or is_refusal(fault):
                endpoint.failures, endpoint.ejected_until = 0, 0.0
                return
            asked = fault.retry_after if isinstance(fault, ApiError) else None
            pause = asked if asked is not None else FIRST_EJECTION_S * 2 ** min(endpoint.failures, 10)
            endpoint.failures += 1
            endpoint.ejected_until = time.monotonic() + min(MAX_EJECTION_S, pause)
