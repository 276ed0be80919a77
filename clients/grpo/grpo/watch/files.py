"""What a run leaves behind to read: its metrics and some of its completions, as JSONL.

A run that resumes goes on in the same files: rows of steps that are about to be run again are taken out first.
"""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from grpo.completion import Completion
from grpo.metrics import Metrics


class MetricLines:
    """An observer that writes ``{"step": 12, "time": 1790000000.0, "reward/mean": 1.23, ...}``, one line a step."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def started(self, config: dict[str, Any], step: int) -> None:
        forget_after(self._path, step)

    def phase(self, name: str) -> None: ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        # JSON has no NaN: what could not be measured is null.
        values = {name: value if math.isfinite(value) else None for name, value in metrics.items()}
        append(self._path, [{"step": step, "time": round(time.time(), 3), **values}])

    def ended(self, step: int) -> None: ...


class Completions:
    """An observer that writes the first ``count`` completions of each step, with their rewards."""

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._count = path, count

    def started(self, config: dict[str, Any], step: int) -> None:
        forget_after(self._path, step)

    def phase(self, name: str) -> None: ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        if completions:  # a run of fine-tuning has none
            append(self._path, [{"step": step, **row(completion)} for completion in completions[: self._count]])

    def ended(self, step: int) -> None: ...


def row(completion: Completion) -> dict[str, Any]:
    """A completion as a line of JSON."""
    return {
        "id": completion.prompt.id,
        "prompt": completion.prompt.asked,
        "completion": completion.text,
        "tokens": len(completion.tokens),
        "finish": completion.finish,
        "status": completion.status,
        "reward": completion.reward,
        "scores": completion.scores,
        "explanation": completion.explanation,
    }


def append(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds lines to a JSONL file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in rows)


def stream(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSONL file; without the last, where a run was killed while it wrote it. No file: none."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                yield cast("dict[str, Any]", json.loads(line))
            except ValueError:
                continue


def mend(path: Path) -> None:
    """Takes out a last line that is not whole."""
    if path.exists() and (size := path.stat().st_size):
        with path.open("r+b") as file:
            whole = file.read().rfind(b"\n") + 1
            if whole < size:
                file.truncate(whole)


def forget_after(path: Path, step: int) -> None:
    """Takes out the lines of all later steps; before the first step, the file."""
    if not step:
        path.unlink(missing_ok=True)
    elif path.exists():
        kept = [each for each in stream(path) if each["step"] <= step]
        path.unlink()
        append(path, kept)
