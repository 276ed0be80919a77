"""When to try again, and how long to wait before: full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015)."""

import random
import time
from typing import NamedTuple

from verifier_client._endpoints import Endpoint, Endpoints
from verifier_client._errors import ApiError, VerifierClientError

MAX_BACKOFF_S = 8.0
MAX_RETRY_AFTER_S = 120.0

# Not the module's functions: their state belongs to the training run, which must stay reproducible.
_jitter = random.SystemRandom()


class Policy(NamedTuple):
    """How often, and how long apart."""

    max_retries: int
    backoff_s: float

    def wait(self, attempt: int, fault: VerifierClientError | None, remaining_s: float) -> float | None:
        """Seconds to wait after try ``attempt`` (from 0) before the next, or None to give up.

        A service that asks for more than two minutes, or for more than the call has left, is not waited for.
        """
        if attempt >= self.max_retries or (fault is not None and not fault.retryable):
            return None
        asked = (fault.retry_after if isinstance(fault, ApiError) else None) or 0.0
        if asked > MAX_RETRY_AFTER_S:
            return None
        wait = asked + _jitter.uniform(0, min(MAX_BACKOFF_S, self.backoff_s * 2.0**attempt))
        return wait if wait < remaining_s else None


class Tries:
    """The tries of one request: how many there were, and which replicas have failed since the last wait."""

    def __init__(self, policy: Policy, endpoints: Endpoints, deadline: float) -> None:
        self.tried: set[Endpoint] = set()
        self._policy, self._endpoints, self._deadline = policy, endpoints, deadline
        self._attempt = 0

    def wait(self, fault: VerifierClientError | None, *, progressed: bool = False) -> float | None:
        """Seconds to wait before the next try, 0 where another replica is there to turn to, or None to give up.

        A request that broke when part of its work was done counts as the first: else a balancer that cuts long answers
        would use up all tries.
        """
        remaining = self._deadline - time.monotonic()
        if fault is not None and fault.retryable and remaining > 0 and self._endpoints.other_than(self.tried):
            return 0.0
        if fault is not None and progressed:
            self._attempt = 0
        wait = self._policy.wait(self._attempt, fault, remaining)
        self._attempt += 1
        if fault is not None:
            self.tried.clear()
        return wait
