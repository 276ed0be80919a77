"""GRPO steps a second and peak memory: our trainer and TRL's GRPOTrainer, on the same model, prompts and reward.

    python -m benchmarks.grpo_vs_trl benchmarks/.venv-trl/bin/python

Each runs in a process of its own, in turns: 3.2 million parameters in Qwen2's shape, 8 prompts of 8 completions, up to 64
tokens each, beta 0.001, one optimizer step. The reward is computed in the process: what is compared is the trainer, not the
service. The first steps, which warm up, are left out. Where other programs run too, seconds of CPU say more than the clock's.
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
from itertools import pairwise
from pathlib import Path
from typing import Any

PROMPTS, OUTPUTS, TOKENS, STEPS, WARM = 8, 8, 64, 5, 1
LR, BETA = 1e-5, 0.001
THREADS = os.environ.get("OMP_NUM_THREADS", "2")


def main() -> None:
    """Runs both, twice, and prints what they took."""
    peer = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        make_model(Path(folder) / "model")
        for _ in range(2):
            for name, python in (("ours", sys.executable), ("trl", peer)):
                command = [python, "-m", "benchmarks.grpo_vs_trl", "--run", name, folder]
                answer = subprocess.run(
                    command, env={**os.environ, "OMP_NUM_THREADS": THREADS}, capture_output=True, text=True
                )
                if answer.returncode:
                    sys.exit(answer.stderr[-3000:])
                print(name, answer.stdout.splitlines()[-1], flush=True)


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


def now() -> tuple[float, float]:
    """Seconds of the clock, and of this process's CPU."""
    return time.perf_counter(), time.process_time()


def run_ours(folder: Path) -> list[tuple[float, float]]:
    """The time before the first step of ours and after each."""
    import torch
    from grpo import engine, parallel
    from grpo.config import Config, load
    from grpo.engine import Sampling
    from grpo.learner import Learner
    from grpo.models import load as load_model
    from grpo.prompts import Prompt

    torch.set_num_threads(int(THREADS))
    changes = [f"model.path={folder}/model", f"optimizer.lr={LR}", f"algorithm.beta={BETA}", "algorithm.preset=grpo"]
    config = load(Config, None, [*changes, f"rollout.max_new_tokens={TOKENS}", "train.steps=100"])
    policy = load_model(config.model, torch.device("cpu"))
    learner, generator = Learner(config, policy, parallel.connect()), torch.Generator().manual_seed(0)
    prompts = [Prompt(text, text) for text in questions()]
    times = [now()]
    for step in range(STEPS):
        completions = list(engine.generate(policy, prompts, OUTPUTS, Sampling.of(config.rollout), generator))
        for completion in completions:
            completion.reward, completion.status = paid(completion.text), "ok"
        learner.learn(learner.judge(completions), step)
        times.append(now())
    return times


def run_trl(folder: Path) -> list[tuple[float, float]]:
    """The same of TRL's."""
    import torch

    # Known in the peer's own environment alone, and to no type checker here.
    datasets: Any = importlib.import_module("datasets")
    transformers: Any = importlib.import_module("transformers")
    trl: Any = importlib.import_module("trl")

    torch.set_num_threads(int(THREADS))
    times: list[tuple[float, float]] = []

    class Clock(transformers.TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            times.append(now())

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
        bf16=False,
        gradient_checkpointing=False,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    data = datasets.Dataset.from_list([{"prompt": text + "\n"} for text in questions() * STEPS])
    tokenizer = transformers.AutoTokenizer.from_pretrained(f"{folder}/model")
    trainer = trl.GRPOTrainer(
        f"{folder}/model", reward, settings, data, processing_class=tokenizer, callbacks=[Clock()]
    )
    times.append(now())
    trainer.train()
    return times


def run(name: str, folder: Path) -> None:
    """One side, in this process: seconds a step, and peak memory."""
    times = (run_ours if name == "ours" else run_trl)(folder)[WARM:]
    clock, cpu = ([after[i] - before[i] for before, after in pairwise(times)] for i in range(2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    means = {"s_per_step": sum(clock) / len(clock), "fastest": min(clock), "cpu_s_per_step": sum(cpu) / len(cpu)}
    print(json.dumps({key: round(value, 3) for key, value in means.items()} | {"peak_mib": peak}))


if __name__ == "__main__":
    if sys.argv[1] == "--run":
        run(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
