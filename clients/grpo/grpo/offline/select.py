"""Which completions are kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verifier_client import Client

from grpo.offline import groups
from grpo.offline.config import SampleConfig
from grpo.offline.groups import Group


@dataclass(frozen=True)
class Chosen:
    """What is kept, as lines in chat form, and what became of the rest."""

    rows: list[dict[str, Any]]
    report: dict[str, Any]


def select(written: Sequence[Group], config: SampleConfig) -> Chosen:
    """Keeps what is right, different, and not too much of a prompt.

    Raises:
        VerifierClientError: the service gave no answer.
    """
    rewards, rows, why = config.rewards, list[dict[str, Any]](), Counter[str]()
    samples = [{**groups.posted(group), "completion": text} for group in written for text in group["completions"]]
    for sample in samples:
        del sample["completions"]
    with Client(rewards.url, timeout_s=rewards.timeout_s, concurrency=rewards.concurrency, on_error="mask") as client:
        verdicts = iter(client.rewards(samples, rewards.rubric))
    for group in written:
        kept = dict[str, None]()
        for text in group["completions"]:
            verdict = next(verdicts)
            values = [score.value for score in verdict.scores.values()]
            if not verdict.ok:
                why[verdict.status] += 1
            elif any(value != 1.0 for value in values):
                why["not right"] += 1
            elif text in kept:
                why["duplicate"] += 1
            elif len(kept) == config.select.per_prompt:
                why["enough of this prompt"] += 1
            else:
                kept[text] = None
        rows += [_chat(group, text) for text in kept]
    report = {"prompts": len(written), "completions": len(samples), "kept": len(rows), "dropped": dict(why)}
    return Chosen(rows, report)


def _chat(group: Group, text: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": group["prompt"]}, {"role": "assistant", "content": text}]
    return {"id": group["id"], "messages": messages}
