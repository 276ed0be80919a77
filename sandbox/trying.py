"""Running in lent slots, and what is done when a slot fails: the run is tried again in a new one, with nothing beside it."""

import contextlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from sandbox.admission import excuse, waited_s
from sandbox.launch import Flavour
from sandbox.model import NoRoom, Result, SandboxError, Status
from sandbox.pool import Lendable, Pool
from sandbox.session import Session, Talk
from sandbox.slot import Deaf

S = TypeVar("S", bound=Lendable)

ATTEMPTS = 3
"""Runs of a program whose slot fails under it; all but the first in a new slot, with nothing beside it."""


class _Failed(Exception):
    """A run has failed, and perhaps its slot."""


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
                if not _is_final(result):
                    raise _Failed  # the slot is not lent out again
        except _Failed:
            pass
        except Deaf as deaf:
            detail = f"it silenced its slot: {deaf}"
            result = Result(Status.RUNTIME_ERROR, isolation=isolation, detail=detail, dubious=True)
        except NoRoom as error:
            return Result(Status.SANDBOX_ERROR, isolation=isolation, detail=str(error))
        except (SandboxError, OSError) as error:
            result = Result(Status.SANDBOX_ERROR, isolation=isolation, detail=str(error))
        if _is_final(result):
            excuse(lost_s)  # it was not the program that made the others fail
            return result
        if result.dubious:
            lost_s += time.monotonic() - began - (waited_s() - before)
    return result


def _is_final(result: Result) -> bool:
    return result.status is not Status.SANDBOX_ERROR and not result.dubious


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
                return Session(talk, held.pop_all(), first, alone=pool.admission.alone)
    raise AssertionError("unreachable")
