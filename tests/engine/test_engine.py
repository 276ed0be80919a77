"""The engine: nothing that one sample does to its worker changes what another is paid, or costs it its verdict."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.procfs import alive, children, command
from verifier import registry
from verifier.engine import Engine, EngineConfig, Graded, Timing, WorkerLimits, gather, pool
from verifier.errors import SettingsError
from verifier.rubric import Recipe
from verifier.schema import Reward, Rubric, Status

PLUGIN = "tests.engine.hostile"
LIMITS = WorkerLimits(memory_mb=256, recycle_after=10_000, completion_chars=1_000)
CONFIG = EngineConfig(workers=2, worker_limits=LIMITS, queue_samples=1_000, plugins=(PLUGIN,))

registry.load([PLUGIN])


def recipe(pid_file: Path | None = None, patience_s: float = 1.0) -> Recipe:
    hostile = {"verifier": "hostile", "options": {"pid_file": str(pid_file or ""), "patience_s": patience_s}}
    return Recipe(Rubric.model_validate({"name": "test", "scores": {"hostile": hostile, "good": {"verifier": "good"}}}))


def run(test: Callable[[Engine], Coroutine[Any, Any, None]], config: EngineConfig = CONFIG) -> None:
    async def main() -> None:
        async with Engine(config) as engine:
            await test(engine)

    asyncio.run(asyncio.wait_for(main(), 60))


async def grade(
    engine: Engine, completions: list[str], timeout_s: float = 50.0, by: Recipe | None = None
) -> list[Reward]:
    samples = [{"id": index, "completion": text} for index, text in enumerate(completions)]
    graded = await gather(engine.grade(by or recipe(), samples, timeout_s), len(samples))
    return [Reward.model_validate_json(result.json) for result in graded]


# What each misdeed is worth: the status, and the reward (the other score of the rubric always gives 1).
VERDICTS = {
    "spin": (Status.OK, 1.0),
    "sleep": (Status.OK, 1.0),
    "allocate": (Status.OK, 1.0),
    "recurse": (Status.OK, 1.0),
    "hoard": (Status.OK, 1.0),
    "burn": (Status.OK, 1.0),
    "babble": (Status.ERROR, None),
    "blunder": (Status.ERROR, None),
    "exit": (Status.ERROR, None),
    "crash": (Status.ERROR, None),
    "raise": (Status.ERROR, None),
    "fault": (Status.ERROR, None),
    "unjudgeable": (Status.UNJUDGEABLE, None),
}


@pytest.mark.parametrize("misdeed", VERDICTS)
def test_a_misdeed_among_100_good_samples_harms_none_of_them(misdeed: str) -> None:
    async def test(engine: Engine) -> None:
        rewards = await grade(engine, ["good"] * 50 + [misdeed] + ["good"] * 50)
        assert [reward.id for reward in rewards] == list(range(101))
        culprit = rewards.pop(50)
        assert {(reward.status, reward.reward) for reward in rewards} == {(Status.OK, 2.0)}
        assert (culprit.status, culprit.reward) == VERDICTS[misdeed]
        assert culprit.scores["good"].value == (None if misdeed == "babble" else 1.0)

    run(test)


def test_over_budget_is_worth_0_and_says_so() -> None:
    async def test(engine: Engine) -> None:
        (reward,) = await grade(engine, ["spin"])
        score = reward.scores["hostile"]
        assert (score.status, score.value, score.verifier) == (Status.OK, 0.0, "hostile")
        assert "0.3 s of CPU" in score.explanation and score.elapsed_ms >= 300

    run(test)


def test_every_misdeed_at_once() -> None:
    async def test(engine: Engine) -> None:
        rewards = await grade(engine, [*VERDICTS, "good"] * 2)
        expected = [*VERDICTS.values(), (Status.OK, 2.0)] * 2
        assert [(reward.status, reward.reward) for reward in rewards] == expected

    run(test)


def test_children_die_with_their_worker(tmp_path: Path) -> None:
    pid_file = tmp_path / "pids"

    async def test(engine: Engine) -> None:
        (reward,) = await grade(engine, ["fork"], by=recipe(pid_file))
        assert reward.status is Status.OK and reward.reward == 1.0
        pids = [int(pid) for pid in pid_file.read_text(encoding="ascii").split()]
        assert len(pids) == 6  # three children, two attempts
        await until(lambda: not any(alive(pid) for pid in pids))

    run(test)


def test_a_batch_that_is_killed_over_and_over_ends_no_worker_for_good() -> None:
    async def test(engine: Engine) -> None:
        await grade(engine, ["exit"] * 10)
        await until(lambda: engine.workers_alive == 2)
        assert {reward.reward for reward in await grade(engine, ["good"] * 100)} == {2.0}

    run(test)


def test_time_in_the_queue_is_an_error_and_not_a_wrong_answer() -> None:
    async def test(engine: Engine) -> None:
        rewards = await grade(engine, ["nap"] * 40, timeout_s=0.5)
        statuses = [reward.status for reward in rewards]
        assert Status.OK in statuses and Status.ERROR in statuses
        late = next(reward for reward in rewards if reward.status is Status.ERROR)
        assert late.reward is None and "no worker was free within 0.5 s" in late.scores["hostile"].explanation

    run(test)


def test_what_runs_when_the_request_times_out_is_still_judged_by_its_own_budget() -> None:
    """Else a policy would buy an error by being slow."""

    async def test(engine: Engine) -> None:
        (reward,) = await grade(engine, ["sleep"], timeout_s=0.2)
        assert (reward.status, reward.reward) == (Status.OK, 1.0)

    run(test)


def test_a_small_request_does_not_wait_for_a_large_one() -> None:
    async def test(engine: Engine) -> None:
        large = asyncio.create_task(grade(engine, ["nap"] * 60))
        await asyncio.sleep(0.3)
        await grade(engine, ["good"])
        assert not large.done()
        large.cancel()

    run(test)


def test_a_small_request_does_not_wait_for_the_chunk_that_a_worker_holds() -> None:
    async def test(engine: Engine) -> None:
        large = asyncio.create_task(grade(engine, ["nap"] * 60))
        await asyncio.sleep(0.05)
        (reward,) = await grade(engine, ["good"], timeout_s=3.0)
        assert reward.status is Status.OK
        large.cancel()

    run(test, CONFIG._replace(workers=1))


def test_an_abandoned_request_frees_its_workers() -> None:
    async def test(engine: Engine) -> None:
        abandoned = asyncio.create_task(grade(engine, ["long nap"] * 600, by=recipe(patience_s=60)))
        await asyncio.sleep(0.3)
        abandoned.cancel()
        await until(lambda: engine.unfinished == 0 and engine.running == 0, within_s=5)

    run(test)


def test_a_worker_outlives_the_requests_that_it_has_answered() -> None:
    """However long they took: an answered request must not be taken for an abandoned one."""
    lost: list[bool] = []

    class Observer:
        def on_graded(self, graded: Sequence[Graded], timings: Sequence[Timing]) -> None: ...

        def on_clustered(self, groups: Sequence[Graded]) -> None: ...

        def on_lost(self, over_budget: bool) -> None:
            lost.append(over_budget)

    async def main() -> None:
        async with Engine(CONFIG._replace(workers=1), Observer()) as engine:
            for _ in range(50):
                assert [reward.status for reward in await grade(engine, ["nod"])] == [Status.OK]

    asyncio.run(asyncio.wait_for(main(), 60))
    assert not lost


def test_what_was_judged_before_the_time_ran_out_is_no_error() -> None:
    async def test(engine: Engine) -> None:
        rewards = await grade(engine, ["good"] * 10 + ["sleep"] + ["good"] * 10, timeout_s=0.2)
        assert [reward.status for reward in rewards[:11]] == [Status.OK] * 11

    run(test, CONFIG._replace(workers=1))


def test_a_busy_engine_does_not_overlook_what_is_over_budget() -> None:
    async def test(engine: Engine) -> None:
        grading = asyncio.create_task(grade(engine, ["burn"]))
        for _ in range(8):
            await asyncio.sleep(0)
            time.sleep(0.5)  # as parsing a large request would: nobody watches the workers meanwhile
            await asyncio.sleep(0.01)
        assert (await grading)[0].scores["hostile"].value == 0.0

    run(test)


def test_time_without_a_processor_is_not_the_completion_s() -> None:
    """Else the machine's load would decide what a completion is worth."""
    busy = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nprint(flush=True)\nwhile True: pass"

    async def test(engine: Engine) -> None:
        command = [sys.executable, "-c", busy]
        others = [subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) for _ in range(6)]
        try:
            for other in others:
                assert other.stdout is not None and other.stdout.readline()
            started = time.monotonic()
            (reward,) = await grade(engine, ["toil"], by=recipe(patience_s=0.5))
            assert time.monotonic() - started > 0.5
        finally:
            for other in others:
                other.kill()
                other.communicate()
        assert reward.scores["hostile"].explanation == "judged"

    run(test)


