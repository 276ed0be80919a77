"""``verifier decontaminate``: training samples that share no text with test sets."""

import json
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.table import Table

from verifier.batch import BrokenLine, read_line
from verifier.commands.terminal import BrokenLines, byte_progress, err, keep_apart, opened
from verifier.decontaminate import TestGrams
from verifier.errors import VerifierError


def decontaminate(
    file: Annotated[Path, typer.Argument(help="Training samples, one JSON value a line; '-' is standard input.")],
    against: Annotated[list[Path], typer.Option(help="A test set, one JSON value a line; once for each.")],
    output: Annotated[Path | None, typer.Option(help="Where clean samples go. Default: standard output.")] = None,
    report_to: Annotated[
        Path | None,
        typer.Option("--report", help="Where to write what was dropped: line, id, n-gram, and its test item."),
    ] = None,
    n: Annotated[int, typer.Option("--ngram", help="Words of an n-gram.", min=2, max=100)] = 10,
    field: Annotated[
        list[str] | None,
        typer.Option(help="Key of training samples that is looked at; once for each. Default: all text."),
    ] = None,
    test_field: Annotated[
        list[str] | None, typer.Option(help="Key of test items that is looked at; once for each. Default: all text.")
    ] = None,
) -> None:
    """Drop training samples that share any 10-gram with a test set.

    Words are compared without case, punctuation or markup; in scripts without spaces each letter is a word. Clean lines are
    written as they came. A broken line is reported by its number and dropped.
    """
    keep_apart([file, *against], output, report_to)
    grams = TestGrams(n)
    for path in against:
        _take_in(grams, path, test_field or [])
    unseen = set(field or ())
    counts = {"clean": 0, "contaminated": 0}
    broken = BrokenLines(file)
    with (
        opened(file, "rb") as lines,
        opened(output, "wb") as sink,
        opened(report_to or Path("/dev/null"), "wb") as details,
        byte_progress(file, "samples") as advance,
    ):
        for number, line in enumerate(lines, start=1):
            advance(len(line))
            if not line.strip():
                continue
            try:
                record = read_line(line)
            except ValueError as error:
                broken(BrokenLine(number, str(error)))
                continue
            unseen -= _keys(record)
            hit = grams.find(record, field or [])
            counts["contaminated" if hit else "clean"] += 1
            if hit is None:
                sink.write(line if line.endswith(b"\n") else line + b"\n")
            else:
                details.write(
                    json.dumps(_detail(number, record, hit.gram, hit.source), ensure_ascii=False).encode() + b"\n"
                )
    table = Table(box=None, show_header=False)
    for name, count in (*counts.items(), ("broken", broken.count)):
        table.add_row(name, str(count))
    table.add_row(f"{n}-grams of the test sets", f"{len(grams):,}")
    if grams.short:
        table.add_row("test items too short to match", str(grams.short))
    err.print(table)
    broken.end(sum(counts.values()))
    if unseen and sum(counts.values()):
        raise VerifierError(f"--field: no sample of {file} has a key {min(unseen)!r}: nothing was compared there")


def _take_in(grams: TestGrams, path: Path, fields: list[str]) -> None:
    """Read a test set. A broken line in it is no small matter: what stands there would go unnoticed; nor is an empty one."""
    unseen = set(fields)
    items = matchable = 0
    with opened(path, "rb") as lines, byte_progress(path, path.name) as advance:
        for number, line in enumerate(lines, start=1):
            advance(len(line))
            if line.strip():
                try:
                    record = read_line(line)
                except ValueError as error:
                    raise VerifierError(f"{path}:{number}: {error}") from None
                unseen -= _keys(record)
                items += 1
                matchable += grams.add(str(path), number, record, fields)
    if fields and len(unseen) == len(set(fields)):
        raise VerifierError(f"--test-field: no item of {path} has a key {' or '.join(sorted(unseen))}")
    if not matchable:
        what = f"none of its {items:,} items has" if items else "it has no test item with"
        raise VerifierError(f"{path}: {what} {grams.n} words in a row: nothing could match it (--ngram)")


def _keys(record: Any) -> frozenset[str]:
    return frozenset(cast("dict[str, Any]", record)) if isinstance(record, dict) else frozenset()


def _detail(number: int, record: Any, gram: str, source: str) -> dict[str, Any]:
    found: Any = record.get("id") if isinstance(record, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return {"line": number, "id": found, "ngram": gram, "test": source}
