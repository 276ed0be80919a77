"""Puzzles whose solution assigns values: zebra puzzles, knights and knaves, seating orders.

The sample's ``answer`` is the solution as a JSON object (or its text): rows by columns, or names with one value each:

    {"House 1": {"name": "Eric", "drink": "tea"}, "House 2": {"name": "Peter", "drink": "milk"}}
    {"Alice": "knight", "Bob": "knave"}          or "(1) Alice is a knight (2) Bob is a knave", as data of such puzzles has it

The completion may give JSON, a markdown table, either way round, or prose with a line, clause or sentence for each row
("House 1: Eric, tea"; "Tea is drunk in House 1"; "Alice and Carol are knights"; "Knights: Alice, Carol"). Each cell of the
reference is looked for: a row that names two values of a column has none of it, and nor has one that denies the value that it
names; what is supposed is not said. Case, spaces, underscores and quotes do not matter.
"""

import json
import re
from bisect import bisect, bisect_left
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, cast

from pydantic import BaseModel, ConfigDict, Field

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.logic.region import answer
from verifier.verifiers.logic.supposition import ASIDE, any_within, supposed
from verifier.words import visible

MOST_CELLS = 1_000
_ONLY = ""  # the column of names with one value each

Cells = dict[tuple[str, str], str]


class AssignmentOptions(BaseModel):
    """Options of ``assignment``."""

    model_config = ConfigDict(extra="forbid")

    credit: Literal["all", "share"] = Field(
        "all", description="all: 1 if every cell is right, else 0. share: the cells that are."
    )


class Reading(NamedTuple):
    """What an answer assigns, and how it was written."""

    cells: Cells
    form: str


@verifier("assignment")
class Assignment(Verifier[AssignmentOptions]):
    """The completion assigns every value as the solution does."""

    Options = AssignmentOptions

    def verify(self, sample: Sample) -> Score:
        solutions = [_solution(reference) for reference in sample.references]
        if not solutions:
            raise Unjudgeable("the sample has no solution")
        region, fault = answer(sample.text)
        if fault:
            return Score.of(0.0, fault)
        graded = [self._graded(region, solution) for solution in solutions]
        return max(graded, key=lambda score: score.value or 0.0)

    def _graded(self, region: str, solution: Cells) -> Score:
        reading = read(region, solution)
        right = sum(reading.cells.get(cell) == value for cell, value in solution.items())
        value = right / len(solution) if self.options.credit == "share" else float(right == len(solution))
        wrong = next((cell for cell, expected in solution.items() if reading.cells.get(cell) != expected), None)
        why = f"{right} of {len(solution)} cells are right, read as {reading.form}"
        if wrong:
            said, expected = reading.cells.get(wrong), solution[wrong]
            told = f"said to be {said}, not {expected}" if said else f"not said to be {expected}"
            why += f"; {' / '.join(filter(None, wrong))} is {told}"
        return Score.of(value, why, detail={"cells": len(solution), "right": right, "form": reading.form})


def read(region: str, solution: Cells) -> Reading:
    """What an answer assigns, in whichever form covers most of the solution's cells."""
    forms: list[tuple[str, Callable[[str, Cells], Cells]]] = [
        ("JSON", _from_json),
        ("a table", _from_table),
        ("prose", _from_prose),
    ]
    readings = [Reading(form(region, solution), name) for name, form in forms]
    fullest = max(readings, key=lambda reading: len(reading.cells.keys() & solution.keys()))
    return fullest if fullest.cells else readings[-1]


def _solution(reference: str) -> Cells:
    try:
        found = json.loads(reference)
    except (ValueError, RecursionError):
        found = None
    cells = _cells(found) or _statements(reference)
    if not cells:
        raise Unjudgeable(
            "the answer of an assignment is a JSON object of rows and columns, or of names and values, or statements: "
            "'Alice is a knight, Bob is a knave'"
        )
    if len(cells) > MOST_CELLS:
        raise Unjudgeable(f"a solution of more than {MOST_CELLS:,} cells")
    return cells


