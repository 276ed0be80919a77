"""The routes that take groups of completions."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from verifier.errors import RubricError
from verifier.groups.schema import SelectRequest, SelectResponse, VoteRequest, VoteResponse
from verifier.groups.select import Selector
from verifier.groups.vote import Ballot
from verifier.schema import Model
from verifier.server import body
from verifier.server.admission import Hold
from verifier.server.problems import Problem, problem_responses
from verifier.server.state import State
from verifier.server.waiting import gone, unless_disconnected

router = APIRouter()

EnvelopeT = TypeVar("EnvelopeT", bound=body.GroupsEnvelope)


def _body_of(model: type[BaseModel]) -> dict[str, Any]:
    """For the OpenAPI document: the request of a route that reads its body itself."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post(
    "/v1/vote",
    summary="Vote on the answers of groups of completions",
    responses={200: {"model": VoteResponse}, **problem_responses(400, 401, 404, 408, 413, 415, 422, 431, 503)},
    openapi_extra=_body_of(VoteRequest),
)
async def vote(request: Request) -> Response:
    """Cluster the answers of each group by equivalence: the majority answer, its count and the agreement (cons@k); with a
    reference also pass@1 and pass@k. Where the service itself failed, the status is `error` and every result null."""

    async def work(state: State, envelope: body.VoteEnvelope, timeout_s: float) -> Callable[[float], Model]:
        recipe = state.recipe(envelope.rubric)
        try:
            ballot = Ballot(recipe, envelope.score, envelope.pass_at)
        except RubricError as error:
            raise Problem(422, "invalid-request", f"score: {error}") from None
        votes = await ballot.votes(state.engine, envelope.groups, timeout_s)
        return lambda elapsed_ms: VoteResponse(votes=votes, rubric=recipe.ref, elapsed_ms=elapsed_ms)

    return await _answer(request, body.VoteEnvelope, work)


@router.post(
    "/v1/select",
    summary="Select completions for fine-tuning",
    responses={200: {"model": SelectResponse}, **problem_responses(400, 401, 404, 408, 413, 415, 422, 431, 503)},
    openapi_extra=_body_of(SelectRequest),
)
async def select(request: Request) -> Response:
    """Rejection sampling: of each group the completions that pass the rubric's filters, deduplicated and capped, as chat
    messages to train on; for the others, what they were dropped by; and the pass rate of each prompt."""

    async def work(state: State, envelope: body.SelectEnvelope, timeout_s: float) -> Callable[[float], Model]:
        recipe = state.recipe(envelope.rubric)
        try:
            selector = Selector(recipe, envelope)
        except RubricError as error:
            raise Problem(422, "invalid-request", str(error)) from None
        selections = await selector.selections(state.engine, envelope.groups, timeout_s)
        dropped = Counter(label for selection in selections for each in selection.dropped for label in each.by)
        return lambda elapsed_ms: SelectResponse(
            selections=selections, dropped=dropped, rubric=recipe.ref, elapsed_ms=elapsed_ms
        )

    return await _answer(request, body.SelectEnvelope, work)


async def _answer(
    request: Request,
    kind: type[EnvelopeT],
    work: Callable[[State, EnvelopeT, float], Awaitable[Callable[[float], Model]]],
) -> Response:
    """Read the request, do the work while the client waits for it, and answer with what it makes of the time taken."""
    started = time.perf_counter()
    state = State.of(request)
    settings = state.settings
    hold = Hold(state.admission)
    try:
        raw = await state.admission.body(request, hold)
        envelope = body.read(raw, kind, settings.max_batch, settings.max_timeout_s)

        async def all_of_it() -> Callable[[float], Model]:
            return await work(state, envelope, envelope.timeout_s or settings.default_timeout_s)

        answer = await unless_disconnected(request, all_of_it())
    finally:
        hold.release()
    if answer is None:
        return gone()
    elapsed_ms = round((time.perf_counter() - started) * 1e3, 1)
    return Response(answer(elapsed_ms).model_dump_json(), media_type="application/json")
