"""``make demo``: start the service, post a bundled set of completions through the client, show what each is paid and why.

The service is left running for you to try; ``make stop`` ends it.
"""

import json
import logging
import sys
import time
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text
from verifier_client import Client, Reward

from examples import service

COMPLETIONS = Path(__file__).parent / "demo.jsonl"

console = Console(width=None if sys.stdout.isatty() else 150)


class Case(NamedTuple):
    """One bundled completion."""

    title: str
    rubric: str
    sample: dict[str, Any]


def main() -> None:
    """Run the demo, or with ``stop`` end the service that it left."""
    if sys.argv[1:] == ["stop"]:
        console.print("The service has stopped." if service.stop() else "No service of the demo is running.")
        return
    logging.getLogger("verifier_client").setLevel(logging.ERROR)  # that some samples have no reward is part of the show
    url = service.start()
    cases = [Case(**json.loads(line)) for line in COMPLETIONS.read_text(encoding="utf-8").splitlines()]
    started = time.perf_counter()
    with Client(url) as client:
        rewards = grade(client, cases)
    elapsed = time.perf_counter() - started
    console.print(table(cases, rewards))
    console.print(
        f"\n{len(cases)} completions graded in {elapsed:.1f} s. A null reward is no 0: the status says whose fault it is.\n"
    )
    console.print(f"The service runs on   {url}")
    console.print(f"Its API, to try:      {url}/docs")
    console.print(f"Its metrics:          {url}/metrics")
    console.print(f"Its log:              {service.LOG.relative_to(service.RUN.parent)}")
    console.print("To stop it:           make stop")
    if not url.endswith(f":{service.PREFERRED_PORT}"):
        console.print(
            f"\nPort {service.PREFERRED_PORT} was taken: in the examples of the README, read {url.rpartition(':')[2]},"
            f" and for the client: export VERIFIER_URL={url}"
        )


def grade(client: Client, cases: list[Case]) -> list[Reward]:
    """The rewards of all cases in order; one request for each run of cases with the same rubric."""
    rewards: list[Reward] = []
    for rubric, group in groupby(cases, key=lambda case: case.rubric):
        rewards += client.rewards([case.sample for case in group], rubric=rubric, on_error="mask")
    return rewards


def table(cases: list[Case], rewards: list[Reward]) -> Table:
    """What each was paid, and why."""
    columns = Table("completion", "status", "scores", "why", box=None, header_style="bold", padding=(0, 1))
    columns.add_column("reward", justify="right")
    for case, reward in zip(cases, rewards, strict=True):
        values = "  ".join(f"{name} {_number(score.value)}" for name, score in reward.scores.items())
        why = next(iter(reward.scores.values())).explanation
        for name, score in list(reward.scores.items())[1:]:
            if score.value is not None and score.value < 1:
                why += f"; {name}: {score.explanation}"
        colour = "yellow" if reward.reward is None else "green" if reward.reward >= len(reward.scores) else "default"
        columns.add_row(case.title, reward.status, values, Text(why), _number(reward.reward), style=colour)
    return columns


def _number(value: float | None) -> str:
    return "null" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    main()
