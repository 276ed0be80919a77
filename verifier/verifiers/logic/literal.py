"""Literals as programs print them, read without any evaluator: ``[1, 'a', (True, None)]``, JSON, or plain text."""

import ast
import json
from typing import Any

DEEPEST = 60
_OPEN, _CLOSE = "([{", ")]}"


def read(text: str) -> tuple[bool, Any]:
    """Whether a text is a Python or JSON literal, and its value."""
    text = text.strip()
    if not text or _too_deep(text):
        return False, None
    try:
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


def same(one: Any, other: Any, *, tuples_are_lists: bool) -> bool:
    """Whether two literals are equal, ``True`` and ``1``, and ``1`` and ``1.0``, being different."""
    sequences: tuple[type, ...] = (list, tuple)
    if isinstance(one, sequences) and isinstance(other, sequences):
        if not tuples_are_lists and type(one) is not type(other):
            return False
        return len(one) == len(other) and all(
            same(a, b, tuples_are_lists=tuples_are_lists) for a, b in zip(one, other, strict=True)
        )
    if isinstance(one, dict) and isinstance(other, dict):
        left: dict[Any, Any] = one
        right: dict[Any, Any] = other
        return left.keys() == right.keys() and all(
            same(value, right[key], tuples_are_lists=tuples_are_lists) for key, value in left.items()
        )
    return type(one) is type(other) and bool(one == other)
