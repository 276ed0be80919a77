"""The errors a call may raise.

* VerifierClientError      base of all; carries ``retryable`` and, where a request was made, ``request_id``
  + ConnectionFailed       no answer: refused, reset, or cut off in the middle             retried
  + Timeout                no answer in time, or the deadline of the call is spent         retried
  + BadAnswer              not the service's answer: a proxy's page, a list too short      retried
  + ApiError               the service refused; carries status, title, detail, retryable, retry_after
    - BadRequest           400, 422: the envelope is malformed
    - AuthError            401, 403: the key is missing or unknown
    - NotFound             404: no such rubric, or no such service at this address
    - TooLarge             413: more than the service takes in one request
    - Overloaded           429, 503: no room now                                           retried
    - ServerError          other 5xx: the service failed                                   500, 502, 504 retried
  + RewardsFailed          some samples have no reward; carries all rewards and the indexes of the failed

All are plain and picklable: they hold texts, numbers and rewards, never a connection. What the caller got wrong before
anything was sent (NaN in a sample, an unknown ``on_error``) is a ``ValueError`` or a ``TypeError``.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, cast

from verifier_client._types import Reward

RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses worth another try where the answer does not say (``retryable``)."""

_BATCH_LIMIT = re.compile(
    r"(batch|samples)\b.*\b(at most|limit|maximum|too (many|large|long))|too many samples", re.I | re.S
)
_SHOWN_FAILURES = 3
_SHOWN_BODY = 200


class VerifierClientError(Exception):
    """Base of everything this client raises about a call."""

    retryable = False

    def __init__(self, message: str, request_id: str | None = None) -> None:
        super().__init__(message, request_id)
        self.message = message
        self.request_id = request_id

    def __str__(self) -> str:
        return f"{self.message} (request {self.request_id})" if self.request_id else self.message


class ConnectionFailed(VerifierClientError):
    """The service could not be reached, or the connection broke before the answer was whole."""

    retryable = True


class Timeout(VerifierClientError):
    """No answer in time, or no time left in the deadline of the call."""

    retryable = True


class BadAnswer(VerifierClientError):
    """What came back is not an answer of the service."""

    retryable = True


class ApiError(VerifierClientError):
    """The service refused a request, with a problem document (RFC 9457) or a bare status."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        request_id: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{status} {title}: {detail}" if detail else f"{status} {title}", request_id)
        self.args = (status, title, detail, request_id, retryable, retry_after)
        self.status = status
        self.title = title
        self.detail = detail
        self.retryable = retryable
        self.retry_after = retry_after


class BadRequest(ApiError):
    """The request is malformed as a whole."""


class AuthError(ApiError):
    """The key is missing, unknown, or not allowed."""


class NotFound(ApiError):
    """The service knows no such rubric, or the address is not the service's."""


class TooLarge(ApiError):
    """One request carried more than the service takes. Batches are split by the client; a sample alone cannot be."""


class Overloaded(ApiError):
    """The service has no room now."""


class ServerError(ApiError):
    """The service failed."""


class RewardsFailed(VerifierClientError):
    """Some samples have no reward: ``rewards`` holds all, in order; ``failed`` the indexes of those that have none."""

    def __init__(self, rewards: Sequence[Reward], failed: Sequence[int]) -> None:
        shown = [f"#{i} {rewards[i].status}: {rewards[i].explanation}" for i in failed[:_SHOWN_FAILURES]]
        more = [f"and {len(failed) - len(shown)} more"] if len(failed) > len(shown) else []
        super().__init__(f"{len(failed)} of {len(rewards)} samples have no reward: " + "; ".join(shown + more))
        self.args = (rewards, failed)
        self.rewards = list(rewards)
        self.failed = list(failed)


def api_error(status: int, headers: Mapping[str, str], body: bytes, request_id: str) -> ApiError:
    """The error that an answer other than 200 stands for."""
    problem = _problem(body)
    title = str(problem.get("title") or _phrase(status))
    detail = _detail(problem, body, headers)
    said = problem.get("retryable")
    return _class(status, f"{title} {detail}")(
        status,
        title,
        detail,
        str(problem.get("request_id") or headers.get("x-request-id") or request_id),
        said if isinstance(said, bool) else status in RETRYABLE,
        retry_after(headers.get("retry-after", "")),
    )


def retry_after(header: str) -> float | None:
    """Seconds that ``Retry-After`` asks to wait, by a number or a date (RFC 9110, 10.2.3); None where it has neither."""
    if re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*", header):
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def is_refusal(fault: VerifierClientError) -> bool:
    """Whether a service in good health said no to this very request."""
    return isinstance(fault, ApiError) and fault.status < 500 and not fault.retryable


def is_callers(fault: VerifierClientError) -> bool:
    """Whether the caller must change something: no sample of the call can be graded as things are."""
    return is_refusal(fault) and not isinstance(fault, TooLarge)


def _class(status: int, text: str) -> type[ApiError]:
    if status == 413 or (status == 422 and _BATCH_LIMIT.search(text)):
        return TooLarge
    by_status = {400: BadRequest, 422: BadRequest, 401: AuthError, 403: AuthError, 404: NotFound}
    by_status |= {429: Overloaded, 503: Overloaded}
    return by_status.get(status, ServerError if status >= 500 else ApiError)


def _problem(body: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", problem) if isinstance(problem, dict) else {}


def _detail(problem: dict[str, Any], body: bytes, headers: Mapping[str, str]) -> str:
    if location := headers.get("location"):
        return f"redirected to {location}, which is not followed: give that address as the base URL"
    detail = problem.get("detail")
    if isinstance(detail, str):
        return detail
    return json.dumps(detail)[:_SHOWN_BODY] if detail else body[:_SHOWN_BODY].decode("utf-8", "replace").strip()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown status"
