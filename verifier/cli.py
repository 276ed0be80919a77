"""The command line: ``verifier serve | grade | vote | select | decontaminate | doctor | rubrics | config``."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from verifier import __version__, batch, registry
from verifier.commands.decontaminate import decontaminate
from verifier.commands.groups import select, vote
from verifier.commands.terminal import (
    BrokenLines,
    ConfigFile,
    Workers,
    add_causes,
    count_lines,
    err,
    keep_apart,
    loaded,
    opened,
    out,
    progress,
    tell,
)
from verifier.errors import RubricError, VerifierError
from verifier.rubric import SUFFIXES, RubricBook, load
from verifier.settings import Settings

app = typer.Typer(
    help="Rewards for reinforcement learning of reasoning models: right, fast, and hard to game.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
rubrics_app = typer.Typer(help="List, show and check rubrics.", no_args_is_help=True)
config_app = typer.Typer(help="Show the settings.", no_args_is_help=True)
app.add_typer(rubrics_app, name="rubrics")
app.add_typer(config_app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"r1-verifier {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Verify completions, and turn them into rewards."""


@app.command()
def serve(
    config: ConfigFile = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one. Default: 8000.")] = None,
    workers: Workers = None,
    log_format: Annotated[str | None, typer.Option(help="auto, json or console.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe", help="Where this machine cannot isolate programs, run them with NO isolation at all."),
    ] = False,
) -> None:
    """Serve rewards over HTTP.

    Settings come from a TOML file, then VERIFIER_* variables, then these flags; `verifier config show` lists them all.
    """
    from verifier.server.serve import serve as run  # the other commands start faster without the server

    settings = loaded(
        config, host=host, port=port, workers=workers, log_format=log_format, log_level=log_level
    ).settings
    if not run(settings, unsafe=unsafe):
        raise typer.Exit(3)


@app.command()
def launcher(
    socket: Annotated[
        Path, typer.Option(help="Local socket to listen on; name it to the service in SANDBOX_LAUNCHER.")
    ],
    image: Annotated[str, typer.Option(help="Image of the containers, as deploy/build makes it.")] = "r1-verifier",
    gvisor: Annotated[
        str | None,
        typer.Option(
            help="Lend gVisor too: 'docker' by the engine's runtime runsc, or a folder with a root filesystem."
        ),
    ] = None,
    memory_mb: Annotated[int, typer.Option(help="Memory of each container, in MiB.", min=256)] = 3072,
    group: Annotated[int | None, typer.Option(help="Group id that may use the socket.")] = None,
) -> None:
    """Lend containers to sandboxes of strength docker or gvisor.

    This is the one process that speaks to Docker or gVisor; run it apart from the service, as a user who may. The service then
    gets SANDBOX_LAUNCHER=SOCKET and SANDBOX_STRENGTH=docker (or gvisor).
    """
    from verifier.launcher import run  # the other commands do without

    run(socket, image, gvisor, memory_mb, group)


@app.command()
def grade(
    file: Annotated[Path, typer.Argument(help="Samples, one JSON object a line; '-' is standard input.")],
    rubric: Annotated[str, typer.Option(help="Name of a rubric, or a YAML file.")] = "r1-zero",
    output: Annotated[
        Path | None, typer.Option(help="Where rewards go, one a line in the same order. Default: standard output.")
    ] = None,
    config: ConfigFile = None,
    workers: Workers = None,
) -> None:
    """Grade a file of samples, with no server running.

    A broken line is reported by its number and becomes `unjudgeable`; the rest is graded. Exits with 1 if the service
    itself failed on a sample (status `error`), with 2 if the command was wrong.
    """
    from verifier.engine import Engine

    settings = loaded(config, workers=workers, log_format="console").settings
    registry.load(settings.plugins)
    recipe = load(Path(rubric)) if rubric.endswith(SUFFIXES) else RubricBook.open(*settings.rubrics).get(rubric)
    summary = batch.Summary()
    broken = BrokenLines(file)

    async def run(lines: BinaryIO, sink: BinaryIO, bar: Progress, total: int | None) -> None:
        task = bar.add_task("grading", total=total)
        samples = batch.read_lines(lines)
        async with Engine(settings.engine) as engine:
            async for reward in batch.grade(engine, recipe, samples, broken):
                sink.write(reward + b"\n")
                summary.add(reward)
                bar.advance(task)

    keep_apart([file], output)
    with opened(file, "rb") as lines, opened(output, "wb") as sink, progress() as bar:
        total = count_lines(file) if file.is_file() else None  # a pipe can be read once
        asyncio.run(run(lines, sink, bar, total))
    _print_summary(summary)
    broken.end(summary.statuses.total() - broken.count)
    if summary.statuses["error"]:
        raise typer.Exit(1)


