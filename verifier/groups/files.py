"""Groups in a file of samples (one a line, with ``completion``) or of groups (with ``completions``), in any order of lines.

Lines are one group when all that they state but the completion, its length, the id and the metadata is the same (and the id,
where there is no prompt), or by a key of the caller's choice. A null states nothing. The group's id is that of its first line.
The file is read twice: first for where each group's lines stand, which takes 8 bytes of memory a line and about 200 a group;
then group by group, in the order in which they begin. So a file may be much larger than memory; one whose groups are contiguous
is read from end to end both times.
"""

import hashlib
import json
from array import array
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Literal, NamedTuple, cast

from verifier.batch import BrokenLine, read_line

By = Literal["auto", "prompt", "id"]
_COMPLETION = ("completion", "completions", "length", "lengths")
_OWN = (*_COMPLETION, "id", "metadata")


class LineGroup(NamedTuple):
    """A group of a file."""

    raw: dict[str, Any]
    """As it would come over the wire."""
    lines: list[dict[str, Any]]
    """Of each completion, the line that it stands on: what the line states but for the completion."""


class GroupedFile:
    """The groups of a file that can be read twice. Iterate for them."""

    def __init__(self, lines: BinaryIO, by: By, on_broken: Callable[[BrokenLine], None]) -> None:
        self._lines = lines
        self._offsets: dict[bytes, array[int]] = {}
        offset = 0
        for number, line in enumerate(lines, start=1):
            if line.strip():
                record = _read(line)
                if isinstance(record, str):
                    on_broken(BrokenLine(number, record))
                else:
                    self._offsets.setdefault(_key(record, by), array("q")).append(offset)
            offset += len(line)

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[LineGroup]:
        for offsets in self._offsets.values():
            yield self._group(offsets)

    def _group(self, offsets: "array[int]") -> LineGroup:
        shared: dict[str, Any] = {}
        completions: list[Any] = []
        lengths: list[Any] = []
        lines: list[dict[str, Any]] = []
        for offset in offsets:
            if self._lines.tell() != offset:
                self._lines.seek(offset)
            record = cast("dict[str, Any]", _read(self._lines.readline()))
            line = {key: value for key, value in record.items() if key not in _COMPLETION}
            theirs = _listed(record, "completion") or []
            shared = shared or line
            completions += theirs
            lengths += _listed(record, "length") or [None] * len(theirs)
            lines += [line] * len(theirs)
        known = {"lengths": lengths} if any(lengths) else {}
        return LineGroup({**shared, "completions": completions, **known}, lines)


def _listed(record: dict[str, Any], key: str) -> list[Any] | None:
    """What a line states of its completions, one or several, under a key that has a plural."""
    several = record.get(f"{key}s")
    if isinstance(several, list):
        return cast("list[Any]", several)
    return [record[key]] if key in record else None


def _read(line: bytes) -> dict[str, Any] | str:
    """The record on a line, or what is wrong with it."""
    try:
        record = read_line(line)
    except ValueError as error:
        return str(error)
    if not isinstance(record, dict):
        return "not a JSON object"
    known = cast("dict[str, Any]", record)
    if "completion" not in known and not isinstance(known.get("completions"), list):
        return "neither 'completion' nor a list of 'completions'"
    return known


def _key(record: dict[str, Any], by: By) -> bytes:
    shared: Any = {key: value for key, value in record.items() if key not in _OWN and value is not None}
    if by != "auto":
        shared = record.get(by)
    elif record.get("prompt") is None:
        shared["id"] = record.get("id")
    return hashlib.blake2b(json.dumps(shared, sort_keys=True).encode(), digest_size=16).digest()
