"""What Prometheus reads: requests, samples, scores, the queue and the workers."""

import time
from collections.abc import Sequence
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from verifier.engine import Engine, Graded, Timing

_SECONDS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0)
_REWARDS = (-1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0)


class Metrics:
    """Counts; an :class:`~verifier.engine.Observer` of the engine."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._requests = Counter(
            "verifier_requests", "Requests by route and status code.", ["route", "code"], registry=registry
        )
        self._request_seconds = Histogram(
            "verifier_request_seconds", "Time to answer, by route.", ["route"], buckets=_SECONDS, registry=registry
        )
        self._samples = Counter("verifier_samples", "Samples by status.", ["status"], registry=registry)
        self._groups = Counter(
            "verifier_groups", "Groups that were voted on, by status.", ["status"], registry=registry
        )
        self._rewards = Histogram("verifier_reward", "Rewards given.", buckets=_REWARDS, registry=registry)
        self._score_seconds = Histogram(
            "verifier_score_seconds",
            "Time to judge, by verifier and status.",
            ["verifier", "status"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._lost = Counter("verifier_workers_lost", "Workers killed or dead, by cause.", ["cause"], registry=registry)
        # To find the series of some labels takes longer than to count in it.
        self._samples_of = cache(self._samples.labels)
        self._groups_of = cache(self._groups.labels)
        self._score_seconds_of = cache(self._score_seconds.labels)
        self._requests_of = cache(self._requests.labels)
        self._request_seconds_of = cache(self._request_seconds.labels)

    def watch(self, engine: Engine) -> None:
        """Show the engine's queue and workers as gauges."""
        for name, text, value in (
            ("verifier_unfinished_samples", "Samples that wait or run.", lambda: engine.unfinished),
            ("verifier_workers_alive", "Worker processes.", lambda: engine.workers_alive),
            ("verifier_workers_busy", "Worker processes that hold samples.", lambda: engine.running),
        ):
            Gauge(name, text, registry=self.registry).set_function(value)

    def on_graded(self, graded: Sequence[Graded], timings: Sequence[Timing]) -> None:
        for result in graded:
            self._samples_of(result.status).inc()
            if result.reward is not None:
                self._rewards.observe(result.reward)
        for timing in timings:
            self._score_seconds_of(timing.verifier, timing.status).observe(timing.elapsed_ms / 1e3)

    def on_clustered(self, groups: Sequence[Graded]) -> None:
        for result in groups:
            self._groups_of(result.status).inc()

    def on_lost(self, over_budget: bool) -> None:
        self._lost.labels("over budget" if over_budget else "died").inc()

    def on_request(self, route: str, code: int, seconds: float) -> None:
        self._requests_of(route, str(code)).inc()
        self._request_seconds_of(route).observe(seconds)

    def render(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)


class RequestMetrics:
    """Middleware that counts requests by route: by its pattern, so that a scanner cannot make labels without end."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        code = 500

        async def noting(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            self._metrics.on_request(route, code, time.perf_counter() - started)