app.command()(vote)
app.command()(select)
app.command()(decontaminate)


@app.command()
def doctor(config: ConfigFile = None, workers: Workers = None) -> None:
    """Say what works on this machine, what is weaker, and what would mend it. Exits with 1 if something needed is missing."""
    from verifier.doctor import examine

    settings = loaded(config, workers=workers, log_level="error").settings
    registry.load(settings.plugins)

    async def run() -> bool:
        healthy = True
        async for finding in examine(settings):
            # Without a language or a wall of the sandbox the service is weaker; what must work is tried at the end.
            optional = finding.name.startswith(("python", "memory", "language:", "sandbox:"))
            mark = "[green]ok  [/]" if finding.ok else "[yellow]weak[/]" if optional else "[red]FAIL[/]"
            out.print(f"{mark} [bold]{finding.name}[/]: ", end="")
            out.print(finding.detail, markup=False, highlight=False)
            if not finding.ok and finding.remedy:
                out.print(f"     mend: {finding.remedy}", markup=False, highlight=False)
            healthy &= finding.ok or optional
        return healthy

    if not asyncio.run(run()):
        raise typer.Exit(1)


@rubrics_app.command("list")
def rubrics_list(config: ConfigFile = None) -> None:
    """List the rubrics known by name."""
    table = Table("name", "scores", "description", box=None, header_style="bold")
    for recipe in _book(config).recipes.values():
        table.add_row(recipe.rubric.name, ", ".join(recipe.score_names), recipe.rubric.description)
    out.print(table)


@rubrics_app.command("show")
def rubrics_show(name: Annotated[str, typer.Argument(help="Name of a rubric.")], config: ConfigFile = None) -> None:
    """Print a rubric as YAML, to copy and edit."""
    recipe = _book(config).get(name)
    typer.echo(Path(recipe.source).read_text(encoding="utf-8"), nl=False)


@rubrics_app.command("check")
def rubrics_check(files: Annotated[list[Path], typer.Argument(help="YAML files.")], config: ConfigFile = None) -> None:
    """Check rubric files: every key, verifier, option and gate."""
    registry.load(loaded(config).settings.plugins)
    wrong = False
    for file in files:
        try:
            recipe = load(file)
        except RubricError as error:
            tell(f"verifier: {error}", "red")
            wrong = True
            continue
        out.print(
            f"{file}: ok: {recipe.rubric.name} {recipe.ref.digest}: {', '.join(recipe.score_names)}",
            markup=False,
            highlight=False,
        )
    if wrong:
        raise typer.Exit(2)


@config_app.command("show")
def config_show(config: ConfigFile = None) -> None:
    """Print every setting, its value and where that came from."""
    found = loaded(config)
    table = Table("setting", "value", "from", "meaning", box=None, header_style="bold")
    for key, field in Settings.model_fields.items():
        value = getattr(found.settings, key)
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType]
        table.add_row(key, shown, found.origins[key], field.description)
    out.print(table)


def main() -> None:
    """The command ``verifier``. Bad input is one line on stderr and exit code 2."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again on its way out
        sys.exit(1)
    except (VerifierError, OSError) as error:
        tell(f"verifier: {error}", "red")
        sys.exit(2)


def _book(config: Path | None) -> RubricBook:
    settings = loaded(config).settings
    registry.load(settings.plugins)
    return RubricBook.open(*settings.rubrics)


def _print_summary(summary: batch.Summary) -> None:
    table = Table(box=None, show_header=False)
    for status in ("ok", "unjudgeable", "error"):
        table.add_row(status, str(summary.statuses[status]))
    add_causes(table, summary.causes, "sample")
    for name, mean in summary.means.items():
        table.add_row(f"mean {name}", f"{mean.value:.4f}")
    for elapsed, number, sample_id in summary.slowest:
        named = f" ({sample_id})" if sample_id else ""
        table.add_row("slowest", Text(f"{elapsed:.1f} ms: sample {number}{named}"))
    err.print(table)


if __name__ == "__main__":
    main()
