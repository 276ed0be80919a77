"""What the commands share: options, files, progress bars."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from verifier import settings as settings_module
from verifier.batch import BrokenLine, Causes
from verifier.errors import VerifierError
from verifier.settings import Loaded

PIPED_WIDTH = 1_000
"""Columns where there is no terminal: who reads a pipe wraps for itself."""

STREAM = Path("-")
"""What stands for the standard stream in place of a file."""

err = Console(stderr=True)
out = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)

SHOWN_BROKEN = 20
"""Broken lines that are told of one by one."""
SHOWN_CAUSES = 5

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", help="TOML file of settings. Default: $VERIFIER_CONFIG, else verifier.toml if there is one."
    ),
]
Workers = Annotated[int | None, typer.Option(help="Worker processes. Default: one a core.", min=1)]


def loaded(file: Path | None, **flags: Any) -> Loaded:
    """The settings, with logging set up as they say."""
    from verifier import logs

    found = settings_module.load(file, flags)
    logs.configure(found.settings.logs)
    if found.settings.sandbox_runs is not None:
        # The sandbox, which knows nothing of us, reads it where workers are forked.
        os.environ["SANDBOX_RUNS"] = str(found.settings.sandbox_runs)
    return found


@contextlib.contextmanager
def opened(path: Path | None, mode: str) -> Generator[BinaryIO]:
    """A file, or the standard stream where there is none or it is ``-``."""
    if path is None or path == STREAM:
        yield sys.stdin.buffer if mode == "rb" else sys.stdout.buffer
        return
    try:
        stream = path.open(mode)
    except OSError as error:
        raise VerifierError(f"{path}: {error.strerror}") from None
    with stream:
        if isinstance(stream, io.BufferedReader) and stream.peek(2)[:2] == b"\x1f\x8b":
            raise VerifierError(f"{path}: is compressed: zcat it, and read '-'")
        yield stream  # pyright: ignore[reportReturnType]


def keep_apart(sources: Iterable[Path], *targets: Path | None) -> None:
    """Raise :class:`VerifierError` where a file is to be written that is read, or one that is written already."""
    read = {source.resolve() for source in sources if source != STREAM}
    for target in targets:
        if target is None or target == STREAM:
            continue
        path = target.resolve()
        if any(_same(path, other) for other in read):
            raise VerifierError(f"{target}: is an input, or another output, and would be overwritten")
        read.add(path)


def _same(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.is_file() and path.samefile(other)
    return path == other


def count_lines(file: Path) -> int:
    """How many lines of a file hold something."""
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def progress(count: ProgressColumn | None = None) -> Progress:
    """A bar on standard error, where that is a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        count or MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, disable=not err.is_terminal)


@contextlib.contextmanager
def byte_progress(file: Path, what: str) -> Generator[Callable[[int], None]]:
    """A bar over the bytes of a file: call what it yields with how many more were read."""
    with progress(DownloadColumn()) as bar:
        task = bar.add_task(what, total=file.stat().st_size if file.is_file() else None)
        yield lambda size: bar.advance(task, size)


class BrokenLines:
    """Tells of the broken lines of a file: of the first few one by one."""

    def __init__(self, file: Path) -> None:
        self.count = 0
        self._file = file

    def __call__(self, broken: BrokenLine) -> None:
        """One more."""
        self.count += 1
        if self.count <= SHOWN_BROKEN:
            tell(f"{self._file}:{broken.number}: {broken.why}", "yellow")

    def end(self, whole: int) -> None:
        """There are no more. Raises :class:`VerifierError` where none of the lines was ``whole``."""
        if self.count > SHOWN_BROKEN:
            tell(f"{self._file}: {self.count - SHOWN_BROKEN:,} more lines are broken", "yellow")
        if self.count and not whole:
            raise VerifierError(
                f"{self._file}: no line of it can be read: JSON objects are, one a line (jq -c '.[]' makes such of an array)"
            )


def add_causes(table: Table, causes: Causes, of: str) -> None:
    """Rows of a summary: the most frequent causes, each with the number of the first ``of`` its kind."""
    for cause in causes.most_frequent(SHOWN_CAUSES):
        table.add_row("no verdict", Text(f"{cause.count:,}: {cause.why} (first: {of} {cause.first})"))


def tell(text: str, style: str) -> None:
    """A line on standard error, as it is."""
    err.print(text, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)
