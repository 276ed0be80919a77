"""How far a command is: a bar on a terminal, and a line at every tenth where there is none."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Told(Protocol):
    """Is told how far something is."""

    def __call__(self, what: str, done: int, of: int) -> None: ...


def silent(what: str, done: int, of: int) -> None:
    """Tells nobody."""


@contextmanager
def telling() -> Generator[Told]:
    """Shows what it is told on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress)


class _Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress, self._tasks = progress, dict[str, TaskID]()

    def __call__(self, what: str, done: int, of: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._progress.add_task(what, total=of)
        self._progress.update(self._tasks[what], completed=done, total=of)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console, self._tenths = console, dict[str, int]()

    def __call__(self, what: str, done: int, of: int) -> None:
        tenth = 10 * done // max(1, of)
        if self._tenths.get(what) != tenth:
            self._tenths[what] = tenth
            self._console.print(f"{what} {done}/{of}", markup=False, highlight=False, soft_wrap=True)
