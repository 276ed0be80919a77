"""One HTTP request and its answer, without any IO: the clients carry the bytes, and this says what they mean.

A client drives a plan (see :mod:`verifier_client._call`), which yields steps: an :class:`Exchange` to be carried out, a
:class:`Sleep` to be slept, or a result to hand on. Only that differs between the sync and the async client.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from verifier_client._errors import BadAnswer, ConnectionFailed, Timeout, VerifierClientError, api_error
from verifier_client._groups import Selection, Vote
from verifier_client._types import Reward

NDJSON = "application/x-ndjson"
# A stream is asked for even where the caller wants all at once: what has come stays when the connection breaks, and no
# balancer on the way takes a long silence for a fault. A service that answers in one piece is understood as well.
ACCEPT = f"{NDJSON}, application/json;q=0.5"
CONNECT_S = 10.0

Judged = Reward | Vote | Selection
"""What the service says of a sample, or of a group."""
Result = tuple[int, Judged | VerifierClientError]
"""The index of a sample or group, and what became of it, or why nothing did."""


class Sleep(NamedTuple):
    """A step: wait."""

    seconds: float


@dataclass
class Exchange:
    """A step: send this, and pass on what comes back to ``start`` and ``feed``, or ``fail`` if it breaks."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    read_s: float
    deadline: float
    take_line: Callable[[bytes], list[Result]] = lambda _: []
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    status: int = 0
    body: bytes = b""
    fault: VerifierClientError | None = None
    streams: bool = False

    def __post_init__(self) -> None:
        self.headers = {**self.headers, "X-Request-Id": self.request_id}
        self._received: Mapping[str, str] = {}
        self._blocks: list[bytes] = []

    @property
    def request(self) -> dict[str, Any]:
        """What httpx is to send, and the seconds that it may allow each step of the transfer."""
        left = max(0.001, self.deadline - time.monotonic())
        timeout = httpx.Timeout(min(left, self.read_s), connect=min(left, CONNECT_S), pool=min(left, self.read_s))
        return {"headers": self.headers, "content": self.content, "timeout": timeout}

    def start(self, response: httpx.Response) -> None:
        """The head of the answer is here."""
        self.status, self._received = response.status_code, response.headers
        self.streams = self.status == 200 and self._received.get("content-type", "").startswith(NDJSON)

    def feed(self, block: bytes) -> Iterator[Result]:
        """A piece of the body is here; the results that it completes. Raises Timeout past the deadline.

        One by one, so that what stands before a line that makes no sense is not lost with it.
        """
        if time.monotonic() > self.deadline:
            raise Timeout("the deadline of the call passed within an answer", self.request_id)
        self._blocks.append(block)
        if not self.streams or b"\n" not in block:
            return
        *lines, rest = b"".join(self._blocks).split(b"\n")  # not splitlines: U+2028 may stand within a JSON text
        self._blocks = [rest]
        for line in lines:
            yield from self._take(line)

    def fail(self, error: Exception) -> None:
        """The transfer broke."""
        if isinstance(error, VerifierClientError):
            self.fault = error
        elif isinstance(error, httpx.TimeoutException):
            self.fault = Timeout(f"no answer from {self.url} in time ({type(error).__name__})", self.request_id)
        else:
            reason = str(error) or type(error).__name__
            if isinstance(error, httpx.ConnectError):
                reason += "; is the service running there? base_url or VERIFIER_URL names another address"
            self.fault = ConnectionFailed(f"no answer from {self.url}: {reason}", self.request_id)

    def finish(self) -> list[Result]:
        """The transfer is over: settles ``fault`` and ``body``, and gives the result of an unended last line."""
        rest = b"".join(self._blocks)
        if self.fault is None and self.status != 200:
            self.fault = api_error(self.status, self._received, rest, self.request_id)
        if self.fault is not None:
            return []
        if not self.streams:
            self.body = rest
            return []
        try:
            return self._take(rest)
        except BadAnswer as error:
            self.fault = error
            return []

    def _take(self, line: bytes) -> list[Result]:
        try:
            return self.take_line(line) if line.strip() else []
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise self.bad(error) from error

    def bad(self, reason: object) -> BadAnswer:
        """The error of an answer that does not keep the contract."""
        return BadAnswer(f"{self.url} gave no answer of a reward service: {reason}", self.request_id)
