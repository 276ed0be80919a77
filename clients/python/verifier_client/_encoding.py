"""From samples to the bytes of requests.

Every sample or group is encoded once, before anything is sent, so that a malformed one is found early; requests are put together
from those pieces.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from verifier_client._types import Sample

Rubric = str | Mapping[str, Any]
"""A rubric: its name, or the recipe itself."""


def encode(value: object, what: str) -> bytes:
    """``value`` as JSON in UTF-8. Raises ValueError or TypeError, naming ``what``, where JSON has no such value.

    Halves of surrogate pairs, which byte-level decoders leave behind, have no UTF-8: two that belong together become
    their character, others U+FFFD.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    except ValueError as error:
        raise ValueError(f"{what} cannot be sent: {error}") from error
    except TypeError as error:
        raise TypeError(f"{what} cannot be sent: {error}") from error
    except RecursionError as error:
        raise ValueError(f"{what} cannot be sent: it is nested too deeply") from error
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def encode_rubric(rubric: Rubric) -> bytes:
    """A rubric as JSON. Raises TypeError for what is neither a name nor a recipe."""
    if not isinstance(cast("object", rubric), str | Mapping):
        raise TypeError(f"a rubric is a name or a dict, not {type(rubric).__name__}")
    return encode(rubric if isinstance(rubric, str) else dict(rubric), "rubric")


def encode_items(items: Iterable[Sample | Mapping[str, Any]], what: str) -> tuple[list[bytes], list[str | int | None]]:
    """Each of some samples or groups (``what``) as JSON, and the ids of all."""
    if isinstance(items, Mapping | Sample | str) or not isinstance(cast("object", items), Iterable):
        raise TypeError(f"{what} must be a list: put a single one between brackets")
    bodies: list[bytes] = []
    ids: list[str | int | None] = []
    for index, item in enumerate(cast("Iterable[object]", items)):
        data = item.as_dict() if isinstance(item, Sample) else item
        if not isinstance(data, Mapping):
            raise TypeError(f"{what}[{index}] is neither a Sample nor a dict: {type(data).__name__}")
        known = cast("Mapping[str, Any]", data)
        bodies.append(encode(dict(known), f"{what}[{index}]"))
        ids.append(known.get("id"))
    return bodies, ids


def chunks(sizes: Sequence[int], weights: Sequence[int], max_weight: int, max_bytes: int) -> list[list[int]]:
    """Consecutive indexes in groups of at most ``max_weight`` and ``max_bytes``; what is larger alone stands alone."""
    groups: list[list[int]] = []
    room = left = 0
    for index, (size, weight) in enumerate(zip(sizes, weights, strict=True)):
        if not groups or weight > left or size > room:
            groups.append([])
            room, left = max_bytes, max_weight
        groups[-1].append(index)
        room -= size + 1
        left -= weight
    return groups


def _plain(value: Any) -> Any:
    """What JSON does not know: mappings, sequences, and the scalars and arrays of numpy and torch."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[Any, Any]", value))
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(cast("Sequence[Any]", value))
    raise TypeError(f"a value of type {type(cast('object', value)).__name__} is not JSON")
