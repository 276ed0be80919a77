"""GRPO steps a second and peak memory: our trainer and TRL's GRPOTrainer, on the same model, prompts and reward.

    python -m benchmarks.grpo_vs_trl benchmarks/.venv-trl/bin/python [--shape qwen-0.5b] [--tokens 256] [--steps 4]

3.2 million parameters in Qwen2's shape, 8 prompts of 8 completions, up to 64 tokens each, beta 0.001, one optimizer step; on a
GPU where there is one. Each side is a process of its own; they take turns, step by step, so that what else runs on the machine
weighs on both. The first step, which warms up, is left out. Both compute in float32, then both in bfloat16, which is TRL's
default. The reward is computed in the process: what is compared is the trainer, not the service. OMP_NUM_THREADS is each
side's threads. `pip install -r benchmarks/trl.txt` makes the environment.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.shapes import make_model

PROMPTS, OUTPUTS = 8, 8
LR, BETA = 1e-5, 0.001
MARK = "took "
THREADS = os.environ.get("OMP_NUM_THREADS", "2")


def main() -> None:
    """Runs both and prints what a step took: medians, over all steps but the first."""
    options = arguments().parse_args()
    if options.run:
        {"ours": run_ours, "trl": run_trl}[options.run](options)
        return
    with tempfile.TemporaryDirectory() as folder:
        make_model(Path(folder) / "model", options.shape)
        for dtype in options.dtypes.split(","):
            compare({"ours": sys.executable, "trl": options.python}, options, ["--folder", folder, "--dtype", dtype])


def arguments() -> argparse.ArgumentParser:
    """The command line; that of a side names it in ``--run``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("python", help="of TRL's environment")
    parser.add_argument("--shape", default="small")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--dtypes", default="float32,bfloat16")
    for name in ("run", "folder", "dtype"):
        parser.add_argument("--" + name, help=argparse.SUPPRESS)
    return parser


def compare(pythons: dict[str, str], options: argparse.Namespace, more: list[str]) -> None:
    """Runs and prints both at one precision."""
    sides = {name: start(name, python, more) for name, python in pythons.items()}
    steps = [{name: one_step(side) for name, side in sides.items()} for _ in range(options.steps)][1:]
    for side in sides.values():
        side.communicate()
    for key in ("clock", "cpu", "mib"):
        ours, trl = (median(step[name][key] for step in steps) for name in ("ours", "trl"))
        print(f"{more[-1]:8}  {key:5}  ours {ours:8.2f}  TRL {trl:8.2f}  TRL / ours {trl / ours:.2f}")


def start(name: str, python: str, more: list[str]) -> "subprocess.Popen[str]":
    """One side, which waits before each step for a line."""
    command = [python, "-m", "benchmarks.grpo_vs_trl", *sys.argv[1:], "--run", name, *more]
    environment = {**os.environ, "OMP_NUM_THREADS": THREADS}
    return subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def one_step(side: "subprocess.Popen[str]") -> dict[str, float]:
    """Lets a side make its next step: seconds of the clock and of its CPU, and its peak memory so far."""
    assert side.stdin is not None and side.stdout is not None
    print(file=side.stdin, flush=True)
    while line := side.stdout.readline():
        if line.startswith(MARK):
            return json.loads(line.removeprefix(MARK))
    sys.exit("a side ended early")


def questions() -> list[str]:
    """The prompts."""
    return [f"{n}+{n + 3}-{n + 1}=?" for n in range(10, 10 + PROMPTS)]


def paid(text: str) -> float:
    """The reward: anything that differs between completions."""
    return (len(text) % 7) / 7


def turns(steps: int) -> Iterator[None]:
    """The steps of one side: waits for its turn, then measures."""
    import torch

    gpu = torch.cuda.is_available()
    for _ in range(steps):
        sys.stdin.readline()
        clock, cpu = time.perf_counter(), time.process_time()
        yield
        if gpu:
            torch.cuda.synchronize()
        peak = (
            torch.cuda.max_memory_allocated() >> 20 if gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        )
        took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - cpu, "mib": peak}
        print(MARK + json.dumps(took), flush=True)


def run_ours(options: argparse.Namespace) -> None:
    """Ours."""
    import torch
    from grpo import engine, parallel
    from grpo.config import Config, load
    from grpo.learner import Learner
    from grpo.models import load as load_model
    from grpo.prompts import Prompt
    from grpo.sampling import Sampling

    torch.set_num_threads(int(THREADS))
    changes = [
        f"model.path={options.folder}/model",
        f"model.dtype={options.dtype}",
        f"optimizer.lr={LR}",
        f"algorithm.beta={BETA}",
        "algorithm.preset=grpo",
    ]
    config = load(Config, None, [*changes, f"rollout.max_new_tokens={options.tokens}", "train.steps=100"])
    world = parallel.connect()
    policy = load_model(config.model, world.device)
    learner, generator = Learner(config, policy, world), torch.Generator(world.device).manual_seed(0)
    prompts = [Prompt(text, text) for text in questions()]
    for step, _ in enumerate(turns(options.steps)):
        completions = list(engine.generate(policy, prompts, OUTPUTS, Sampling.of(config.rollout), generator))
        for completion in completions:
            completion.reward, completion.status = paid(completion.text), "ok"
        learner.learn(learner.judge(completions), step)


def run_trl(options: argparse.Namespace) -> None:
    """TRL's."""
    import torch

    # Known in the peer's own environment alone, and to no type checker here.
    datasets: Any = importlib.import_module("datasets")
    transformers: Any = importlib.import_module("transformers")
    trl: Any = importlib.import_module("trl")

    torch.set_num_threads(int(THREADS))
    steps = turns(options.steps)

    class Turns(transformers.TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            next(steps, None)

    def reward(completions: list[str], **_: object) -> list[float]:
        return [paid(text) for text in completions]

    settings = trl.GRPOConfig(
        output_dir=f"{options.folder}/trl",
        per_device_train_batch_size=PROMPTS * OUTPUTS,
        num_generations=OUTPUTS,
        max_completion_length=options.tokens,
        learning_rate=LR,
        beta=BETA,
        max_steps=options.steps,
        loss_type="grpo",
        use_cpu=not torch.cuda.is_available(),
        bf16=options.dtype == "bfloat16",
        gradient_checkpointing=False,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    data = datasets.Dataset.from_list([{"prompt": text + "\n"} for text in questions() * options.steps])
    tokenizer = transformers.AutoTokenizer.from_pretrained(f"{options.folder}/model")
    trainer = trl.GRPOTrainer(
        f"{options.folder}/model", reward, settings, data, processing_class=tokenizer, callbacks=[Turns()]
    )
    next(steps)
    trainer.train()


if __name__ == "__main__":
    main()
