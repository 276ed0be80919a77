"""``verifier vote | select``: what is done with several completions of each prompt in a file."""

import asyncio
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Protocol, TypeVar

import typer
from pydantic import ValidationError
from rich.table import Table

from verifier import registry
from verifier.batch import NO_TIMEOUT_S, Causes, Mean
from verifier.commands.terminal import (
    BrokenLines,
    ConfigFile,
    Workers,
    add_causes,
    err,
    keep_apart,
    loaded,
    opened,
    progress,
)
from verifier.engine import Engine
from verifier.errors import VerifierError
from verifier.faults import describe, shown
from verifier.groups.files import By, GroupedFile, LineGroup
from verifier.groups.schema import Policy, Selection, Vote
from verifier.groups.select import Selector
from verifier.groups.vote import Ballot
from verifier.rubric import SUFFIXES, Recipe, RubricBook, load
from verifier.schema import Status
from verifier.settings import Settings

WINDOW = 1_024
"""Completions in hand at once: whole groups up to so many, or one larger group."""

File = Annotated[
    Path, typer.Argument(help="Samples ('completion') or groups ('completions'), one a line; '-' is standard input.")
]
Output = Annotated[Path | None, typer.Option(help="Where results go. Default: standard output.")]
GroupBy = Annotated[
    str,
    typer.Option(
        help="What makes lines one group. auto: all that they state but completion, length, id and metadata; prompt or id: "
        "that alone, and the first line says what all are judged against."
    ),
]

ResultT = TypeVar("ResultT", covariant=True)


class Worker(Protocol[ResultT]):
    """Does the work for some groups."""

    async def __call__(self, engine: Engine, groups: Sequence[Any], timeout_s: float) -> Sequence[ResultT]: ...


def vote(
    file: File,
    rubric: Annotated[str, typer.Option(help="Name of a rubric, or a YAML file.")] = "r1-zero",
    score: Annotated[str | None, typer.Option(help="Score to vote by. Default: accuracy, or the only one.")] = None,
    pass_at: Annotated[
        str | None, typer.Option(help="k of pass@k, with commas. Default: 1, 2, 4, ... up to the group's size.")
    ] = None,
    by: GroupBy = "auto",
    output: Output = None,
    config: ConfigFile = None,
    workers: Workers = None,
) -> None:
    """Vote on the answers of each group: the majority answer (cons@k), and with references pass@k.

    Answers that are equivalent count as one. Writes one vote a line, in the order in which the groups begin, and prints the
    means. Exits with 1 if the service itself failed on a group (status `error`).
    """
    keep_apart([file], output)
    settings, recipe = _prepared(rubric, config, workers)
    ballot = Ballot(recipe, score, _numbers(pass_at))
    statuses, causes, means = Counter[str](), Causes(), dict[str, Mean]()

    def add(_: LineGroup, vote: Vote) -> Iterator[bytes]:
        statuses[vote.status] += 1
        if vote.status is not Status.OK:
            causes.add(vote.explanation, statuses.total())
        shown = {"agreement": vote.agreement, "cons": vote.consensus}
        shown |= {f"pass@{k}": estimate for k, estimate in vote.pass_at.items()}
        for name, value in shown.items():
            if value is not None:
                means.setdefault(name, Mean()).add(value)
        yield vote.model_dump_json().encode()

    _run(file, output, by, settings, ballot.votes, add)
    table = _table(statuses)
    add_causes(table, causes, "group")
    for name, mean in means.items():
        table.add_row(f"mean {name}", f"{mean.value:.4f} ({mean.count} groups)")
    err.print(table)
    if statuses["error"]:
        raise typer.Exit(1)


