"""The command line: ``grpo train | sft | sample | eval | pipeline | plot | tasks | config``."""

import errno
import logging
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from grpo import __version__, commands, manual
from grpo.config import Config
from grpo.config import load as load_config
from grpo.errors import ConfigError, GrpoError
from grpo.options import Changes, Recipe

UNWRITABLE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR),
}
"""What a user can mend of files that cannot be written."""

app = typer.Typer(
    help="GRPO for reasoning models, with rewards from the r1-verifier service.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"r1-verifier-grpo {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train reasoning models with verifiable rewards."""


@app.command()
def train(recipe: Recipe = None, changes: Changes = None) -> None:
    """Train with rewards from a running service; run again, it goes on from its last checkpoint.

    SIGTERM or Ctrl-C saves and ends. Under torchrun, every process takes its share.
    """
    from grpo import runners  # the other commands start faster without torch

    commands.ended(runners.train(load_config(Config, recipe, changes or ())))


@app.command()
def config(
    recipe: Recipe = None,
    changes: Changes = None,
    command: Annotated[str, typer.Option("--for", help="Of which command: train, sft, sample, eval.")] = "train",
) -> None:
    """Print a command's whole recipe as YAML to copy and edit: all settings, what each means, and its default."""
    kinds = commands.kinds()
    if command not in kinds:
        raise ConfigError(f"--for {command}: there are {', '.join(kinds)}")
    typer.echo(manual.of(load_config(kinds[command], recipe, changes or ())), nl=False)


@app.command()
def tasks(
    name: Annotated[
        str | None, typer.Argument(help="Task to generate; absent: list them, with an example each.")
    ] = None,
    count: Annotated[int, typer.Option(help="How many problems.", min=1)] = 1000,
    seed: int = 0,
    noise: Annotated[
        float, typer.Option(help="Probability that a step of a worked solution goes wrong.", min=0, max=1)
    ] = 0.0,
    output: Annotated[Path | None, typer.Option(help="JSONL file to write; absent: standard output.")] = None,
) -> None:
    """Generate verifiable problems with exact answers and worked solutions, as JSONL."""
    from grpo import prompts
    from grpo import tasks as generators

    if name is None:
        for each in generators.TASKS:
            (example,) = generators.generate(each, 1, seed)
            typer.echo(f"{each:12} {example.question}\n{'':12} {example.solution}")
        return
    some = generators.generate(name, count, seed, noise)
    if output is not None:
        prompts.write(output, some)
        return
    for each in some:
        typer.echo(prompts.line(each))


commands.register(app)


def main() -> None:
    """Run a command. What the user can mend is said in one line, and the exit code is 2."""
    # The client warns at every try of what has no reward: metrics say that here, and one line that the service is gone.
    logging.getLogger("verifier_client").setLevel(logging.ERROR)
    try:
        app()
    except GrpoError as error:
        _end(str(error))
    except OSError as error:
        if error.errno not in UNWRITABLE:
            raise
        _end(f"{error.filename or 'writing'}: {error.strerror}")


def _end(why: str) -> NoReturn:
    typer.echo(f"grpo: {why}", err=True)
    sys.exit(2)
