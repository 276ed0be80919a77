"""Which completions are kept to fine-tune on: the service's ``/v1/select`` says, and here it becomes lines of data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from verifier_client import Client, Selection

from grpo.offline import groups
from grpo.offline.config import SampleConfig
from grpo.offline.groups import Group


@dataclass(frozen=True)
class Chosen:
    """What is kept, as lines in chat form, and what became of the rest."""

    rows: list[dict[str, Any]]
    report: dict[str, Any]


def select(client: Client, written: Sequence[Group], config: SampleConfig) -> Chosen:
    """Keeps what is right and readable by the rubric, all different, and not too much of a prompt.

    Raises:
        VerifierClientError: the service gave no answer.
    """
    posted = [groups.posted(group) for group in written]
    selections = client.select(posted, config.rewards.rubric, **config.select.model_dump(exclude_none=True))
    rows = [row for selection in selections for row in _rows(selection)]
    rates = [selection.pass_rate for selection in selections if selection.pass_rate is not None]
    report = {
        "prompts": len(selections),
        "completions": sum(len(group["completions"]) for group in written),
        "kept": len(rows),
        "pass_rate": sum(rates) / len(rates) if rates else None,
        "dropped": dict(Counter(reason for s in selections for each in s.dropped for reason in each.by)),
        "unjudged": sum(not selection.ok for selection in selections),
    }
    return Chosen(rows, report)


def _rows(selection: Selection) -> Iterator[dict[str, Any]]:
    """Lines for fine-tuning; ``pass_rate`` says how easy the prompt was."""
    for each in selection.selected:
        yield {"id": selection.id, "messages": each.messages, "pass_rate": selection.pass_rate}
