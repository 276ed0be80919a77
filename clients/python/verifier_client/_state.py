"""What a client is told (:class:`Options`), and what it learns as it works (:class:`State`).

Options are frozen and picklable. A state belongs to one process: its locks and connections mean nothing in another.
"""

import math
import ssl
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import urlsplit

import httpx

from verifier_client._endpoints import Endpoints
from verifier_client._retry import Policy
from verifier_client._version import __version__

OnError: TypeAlias = Literal["raise", "mask"] | float
"""What becomes of samples without a verdict: raise, leave their reward None, or put this number in its place."""

SessionT = TypeVar("SessionT")

JUDGING_S = 300.0
"""Longest silence of a request beyond its samples' wait in the queue: more than one sample may take to be judged."""


@dataclass(frozen=True)
class Options:
    """How a client behaves. Raises ValueError for what makes no sense."""

    base_urls: tuple[str, ...]
    api_key: str | None = field(repr=False)
    timeout_s: float
    read_timeout_s: float | None
    deadline_s: float
    max_retries: int
    backoff_s: float
    max_batch: int
    max_bytes: int
    concurrency: int
    on_error: OnError

    def __post_init__(self) -> None:
        if not self.base_urls:
            raise ValueError("no base URL is given")
        for url in self.base_urls:
            _check_url(url)
        if self.api_key is not None and not (self.api_key.isascii() and self.api_key.isprintable()):
            raise ValueError("the API key has a character that no header can carry")
        for name in ("timeout_s", "deadline_s", "max_batch", "max_bytes", "concurrency"):
            value = getattr(self, name)
            if isinstance(value, str) or not value > 0:
                raise ValueError(f"{name} must be a number more than 0, not {value!r}")
        if self.read_timeout_s is not None and not self.read_timeout_s > 0:
            raise ValueError(f"read_timeout_s must be more than 0, not {self.read_timeout_s}")
        if not (math.isfinite(self.timeout_s) and self.max_retries >= 0 and self.backoff_s >= 0):
            raise ValueError("timeout_s must be finite; max_retries and backoff_s must not be negative")
        if isinstance(self.on_error, bool) or self.on_error not in ("raise", "mask"):
            _check_number(self.on_error)

    @property
    def retry(self) -> Policy:
        """When to try again."""
        return Policy(self.max_retries, self.backoff_s)

    @property
    def read_s(self) -> float:
        """Seconds without a byte from the service after which a request is given up."""
        return self.read_timeout_s or self.timeout_s + JUDGING_S

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every request."""
        headers = {"User-Agent": f"r1-verifier-client/{__version__}"}
        return headers | ({"Authorization": f"Bearer {self.api_key}"} if self.api_key else {})


class State(Generic[SessionT]):
    """What belongs to one process: connections, the health of the replicas, counts. Safe in threads."""

    def __init__(self, options: Options) -> None:
        self.endpoints = Endpoints(options.base_urls)
        self.lock = threading.Lock()
        self.sessions: dict[object, SessionT] = {}
        self._counts: Counter[str] = Counter(requests=0, retries=0, samples=0, masked=0, replaced=0)
        self._errors: Counter[str] = Counter()

    @property
    def session_options(self) -> dict[str, Any]:
        """How a session of httpx is built."""
        # A call bounds its own requests; many threads may share a client, and none must wait for another's connection.
        # Servers commonly close what was idle for 5 s: to stop reusing it a little earlier saves a retry.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=4.0)
        return {"verify": _certificates(), "limits": limits}

    def count(self, **more: int) -> None:
        """Adds to the counts of these names."""
        with self.lock:
            self._counts.update(more)

    def count_error(self, status: str) -> None:
        """One more sample that ended with this status."""
        with self.lock:
            self._errors[status] += 1

    @property
    def stats(self) -> dict[str, Any]:
        """A copy of the counts."""
        with self.lock:
            return {**self._counts, "errors": dict(self._errors)}


@cache
def _certificates() -> ssl.SSLContext:
    """Loaded once for all clients of a process: that takes longer than all the rest of making one."""
    return httpx.create_ssl_context()


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not the base URL of a service: {url!r} (such as http://127.0.0.1:8000)")


def _check_number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f'on_error must be "raise", "mask" or a number, not {value!r}')