def _cells(data: Any) -> Cells:
    """The cells of an object: rows of columns, names of values, or ``header`` and ``rows``."""
    if not isinstance(data, dict):
        return {}
    table = cast(dict[str, Any], data)
    if isinstance(table.get("solution"), dict):
        return _cells(table["solution"])
    if isinstance(table.get("header"), list) and isinstance(table.get("rows"), list):
        header = [_key(name) for name in table["header"]]
        rows = [cast(list[Any], row) for row in table["rows"] if isinstance(row, list)]
        return {
            (_key(row[0]), name): _key(value)
            for row in rows
            if row
            for name, value in zip(header[1:], row[1:], strict=False)
        }
    cells: Cells = {}
    for row, columns in table.items():
        values = cast(dict[str, Any], columns) if isinstance(columns, dict) else {_ONLY: columns}
        for column, value in values.items():
            if isinstance(value, str | int | float | bool):
                cells[_key(row), _key(column)] = _key(value)
    return cells


_STATEMENT = re.compile(
    r"[\s,;.]*(?:and\s+)?(?:\(?\d{1,3}[.)]\s*)?(?P<name>[^\W\d_][\w'-]*)\s*(?:\s+is\s+(?:an?\s+|the\s+)?|[:=]\s*)(?P<value>[^\W\d_][\w-]*)"
)


def _statements(reference: str) -> Cells:
    """The cells of a reference that says of each name what it is, and nothing else."""
    cells: Cells = {}
    at = 0
    while statement := _STATEMENT.match(reference, at):
        cells[_key(statement["name"]), _ONLY] = _key(statement["value"])
        at = statement.end()
    return {} if reference[at:].strip(" .;\n") else cells


def _key(value: object) -> str:
    """The form in which names and values are compared."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return " ".join(re.sub(r"[_*`\"'“”‘’]", " ", text).casefold().split())


_PUNCTUATION = re.compile(r"[^\w\s.;,:]|[,:](?=\w)")

# Forms ---------------------------------------------------------------------------------------------------------------


def _from_json(region: str, solution: Cells) -> Cells:
    """The last object in the answer that is JSON."""
    decoder = json.JSONDecoder(object_pairs_hook=_unambiguous)
    found: Cells = {}
    at, tries = region.find("{"), 0
    while at >= 0 and tries < 50:
        tries += 1
        try:
            data, end = decoder.raw_decode(region, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            found = _matched(_cells(data), solution) or found
        at = region.find("{", end)
    return found


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, without what it says in two ways."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name] = f"{found[name]} or {value}" if found.get(name, value) != value else value
    return found


def _from_table(region: str, solution: Cells) -> Cells:
    rows = [
        [_key(cell) for cell in line.strip().strip("|").split("|")]
        for line in region.splitlines()
        if line.count("|") > 1
    ]
    rows = [row for row in rows if not all(re.fullmatch(r":?-*:?", cell) for cell in row)]
    if len(rows) < 2:
        return {}
    header = rows[0]
    if {column for _, column in solution} == {_ONLY}:
        return _matched({(row[0], _ONLY): row[1] for row in rows if len(row) > 1}, solution)
    upright = {(row[0], name): value for row in rows[1:] for name, value in zip(header[1:], row[1:], strict=False)}
    turned = {(column, row): value for (row, column), value in upright.items()}
    return max((_matched(upright, solution), _matched(turned, solution)), key=len)


def _matched(cells: Cells, solution: Cells) -> Cells:
    """The cells by the solution's names: a row may be called by its number alone."""
    rows, columns = ({cell[i]: _short(cell[i]) for cell in solution} for i in (0, 1))
    by_row = {name: row for row, short in rows.items() for name in (row, short)}
    by_column = {name: column for column in columns for name in (column, column.removesuffix("s"))}
    return {
        (by_row[row], by_column[column]): value
        for (row, column), value in cells.items()
        if row in by_row and column in by_column
    }


def _short(row: str) -> str:
    """``1`` for ``house 1``; other names as they are."""
    numbered = re.fullmatch(r"\D+(\d+)", row)
    return numbered[1] if numbered else row