def test_a_giant_completion_is_worth_0_though_no_worker_could_hold_it() -> None:
    async def test(engine: Engine) -> None:
        giant = "x" * 100_000_000 + "\N{GRINNING FACE}"  # four bytes a character
        chat = [{"role": "assistant", "content": giant}]
        samples = [{"completion": giant}, {"completion": chat}, {"completion": "good"}]
        graded = await gather(engine.grade(recipe(), samples, 30), 3)
        assert [(result.status, result.reward) for result in graded] == [("ok", 0.0), ("ok", 0.0), ("ok", 2.0)]

    run(test)


def test_a_sample_that_cannot_be_sent_to_a_worker_harms_no_other() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]

    async def test(engine: Engine) -> None:
        samples: list[Any] = [{"completion": "good"}] * 20
        samples[7] = {"completion": "good", "metadata": {"nested": nested}}
        graded = await gather(engine.grade(recipe(), samples, 30), 20)
        assert [result.status for result in graded] == ["ok"] * 7 + ["error"] + ["ok"] * 12

    run(test)


def test_a_worker_is_recycled_and_nothing_is_lost() -> None:
    async def test(engine: Engine) -> None:
        rewards = await grade(engine, ["good"] * 500)
        assert {reward.reward for reward in rewards} == {2.0}

    run(test, CONFIG._replace(worker_limits=LIMITS._replace(recycle_after=20)))


