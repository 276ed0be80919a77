"""What is wrong with input, in words: each fault with the key that was written, and with the one that was meant."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_PLAIN = {
    "missing": "missing",
    "extra_forbidden": "unknown key",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "string_type": "must be a string",
    "list_type": "must be a list",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}
_UNWRITTEN = re.compile(r"function-.*|str|int|(constrained-)?float|(list|literal)\[.*\]")
"""Parts of a place that nobody wrote: the validators, and the branches of unions, on the way to a key."""
_OF_SIZE = re.compile(r"^\w+ should have")
_KEY = "[key]"
"""Ends the place of a key that is at fault itself."""
_READ = 20
"""Faults that are looked into: there may be a million, and whoever sent them waits for one line."""
_SHOWN = 5
_LISTED = 12
"""Most keys that are listed for one who wrote another."""

_NAME = 64
"""Longest name that is taken for a misspelt one: to compare names takes time and memory that grow with their lengths."""
_NAMES = 1_000
"""Most names that one is compared with: of a rubric that came with a request there may be a million."""
_SHOWN_CHARS = 100
_MESSAGE_CHARS = 500

Models = list[type[BaseModel]]
Place = tuple[str, ...]


def describe(error: ValidationError, model: type[BaseModel]) -> str:
    """The faults of what should have been a ``model`` in one line, each with the place it was found at."""
    place, message = located(error, model)
    return ": ".join(filter(None, (written(place), message)))


def located(error: ValidationError, model: type[BaseModel]) -> tuple[Place, str]:
    """The same, with the place of the first fault apart."""
    found: dict[Place, list[str]] = {}
    known: list[str] = []
    faults = error.errors(include_url=False)
    for fault in faults[:_READ]:
        place, message, keys = _fault(fault, model)
        found.setdefault(place, []).append(message)
        known = known or keys
    first, *others = [place for place in found if not _by(place, found)]
    told = [f"{written(place)}: {_either(found[place])}" for place in others[: _SHOWN - 1]]
    more = len(others) - len(told) + len(faults[_READ:])
    line = "; ".join([_either(found[first]), *told]) + (f"; and {more} more" if more else "")
    return first, line + (f" (known: {', '.join(known)})" if known else "")


def nearest(name: str, known: Iterable[str]) -> str:
    """What may have been meant by an unknown name, as the end of an error; nothing where none comes near."""
    if len(name) > _NAME:
        return ""
    close = get_close_matches(name, [each for each in islice(known, _NAMES) if len(each) <= _NAME], 1)
    return f"; did you mean {close[0]}?" if close else ""


def written(place: Iterable[str]) -> str:
    """A place in one line, as an error names it."""
    keys = (key if key.isprintable() else repr(key) for key in map(shown, place))
    return ".".join(keys)


def shown(text: str, chars: int = _SHOWN_CHARS) -> str:
    """As much of what came from outside as an error repeats of it."""
    return text if len(text) <= chars else text[: chars - 1] + "…"


def _fault(fault: ErrorDetails, model: type[BaseModel]) -> tuple[Place, str, list[str]]:
    """Where a fault is, what it is, and the keys that are known there if an unknown one resembles none of them."""
    place, models = _walk(model, fault["loc"])
    message = _PLAIN.get(
        fault["type"],
        _OF_SIZE.sub("must have", shown(fault["msg"], _MESSAGE_CHARS))
        .removeprefix("Value error, ")
        .removesuffix(", not more")
        .replace("Input should be", "must be", 1)
        .replace(" after validation", "", 1),
    )
    if fault["loc"][-1:] == (_KEY,):
        return place[:-1], f"the key {message}" if message.startswith("must ") else f"the key: {message}", []
    match fault["type"]:
        case "extra_forbidden":
            place, models = _walk(model, fault["loc"][:-1])
            key = str(fault["loc"][-1])
            known = list(dict.fromkeys(name for each in models for name in each.model_fields))
            meant = nearest(key, known)
            return (*place, key), message + meant, [] if meant or len(known) > _LISTED else known
        case "union_tag_invalid" | "union_tag_not_found":
            tags = [tag for each in models for tag in _literals(each)]
            key = fault.get("ctx", {})["discriminator"].strip("'")
            given = fault.get("ctx", {}).get("tag", "")
            return (*place, key), f"must be one of {', '.join(map(repr, tags))}{nearest(given, tags)}", []
        case "literal_error" if place[-1:] == fault["loc"][-1:]:  # else one branch of a union of several
            expected = re.findall("'(.*?)'", message)
            given = fault["input"] if isinstance(fault["input"], str) else ""
            return place, message + nearest(given, expected), []
        case _:
            return place, message, []


def _walk(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[Place, Models]:
    """The part of a place that somebody wrote, and the models that may stand there."""
    keys: list[str] = []
    models: Models = [model]
    for part in map(str, loc):
        if fields := [each.model_fields[part] for each in models if part in each.model_fields]:
            models = [inner for field in fields for inner in _models(field.annotation)]
        elif branch := [each for each in models if part in _literals(each)]:
            models = branch
            continue
        elif _UNWRITTEN.fullmatch(part):
            continue
        keys.append(part)
    return tuple(keys), models


def _models(annotation: Any) -> Models:
    """Every model in a type, whatever it is wrapped in."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [inner for part in get_args(annotation) for inner in _models(part)]


def _literals(model: type[BaseModel]) -> list[str]:
    """The texts that a model allows as the value of some key: what tells the models of a union apart."""
    kinds = (field.annotation for field in model.model_fields.values() if field.is_required())
    return [text for kind in kinds if get_origin(kind) is Literal for text in get_args(kind)]


def _by(place: Place, found: Iterable[Place]) -> bool:
    """Whether a fault is told better by another, further in: the value was meant for another branch of a union."""
    return any(other[: len(place)] == place != other for other in found)


def _either(messages: list[str]) -> str:
    """What several branches of a union say of one value: the one that knows it better, or "must be a string or a list"."""
    if known := [message for message in messages if not message.startswith("must be ")]:
        return known[0]
    return "must be " + " or ".join(dict.fromkeys(message.removeprefix("must be ") for message in messages))
