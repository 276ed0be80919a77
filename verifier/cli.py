"""The command line: ``verifier serve | grade | doctor | rubrics | config``."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from verifier import __version__, batch, registry
from verifier import settings as settings_module
from verifier.errors import VerifierError
from verifier.rubric import RubricBook, load
from verifier.settings import Loaded, Settings

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

err = Console(stderr=True)
out = Console()

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", help="TOML file of settings. Default: $VERIFIER_CONFIG, else verifier.toml if there is one."
    ),
]
Workers = Annotated[int | None, typer.Option(help="Worker processes. Default: one a core.", min=1)]


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

    settings = _settings(
        config, host=host, port=port, workers=workers, log_format=log_format, log_level=log_level
    ).settings
    if not run(settings, unsafe=unsafe):
        raise typer.Exit(3)


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

    settings = _settings(config, workers=workers, log_format="console").settings
    registry.load(settings.plugins)
    recipe = (
        load(Path(rubric)) if rubric.endswith((".yaml", ".yml")) else RubricBook.open(*settings.rubrics).get(rubric)
    )
    summary = batch.Summary()

    async def run(lines: BinaryIO, sink: BinaryIO, progress: Progress, total: int | None) -> None:
        task = progress.add_task("grading", total=total)
        samples = batch.read_lines(lines)
        async with Engine(settings.engine) as engine:
            async for reward in batch.grade(engine, recipe, samples, lambda broken: _report(file, broken)):
                sink.write(reward + b"\n")
                summary.add(reward)
                progress.advance(task)

    if output is not None and output.exists() and file.exists() and output.samefile(file):
        raise VerifierError(f"{output}: is the input, and would be overwritten")
    with _opened(file, "rb") as lines, _opened(output, "wb") as sink, _progress() as progress:
        total = _count_lines(file) if file.is_file() else None  # a pipe can be read once
        asyncio.run(run(lines, sink, progress, total))
    _print_summary(summary)
    if summary.statuses["error"]:
        raise typer.Exit(1)


@app.command()
def doctor(config: ConfigFile = None, workers: Workers = None) -> None:
    """Say what works on this machine, what is weaker, and what would mend it. Exits with 1 if something needed is missing."""
    from verifier.doctor import examine

    settings = _settings(config, workers=workers, log_level="error").settings
    registry.load(settings.plugins)

    async def run() -> bool:
        healthy = True
        async for finding in examine(settings):
            # Without a language or a wall of the sandbox the service is weaker; what must work is tried at the end.
            optional = finding.name.startswith(("language:", "sandbox:"))
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
    registry.load(_settings(config).settings.plugins)
    for file in files:
        recipe = load(file)
        out.print(
            f"{file}: ok: {recipe.rubric.name} {recipe.ref.digest}: {', '.join(recipe.score_names)}",
            markup=False,
            highlight=False,
        )


@config_app.command("show")
def config_show(config: ConfigFile = None) -> None:
    """Print every setting, its value and where that came from."""
    loaded = _settings(config)
    table = Table("setting", "value", "from", "meaning", box=None, header_style="bold")
    for key, field in Settings.model_fields.items():
        value = getattr(loaded.settings, key)
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)  # pyright: ignore[reportUnknownArgumentType]
        table.add_row(key, shown, loaded.origins[key], field.description)
    out.print(table)


def main() -> None:
    """The command ``verifier``. Bad input is one line on stderr and exit code 2."""
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again on its way out
        sys.exit(1)
    except (VerifierError, OSError) as error:
        err.print(f"verifier: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)


def _settings(file: Path | None, **flags: Any) -> Loaded:
    from verifier import logs

    loaded = settings_module.load(file, flags)
    logs.configure(loaded.settings.logs)
    if (
        loaded.settings.sandbox_runs is not None
    ):  # the sandbox, which knows nothing of us, reads it where workers are forked
        os.environ["SANDBOX_RUNS"] = str(loaded.settings.sandbox_runs)
    return loaded


def _book(config: Path | None) -> RubricBook:
    settings = _settings(config).settings
    registry.load(settings.plugins)
    return RubricBook.open(*settings.rubrics)


@contextlib.contextmanager
def _opened(path: Path | None, mode: str) -> Generator[BinaryIO]:
    if path is None or path == Path("-"):
        yield sys.stdin.buffer if mode == "rb" else sys.stdout.buffer
        return
    try:
        stream = path.open(mode)
    except OSError as error:
        raise VerifierError(f"{path}: {error.strerror}") from None
    with stream:
        yield stream  # pyright: ignore[reportReturnType]


def _count_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, disable=not err.is_terminal)


def _report(file: Path, broken: batch.BrokenLine) -> None:
    err.print(f"{file}:{broken.number}: {broken.why}", style="yellow", markup=False, highlight=False, soft_wrap=True)


def _print_summary(summary: batch.Summary) -> None:
    table = Table(box=None, show_header=False)
    for status in ("ok", "unjudgeable", "error"):
        table.add_row(status, str(summary.statuses[status]))
    for name, mean in summary.means.items():
        table.add_row(f"mean {name}", f"{mean.value:.4f}")
    for elapsed, number, sample_id in summary.slowest:
        named = f" ({sample_id})" if sample_id else ""
        table.add_row("slowest", Text(f"{elapsed:.1f} ms: sample {number}{named}"))
    err.print(table)


if __name__ == "__main__":
    main()
