"""Programs kept as data: sections of a text file, each with its name, how it must end, and its limits.

    === name: status | limit=number
    source...

Several statuses are separated by slashes, where machines differ in which limit is reached first.
"""

import re
from pathlib import Path
from typing import NamedTuple

from sandbox import Limits

HERE = Path(__file__).parent
HEADER = re.compile(r"^=== (?P<name>[\w-]+): (?P<statuses>[a-z /]+?)(?: \| (?P<limits>.*))?$", re.MULTILINE)
INTEGERS = {"memory_mb", "output_kb", "processes", "open_files", "disk_mb"}


class Case(NamedTuple):
    name: str
    statuses: set[str]
    limits: Limits
    source: str


def read(file: str) -> list[Case]:
    text = (HERE / file).read_text()
    headers = list(HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [_case(header, text[header.end() : end]) for header, end in zip(headers, ends, strict=True)]


def _case(header: re.Match[str], source: str) -> Case:
    limits: dict[str, float] = {}
    for pair in (header["limits"] or "").split():
        name, _, value = pair.partition("=")
        limits[name] = int(value) if name in INTEGERS else float(value)
    statuses = {status.strip() for status in header["statuses"].split("/")}
    return Case(header["name"], statuses, Limits(**limits), source)  # pyright: ignore[reportArgumentType] - ints are made above
