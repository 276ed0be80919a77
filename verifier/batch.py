"""Grading a file of samples with no server running: one JSON object a line in, one reward a line out, in the same order."""

import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from verifier import jsontext
from verifier.engine import Engine, Graded
from verifier.rubric import Recipe
from verifier.schema import Reward, Score, Status

WINDOW = 4_096
"""Samples held in memory at once."""
NO_TIMEOUT_S = 1e8
"""There is no client to keep waiting: a sample waits for a worker as long as it takes."""
SLOWEST = 5
DISTINCT_CAUSES = 1_000
"""Causes that are told apart: an explanation may quote its sample."""


@dataclass(frozen=True)
class BrokenLine:
    """A line that holds no sample."""

    number: int
    why: str


def read_line(line: bytes) -> Any:
    """The value on a line of a file. Raises ValueError as :func:`verifier.jsontext.read` does, of the line alone."""
    try:
        return jsontext.read(line.rstrip(b"\r\n"))
    except ValueError as error:
        raise ValueError(str(error).replace(" at line 1 column ", " at column ")) from None


def read_lines(lines: Iterable[bytes]) -> Iterator[Any]:
    """The samples of a file, as they came; a :class:`BrokenLine` where a line is no JSON object. Empty lines are skipped."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            sample = read_line(line)
        except ValueError as error:
            yield BrokenLine(number, str(error))
            continue
        yield sample if isinstance(sample, dict) else BrokenLine(number, "not a JSON object")


async def grade(
    engine: Engine, recipe: Recipe, samples: Iterator[Any], on_broken: Callable[[BrokenLine], None]
) -> AsyncIterator[bytes]:
    """The rewards of ``samples`` as JSON, in order, each as soon as those before it are known."""
    while window := list(islice(samples, WINDOW)):
        ready: dict[int, bytes] = {}
        for index, sample in enumerate(window):
            if isinstance(sample, BrokenLine):
                on_broken(sample)
                score = Score.none(Status.UNJUDGEABLE, f"line {sample.number}: {sample.why}")
                ready[index] = recipe.uniform(None, score).model_dump_json().encode()
        whole = [index for index in range(len(window)) if index not in ready]
        following = 0
        async for batch in _graded(engine, recipe, [window[index] for index in whole]):
            ready |= {whole[graded.position]: graded.json for graded in batch}
            while following in ready:
                yield ready.pop(following)
                following += 1


async def _graded(engine: Engine, recipe: Recipe, samples: list[Any]) -> AsyncIterator[list[Graded]]:
    yield []  # what needs no worker is known already
    async for batch in engine.grade(recipe, samples, NO_TIMEOUT_S):
        yield batch


@dataclass
class Mean:
    """A mean, without the values that it is of."""

    total: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.total += value
        self.count += 1

    @property
    def value(self) -> float:
        return self.total / self.count


@dataclass
class Cause:
    """Why there is no verdict: on how many, and the number of the first."""

    why: str
    first: int
    count: int = 0


class Causes:
    """Why there is no verdict on samples or groups."""

    def __init__(self) -> None:
        self._causes: dict[str, Cause] = {}

    def add(self, why: str, number: int) -> None:
        """Count one more."""
        if why not in self._causes and len(self._causes) >= DISTINCT_CAUSES:
            why = "other causes"
        self._causes.setdefault(why, Cause(why, number)).count += 1

    def most_frequent(self, count: int) -> list[Cause]:
        return sorted(self._causes.values(), key=lambda cause: -cause.count)[:count]


@dataclass
class Summary:
    """What became of a file of samples."""

    statuses: Counter[str] = field(default_factory=Counter[str])
    means: dict[str, Mean] = field(default_factory=lambda: defaultdict[str, Mean](Mean))
    """Of the reward, and of each score."""
    causes: Causes = field(default_factory=Causes)
    slowest: list[tuple[float, int, str]] = field(default_factory=list[tuple[float, int, str]])
    """Milliseconds, the number of the reward, and its id."""

    def add(self, line: bytes) -> None:
        """Count one more reward."""
        reward = Reward.model_validate_json(line)
        number = self.statuses.total() + 1
        self.statuses[reward.status] += 1
        if reward.status is not Status.OK:
            why = next((score.explanation for score in reward.scores.values() if score.status == reward.status), "")
            self.causes.add(re.sub(r"^line \d+: ", "", why), number)
        values = {"reward": reward.reward} | {name: score.value for name, score in reward.scores.items()}
        for name, value in values.items():
            if value is not None:
                self.means[name].add(value)
        elapsed = sum(score.elapsed_ms for score in reward.scores.values())
        self.slowest = sorted([*self.slowest, (elapsed, number, str(reward.id or ""))], reverse=True)[:SLOWEST]