class _Said(NamedTuple):
    """A value somewhere in a text."""

    start: int
    end: int
    column: str
    value: str


_NEGATION = re.compile(
    r"\b(?:not|no|never|isn t|doesn t|nor|anything but|не|ни|kein(?:e[nmrs]?)?|nicht|nie|pas|jamais|ni|nunca|não|nem|non"
    r"|không|bukan|tidak|नहीं|ليس(?:ت)?|غير)\b|[不非没沒]"
)
_DENIED_BEHIND = re.compile(r"\s?(?:(?:で|じゃ)(?:は)?\s?(?:な[いくかけ]|あり)|(?:이|가|은|는)?\s?아니|değil|नहीं)")
"""What denies the value before it."""
_ALTERNATIVELY = re.compile(
    r"\bor (?:vice versa|the (?:other way (?:a?round)|reverse|opposite))\b|\b(?:или наоборот|oder umgekehrt|ou l inverse"
    r"|ou vice versa|o (?:viceversa|al revés))\b|或(?:者)?(?:相反|反之)"
)
_FULL_WIDTH = {ord(full): f"{mark} " for full, mark in zip("，、。；：", ",,.;:", strict=True)}
_TURN = (
    r"\b(?:but|sondern|mais|sino|а)\b|而是|,\s(?:so\s)?(?:he|she|it|they)\b"  # what follows a denial and is not denied
)
_DENIED = re.compile(rf"(?:{_NEGATION.pattern})(?:(?!{_TURN})[^.;]){{0,20}}$")
_DENIAL_CHARS = 40  # more than a denial has
_BE = re.compile(r",?\s(?:(?P<many>are|were)\s(?:both\s|all\s)?|(?:is|was)\s)(?:an?\s|the\s)?")
_BESIDE = frozenset({"like", "as well as", "along with", "together with"})
_BEFORE_VALUE = frozenset("the only and , . ;".split())
_BEFORE_ROW = _BEFORE_VALUE | {"is", "are", ":", "是", "为"}
_PRONOUN = re.compile(r"\b(?:he|she|it|they|who|which|this|that|same)\b")
_SENTENCE_END = re.compile(r"\.(?=\s|$)|;")


def _from_prose(region: str, solution: Cells) -> Cells:
    """What the text says of each row: after its name, up to the next row's; or before it, in a sentence that names no other
    ("The red house belongs to the Brit") and speaks of nothing named before ("It is red, and House 2 is blue"). What ends in "or
    vice versa" is no answer; what follows it may be."""
    region = visible(region).translate(_FULL_WIDTH)
    text = _key(_PUNCTUATION.sub(" ", ASIDE.sub(" ", region).replace("\n", " . ")))
    *_, undecided = [0, *(either.end() for either in _ALTERNATIVELY.finditer(text))]
    text = text[undecided:]
    rows = list(_any_of({row for row, _ in solution}).finditer(text))
    said: list[_Said] = []
    for column in {column for _, column in solution}:
        known = _any_of(
            {value for (_, named), value in solution.items() if named == column}, "s?" if column == _ONLY else ""
        )
        said += [_Said(*match.span(), column, match[1]) for match in known.finditer(text)]
    said.sort()
    ends = _sentence_ends(text, [*(row.span() for row in rows), *(one[:2] for one in said)])
    sentences: dict[int, tuple[list[re.Match[str]], list[_Said]]] = {}
    for row in rows:
        sentences.setdefault(bisect(ends, row.start()), ([], []))[0].append(row)
    for one in said:
        sentences.setdefault(bisect(ends, one.start), ([], []))[1].append(one)
    found: dict[tuple[str, str], set[tuple[str, bool]]] = {}
    latest: re.Match[str] | None = None
    denials = [denial.start() for denial in _NEGATION.finditer(text)]
    bounds = [0, *ends, len(text)]
    for number, (named, values) in sorted(sentences.items()):
        start = bounds[number]
        places = [row.start() for row in named], [one.start for one in values]
        suppositions = supposed(text, start, bounds[number + 1], *places)
        alone = len({row[0] for row in named}) == 1 and not _PRONOUN.search(text, start, named[0].start())
        lists = _lists(text, start, named, values)
        for one in values:
            if bisect(suppositions, one.start) % 2:
                continue
            before = bisect_left(places[0], one.start)  # how many rows are
            row = named[before - 1] if before else named[0] if alone or lists else latest
            if row is not None:
                denied = _is_denied(text, row, one, denials)
                for subject in lists.get(one) or (_subjects(text, named, before, one) if before else [row]):
                    found.setdefault((subject[1], one.column), set()).add((one.value, denied))
        latest = named[-1] if named else latest
    return {cell: value for cell, values in found.items() if (value := _settled(values))}


