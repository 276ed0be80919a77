"""Arguments that commands have in common."""

from pathlib import Path
from typing import Annotated

import typer

Recipe = Annotated[Path | None, typer.Argument(help="YAML recipe; absent, all defaults. `grpo config` prints one.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", help="Change a key of the recipe: --set train.steps=20. May be repeated.")
]
