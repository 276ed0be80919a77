"""The commands around training: ``grpo sft | sample | eval | pipeline | plot``. What they do is in :mod:`grpo.runners`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from verifier_client import BadRequest, VerifierClientError

from grpo.config import Section, load
from grpo.errors import GrpoError
from grpo.options import Changes, Recipe

STOPPED = 130
"""Exit code of a command that was asked to stop, and has saved: as shells have it for an interrupted one."""


def sft(recipe: Recipe = None, changes: Changes = None) -> None:
    """Fine-tune on worked answers, with the loss on completions alone: the cold start, and distillation.

    data.train is a JSONL file of {"prompt": ..., "completion": ...} or of chats, {"messages": [...]}; every assistant turn
    is learned. The same command run again goes on where it was stopped. The model is the last directory under
    <output>/checkpoints; transformers loads it, and every model.path takes <output> itself.

        grpo sft --set data.train=worked.jsonl --set model.path=Qwen/Qwen2.5-0.5B --set train.output=runs/cold-start

    Under torchrun, on several GPUs: torchrun --nproc-per-node 8 -m grpo sft recipe.yaml --set train.sharding=fsdp
    """
    from grpo import runners
    from grpo.finetune.config import SftConfig
    from grpo.signals import stopping

    with stopping() as stop:
        ended(runners.sft(load(SftConfig, recipe, changes or ()), stop))


def sample(recipe: Recipe = None, changes: Changes = None) -> None:
    """Rejection sampling: k samples a prompt; what is right and readable, in chat form, to fine-tune on.

    Needs the service (`verifier serve`), whose /v1/select does the selecting by a rubric: r1-select. All completions are in
    <output>/samples.jsonl, the selected in <output>/selected.jsonl, what became of the others in <output>/report.json.

        grpo sample --set model.path=runs/rl --set data.path=questions.jsonl --set rollout.outputs=16
    """
    from grpo import runners
    from grpo.offline.config import SampleConfig
    from grpo.signals import stopping

    with stopping() as stop:
        ended(_asking(lambda: runners.sample(load(SampleConfig, recipe, changes or ()), stop)))


def evaluate(recipe: Recipe = None, changes: Changes = None) -> None:
    """Evaluate: pass@1 over k samples at temperature 0.6 and top-p 0.95, pass@k, and cons@k by majority vote.

    Needs the service (`verifier serve`). Sets are JSONL files: our own, or GSM8K, AIME, AMC and HumanEval as they are
    published; of each, the figures are printed and in <output>/report.json.

        grpo eval --set model.path=runs/rl --set "sets=[{path: gsm8k.jsonl}, {path: HumanEval.jsonl.gz}]"
    """
    from grpo import runners
    from grpo.offline.config import EvalConfig
    from grpo.signals import stopping

    with stopping() as stop:
        ended(_asking(lambda: runners.evaluate(load(EvalConfig, recipe, changes or ()), stop)))


def pipeline(
    recipe: Annotated[Path, typer.Argument(help="YAML recipe of stages: see recipes/r1_tiny.yaml.")],
    changes: Changes = None,
) -> None:
    """Run stages in a row, each one of sft, train, sample, eval: R1's whole course as one recipe.

    All stages are checked before the first one runs. The same command run again goes on with the stage it was stopped in.

        grpo pipeline clients/grpo/recipes/r1_tiny.yaml --set output=runs/mine
    """
    from grpo import pipeline as stages
    from grpo import runners
    from grpo.signals import stopping

    all_stages = stages.stages(load(stages.PipelineConfig, recipe, changes or ()))
    with stopping() as stop:
        ended(_asking(lambda: stages.run(all_stages, runners.by_kind(stop), lambda text: typer.echo(text, err=True))))


def plot(
    run: Annotated[Path, typer.Argument(help="Directory of a run: what train.output was.")],
    output: Annotated[Path | None, typer.Option(help="PNG file; absent: curves.png in the directory.")] = None,
) -> None:
    """Draw a run's curves: accuracy, length, rewards, reflective words against the step. Needs matplotlib."""
    from grpo.watch.plots import draw

    typer.echo(draw(run, output))


def _asking(work: Callable[[], bool]) -> bool:
    """What a service that gives no answer looks like to a user."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise GrpoError("under torchrun there are sft and train alone: this command is one process")
    try:
        return work()
    except BadRequest as error:
        raise GrpoError(str(error)) from error
    except VerifierClientError as error:
        raise GrpoError(f"{error}; is the service up (`verifier serve`), and rewards.url its address?") from error


def ended(done: bool) -> None:
    """Says so of a command that was asked to stop."""
    if not done:
        typer.echo("stopped, and saved: the same command goes on from here", err=True)
        raise typer.Exit(STOPPED)


def kinds() -> dict[str, type[Section]]:
    """The recipes there are, by the command that takes them."""
    from grpo.pipeline import KINDS

    return {str(kind): section for kind, section in KINDS.items()}


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for name, command in {"sft": sft, "sample": sample, "eval": evaluate, "pipeline": pipeline, "plot": plot}.items():
        app.command(name)(command)
