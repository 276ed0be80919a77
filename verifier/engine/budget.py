"""Work inside a worker under a budget that the engine watches from outside."""

import time
from collections.abc import Callable
from typing import TypeVar

from verifier.engine.pulse import Pulse
from verifier.registry import Budget

T = TypeVar("T")


class BudgetSpent(Exception):
    """A verifier spent its ``memory``, ``stack`` or ``cpu``. Its process is not to be trusted any more."""


def within(budget: Budget, pulse: Pulse, position: int, unit: int, work: Callable[[], T]) -> T:
    """What ``work`` returns. Raises :class:`BudgetSpent`.

    The pulse still beats on return, as what follows may belong to the unit: end it when all is done.
    """
    pulse.begin(position, unit, budget)
    cpu_started = time.process_time()
    spent = None
    try:
        result = work()
    except MemoryError:
        spent = "memory"
    except RecursionError:
        spent = "stack"
    else:
        # The engine looks on from outside, every so often: whether it did must not change the verdict.
        if time.process_time() - cpu_started <= budget.cpu_s:
            return result
        spent = "cpu"
    raise BudgetSpent(spent)
