"""The data that benchmarks run on."""

import gzip
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(os.environ.get("BENCH_DATA", Path(__file__).parent.parent.parent / "shared" / "data"))


class Question(NamedTuple):
    """A question with its reference answer."""

    id: str
    text: str
    answer: Any


def lines(name: str) -> list[dict[str, Any]]:
    """The objects of a JSONL file, gzipped or not; empty, with a word about it, where it is absent."""
    path = ROOT / name
    if not path.is_file():
        print(f"skipped: {path} is absent (set BENCH_DATA)")
        return []
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.splitlines()]


def questions(name: str) -> list[Question]:
    """The questions of ``gsm8k``, ``aime24`` or ``amc23``."""
    found = lines(f"{name}.jsonl")
    key = "idx" if name == "gsm8k" else "id"
    # GSM8K writes the answer after '####' at the end of its solution.
    return [
        Question(
            f"{name}/{row[key]}",
            row["question"],
            row["answer"].rpartition("####")[2].strip() if name == "gsm8k" else row["answer"],
        )
        for row in found
    ]
