"""Evaluation: pass@1 over k samples at temperature 0.6 and top-p 0.95, pass@k, and cons@k (DeepSeek-R1, 2501.12948).

The completions are kept in ``<output>/<set>.jsonl``; an evaluation that is stopped goes on there. What is right, and which
answers are the same, is the service's to say: ``/v1/vote``.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict

from verifier_client import Client

from grpo import runs
from grpo.errors import DataError
from grpo.offline import groups, sets
from grpo.offline.config import REPORT, EvalConfig
from grpo.offline.groups import Group
from grpo.offline.outcome import Outcome, outcome
from grpo.offline.service import connect
from grpo.watch.progress import Told, silent

FREE = {"sets": True, "rewards": True, "score": True, "output": True}
"""What of a recipe may change without the completions becoming others: groups are found again by their prompts."""


def evaluate(
    config: EvalConfig, told: Told = silent, stop: Callable[[], bool] = lambda: False
) -> dict[str, Outcome] | None:
    """The outcome of each set, by its name; in ``report.json`` as well. None if ``stop`` came first.

    Raises:
        ConfigError, DataError: a model, set or directory that cannot be used.
        GrpoError: no service answers.
        VerifierClientError: the service gave no answer. The completions are kept: run it again.
    """
    config = config.model_copy(update={"model": runs.resolved(config.model)})
    questions = {each.title: sets.load(each) for each in config.sets}
    if len(questions) < len(config.sets):
        raise DataError("two sets have the same name: give one of them another, under 'name'")
    runs.claim(config.output, config, FREE, kept=any(config.output.glob("*.jsonl")))
    writer = groups.Writer(config.model, config.rollout, config.seed)
    outcomes: dict[str, Outcome] = {}
    with connect(config.rewards) as client:
        for name, prompts in questions.items():
            path = config.output / f"{name}.jsonl"
            if not writer.fill(path, prompts, told, stop):
                return None
            outcomes[name] = _judged(client, groups.read(path, prompts), config)
    report = {"model": config.model.path, "sets": {name: asdict(each) for name, each in outcomes.items()}}
    (config.output / REPORT).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return outcomes


def _judged(client: Client, written: Sequence[Group], config: EvalConfig) -> Outcome:
    posted = [groups.posted(group) for group in written]
    return outcome(written, client.vote(posted, config.rewards.rubric, score=config.score))
