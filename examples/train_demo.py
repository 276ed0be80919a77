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
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from examples import service

ROOT = Path(__file__).parent.parent
RECIPE = ROOT / "clients" / "grpo" / "recipes" / "demo.yaml"
OUTPUT = ROOT / "run" / "train-demo"

console = Console(width=None if sys.stdout.isatty() else 120)


def main() -> None:
    """Runs the demo over the seeds given, one after the other; 0 if none is."""
    seeds = [int(text) for text in sys.argv[1:]] or [0]
    url = service.start()
    table = Table("seed", "held-out accuracy before RL", "after", "points", "tokens a completion", "minutes", box=None)
    for seed in seeds:
        output, started = OUTPUT / f"seed-{seed}", time.monotonic()
        train(seed, output, url)
        first, last = ends(output / "reasoning" / "metrics.jsonl")
        before, after = first["eval/pass@1"], last["eval/pass@1"]
        lengths = f"{first['eval/length']:.1f} -> {last['eval/length']:.1f}"
        minutes = (time.monotonic() - started) / 60
        table.add_row(
            *(str(seed), f"{before:.1%}", f"{after:.1%}", f"{100 * (after - before):+.1f}", lengths, f"{minutes:.1f}")
        )
    console.print(table)
    console.print(f"\nThe curves:  {OUTPUT.relative_to(ROOT)}/seed-*/reasoning/curves.png")
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
    done = subprocess.run(command, env={**os.environ, "VERIFIER_URL": url}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def ends(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first and the last evaluation of a run."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    evaluated = [row for row in rows if "eval/pass@1" in row]
    return evaluated[0], evaluated[-1]


if __name__ == "__main__":
    main()
