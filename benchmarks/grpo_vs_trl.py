"""GRPO steps a second and peak memory: our trainer and TRL's GRPOTrainer, on the same model, prompts and reward.

    python -m benchmarks.grpo_vs_trl benchmarks/.venv-trl/bin/python

3.2 million parameters in Qwen2's shape, 8 prompts of 8 completions, up to 64 tokens each, beta 0.001, one optimizer step. Each
side is a process of its own; they take turns, step by step, so that what else runs on the machine weighs on both. The first
step, which warms up, is left out. Both compute in float32, then both in bfloat16, which is TRL's default. The reward is
computed in the process: what is compared is the trainer, not the service. OMP_NUM_THREADS is each side's threads.
`pip install -r benchmarks/trl.txt` makes the environment.
"""

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

PROMPTS, OUTPUTS, TOKENS, STEPS = 8, 8, 64, 6
LR, BETA = 1e-5, 0.001
MARK = "took "
THREADS = os.environ.get("OMP_NUM_THREADS", "2")


def main() -> None:
    """Runs both and prints what a step took: medians, over all steps but the first."""
    with tempfile.TemporaryDirectory() as folder:
        make_model(Path(folder) / "model")
        for dtype in ("float32", "bfloat16"):
            compare(folder, dtype, {"ours": sys.executable, "trl": sys.argv[1]})


def compare(folder: str, dtype: str, pythons: dict[str, str]) -> None:
    """Runs and prints both at one precision."""
    sides = {name: start(name, python, folder, dtype) for name, python in pythons.items()}
    steps = [{name: one_step(side) for name, side in sides.items()} for _ in range(STEPS)][1:]
    for side in sides.values():
        side.communicate()
    for key in ("clock", "cpu", "mib"):
        ours, trl = (median(step[name][key] for step in steps) for name in ("ours", "trl"))
        print(f"{dtype:8}  {key:5}  ours {ours:8.2f}  TRL {trl:8.2f}  TRL / ours {trl / ours:.2f}")


def start(name: str, python: str, folder: str, dtype: str) -> "subprocess.Popen[str]":
    """One side, which waits before each step for a line."""
    command = [python, "-m", "benchmarks.grpo_vs_trl", "--run", name, folder, dtype]
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


def make_model(path: Path) -> None:
    """A random model on disk, which never ends a text by itself."""
    import torch
    from grpo.config import ModelConfig
    from grpo.models import load

    policy = load(ModelConfig(path="small"), torch.device("cpu"))
    policy.save(path)


def questions() -> list[str]:
    """The prompts."""
    return [f"{n}+{n + 3}-{n + 1}=?" for n in range(10, 10 + PROMPTS)]


def paid(text: str) -> float:
    """The reward: anything that differs between completions."""
    return (len(text) % 7) / 7


def turns() -> Iterator[None]:
    """The steps of one side: waits for its turn, then measures."""
    for _ in range(STEPS):
        sys.stdin.readline()
        clock, cpu = time.perf_counter(), time.process_time()
        yield
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - cpu, "mib": peak}
        print(MARK + json.dumps(took), flush=True)


def run_ours(folder: Path, dtype: str) -> None:
    """Ours."""
    import torch
    from grpo import engine, parallel
    from grpo.config import Config, load
    from grpo.engine import Sampling
    from grpo.learner import Learner
    from grpo.models import load as load_model
    from grpo.prompts import Prompt

    torch.set_num_threads(int(THREADS))
    changes = [
        f"model.path={folder}/model",
        f"model.dtype={dtype}",
        f"optimizer.lr={LR}",
        f"algorithm.beta={BETA}",
        "algorithm.preset=grpo",
    ]
    config = load(Config, None, [*changes, f"rollout.max_new_tokens={TOKENS}", "train.steps=100"])
    policy = load_model(config.model, torch.device("cpu"))
    learner, generator = Learner(config, policy, parallel.connect()), torch.Generator().manual_seed(0)
    prompts = [Prompt(text, text) for text in questions()]
    for step, _ in enumerate(turns()):
        completions = list(engine.generate(policy, prompts, OUTPUTS, Sampling.of(config.rollout), generator))
        for completion in completions:
            completion.reward, completion.status = paid(completion.text), "ok"
        learner.learn(learner.judge(completions), step)


def run_trl(folder: Path, dtype: str) -> None:
    """TRL's."""
    import torch

    # Known in the peer's own environment alone, and to no type checker here.
    datasets: Any = importlib.import_module("datasets")
    transformers: Any = importlib.import_module("transformers")
    trl: Any = importlib.import_module("trl")

    torch.set_num_threads(int(THREADS))
    steps = turns()

    class Turns(transformers.TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            next(steps, None)

    def reward(completions: list[str], **_: object) -> list[float]:
        return [paid(text) for text in completions]

    settings = trl.GRPOConfig(
        output_dir=f"{folder}/trl",
        per_device_train_batch_size=PROMPTS * OUTPUTS,
        num_generations=OUTPUTS,
        max_completion_length=TOKENS,
        learning_rate=LR,
        beta=BETA,
        max_steps=STEPS,
        loss_type="grpo",
        use_cpu=True,
        bf16=dtype == "bfloat16",
        gradient_checkpointing=False,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    data = datasets.Dataset.from_list([{"prompt": text + "\n"} for text in questions() * STEPS])
    tokenizer = transformers.AutoTokenizer.from_pretrained(f"{folder}/model")
    trainer = trl.GRPOTrainer(
        f"{folder}/model", reward, settings, data, processing_class=tokenizer, callbacks=[Turns()]
    )
    next(steps)
    trainer.train()


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        {"ours": run_ours, "trl": run_trl}[sys.argv[2]](Path(sys.argv[3]), sys.argv[4])
    else:
        main()
