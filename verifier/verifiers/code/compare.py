"""Whether an output, or a value, is the expected one."""

import math
import re
from collections.abc import Sequence
from typing import Any, cast

# what numbers look like in problem statements: ASCII, no underscores, no nan, no inf
NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")


def outputs_match(expected: bytes, got: bytes, how: str, tolerance: float | None) -> bool:
    """Compare by ``tokens``, ``lines`` or ``exact`` bytes; numbers within ``tolerance``, if one is given."""
    if how == "exact":
        return expected == got
    if how == "lines":
        return _lines_match(_lines(expected), _lines(got), tolerance)
    return _tokens_match(expected.split(), got.split(), tolerance)


def _lines(output: bytes) -> list[bytes]:
    return [line.rstrip() for line in output.rstrip().split(b"\n")]


def _lines_match(expected: list[bytes], got: list[bytes], tolerance: float | None) -> bool:
    if tolerance is None or len(expected) != len(got):
        return expected == got
    return all(a == b or _tokens_match(a.split(), b.split(), tolerance) for a, b in zip(expected, got, strict=True))


def _tokens_match(expected: list[bytes], got: list[bytes], tolerance: float | None) -> bool:
    if tolerance is None or len(expected) != len(got):
        return expected == got
    return all(a == b or _near(_number(a), _number(b), tolerance) for a, b in zip(expected, got, strict=True))


def _number(token: bytes) -> float | None:
    return float(token) if len(token) < 400 and NUMBER.fullmatch(token) else None


def _near(expected: float | None, got: float | None, tolerance: float) -> bool:
    if expected is None or got is None or not (math.isfinite(expected) and math.isfinite(got)):
        return False
    return abs(expected - got) <= tolerance * max(1.0, abs(expected))


def values_match(expected: Any, got: Any, tolerance: float | None) -> bool:
    """Compare a JSON value with a plain value that a program returned.

    JSON has one kind of sequence, one kind of number, and text for keys; so a tuple may stand for a list, 2.0 for 2, and the
    key 1 for "1". True is never 1, and NaN is nothing's equal.
    """
    if isinstance(expected, bool) or isinstance(got, bool) or expected is None or got is None:
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return expected == got or (tolerance is not None and _near(_finite(expected), _finite(got), tolerance))
    if isinstance(expected, str):
        return isinstance(got, str) and expected == got
    if isinstance(expected, list):
        return isinstance(got, list | tuple) and _lists_match(
            cast(list[Any], expected), cast(list[Any], got), tolerance
        )
    if isinstance(expected, dict) and isinstance(got, dict):
        return _dicts_match(cast(dict[str, Any], expected), cast(dict[Any, Any], got), tolerance)
    return False


def _lists_match(expected: Sequence[Any], got: Sequence[Any], tolerance: float | None) -> bool:
    return len(expected) == len(got) and all(values_match(a, b, tolerance) for a, b in zip(expected, got, strict=True))


def _dicts_match(expected: dict[str, Any], got: dict[Any, Any], tolerance: float | None) -> bool:
    by_text = {_key(key): value for key, value in got.items()}
    if len(by_text) != len(got) or by_text.keys() != expected.keys():
        return False
    return all(values_match(value, by_text[key], tolerance) for key, value in expected.items())


def _key(key: Any) -> str:
    """A key as JSON writes it."""
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    try:
        return repr(key)
    except ValueError:  # an integer with more digits than Python writes, and JSON sends
        return ""


def _finite(value: float) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None
