"""Errors over HTTP, as RFC 9457 says: ``application/problem+json``, with the request's id and whether trying again may help."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from verifier.faults import nearest, shown
from verifier.server.request_id import HEADER, request_id

MEDIA_TYPE = "application/problem+json"
DETAIL_CHARS = 2_000
"""Longest ``detail``, whatever a request has named and however many names are known."""


class ProblemBody(BaseModel):
    """What an error looks like on the wire."""

    type: str = Field(description="Which problem: a URN that does not change.")
    title: str
    status: int
    detail: str = Field(description="What is wrong with this request, and what would mend it.")
    instance: str = Field(description="The path asked for.")
    request_id: str
    retryable: bool = Field(description="Whether the same request may succeed later.")


class Problem(Exception):
    """An answer other than 2xx. ``name`` makes the URN, ``retry_after_s`` the header and ``retryable``."""

    def __init__(self, status: int, name: str, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = shown(detail, DETAIL_CHARS)
        self.retry_after_s = retry_after_s

    def response(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer, for a request of ``path``."""
        body = ProblemBody(
            type=f"urn:r1-verifier:problem:{self.name}",
            title=phrase(self.status),
            status=self.status,
            detail=self.detail,
            instance=path,
            request_id=request_id(),
            retryable=self.retry_after_s is not None or self.status >= 500,
        )
        extra = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        return JSONResponse(body.model_dump(), self.status, {**(headers or {}), **extra}, media_type=MEDIA_TYPE)


def problem_responses(*codes: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: answers of a route that are problems."""
    return {code: {"model": ProblemBody, "description": phrase(code), "content": {MEDIA_TYPE: {}}} for code in codes}


def phrase(status: int) -> str:
    """What RFC 9110 calls a status. Python before 3.13 has older names for two."""
    return {413: "Content Too Large", 422: "Unprocessable Content"}.get(status) or HTTPStatus(status).phrase


def install(app: FastAPI) -> None:
    """Have every error of the app answered as a problem."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response(request.url.path)

    async def on_http_exception(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        name = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        detail = error.detail
        if error.status_code == HTTPStatus.NOT_FOUND:
            meant = nearest(request.url.path, request.app.openapi()["paths"])
            detail = f"no route {shown(request.url.path)!r}: /docs shows all there are{meant}"
        elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            detail = (
                f"{request.method} is not answered here, only {(error.headers or {}).get('Allow', 'other methods')}"
            )
        return Problem(error.status_code, name, detail).response(request.url.path, error.headers)

    async def on_bug(request: Request, error: Exception) -> Response:
        # Outside of every other middleware: the id must be put on here.
        problem = Problem(500, "internal-error", "the service failed; its log says why, under this request's id")
        return problem.response(request.url.path, {HEADER: request_id()})

    app.add_exception_handler(Exception, on_bug)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http_exception)
