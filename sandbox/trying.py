"""Running in lent slots, and what is done when a slot fails: the run is tried again in a new one, with nothing beside it."""

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar

from sandbox.admission import excuse, waited_s
from sandbox.launch import Flavour
from sandbox.model import Result, SandboxError, Status
from sandbox.pool import Lendable, Pool
from sandbox.session import Session, Talk
from sandbox.slot import Deaf
from sandbox.verdict import STATUS_OF

S = TypeVar("S", bound=Lendable)

ATTEMPTS = 3
"""Runs of a program whose slot fails under it; all but the first in a new slot, with nothing beside it."""


def run(pool: Pool[S], flavour: Flavour, isolation: str, once: Callable[[S], Result]) -> Result:
    """The result of ``once``, in a slot. Our own failures are results too: ``Status.SANDBOX_ERROR``. Raises LookupError."""
    result = Result(Status.SANDBOX_ERROR, detail="it was never tried")
    lost_s = 0.0
    for attempt in range(ATTEMPTS):
        again = attempt > 0
        began, before = time.monotonic(), waited_s()
        try:
            with pool.admission.enter(alone=again), pool.lend(flavour, fresh=again) as slot:
                result = once(slot)
        except Deaf as deaf:
            detail = f"it silenced its slot: {deaf}"
            result = Result(Status.SANDBOX_ERROR, isolation=isolation, detail=detail, dubious=True)
        except (SandboxError, OSError) as error:
            result = Result(Status.SANDBOX_ERROR, isolation=isolation, detail=str(error))
        if result.status is not Status.SANDBOX_ERROR:
            excuse(lost_s)  # it was not the program that made the others fail
            return result
        if result.dubious:
            lost_s += time.monotonic() - began - (waited_s() - before)
    # again and again, in new slots and with nothing beside it: that is the program's own doing
    status = STATUS_OF.get(result.limit or "", Status.RUNTIME_ERROR) if result.dubious else result.status
    return replace(result, status=status, dubious=False)


def converse(
    pool: Pool[S], flavour: Flavour, start: Callable[[S], AbstractContextManager[Talk]], first: bytes
) -> Session:
    """A conversation in a slot, which it keeps until it is over. Raises SandboxError when it cannot be started."""
    with contextlib.ExitStack() as held:
        held.enter_context(pool.admission.enter())
        for last in (False, True):
            with contextlib.ExitStack() as trying:
                try:
                    talk = trying.enter_context(start(trying.enter_context(pool.lend(flavour, fresh=last))))
                except Deaf as deaf:
                    if last:
                        raise SandboxError(str(deaf)) from deaf
                    continue
                held.push(trying.pop_all())
                return Session(talk, held.pop_all(), first)
    raise AssertionError("unreachable")
