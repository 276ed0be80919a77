"""``make train-demo``: reinforcement learning of reasoning, from nothing to a policy that does sums, on this machine's CPU.

It starts the service, teaches a tiny policy on careless worked solutions, and then lets GRPO find out what is right, with
rewards of the service's ``r1`` rubric. Nothing is downloaded. ``python -m examples.train_demo 1 2 3`` repeats it over seeds.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from examples import service

ROOT = Path(__file__).parent.parent
RECIPE = ROOT / "clients" / "grpo" / "recipes" / "demo.yaml"
OUTPUT = ROOT / "run" / "train-demo"

console = Console(width=None if sys.stdout.isatty() else 120)


COLUMNS = (
    "seed",
    "held-out accuracy before RL",
    "after",
    "points",
    "tokens",
    "entropy, nats",
    "reward latency hidden",
    "minutes",
)


def main() -> None:
    """Runs the demo over the seeds given, one after the other; 0 if none is."""
    seeds = [int(text) for text in sys.argv[1:]] or [0]
    url = service.start()
    table = Table(*COLUMNS, box=None)
    for seed in seeds:
        output, started = OUTPUT / f"seed-{seed}", time.monotonic()
        train(seed, output, url)
        table.add_row(str(seed), *results(output / "reasoning"), f"{(time.monotonic() - started) / 60:.1f}")
    console.print(table)
    console.print(
        f"\nAccuracy: of {held_out()} problems that neither cold start nor RL has seen, one answer to each, ± its standard error."
    )
    console.print(f"The curves:  {OUTPUT.relative_to(ROOT)}/seed-*/reasoning/curves.png")
    console.print(f"The recipe:  {RECIPE.relative_to(ROOT)}")
    console.print(f"The service still runs on {url}; to stop it: make stop")


def train(seed: int, output: Path, url: str) -> None:
    """Cold start and reinforcement learning, anew."""
    shutil.rmtree(output, ignore_errors=True)
    changes = (
        f"output={output}",
        f"stages.cold-start.sft.train.seed={seed}",
        f"stages.reasoning.train.train.seed={seed}",
    )
    command = [
        sys.executable,
        "-m",
        "grpo",
        "pipeline",
        str(RECIPE),
        *(word for change in changes for word in ("--set", change)),
    ]
    # One thread: more have little to share in so small a model, the other core grades, and any machine gets the same numbers.
    environment = {"OMP_NUM_THREADS": "1", **os.environ, "VERIFIER_URL": url}
    done = subprocess.run(command, env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def results(run: Path) -> list[str]:
    """What a run of RL changed, from its first evaluation to its last, in the order of :data:`COLUMNS`."""
    steps = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    before, *_, after = [step for step in steps if "eval/pass@1" in step]
    learned = [step for step in steps if "policy/entropy" in step]
    waited, in_flight = (sum(step[name] for step in learned) for name in ("time/reward_wait", "time/reward"))
    return [
        share(before["eval/pass@1"]),
        share(after["eval/pass@1"]),
        f"{100 * (after['eval/pass@1'] - before['eval/pass@1']):+.1f}",
        f"{before['eval/length']:.1f} -> {after['eval/length']:.1f}",
        f"{learned[0]['policy/entropy']:.3f} -> {learned[-1]['policy/entropy']:.3f}",
        f"{1 - waited / in_flight:.1%}",
    ]


def share(value: float) -> str:
    """An accuracy with its standard error, in percent."""
    return f"{value:.1%} ± {100 * (value * (1 - value) / held_out()) ** 0.5:.1f}"


@cache
def held_out() -> int:
    """How many problems the recipe holds out."""
    return yaml.safe_load(RECIPE.read_text(encoding="utf-8"))["stages"]["reasoning"]["train"]["data"]["heldout_size"]


if __name__ == "__main__":
    main()
