"""Which completions are kept to fine-tune on: R1 keeps the correct ones, without mixed languages (2501.12948, 2.3.3)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from verifier_client import Client, Reward

from grpo.offline import groups
from grpo.offline.config import SampleConfig, SelectConfig
from grpo.offline.groups import Group


@dataclass(frozen=True)
class Chosen:
    """What is kept, as lines in chat form, and what became of the rest."""

    rows: list[dict[str, Any]]
    report: dict[str, Any]


def select(client: Client, written: Sequence[Group], config: SampleConfig) -> Chosen:
    """Keeps what the service says is right and readable, all different, and not too much of a prompt.

    Raises:
        VerifierClientError: the service gave no answer.
    """
    verdicts = iter(client.rewards(_samples(written), config.rewards.rubric))
    rows: list[dict[str, Any]] = []
    why: Counter[str] = Counter()
    for group in written:
        kept: dict[str, None] = {}
        for text in group["completions"]:
            reason = _against(text, next(verdicts), kept, config.select)
            if reason is None:
                kept[text] = None
            else:
                why[reason] += 1
        rows += [_chat(group, text) for text in kept]
    count = sum(len(group["completions"]) for group in written)
    return Chosen(rows, {"prompts": len(written), "completions": count, "kept": len(rows), "dropped": dict(why)})


def _against(text: str, verdict: Reward, kept: dict[str, None], config: SelectConfig) -> str | None:
    """Why a completion is not kept."""
    if not verdict.ok:
        return verdict.status
    for name, score in verdict.scores.items():
        if (score.value or 0.0) < (1.0 if name == "accuracy" else config.readable):
            return name
    if text in kept:
        return "duplicate"
    return "enough of its prompt" if len(kept) == config.per_prompt else None


def _samples(written: Sequence[Group]) -> Iterator[dict[str, Any]]:
    for group in written:
        shared = groups.posted(group)
        texts = shared.pop("completions")
        yield from ({**shared, "completion": text} for text in texts)


def _chat(group: Group, text: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": group["prompt"]}, {"role": "assistant", "content": text}]
    return {"id": group["id"], "messages": messages}
