"""Data sets whose columns have names of their own: a recipe says which column holds what."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import Field

from grpo import jsonl
from grpo.errors import DataError
from grpo.jsonl import Row

ASKED = ("prompt", "question", "problem", "messages")
"""Keys of a line under which there may be what is asked."""

Key = Literal[
    "question", "prompt", "messages", "answer", "tests", "choices", "language", "kind", "metadata", "id", "completion"
]
"""What a column may hold: see :mod:`grpo.prompts`."""

Columns = Annotated[
    dict[Key, str | None],
    Field(
        description="Which column of the JSONL file holds what: {question: problem, answer: solution}. Dots lead into objects "
        "and lists: {answer: reward_model.ground_truth, question: prompt.-1.content}; {language: null} ignores a column."
    ),
]


def rows(path: Path, columns: Mapping[Key, str | None]) -> list[Row]:
    """The lines of a file, under our own keys.

    Raises:
        DataError: the file cannot be read, or no line of it has a column that is named; says which there are.
    """
    found = list(jsonl.rows(path))
    for key, column in columns.items():
        if column is not None and found and all(_at(row.value, column) is None for row in found):
            raise DataError(
                f"{path}: no line has {column!r} (columns.{key}); the first has {', '.join(_names(found[0].value))}"
            )
    return [row._replace(value=_renamed(row.value, columns)) for row in found] if columns else found


def _renamed(row: Mapping[str, Any], columns: Mapping[Key, str | None]) -> dict[str, Any]:
    named = {*columns, *(ASKED if any(key in ASKED for key in columns) else ())}
    kept = {key: value for key, value in row.items() if key not in named}
    ours = {key: _at(row, column) for key, column in columns.items() if column is not None}
    return kept | {key: value for key, value in ours.items() if value is not None}


def _at(row: Mapping[str, Any], column: str) -> Any:
    """What is under a dotted name; None where there is nothing."""
    if column in row:
        return row[column]
    value: Any = row
    for name in column.split("."):
        try:
            value = cast("list[Any]", value)[int(name)] if isinstance(value, list) else value[name]
        except (LookupError, TypeError, ValueError):
            return None
    return value


def _names(value: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """All dotted names, those of objects' keys too."""
    for name, each in value.items():
        if isinstance(each, dict) and each:
            yield from _names(cast("dict[str, Any]", each), f"{before}{name}.")
        else:
            yield before + name
