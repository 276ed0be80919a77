"""What is measured in a step, under which names, and who is told.

A step's metrics are one flat ``dict[str, float]``: what TensorBoard, JSONL and W&B all take. Names:

==========================  =================================================================================
reward/mean, reward/std      of all graded completions of the step; absent, as scores, where none was graded
reward/<score>               mean of each score of the rubric (``reward/accuracy``, ``reward/format``, ...)
reward/zero_variance         share of groups whose rewards are all equal: no signal
reward/error_rate            share of completions without a reward (status error or unjudgeable)
length/mean, length/max      tokens of completions; length/truncated: share that was cut off
words/<word>                 reflective words a completion, the paper's list; words/all: their sum
policy/entropy               mean entropy of the next token, nats
policy/kl                    mean k3 estimate of KL(policy || reference) a token, nats
policy/ratio                 mean importance ratio; policy/clip_low, policy/clip_high: share clipped
policy/is_weight             mean sampler correction; policy/is_clipped: share truncated
loss, grad_norm, lr          mean over minibatches; the norm before clipping; the last learning rate
curriculum/pass_rate         mean pass rate of the prompts drawn; curriculum/skipped: prompts passed over
time/step, time/generate     seconds; time/reward: some completion was with the service;
  time/reference, time/train   time/reward_wait: blocked on rewards after all else was done
reward/latency_hidden        share of the seconds with rewards in flight that the trainer spent on other work
throughput/generate          completion tokens sampled a second; throughput/train: tokens trained a second
eval/<name>                  held-out figures (``eval/pass@1``), in the steps that have them
==========================  =================================================================================
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from grpo.completion import Completion

Metrics = dict[str, float]

REFLECTIVE = ("wait", "mistake", "however", "but", "retry", "error", "verify", "wrong", "evaluate", "check")
"""Words whose frequency DeepSeek-R1 follows during training (arXiv 2501.12948, figure on reflective words)."""

_WORDS = re.compile(r"\b(" + "|".join(REFLECTIVE) + r")\b", re.IGNORECASE)


class Observer(Protocol):
    """Is told what happens in a run, in the main process alone. Everything it gets is its own to read, not to change."""

    def started(self, config: dict[str, Any], step: int) -> None:
        """The run begins, or resumes after ``step`` steps."""
        ...

    def phase(self, name: str) -> None:
        """The step enters ``generate``, ``rewards``, ``reference``, ``train``, ``evaluate`` or ``save``."""
        ...

    def stepped(self, step: int, metrics: Metrics, completions: Sequence[Completion]) -> None:
        """Step ``step`` (from 1) is done. ``completions`` are all of the main process's, graded.

        Step 0, with no completions, is the evaluation before the first step.
        """
        ...

    def ended(self, step: int) -> None:
        """The run is over, or was asked to stop, after ``step`` steps. Called on errors too."""
        ...


def of_completions(completions: Sequence[Completion]) -> Metrics:
    """Rewards, lengths and reflective words of a step's completions."""
    graded = [c.reward for c in completions if c.reward is not None]
    metrics = {
        "reward/error_rate": 1 - len(graded) / max(1, len(completions)),
        "length/mean": _mean([len(c.tokens) for c in completions]),
        "length/max": float(max((len(c.tokens) for c in completions), default=0)),
        "length/truncated": _mean([c.truncated for c in completions]),
    }
    if graded:  # what nobody has judged is no reward of 0
        metrics["reward/mean"] = mean = _mean(graded)
        metrics["reward/std"] = _mean([(reward - mean) ** 2 for reward in graded]) ** 0.5
    for name in {name for c in completions for name in c.scores}:
        if values := [value for c in completions if (value := c.scores.get(name)) is not None]:
            metrics[f"reward/{name}"] = _mean(values)
    return metrics | _words(completions)


def of_heldout(completions: Sequence[Completion]) -> Metrics:
    """Held-out figures: ``eval/pass@1`` over all samples, ``eval/reward`` and ``eval/length``, ``eval/error_rate``.

    pass@1 is ``(1/k) sum p_i`` over the k samples of a prompt (DeepSeek-R1, arXiv 2501.12948, section 3), meaned over prompts;
    those without a verdict say nothing, and where there is none, these two are left out.
    """
    graded = [c for c in completions if c.reward is not None]
    by_prompt: dict[str, list[bool]] = {}
    for completion in graded:
        by_prompt.setdefault(completion.prompt.id, []).append(completion.correct)
    judged = {
        "eval/pass@1": _mean([_mean(passed) for passed in by_prompt.values()]),
        "eval/reward": _mean([c.reward for c in graded if c.reward is not None]),
    }
    return (judged if graded else {}) | {
        "eval/length": _mean([len(c.tokens) for c in completions]),
        "eval/error_rate": 1 - len(graded) / max(1, len(completions)),
    }


def mean_of(all_metrics: Sequence[Metrics]) -> Metrics:
    """Each metric, meaned over the processes that have it."""
    names = {name for each in all_metrics for name in each}
    return {name: _mean([each[name] for each in all_metrics if name in each]) for name in sorted(names)}


def _words(completions: Sequence[Completion]) -> Metrics:
    counts = dict.fromkeys(REFLECTIVE, 0)
    for completion in completions:
        for word in _WORDS.findall(completion.text):
            counts[word.lower()] += 1
    each = {f"words/{word}": count / max(1, len(completions)) for word, count in counts.items()}
    return each | {"words/all": sum(each.values())}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
