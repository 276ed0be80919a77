"""Programs kept as data: sections of a text file, each with its name, how it must end, and its limits.

    === name: status | limit=number | C: status
    source...

Several statuses are separated by slashes, where machines differ in which limit is reached first. Strength C may have its own:
there, programs may start threads and no processes.
"""

import re
from pathlib import Path
from typing import NamedTuple

from sandbox import Limits, Strength

HERE = Path(__file__).parent
HEADER = re.compile(
    r"^=== (?P<name>[\w-]+): (?P<statuses>[a-z /]+?)(?: \| (?P<limits>[^|C]*?))?(?: \| C: (?P<weaker>.*))?$",
    re.MULTILINE,
)
EXHAUSTING = ("resource.txt", "exhaustion.txt", "kernel.txt", "games.txt")
ESCAPING = ("escape.txt", "reads.txt", "judge.txt", "reach.txt")
INTEGERS = {"memory_mb", "output_kb", "processes", "open_files", "disk_mb"}


class Case(NamedTuple):
    name: str
    statuses: set[str]
    weaker: set[str]
    """In strength C."""
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
    statuses, weaker = (
        {status.strip() for status in text.split("/")}
        for text in (header["statuses"], header["weaker"] or header["statuses"])
    )
    return Case(header["name"], statuses, weaker, Limits(**limits), source)  # pyright: ignore[reportArgumentType] - ints are made above


def allowed(case: Case, strength: Strength) -> set[str]:
    """How the case may end there."""
    return case.weaker if strength is Strength.C else case.statuses


def name(case: Case) -> str:
    return case.name
