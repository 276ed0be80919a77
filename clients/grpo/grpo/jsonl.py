"""Data of the user's own as JSON Lines: one object a line, gzipped or not, with or without a byte order mark.

A line ends with a line break and nothing else: texts hold other separators (U+2028). A null is no key, for tables hold one
where a row lacks a key that others have. A lone surrogate, which no tokenizer takes, becomes U+FFFD, as in the service.
"""

import gzip
import json
import math
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, cast

from grpo.errors import DataError

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Row(NamedTuple):
    """One line."""

    number: int
    """From 1."""
    where: str
    """File and line, for errors."""
    value: dict[str, Any]


def rows(path: Path) -> Iterator[Row]:
    """The lines that are not blank, in order.

    Raises:
        DataError: the file cannot be read, or a line is no JSON object; says which and why.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    where = f"{path}, line {number}"
                    yield Row(number, where, _object(line, where))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"{path}: {error}") from error


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        value: object = json.loads(line, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise DataError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise DataError(f"{where}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise DataError(f"{where}: not a JSON object: one a line is wanted")
    if _SURROGATE.search(line):
        value = json.loads(_whole(json.dumps(value, ensure_ascii=False)))
    return {key: each for key, each in cast("dict[str, Any]", value).items() if each is not None}


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        _no_number(text)
    return value


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
