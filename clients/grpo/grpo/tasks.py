"""Verifiable problems without end: arithmetic and word problems with exact answers, and worked solutions in the R1 format.

A problem is a running total: a start, and steps that add or take away. Solutions come as a careless pupil writes them: some
guess at once, some work step by step, some notice a slip and mend it; and ``noise`` makes steps go wrong by one, as when the
start is counted too. What they teach is the format and a doubtful skill: reinforcement learning has something to find.
"""

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from grpo.errors import DataError
from grpo.prompts import Prompt

NAMES = ("Ann", "Ben", "Eva", "Leo", "Mia", "Tom")
THINGS = ("apples", "books", "coins", "eggs", "pens", "stamps")
MORE = ("buys", "finds", "gets")
LESS = ("gives away", "loses", "sells")

LARGEST = 20
"""Totals stay between 0 and this."""

LARGEST_STEP = 5

HELD_OUT = 8
"""One problem in so many is held out: the same ones always."""

PATIENCE = 20_000
"""Draws in a row without a new problem, after which there are no more."""

Style = Literal["guess", "steps", "check"]
STYLES: dict[Style, float] = {"guess": 0.5, "steps": 0.35, "check": 0.15}
"""How often each style is used: the answer at once; every step; every step, with a slip found and mended."""

UNFORMATTED = 0.1
"""Share of noisy solutions that forget a tag."""


@dataclass(frozen=True)
class Problem:
    """A running total: ``start``, then each of ``steps`` added (negative: taken away)."""

    start: int
    steps: tuple[int, ...]

    @property
    def totals(self) -> list[int]:
        """The total after each step."""
        totals = [self.start]
        for step in self.steps:
            totals.append(totals[-1] + step)
        return totals[1:]

    @property
    def answer(self) -> int:
        return self.totals[-1]

    @property
    def held_out(self) -> bool:
        """Whether its numbers are for evaluation alone, however they are asked: no seed puts them among the others."""
        return zlib.crc32(f"{self.start} {self.steps}".encode()) % HELD_OUT == 0


def generate(name: str, count: int, seed: int, noise: float = 0.0, *, heldout: bool = False) -> list[Prompt]:
    """``count`` problems of the task ``name``, all different, each with one worked solution; the same for the same seed.

    Args:
        name: A key of :data:`TASKS`.
        noise: Probability that a step of a solution goes wrong. Above 0, some solutions also forget a tag.
        heldout: Problems to evaluate on; else, and whatever the seed, problems that are never among those.

    Raises:
        DataError: no task of that name, or fewer different problems.
    """
    if name not in TASKS:
        raise DataError(f"no task {name!r}; there are: {', '.join(TASKS)}")
    rng = random.Random(f"{name} {seed}")
    prompts: dict[str, Prompt] = {}
    misses = 0
    while len(prompts) < count:
        problem = _problem(rng, heldout=heldout)
        question = TASKS[name](problem, rng)
        sample = {"answer": str(problem.answer), "kind": "math", "language": "en"}
        prompt = Prompt(question, question, sample, solve(problem, rng, noise))
        misses = 0 if prompts.setdefault(question, prompt) is prompt else misses + 1
        if misses > PATIENCE:
            part = "held-out " if heldout else ""
            raise DataError(f"tasks:{name} has {len(prompts)} different {part}problems, not {count}")
    return list(prompts.values())


def solve(problem: Problem, rng: random.Random, noise: float = 0.0) -> str:
    """A worked solution in the R1 format, in one of the :data:`STYLES`; wrong now and then, by ``noise``."""
    (style,) = rng.choices(list(STYLES), list(STYLES.values()))
    if style == "guess":
        answer = problem.answer
        for step in problem.steps:
            answer += _slip(step, rng, noise)
        reasoning = f"It is {answer}."
    else:
        reasoning, answer = _steps(problem, rng, noise, check=style == "check")
    tags = ["<think>", "</think>", "<answer>", "</answer>"]
    if noise and rng.random() < UNFORMATTED:
        tags[rng.randrange(4)] = ""
    return f"{tags[0]}{reasoning}{tags[1]}{tags[2]}\\boxed{{{answer}}}{tags[3]}"


def _steps(problem: Problem, rng: random.Random, noise: float, *, check: bool) -> tuple[str, int]:
    total, lines = problem.start, list[str]()
    slipping = rng.randrange(len(problem.steps)) if check else -1
    for index, step in enumerate(problem.steps):
        term = f"{total}{step:+d}"
        if index == slipping:
            lines.append(f"{term}={total + step + _slip(step, rng, 1.0)}. Wait, check:")
        total += step + _slip(step, rng, noise)
        lines.append(f"{term}={total}.")
    return " ".join(lines), total


def _slip(step: int, rng: random.Random, noise: float) -> int:
    """What a step goes wrong by: one too little counted, or nothing."""
    return (-1 if step > 0 else 1) if rng.random() < noise else 0


def _problem(rng: random.Random, *, heldout: bool) -> Problem:
    while (problem := _any_problem(rng)).held_out != heldout:
        pass
    return problem


def _any_problem(rng: random.Random) -> Problem:
    start = total = rng.randint(2, 15)
    steps: list[int] = []
    for _ in range(rng.randint(2, 3)):
        low, high = max(-LARGEST_STEP, -total), min(LARGEST_STEP, LARGEST - total)
        step = rng.choice([n for n in range(low, high + 1) if n])
        steps.append(step)
        total += step
    return Problem(start, tuple(steps))


def _arithmetic(problem: Problem, rng: random.Random) -> str:
    return f"{problem.start}" + "".join(f"{step:+d}" for step in problem.steps) + "=?"


def _words(problem: Problem, rng: random.Random) -> str:
    name, things = rng.choice(NAMES), rng.choice(THINGS)
    told = [f"{name} has {problem.start} {things}."]
    told += [f"{name} {rng.choice(MORE if step > 0 else LESS)} {abs(step)}." for step in problem.steps]
    return " ".join(told) + f" How many {things} now?"


def _mixed(problem: Problem, rng: random.Random) -> str:
    return rng.choice((_arithmetic, _words))(problem, rng)


TASKS: dict[str, Callable[[Problem, random.Random], str]] = {
    "arithmetic": _arithmetic,
    "words": _words,
    "mixed": _mixed,
}
"""How each task asks: ``12+7-3=?``; ``Ann has 12 pens. Ann buys 7. ...``; one or the other."""
