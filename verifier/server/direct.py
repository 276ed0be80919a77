"""The routes that are asked most are called directly, past the framework's routing, dependencies and exit stacks.

They read their bodies and write their answers themselves: all that they need of the framework is its description of them.
"""

from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from verifier.server.problems import Problem


class DirectRoutes:
    """Innermost middleware: answers a POST to a path of ``routes`` by that route's endpoint, and leaves all else to the app."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._routes = {
            route.path: route for route in routes if isinstance(route, APIRoute) and route.methods == {"POST"}
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self._routes.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        try:
            response = await route.endpoint(Request(scope, receive, send))
        except Problem as problem:
            response = problem.response(scope["path"])
        await response(scope, receive, send)
