"""Literals as programs print them, read without any evaluator: ``[1, 'a', (True, None)]``, JSON, or plain text."""

import ast
import json
import warnings
from collections.abc import Sequence
from typing import Any, cast

DEEPEST = 60
_OPEN, _CLOSE = "([{", ")]}"


def read(text: str) -> tuple[bool, Any]:
    """Whether a text is a Python or JSON literal, and its value."""
    text = text.strip()
    if not text or _too_deep(text):
        return False, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a completion writes nobody needs to hear
            return True, ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def _too_deep(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in _OPEN) - (character in _CLOSE)
        if depth > DEEPEST:
            return True
    return text.count("-") + text.count("~") > 2_000  # a long row of signs is a deep tree


def same(one: object, other: object, *, tuples_are_lists: bool) -> bool:
    """Whether two literals are equal, ``True`` and ``1``, and ``1`` and ``1.0``, being different."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        items, others = list(cast(Sequence[object], one)), list(cast(Sequence[object], other))
        alike = tuples_are_lists or type(cast(object, one)) is type(cast(object, other))
        return (
            alike
            and len(items) == len(others)
            and all(same(a, b, tuples_are_lists=tuples_are_lists) for a, b in zip(items, others, strict=True))
        )
    if isinstance(one, dict) and isinstance(other, dict):
        left, right = _by_typed_key(cast(dict[object, object], one)), _by_typed_key(cast(dict[object, object], other))
        return left.keys() == right.keys() and all(
            same(value, right[key], tuples_are_lists=tuples_are_lists) for key, value in left.items()
        )
    return type(cast(object, one)) is type(other) and bool(one == other)


def _by_typed_key(table: dict[object, object]) -> dict[tuple[type, object], object]:
    return {(type(key), key): value for key, value in table.items()}
