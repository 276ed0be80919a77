"""One client in many threads, processes and event loops."""

import asyncio
import gc
import json
import multiprocessing
import pickle
import subprocess
import sys
import weakref
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest
from verifier_client import (
    ApiError,
    AsyncClient,
    Client,
    ConnectionFailed,
    Overloaded,
    Reward,
    RewardsFailed,
    Timeout,
    VerifierClientError,
)

from tests.client.scripted import Scripted

SAMPLES: list[dict[str, Any]] = [{"id": i, "completion": f"it is {i}", "answer": str(i)} for i in range(10)]


def run_python(code: str, *arguments: str) -> Any:
    """The JSON that a program prints, with every warning an error."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return json.loads(done.stdout)


def test_threads_share_a_client(scripted: Scripted) -> None:
    with Client(scripted.url, max_batch=3) as client, ThreadPoolExecutor(16) as pool:
        for rewards in pool.map(client.rewards, [SAMPLES] * 32):
            assert [r.id for r in rewards] == list(range(10))
        assert client.stats["samples"] == 320


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_client_is_pickled_with_its_options_only(scripted: Scripted, kind: type[Any], used: bool) -> None:
    client = kind(scripted.url, max_batch=4, api_key="k")
    if used:
        rewards = client.rewards(SAMPLES)
        assert len(asyncio.run(rewards) if asyncio.iscoroutine(rewards) else rewards) == 10
    copy = pickle.loads(pickle.dumps(client))
    assert copy.stats["requests"] == 0
    rewards = copy.rewards(SAMPLES)
    assert len(asyncio.run(rewards) if asyncio.iscoroutine(rewards) else rewards) == 10
    assert scripted.posts[-1].headers["authorization"] == "Bearer k" and len(scripted.posts[0].samples) <= 4
    for each in (client, copy):
        closed = each.close()
        if asyncio.iscoroutine(closed):
            asyncio.run(closed)


def test_a_client_goes_to_spawned_processes(scripted: Scripted) -> None:
    with Client(scripted.url) as client:
        client.rewards(SAMPLES)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            rewards = pool.submit(client.rewards, SAMPLES).result(60)
    assert [r.id for r in rewards] == list(range(10))


FORK = """
import asyncio, json, os, sys
from verifier_client import AsyncClient, Client

samples = [{"id": i, "completion": str(i), "answer": str(i)} for i in range(10)]
client, a_client = Client(sys.argv[1]), AsyncClient(sys.argv[1])

async def both():
    rewards = await a_client.rewards(samples)
    rewards += client.rewards(samples)
    return [reward.id for reward in rewards]

async def main():
    seen = [await both()]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        asyncio.events._set_running_loop(None)
        answers = json.dumps([asyncio.run(both()) for _ in range(3)] + [client.stats["samples"]])
        os.write(writing, answers.encode())
        os._exit(0)
    seen += [await both() for _ in range(20)]
    os.waitpid(child, 0)
    seen.append(await both())
    await a_client.close()
    client.close()
    return seen, json.loads(os.read(reading, 65536))

print(json.dumps(asyncio.run(main())))
"""


def test_a_forked_child_has_connections_of_its_own(scripted: Scripted) -> None:
    """Parent and child, forked with open connections, ask at the same time: neither may read the other's answers."""
    parent, child = run_python(FORK, scripted.url)
    ids = [*range(10), *range(10)]
    assert parent == [ids] * 22
    assert child == [ids, ids, ids, 30]


def test_a_fresh_event_loop_for_every_call_leaves_nothing_open(scripted: Scripted) -> None:
    client = AsyncClient(scripted.url, max_batch=4)
    for _ in range(5):
        assert len(asyncio.run(client.rewards(SAMPLES))) == 10
    gc.collect()  # a connection that was not closed would warn now, and a warning is an error


def test_a_client_does_not_keep_ended_loops(scripted: Scripted) -> None:
    client = AsyncClient(scripted.url)
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def run() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        await client.rewards(SAMPLES)

    for _ in range(3):
        asyncio.run(run())
    gc.collect()
    assert [loop() is None for loop in loops[:2]] == [True, True]


