"""Directories of runs: whose they are, and which model came out."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import ValidationError

from grpo import checkpoint
from grpo.config import ModelConfig, Section, dump
from grpo.errors import ConfigError, DataError

RECIPE = "recipe.yaml"

Tree = TypeVar("Tree", bound=Section)


def claim(directory: Path, config: Section, free: Any, *, kept: bool) -> None:
    """Writes down which recipe the directory belongs to, so that the same one goes on there and no other overwrites it.

    Args:
        free: What may differ, in the form of pydantic's ``exclude``: it does not change what comes out.
        kept: Whether there is anything in the directory yet that is worth keeping.

    Raises:
        ConfigError: the directory belongs to another recipe, and names the keys that differ; or it cannot be written to.
    """
    recipe = directory / RECIPE
    if kept and recipe.exists():
        before = _read(recipe, type(config)).model_dump(mode="json", exclude=free)
        after = config.model_dump(mode="json", exclude=free)
        if changed := sorted(_differences(before, after)):
            raise ConfigError(
                f"{directory} belongs to a run with another {', '.join(changed)}: set another output, or remove it"
            )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        recipe.write_text(dump(config), encoding="utf-8")
    except OSError as error:
        raise _unusable(directory, error) from error


@contextmanager
def held(directory: Path, main: bool = True) -> Generator[None]:
    """While it is open, no other run writes there: two that go on from one checkpoint would undo each other's work.

    Args:
        main: Of several processes of one run, whether this is the one that writes.

    Raises:
        ConfigError: another run is writing there, or nobody can.
    """
    if not main or sys.platform == "win32":  # which has no such locks
        yield
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise _unusable(directory, error) from error
    try:
        _lock(lock, directory)
        yield
    finally:
        os.close(lock)


def resolved(config: ModelConfig) -> ModelConfig:
    """The model, where ``path`` may also be the directory of a run."""
    return config.model_copy(update={"path": model_of(config.path)})


def model_of(path: str) -> str:
    """The model of a run's directory: its last checkpoint. Any other path is given back.

    Raises:
        DataError: a run that has not saved a checkpoint yet.
    """
    run = Path(path)
    if not (run / RECIPE).exists() and not (run / "checkpoints").is_dir():
        return path
    last = checkpoint.latest(run / "checkpoints")
    if last is None:
        raise DataError(f"{path}: this run has no checkpoint yet")
    return str(last)


def _lock(lock: int, directory: Path) -> None:
    import fcntl  # not on Windows

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(
            f"{directory}: another run is writing there: wait for its end, or set another output"
        ) from error
    except OSError:
        return  # a file system without locks


def _unusable(directory: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{directory}: cannot be written to: {error.strerror or error}")


def _read(recipe: Path, kind: type[Tree]) -> Tree:
    try:
        return kind.model_validate(yaml.safe_load(recipe.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise ConfigError(
            f"{recipe.parent} belongs to a run of another kind: set another output, or remove it"
        ) from error


def _differences(before: object, after: object, key: str = "") -> list[str]:
    """The keys, dotted, under which two trees differ."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [] if before == after else [key]
    before, after = cast("dict[str, object]", before), cast("dict[str, object]", after)
    found: list[str] = []
    for name in dict.fromkeys((*before, *after)):
        found += _differences(before.get(name), after.get(name), f"{key}.{name}" if key else name)
    return found