def test_an_overlong_completion_is_worth_0() -> None:
    async def test(engine: Engine) -> None:
        (reward,) = await grade(engine, ["x" * 1_001])
        assert (reward.status, reward.reward) == (Status.OK, 0.0)
        assert "1,001 characters" in reward.scores["good"].explanation

    run(test)


@pytest.mark.parametrize(
    "sample", [None, 1, "text", [], {}, {"completion": 1}, {"completion": "x", "extra": 1}, {"completion": []}]
)
def test_a_malformed_sample_is_unjudgeable(sample: object) -> None:
    async def test(engine: Engine) -> None:
        graded = await gather(engine.grade(recipe(), [sample, {"completion": "good"}], 10), 2)
        assert [(result.status, result.reward) for result in graded] == [("unjudgeable", None), ("ok", 2.0)]

    run(test)


def test_the_engine_survives_the_loss_of_its_nursery() -> None:
    async def test(engine: Engine) -> None:
        (nursery,) = [pid for pid in children(os.getpid()) if "verifier.engine" in command(pid)]
        os.kill(nursery, 9)
        rewards = await grade(engine, ["good"] * 50)
        assert {reward.reward for reward in rewards} == {2.0}

    run(test)


@pytest.mark.parametrize("also", ["idle", "killed"])
def test_a_nursery_that_was_stopped_is_replaced(monkeypatch: pytest.MonkeyPatch, also: str) -> None:
    monkeypatch.setattr(pool, "ANSWER_S", 4.0)

    async def test(engine: Engine) -> None:
        await until(lambda: engine.workers_alive == 2)
        (nursery,) = [pid for pid in children(os.getpid()) if "verifier.engine" in command(pid)]
        workers = [pid for pid in children(nursery) if "zygote.py" not in command(pid)]
        os.kill(nursery, signal.SIGSTOP)
        if also == "killed":
            for worker in workers:
                os.kill(worker, signal.SIGKILL)
        statuses = {reward.status for reward in await grade(engine, ["good"] * 50)}
        assert statuses <= {Status.OK, Status.ERROR}
        if also == "killed":
            await until(lambda: not alive(nursery))
        assert {reward.reward for reward in await grade(engine, ["good"] * 50)} == {2.0}
        if alive(nursery):
            os.kill(nursery, signal.SIGCONT)

    run(test)


def test_no_process_outlives_the_engine() -> None:
    seen: set[int] = set()

    async def test(engine: Engine) -> None:
        await until(lambda: engine.workers_alive == 2)
        (nursery,) = [pid for pid in children(os.getpid()) if "verifier.engine" in command(pid)]
        seen.update({nursery, *children(nursery)})

    run(test)
    assert len(seen) == 4  # itself, two workers, and what all of them ask
    assert not any(alive(pid) for pid in seen)


@pytest.mark.parametrize("end", ["exit", "kill"])
def test_nothing_that_a_worker_started_outlives_the_engine(tmp_path: Path, end: str) -> None:
    pid_file = tmp_path / "pids"
    engine = subprocess.Popen([sys.executable, "-m", "tests.engine.forking", str(pid_file), end])
    assert engine.wait(60) == (0 if end == "exit" else -9)
    pids = [int(pid) for pid in pid_file.read_text(encoding="ascii").split()]
    assert len(pids) == 3
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_plugin_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(SettingsError, match="no_such_plugin"):
        run(lambda engine: asyncio.sleep(0), CONFIG._replace(plugins=("no_such_plugin",)))


async def until(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.02)
