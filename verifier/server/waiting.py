"""Working for a client only as long as it waits."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import Response

CLIENT_GONE = 499
"""Nobody reads it: for the log and the metrics, as nginx has it."""
LOOK_AFTER_S = 0.05
"""Work that is done sooner is finished for whoever asked: to look whether they are still there would cost more."""

T = TypeVar("T")


def gone() -> Response:
    """The answer to a client that has closed its connection."""
    return Response(status_code=CLIENT_GONE)


async def unless_disconnected(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """Wait for the result, or give up when nobody waits for it any more."""
    loop = asyncio.get_running_loop()
    watchers: list[asyncio.Task[None]] = []
    patience = asyncio.timeout(None)
    try:
        async with patience:

            async def watch() -> None:
                while (await request.receive())["type"] != "http.disconnect":
                    pass
                patience.reschedule(loop.time())

            timer = loop.call_later(LOOK_AFTER_S, lambda: watchers.append(loop.create_task(watch())))
            try:
                return await work
            finally:
                timer.cancel()
                for watcher in watchers:
                    watcher.cancel()
    except TimeoutError:
        if not patience.expired():
            raise
        return None
