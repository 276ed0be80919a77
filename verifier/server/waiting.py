"""Working for a client only as long as it waits."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import Response

CLIENT_GONE = 499
"""Nobody reads it: for the log and the metrics, as nginx has it."""

T = TypeVar("T")


def gone() -> Response:
    """The answer to a client that has closed its connection."""
    return Response(status_code=CLIENT_GONE)


async def unless_disconnected(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """Wait for the result, or give up when nobody waits for it any more."""

    async def disconnected() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working = asyncio.ensure_future(work)
    watcher = asyncio.create_task(disconnected())
    try:
        await asyncio.wait({working, watcher}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, watcher):
            task.cancel()
        await asyncio.gather(working, watcher, return_exceptions=True)
