"""The native routes."""

import time
from collections.abc import AsyncIterator
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from verifier import __version__
from verifier.engine import Graded, gather
from verifier.registry import registered
from verifier.rubric import Recipe
from verifier.schema import RewardsRequest, RewardsResponse, Rubric
from verifier.server import body
from verifier.server.admission import Hold
from verifier.server.problems import problem_responses
from verifier.server.state import State
from verifier.server.waiting import gone, unless_disconnected

NDJSON = "application/x-ndjson"

router = APIRouter()


class RubricInfo(BaseModel):
    """A rubric known by name."""

    name: str
    digest: str
    description: str
    rubric: Rubric


class VerifierInfo(BaseModel):
    """A verifier that rubrics may name."""

    name: str
    description: str
    options: dict[str, Any] = Field(description="JSON schema of its options.")


class LanguageInfo(BaseModel):
    """A programming language that tests may be in."""

    name: str
    available: bool
    version: str | None = None
    detail: str = ""


class Health(BaseModel):
    status: str
    version: str = __version__


class Readiness(BaseModel):
    """Whether to send requests here, and what there is to know."""

    status: str = Field(description="ready, draining or starting")
    workers: int
    unfinished_samples: int
    sandbox: str = Field(description="what stands between programs and the machine, by its strength: A, B or C")


@router.post(
    "/v1/rewards",
    summary="Grade completions",
    responses={
        200: {
            "model": RewardsResponse,
            "description": "One reward a sample, in order. With `Accept: application/x-ndjson`, one line a reward as each is "
            "ready, with its `index` in the request.",
            "content": {NDJSON: {"schema": {"type": "string"}}},
        },
        **problem_responses(400, 401, 404, 408, 413, 415, 422, 431, 503),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{RewardsRequest.__name__}"}}},
        }
    },
)
async def rewards(request: Request) -> Response:
    """Grade each sample by the rubric. A malformed sample is `unjudgeable` and harms no other; where the service itself
    failed, the status is `error` and the reward null: it is never 0 for that reason."""
    started = time.perf_counter()
    state = State.of(request)
    hold = Hold(state.admission)
    try:
        raw = await state.admission.body(request, hold)
        envelope = body.read(raw, body.RewardsEnvelope, state.settings.max_batch, state.settings.max_timeout_s)
        recipe = state.recipe(envelope.rubric)
        results = state.engine.grade(recipe, envelope.samples, envelope.timeout_s or state.settings.default_timeout_s)
        if _wants_lines(request):
            return RewardLines(results, recipe, hold)
        graded = await unless_disconnected(request, gather(results, len(envelope.samples)))
    except BaseException:
        hold.release()
        raise
    hold.release()
    if graded is None:
        return gone()
    return Response(_response(graded, recipe, started), media_type="application/json")


def _wants_lines(request: Request) -> bool:
    return any(part.split(";")[0].strip() == NDJSON for part in request.headers.get("accept", "").lower().split(","))


class RewardLines(StreamingResponse):
    """Each reward on a line as it is ready. Releases the request's hold however the stream ends."""

    def __init__(self, results: AsyncIterator[list[Graded]], recipe: Recipe, hold: Hold) -> None:
        headers = {"X-Rubric-Name": recipe.ref.name, "X-Rubric-Digest": recipe.ref.digest}
        super().__init__(_lines(results), media_type=NDJSON, headers=headers)
        self._hold = hold

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hold.release()


async def _lines(results: AsyncIterator[list[Graded]]) -> AsyncIterator[bytes]:
    async for batch in results:
        yield b"".join(b'{"index":%d,%s\n' % (graded.position, graded.json[1:]) for graded in batch)


def _response(graded: list[Graded], recipe: Recipe, started: float) -> bytes:
    """A :class:`RewardsResponse`, put together from rewards that the workers have serialised already."""
    elapsed_ms = (time.perf_counter() - started) * 1e3
    tail = b'],"rubric":%s,"elapsed_ms":%.1f}' % (recipe.ref_json, elapsed_ms)
    return b'{"rewards":[' + b",".join(result.json for result in graded) + tail


@router.get("/v1/rubrics", summary="The rubrics known by name", responses=problem_responses(401))
async def rubrics(request: Request) -> list[RubricInfo]:
    recipes = State.of(request).rubrics.recipes.values()
    return [
        RubricInfo(**recipe.ref.model_dump(), description=recipe.rubric.description, rubric=recipe.rubric)
        for recipe in recipes
    ]


@router.get(
    "/v1/verifiers", summary="The verifiers, each with the schema of its options", responses=problem_responses(401)
)
async def verifiers() -> list[VerifierInfo]:
    return [
        VerifierInfo(
            name=name, description=" ".join((cls.__doc__ or "").split()), options=cls.Options.model_json_schema()
        )
        for name, cls in registered().items()
    ]


@router.get(
    "/v1/languages", summary="The programming languages that this machine runs", responses=problem_responses(401)
)
async def languages(request: Request) -> list[LanguageInfo]:
    return [LanguageInfo.model_validate(language) for language in await State.of(request).languages()]


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Whether the process is up")
async def healthz() -> Health:
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Whether to send requests here", responses={503: {"model": Readiness}})
async def readyz(request: Request) -> Response:
    state = State.of(request)
    status = "draining" if state.draining else "ready" if state.engine.workers_alive else "starting"
    answer = Readiness(
        status=status,
        workers=state.engine.workers_alive,
        unfinished_samples=state.engine.unfinished,
        sandbox=await state.isolation(),
    )
    return JSONResponse(answer.model_dump(), 200 if status == "ready" else 503)


@router.get("/metrics", summary="Metrics for Prometheus", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    return Response(State.of(request).metrics.render(), headers={"Content-Type": cast(str, CONTENT_TYPE_LATEST)})
