"""What works on this machine, what is weaker, and what would mend it."""

import contextlib
import os
import platform
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import sandbox
from verifier.engine import Engine, gather
from verifier.errors import VerifierError
from verifier.rubric import RubricBook
from verifier.schema import Reward
from verifier.settings import Settings
from verifier.verifiers import code

_TRIALS = {
    "math": {"completion": r"\boxed{\frac{1}{2}}", "answer": "0.5"},
    "code": {
        "completion": "```python\nprint(int(input()) * 2)\n```",
        "tests": {"type": "stdio", "cases": [{"stdin": "21\n", "stdout": "42\n"}]},
    },
}


IDLE_WORKER_MB = 150
"""A worker with its sandbox's warm slots, before it grades anything."""


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything, yielding each finding as it is known."""
    yield _python()
    yield _memory(settings)
    for found in sandbox.probe():
        yield Finding(f"sandbox: {found.name}", found.ok, found.detail, found.remedy)
    for language in code.languages():
        detail = language["version"] or language["detail"]
        yield Finding(f"language: {language['name']}", language["available"], detail)
    try:
        book = RubricBook.open(*settings.rubrics)
    except VerifierError as error:
        yield Finding("rubrics", False, str(error), "mend or remove that file")
        return
    yield Finding("rubrics", True, ", ".join(book.recipes))
    started = time.perf_counter()
    try:
        async with Engine(settings.engine) as engine:
            yield Finding("workers", True, f"{settings.workers}, ready in {time.perf_counter() - started:.2f} s")
            for name, sample in _TRIALS.items():
                yield await _trial(engine, book, name, sample)
    except VerifierError as error:
        yield Finding("workers", False, str(error))


def _python() -> Finding:
    shallow = (3, 12) <= sys.version_info < (3, 14)
    return Finding(
        "python",
        not shallow,
        f"{platform.python_version()} on {platform.system()} {platform.release()} {platform.machine()}"
        + ("; it ends recursion through C, as by lru_cache, early, whatever limit a program sets" if shallow else ""),
        "programs run in the interpreter of the service: make it anew with 3.11 (make clean; PYTHON=python3.11 make setup)",
    )


def _memory(settings: Settings) -> Finding:
    """Whether all may use at once what each may use."""
    have = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    for bound in ("memory.max", "memory/memory.limit_in_bytes"):  # of a container, by control groups of either version
        with contextlib.suppress(OSError, ValueError):
            have = min(have, int(Path("/sys/fs/cgroup", bound).read_text(encoding="ascii")) >> 20)
    runs = settings.sandbox_runs or settings.workers
    most = settings.workers * (IDLE_WORKER_MB + settings.worker_memory_mb) + runs * sandbox.Limits().memory_mb
    return Finding(
        "memory",
        most <= have,
        f"{have} MiB; workers ({settings.workers}) and programs ({runs} at once) at their limits take {most} MiB",
        "give it more, or lower workers, sandbox_runs or worker_memory_mb; what finds too little is tried again, alone",
    )


async def _trial(engine: Engine, book: RubricBook, name: str, sample: object) -> Finding:
    started = time.perf_counter()
    (graded,) = await gather(engine.grade(book.get(name), [sample], 60.0), 1)
    elapsed_ms = (time.perf_counter() - started) * 1e3
    if graded.reward == 1.0:
        return Finding(f"verifier: {name}", True, f"first verdict in {elapsed_ms:.0f} ms")
    (score,) = Reward.model_validate_json(graded.json).scores.values()
    return Finding(
        f"verifier: {name}", False, score.explanation, "see the sandbox's findings above" if name == "code" else ""
    )
