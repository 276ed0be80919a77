"""The app, put together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from verifier import __version__, registry
from verifier.engine import Engine
from verifier.groups.schema import SelectRequest, VoteRequest
from verifier.rubric import RubricBook
from verifier.schema import Model, RewardsRequest
from verifier.server import docs, problems
from verifier.server.auth import BearerAuth
from verifier.server.direct import DirectRoutes
from verifier.server.group_routes import router as group_router
from verifier.server.metrics import Metrics, RequestMetrics
from verifier.server.request_id import RequestIds
from verifier.server.routes import router
from verifier.server.state import State
from verifier.settings import Settings

DESCRIPTION = "POST completions, get rewards. A failure of the service is never a reward of 0."


REQUESTS: list[type[Model]] = [RewardsRequest, VoteRequest, SelectRequest]


def create_app(settings: Settings) -> FastAPI:
    """The service. Raises :class:`~verifier.errors.RubricError` and :class:`~verifier.errors.SettingsError`."""
    registry.load(settings.plugins)
    rubrics = RubricBook.open(*settings.rubrics)
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with Engine(settings.engine, metrics) as engine:
            metrics.watch(engine)
            app.state.verifier = State(settings, engine, rubrics, metrics)
            yield

    app = FastAPI(
        title="r1-verifier",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # an answer without a body tells nobody what is wrong
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours are at /metrics and on stderr
    )
    app.include_router(router)
    app.include_router(group_router)
    docs.install(app)
    problems.install(app)
    open_paths = frozenset({"/healthz", "/readyz"} | (set() if settings.metrics_need_key else {"/metrics"}))
    # The last one added is the outermost.
    app.add_middleware(DirectRoutes, routes=(*router.routes, *group_router.routes))
    app.add_middleware(BearerAuth, keys=settings.keys(), open_paths=open_paths)
    app.add_middleware(RequestMetrics, metrics=metrics)
    app.add_middleware(RequestIds)
    app.openapi = lambda: _openapi(app)
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the requests of the routes that read their bodies themselves."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        _, models = models_json_schema(
            [(model, "validation") for model in REQUESTS], ref_template="#/components/schemas/{model}"
        )
        schema["components"]["schemas"] |= models["$defs"]
        schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{}, {"bearer": []}]
        app.openapi_schema = schema
    return app.openapi_schema
