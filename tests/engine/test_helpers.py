"""What verifiers start where workers are forked from is shared by all workers, and ends with the engine."""

import os
import signal

from tests.engine.test_engine import run, until
from tests.procfs import alive, children, command
from verifier.engine import Engine, gather
from verifier.rubric import Recipe
from verifier.schema import Reward, Rubric

MATH = Recipe(Rubric.model_validate({"name": "test", "scores": {"accuracy": {"verifier": "math"}}}))


async def rewards(engine: Engine, degrees: range) -> list[float | None]:
    samples = [{"answer": f"1/{k + 1}", "completion": rf"\boxed{{\int_0^1 x^{{{k}}} dx}}"} for k in degrees]
    graded = await gather(engine.grade(MATH, samples, 60), len(samples))
    return [Reward.model_validate_json(result.json).reward for result in graded]


def zygotes() -> set[int]:
    """Those that import sympy for the workers of engines of this process, and of services that it has started."""
    return set(_zygotes(os.getpid()))


def _zygotes(pid: int, *, below_engine: bool = False) -> list[int]:
    program = command(pid)
    if below_engine and "zygote.py" in program:
        return [pid]
    below_engine = below_engine or "verifier.engine" in program
    return [found for child in children(pid) for found in _zygotes(child, below_engine=below_engine)]


def test_all_workers_ask_one_process() -> None:
    others = zygotes()
    ended: set[int] = set()

    async def test(engine: Engine) -> None:
        assert await rewards(engine, range(2, 12)) == [1.0] * 10
        ended.update(zygotes() - others)

    run(test)
    assert len(ended) == 1
    assert not any(map(alive, ended))


def test_they_outlive_its_end() -> None:
    others = zygotes()

    async def test(engine: Engine) -> None:
        (killed,) = zygotes() - others
        os.kill(killed, signal.SIGKILL)
        await until(lambda: not alive(killed))
        assert await rewards(engine, range(2, 6)) == [1.0] * 4

    run(test)