def select(
    file: File,
    rubric: Annotated[str, typer.Option(help="Name of a rubric, or a YAML file, whose scores filter.")] = "r1-select",
    keep: Annotated[
        list[str] | None,
        typer.Option(
            help="SCORE=MINIMUM that filters, once for each. Default: as the rubric says, else 1 of every score."
        ),
    ] = None,
    score: Annotated[
        str | None, typer.Option(help="Score that makes the pass rate. Default: accuracy, or the only one.")
    ] = None,
    per_prompt: Annotated[int | None, typer.Option(help="Most completions of a prompt.", min=1)] = None,
    prefer: Annotated[str, typer.Option(help="Which come first: random, shortest or longest.")] = "random",
    seed: Annotated[int, typer.Option(help="Of the random choice.")] = 0,
    min_pass_rate: Annotated[float, typer.Option(help="Nothing of prompts below.", min=0, max=1)] = 0.0,
    max_pass_rate: Annotated[float, typer.Option(help="Nothing of prompts above.", min=0, max=1)] = 1.0,
    by: GroupBy = "auto",
    output: Output = None,
    report_to: Annotated[
        Path | None, typer.Option("--report", help="Where to write each group's selection: what was dropped, and why.")
    ] = None,
    config: ConfigFile = None,
    workers: Workers = None,
) -> None:
    """Select completions for fine-tuning: rejection sampling, as DeepSeek-R1 did.

    Keeps what is right and readable, without duplicates, and writes it as chats to train on: one object a line with
    `messages`, and the `pass_rate` of its prompt for curricula. Exits with 1 if the service itself failed on a completion.
    """
    keep_apart([file], output, report_to)
    settings, recipe = _prepared(rubric, config, workers)
    policy = {"keep": _minimums(keep), "score": score, "per_prompt": per_prompt, "prefer": prefer, "seed": seed}
    policy |= {"min_pass_rate": min_pass_rate, "max_pass_rate": max_pass_rate}
    selector = Selector(recipe, _policy(policy))
    statuses, causes, dropped, selected = Counter[str](), Causes(), Counter[str](), Mean()

    with opened(report_to, "wb") if report_to else _nowhere() as details:

        def add(group: LineGroup, selection: Selection) -> Iterator[bytes]:
            statuses[selection.status] += 1
            if selection.status is not Status.OK:
                told = (each.why for each in selection.dropped if selection.status in each.by)
                causes.add(next(told, selection.explanation), statuses.total())
            dropped.update(label for each in selection.dropped for label in each.by)
            selected.add(float(len(selection.selected)))
            if details is not None:
                details.write(selection.model_dump_json().encode() + b"\n")
            for each in selection.selected:
                line = group.lines[each.index]
                record = {"messages": [turn.model_dump() for turn in each.messages], "id": line.get("id")}
                record |= {"index": each.index, "reward": each.reward, "pass_rate": selection.pass_rate}
                record |= {"metadata": line["metadata"]} if line.get("metadata") else {}
                yield json.dumps(record, ensure_ascii=False).encode(errors="replace")

        _run(file, output, by, settings, selector.selections, add)
    table = _table(statuses)
    add_causes(table, causes, "group")
    table.add_row("selected", str(int(selected.total)))
    for label, count in dropped.most_common():
        table.add_row(f"dropped: {label}", str(count))
    err.print(table)
    if statuses["error"]:
        raise typer.Exit(1)


def _run(
    file: Path,
    output: Path | None,
    by: str,
    settings: Settings,
    work: Worker[ResultT],
    lines_of: Callable[[LineGroup, ResultT], Iterator[bytes]],
) -> None:
    """Do the work for every group of a file, and write the lines that are made of each result."""
    if by not in ("auto", "prompt", "id"):
        raise VerifierError(f"--by: auto, prompt or id, not {by!r}")
    broken = BrokenLines(file)

    async def run() -> None:
        with _seekable(file) as lines, opened(output, "wb") as sink, progress() as bar:
            groups = GroupedFile(lines, _by(by), broken)
            task = bar.add_task("groups", total=len(groups))
            async with Engine(settings.engine) as engine:
                async for group, result in _results(engine, iter(groups), work):
                    for line in lines_of(group, result):
                        sink.write(line + b"\n")
                    bar.advance(task)
            broken.end(len(groups))

    asyncio.run(run())


async def _results(
    engine: Engine, groups: Iterator[LineGroup], work: Worker[ResultT]
) -> AsyncIterator[tuple[LineGroup, ResultT]]:
    while window := _window(groups):
        results = await work(engine, [group.raw for group in window], NO_TIMEOUT_S)
        for group, result in zip(window, results, strict=True):
            yield group, result


def _window(groups: Iterator[LineGroup]) -> list[LineGroup]:
    window: list[LineGroup] = []
    held = 0
    while held < WINDOW and (following := list(islice(groups, 1))):
        window += following
        held += max(1, len(following[0].lines))
    return window


@contextmanager
def _seekable(file: Path) -> Generator[BinaryIO]:
    """A file that can be read twice: what can be read once is copied to a temporary one."""
    with opened(file, "rb") as lines:
        if lines.seekable():
            yield lines
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(lines, copy)
            copy.seek(0)
            yield copy  # pyright: ignore[reportReturnType]


@contextmanager
def _nowhere() -> Generator[None]:
    yield None


def _prepared(rubric: str, config: Path | None, workers: int | None) -> tuple[Settings, Recipe]:
    settings = loaded(config, workers=workers, log_format="console").settings
    registry.load(settings.plugins)
    if rubric.endswith(SUFFIXES):
        return settings, load(Path(rubric))
    return settings, RubricBook.open(*settings.rubrics).get(rubric)


def _by(by: str) -> By:
    return "prompt" if by == "prompt" else "id" if by == "id" else "auto"


def _numbers(text: str | None) -> list[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"[1-9][0-9]{0,8}", part) for part in parts):
        raise VerifierError(f"--pass-at: whole numbers above 0 with commas, as 1,8,64, not {shown(text)!r}")
    return list(map(int, parts))


def _minimums(given: list[str] | None) -> dict[str, float] | None:
    if not given:
        return None
    try:
        return {name: float(least) for name, _, least in (part.partition("=") for part in given)}
    except ValueError:
        raise VerifierError(f"--keep: SCORE=MINIMUM, as accuracy=1, not {', '.join(given)!r}") from None


def _policy(policy: dict[str, Any]) -> Policy:
    try:
        return Policy.model_validate(policy)
    except ValidationError as error:
        raise VerifierError(f"--{describe(error, Policy).replace('_', '-')}") from None


def _table(statuses: Counter[str]) -> Table:
    table = Table(box=None, show_header=False)
    for status in ("ok", "unjudgeable", "error"):
        table.add_row(f"groups {status}", str(statuses[status]))
    return table
