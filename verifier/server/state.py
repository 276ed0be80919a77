"""What the routes share."""

import asyncio
from typing import Any

from starlette.requests import Request

from verifier.engine import Engine
from verifier.errors import RubricError
from verifier.rubric import Recipe, RubricBook
from verifier.schema import Rubric
from verifier.server.admission import Admission
from verifier.server.metrics import Metrics
from verifier.server.problems import Problem
from verifier.settings import Settings
from verifier.verifiers import code


class State:
    """One for each running app."""

    def __init__(self, settings: Settings, engine: Engine, rubrics: RubricBook, metrics: Metrics) -> None:
        self.settings = settings
        self.engine = engine
        self.rubrics = rubrics
        self.metrics = metrics
        self.admission = Admission(engine, settings.max_body_mb << 20, settings.max_inflight_mb << 20)
        self.draining = False
        self._languages: list[dict[str, Any]] | None = None
        self._isolation = ""

    @staticmethod
    def of(request: Request) -> "State":
        """The state of the app that answers ``request``."""
        return request.app.state.verifier

    def recipe(self, rubric: str | Rubric) -> Recipe:
        """A rubric made ready. Raises :class:`Problem`: 404 for an unknown name, 422 for a wrong rubric."""
        try:
            return self.rubrics.get(rubric)
        except RubricError as error:
            status, name = (404, "unknown-rubric") if isinstance(rubric, str) else (422, "invalid-rubric")
            raise Problem(status, name, str(error)) from None

    async def isolation(self) -> str:
        """What stands between programs and this machine, found out once."""
        self._isolation = self._isolation or await asyncio.to_thread(code.isolation)
        return self._isolation

    async def languages(self) -> list[dict[str, Any]]:
        """The programming languages of this machine, found out once: toolchains do not come and go."""
        languages = self._languages or await asyncio.to_thread(code.languages)
        self._languages = languages
        return languages