def _settled(values: set[tuple[str, bool]]) -> str:
    """The one value of a cell, of those said and those denied; nothing if they leave none or more."""
    affirmed = [value for value, denied in values if not denied]
    if not affirmed and len(values) == 1:
        return f"not {next(iter(values))[0]}"
    return affirmed[0] if len(affirmed) == 1 and (affirmed[0], True) not in values else ""


def _lists(text: str, start: int, named: list[re.Match[str]], values: list[_Said]) -> dict[_Said, list[re.Match[str]]]:
    """The rows behind each value in a sentence of nothing but such lists: "Knights: Alice and Carol", "The knave is Bob, and
    the knights are Alice and Carol"."""
    lists: dict[_Said, list[re.Match[str]]] = {}
    latest: list[re.Match[str]] | None = None
    marks = [*((row.start(), row.end(), row) for row in named), *((one.start, one.end, one) for one in values)]
    for begin, end, mark in sorted(marks, key=lambda mark: mark[:2]):
        is_value = isinstance(mark, _Said)
        if not (_BEFORE_VALUE if is_value else _BEFORE_ROW).issuperset(text[start:begin].split()):
            return {}
        if is_value:
            latest = lists[mark] = []
        elif latest is None:
            return {}
        else:
            latest.append(mark)
        start = end
    return lists if all(lists.values()) else {}


def _subjects(text: str, named: list[re.Match[str]], before: int, said: _Said) -> list[re.Match[str]]:
    """The rows that a value is said of, ``before`` of which are named before it: all of them in "Alice, Bob and Carol are
    knights" and "Carol, like Alice, is a knight", else the last, or the one that is unlike the last."""
    subjects = [named[before - 1]]
    if be := _BE.fullmatch(text, subjects[0].end(), said.start):
        for at in range(before - 2, -1, -1):
            joint = text[named[at].end() : named[at + 1].start()].strip(" ,")
            if joint == "unlike":
                return [named[at]]
            if joint not in _BESIDE and not (be["many"] and joint in ("", "and")):
                break
            subjects.append(named[at])
    return subjects


_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts whose words stand against what comes before and behind."""
_APART_BEFORE, _APART_BEHIND = rf"(?<![^\W{_UNSPACED}])", rf"(?![^\W{_UNSPACED}])"
_STANDS_APART = re.compile(rf"[^\W{_UNSPACED}]")


def _any_of(words: set[str], plural: str = "") -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile(rf"({'|'.join(_alone(word, plural) for word in longest_first)}){plural}")


def _alone(word: str, plural: str) -> str:
    """A word that is no part of another, as far as its script tells."""
    before = _APART_BEFORE if _STANDS_APART.match(word[0]) else ""
    behind = f"(?={plural}{_APART_BEHIND})" if _STANDS_APART.match(word[-1]) else ""
    return f"{before}{re.escape(word)}{behind}"


def _sentence_ends(text: str, names: list[tuple[int, int]]) -> list[int]:
    """Where sentences end: not at the points inside of names."""
    inside = {at for start, end in names for at in range(start, end)}
    return [end.start() for end in _SENTENCE_END.finditer(text) if end.start() not in inside]


def _is_denied(text: str, row: re.Match[str], said: _Said, denials: list[int]) -> bool:
    if row.start() > said.end:
        return any_within(denials, said.end, row.start())
    if _DENIED_BEHIND.match(text, said.end):
        return True
    return bool(_DENIED.search(text, max(row.end(), said.start - _DENIAL_CHARS), said.start))
