"""What a GPU does in a GRPO step: tokens written and learned from, model FLOPs utilisation, waiting for rewards.

    verifier serve --port 8000 &
    python -m benchmarks.grpo_gpu [--shape qwen-0.5b] [--tokens 512] [--steps 4] [SECTION.KEY=VALUE ...]

Random weights in the shape of Qwen2.5-0.5B, so that completions are of full length; rewards are the service's. A step is the
trainer's own: sampling, the reference pass, rewards, learning. The first step, which compiles and warms up, is left out.
Utilisation counts 6 operations a weight and token, and 12 a layer, width and token attended to, and no recomputation
(PaLM, 2204.02311, appendix B), over the peak of the card in dense bfloat16.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.shapes import make_model

PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "4090": 165e12}
"""Operations a second in dense bfloat16 with float32 sums, by a part of the card's name; from the makers' data sheets."""


class Kept:
    """Keeps what each step measured."""

    def __init__(self) -> None:
        self.steps: list[dict[str, float]] = []

    def started(self, config: dict[str, Any], step: int) -> None:
        """Nothing."""

    def phase(self, name: str) -> None:
        """Nothing."""

    def stepped(self, step: int, metrics: dict[str, float], completions: Sequence[object]) -> None:
        """Adds the step, and shows it."""
        keys = ("step", "generate", "reference", "reward_wait", "train")
        print(step, *(f"{key} {metrics['time/' + key]:.2f} s" for key in keys), flush=True)
        self.steps.append(metrics)

    def ended(self, step: int) -> None:
        """Nothing."""


def main() -> None:
    """Runs some steps and prints what they took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shape", default="qwen-0.5b")
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("changes", nargs="*", metavar="SECTION.KEY=VALUE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_model(Path(folder) / "model", options.shape)
        run(Path(folder), options.tokens, options.steps, options.changes)


def run(folder: Path, tokens: int, steps: int, changes: Sequence[str]) -> None:
    """Trains and prints."""
    import torch
    from grpo.config import Config, load
    from grpo.train import Trainer

    own = ("rollout.questions=32", "rollout.outputs=16", "data.size=512", "train.minibatches=4")
    ways = (f"model.path={folder}/model", f"train.output={folder}/run", f"train.steps={steps}")
    config = load(Config, None, [*own, *ways, f"rollout.max_new_tokens={tokens}", "algorithm.preset=r1", *changes])
    kept = Kept()
    trainer = Trainer(config, [kept])
    trainer.save = lambda: Path()
    trainer.run()
    model: Any = trainer.policy.model
    print(json.dumps(figures(model, kept.steps[1:], config.rollout.questions * config.rollout.outputs), indent=2))
    if torch.cuda.is_available():
        print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, at most", end=" ")
        print(f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB allocated")


def figures(model: Any, steps: list[dict[str, float]], completions: int) -> dict[str, float]:
    """Medians over steps."""
    import torch

    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    peak = next((value for key, value in PEAKS.items() if key in name), float("nan"))
    config, weights = model.config, sum(p.numel() for p in model.parameters())
    found: dict[str, list[float]] = {}
    for step in steps:
        tokens, length = completions * step["length/mean"], step["length/mean"]
        a_token = 6 * weights + 12 * config.num_hidden_layers * config.hidden_size * length / 2
        rows = {f"seconds of {key}": step["time/" + key] for key in ("step", "generate", "reference", "train")}
        rows |= {
            "tokens a second, written": tokens / step["time/generate"],
            "tokens a second, learned from": tokens / step["time/train"],
            "tokens a second, of the whole step": tokens / step["time/step"],
            "utilisation of the learning, %": 100 * tokens * a_token / step["time/train"] / peak,
            "waiting for rewards, % of the step": 100 * step["time/reward_wait"] / step["time/step"],
            "latency of rewards hidden, %": 100 * step["reward/latency_hidden"],
            "completions without a reward, %": 100 * step["reward/error_rate"],
        }
        for key, value in rows.items():
            found.setdefault(key, []).append(value)
    return {key: round(median(values), 3) for key, values in found.items()}


if __name__ == "__main__":
    main()
