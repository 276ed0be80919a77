"""A scripted server, and each client behind one face, so that every test holds for both."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from verifier_client import AsyncClient, Client, Reward

from tests.client.scripted import Scripted


class Awaited:
    """The async client, called as if it were the other: a fresh event loop for every call."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.client = AsyncClient(*args, **options)

    @property
    def stats(self) -> dict[str, Any]:
        return self.client.stats

    def rewards(self, *args: Any, **options: Any) -> list[Reward]:
        return asyncio.run(self.client.rewards(*args, **options))

    def stream(self, *args: Any, **options: Any) -> Iterator[tuple[int, Reward]]:
        """The items as they came, then the error if there was one."""
        items: list[tuple[int, Reward]] = []

        async def collect() -> None:
            async for item in self.client.stream(*args, **options):
                items.append(item)

        failure: Exception | None = None
        try:
            asyncio.run(collect())
        except Exception as error:
            failure = error
        yield from items
        if failure is not None:
            raise failure

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **options: asyncio.run(getattr(self.client, name)(*args, **options))


Face = Client | Awaited
Connect = Callable[..., Face]


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with Scripted() as server:
        yield server


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, scripted: Scripted) -> Iterator[Connect]:
    """Makes a client of the scripted server, or of another address; it does not wait long between tries."""
    made: list[Client] = []

    def make(*args: Any, **options: Any) -> Face:
        args = args or (scripted.url,)
        options = {"backoff_s": 0.001, **options}
        if request.param == "async":
            return Awaited(*args, **options)
        made.append(Client(*args, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()
