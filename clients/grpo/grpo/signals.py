"""Being asked to stop: SIGTERM and SIGINT let a run save what it has before it ends. A second SIGINT ends it at once."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Called, says whether the process was asked to stop."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        return self.asked


@contextmanager
def stopping() -> Generator[Stop]:
    """While it is open, the two signals are kept in mind instead of obeyed. Main thread only."""
    stop = Stop()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.asked = True

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
