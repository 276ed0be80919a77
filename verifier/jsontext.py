"""Reading JSON that came from outside, alike from a request and from a file.

Some of what is JSON is not read: integers of more than :data:`MAX_DIGITS` digits, and what is nested deeper than
:data:`MAX_DEPTH`. In a list of items (samples, groups) that concerns the item alone: it becomes an :class:`Unreadable`.
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, Never, cast

from pydantic_core import from_json

MAX_DEPTH = 200
"""How deep arrays and objects may be nested: as deep as the fast parser goes."""
MAX_DIGITS = 4_300
"""How many digits an integer may have: reading them takes time that grows with their square."""
_MAX_MARKS = 2_000_000
"""Strings and brackets of a text that are gone through in search of what is nested too deeply."""
_SHOWN_PARTS = 5
_SHOWN_CHARS = 100


class Unreadable(NamedTuple):
    """An item that is JSON, but holds what is not read."""

    id: Any
    """Its ``id``, where it has one; anything."""
    why: str
    """The place in it, and what is wrong there."""


class _Refused(NamedTuple):
    """Stands where something was that is not read."""

    why: str


def read(text: bytes, items: Collection[str] = ()) -> Any:
    """The value of a JSON text. Raises ValueError, which says what is wrong: also for NaN, which is no JSON.

    What is not read raises as well, except in the lists under the keys ``items`` of the outermost object.

    What the fast parser refuses may be no more than a lone surrogate, which a policy can write, and must not buy an error
    with: it becomes U+FFFD, as a decoder of UTF-8 would have made it.
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        fault = str(error)
    try:
        value = _scrub(_parsed(text.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start} is invalid") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels") from None
    except _NotJson as error:
        raise ValueError(f"not JSON: {error} ({fault})") from None
    except ValueError:
        raise ValueError(f"not JSON: {fault}") from None
    return _set_apart(value, items)


class _NotJson(Exception):
    pass


_TOO_DEEP = "9e999999999"  # a number that stands in the place of what is nested too deeply


def _parsed(text: str) -> Any:
    hooks: dict[str, Any] = {"parse_int": _integer, "parse_float": _decimal, "parse_constant": _constant}
    try:
        return json.loads(text, **hooks)
    except RecursionError:
        return json.loads(_shallow(text), **hooks)


def _integer(digits: str) -> int | _Refused:
    count = len(digits.removeprefix("-"))
    return (
        int(digits)
        if count <= MAX_DIGITS
        else _Refused(f"an integer of {count:,} digits: at most {MAX_DIGITS:,} are read")
    )


def _decimal(text: str) -> float | _Refused:
    return float(text) if text != _TOO_DEEP else _deep()


def _deep() -> _Refused:
    return _Refused(f"nested deeper than {MAX_DEPTH} levels")


def _constant(name: str) -> Never:
    raise _NotJson(f"{name} is no JSON: send null, or leave it out")


_MARKS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]|[\]}]', re.DOTALL)


def _shallow(text: str) -> str:
    """The text with a number in place of each array or object that is nested too deeply. Raises RecursionError."""
    pieces: list[str] = []
    depth = start = end = 0
    for count, mark in enumerate(_MARKS.finditer(text)):
        if count > _MAX_MARKS:
            raise RecursionError
        match text[mark.start()]:
            case "[" | "{":
                depth += 1
                if depth == MAX_DEPTH + 1:
                    start = mark.start()
            case "]" | "}":
                depth -= 1
                if depth == MAX_DEPTH:
                    pieces += [text[end:start], _TOO_DEEP]
                    end = mark.end()
            case _:
                pass
    return "".join([*pieces, text[end:]])


def _scrub(value: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        return _deep()
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrub(item, depth + 1) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {_scrub(key): _scrub(item, depth + 1) for key, item in cast(dict[str, Any], value).items()}
    return value


def _set_apart(value: Any, items: Collection[str]) -> Any:
    """The value with its unreadable items marked. Raises ValueError where anything else in it is not read."""
    if isinstance(value, dict):
        known = cast(dict[str, Any], value)
        for key in items:
            if isinstance(several := known.get(key), list):
                known[key] = [_readable(item) for item in cast(list[Any], several)]
    if (fault := _fault(value)) is not None:
        raise ValueError(f"JSON, but more than is read: {fault}")
    return cast(Any, value)


def _readable(item: Any) -> Any:
    fault = _fault(item)
    if fault is None:
        return item
    given = cast(dict[str, Any], item).get("id") if isinstance(item, dict) else None
    return Unreadable(None if isinstance(given, _Refused) else given, fault)


def _fault(value: Any) -> str | None:
    """The place of the first thing that was not read, and why."""
    path = _path(value)
    if path is None:
        return None
    *place, why = path
    shown = [*place[:_SHOWN_PARTS], "…"] if len(place) > _SHOWN_PARTS else place
    return f"{'.'.join(part[:_SHOWN_CHARS] for part in shown)}: {why}" if place else why


def _path(value: Any) -> list[str] | None:
    """The keys that lead to the first thing that was not read, and why it was not."""
    if isinstance(value, _Refused):
        return [value.why]
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, list):
        parts = enumerate(cast(list[Any], value))
    elif isinstance(value, dict):
        parts = cast(dict[str, Any], value).items()
    for key, item in parts:
        if (rest := _path(item)) is not None:
            return [str(key), *rest]
    return None