def test_a_loop_keeps_its_connection(scripted: Scripted) -> None:
    client = AsyncClient(scripted.url)

    async def run() -> None:
        for _ in range(5):
            await client.rewards(SAMPLES)

    asyncio.run(run())
    assert scripted.connections == 1


LASTING_LOOP = """
import asyncio, json, os, sys, threading
from verifier_client import AsyncClient

client, loop = AsyncClient(sys.argv[1]), asyncio.new_event_loop()
os.kept = client  # as what some framework holds until the very end
call = client.rewards([{"completion": "1", "answer": "1"}])
if sys.argv[2] == "daemon":
    threading.Thread(target=loop.run_forever, daemon=True).start()
    rewards = asyncio.run_coroutine_threadsafe(call, loop).result()
else:
    rewards = loop.run_until_complete(call)
print(json.dumps(len(rewards)))
"""


@pytest.mark.parametrize("kind", ["daemon", "idle"])
def test_a_loop_that_lasts_until_the_end_of_the_program_ends_without_a_word(scripted: Scripted, kind: str) -> None:
    command = [sys.executable, "-c", LASTING_LOOP, scripted.url, kind]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "1", "")


def test_threads_with_loops_of_their_own_share_a_client(scripted: Scripted) -> None:
    client = AsyncClient(scripted.url)

    def rewards_of(samples: list[dict[str, Any]]) -> list[Reward]:
        return asyncio.run(client.rewards(samples))

    with ThreadPoolExecutor(8) as pool:
        for rewards in pool.map(rewards_of, [SAMPLES] * 24):
            assert [r.id for r in rewards] == list(range(10))


def test_many_tasks_share_a_client(scripted: Scripted) -> None:
    async def run() -> list[list[Reward]]:
        async with AsyncClient(scripted.url) as client:
            return await asyncio.gather(*(client.rewards([sample]) for sample in SAMPLES))

    assert [rewards[0].id for rewards in asyncio.run(run())] == list(range(10))


def test_the_sync_client_works_beside_a_running_loop(scripted: Scripted) -> None:
    async def run() -> int:
        with Client(scripted.url, max_batch=2) as client:
            return len(client.rewards(SAMPLES))

    assert asyncio.run(run()) == 10


def test_a_sync_client_keeps_its_connection(scripted: Scripted) -> None:
    with Client(scripted.url) as client:
        for _ in range(5):
            client.rewards(SAMPLES)
        list(client.stream(SAMPLES))
    assert scripted.connections == 1


def test_a_closed_client_can_be_used_again(scripted: Scripted) -> None:
    client = Client(scripted.url)
    client.rewards(SAMPLES)
    client.close()
    client.close()
    assert len(client.rewards(SAMPLES)) == 10
    client.close()


def test_importing_and_constructing_start_nothing() -> None:
    code = """
import json, signal, sys, threading
before = [signal.getsignal(s) for s in signal.valid_signals()]
import verifier_client
client = verifier_client.Client("http://nowhere.invalid"), verifier_client.AsyncClient("http://nowhere.invalid")
same = before == [signal.getsignal(s) for s in signal.valid_signals()]
heavy = {"verifier", "sandbox", "pydantic", "torch", "numpy"} & set(sys.modules)
print(json.dumps([threading.active_count(), same, sorted(heavy)]))
"""
    assert run_python(code) == [1, True, []]


@pytest.mark.parametrize(
    "error",
    [
        VerifierClientError("m"),
        ConnectionFailed("m", "r"),
        Timeout("m", "r"),
        ApiError(418, "t", "d", "r", True, 3.0),
        Overloaded(503, "t", "d", "r", True, 3.0),
        RewardsFailed([Reward("a", "ok", 1.0, {}), Reward.failed("b", "why")], [1]),
    ],
)
def test_errors_are_pickled_whole(error: VerifierClientError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) and str(copy) == str(error) and vars(copy) == vars(error)
