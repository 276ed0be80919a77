"""What an evaluation found on one question set, from the service's votes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from rich.table import Table
from verifier_client import Vote

from grpo.offline.groups import Group


@dataclass
class Outcome:
    """What was measured on one set. Shares in [0, 1]; of the judged questions, each counting the same."""

    questions: int = 0
    samples: int = 0
    """Of each question: k."""
    pass_1: float | None = None
    """``(1/k) sum p_i``, meaned over questions."""
    error_1: float | None = None
    """Standard error of that mean: sqrt(variance over questions / questions)."""
    pass_at: dict[str, float] = field(default_factory=dict[str, float])
    """By k, unbiased (Chen et al., 2107.03374)."""
    consensus: float | None = None
    """cons@k: the majority answer is right; None where answers of this kind cannot be compared."""
    length: float = 0.0
    """Mean tokens of a completion."""
    truncated: float = 0.0
    """Share of completions that were cut off."""
    unjudged: int = 0
    """Questions without a verdict: in none of the figures but the last two."""
    why: str = ""
    """Of the first of these."""


def outcome(written: Sequence[Group], votes: Sequence[Vote]) -> Outcome:
    """What the votes on groups say together."""
    judged = [vote for vote in votes if vote.ok and vote.correct is not None]
    shares = [cast("int", vote.correct) / vote.n for vote in judged]
    consensus = [vote.consensus for vote in judged if vote.consensus is not None]
    tokens = [count for group in written for count in group["metadata"]["tokens"]]
    finish = [reason for group in written for reason in group["metadata"]["finish"]]
    comparable = any(vote.clusters or vote.abstained for vote in judged)
    return Outcome(
        questions=len(written),
        samples=max((len(group["completions"]) for group in written), default=0),
        pass_1=_mean(shares),
        error_1=_error(shares),
        pass_at=_pass_at(judged),
        consensus=_mean(consensus) if comparable else None,
        length=_mean(tokens) or 0.0,
        truncated=_mean([reason == "length" for reason in finish]) or 0.0,
        unjudged=len(votes) - len(judged),
        why=next((vote.explanation for vote in votes if not vote.ok), "")
        or ("no reference" if len(judged) < len(votes) else ""),
    )


def _pass_at(judged: Sequence[Vote]) -> dict[str, float]:
    """By k, where every group has an estimate."""
    ks = dict.fromkeys(k for vote in judged for k in vote.pass_at)
    estimates = {k: [vote.pass_at.get(k) for vote in judged] for k in ks}
    return {k: _mean(cast("list[float]", each)) or 0.0 for k, each in estimates.items() if None not in each}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _error(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))


def table(outcomes: Mapping[str, Outcome]) -> Table:
    """The outcomes of sets, for the terminal."""
    ks = sorted({int(k) for each in outcomes.values() for k in each.pass_at} - {1})
    shown = Table(
        "set", "questions", "k", "pass@1", *(f"pass@{k}" for k in ks), "cons@k", "tokens", "cut off", "unjudged"
    )
    for name, each in outcomes.items():
        error = f" ± {each.error_1:.1%}" if each.error_1 is not None else ""
        shown.add_row(
            *(name, str(each.questions), str(each.samples), _percent(each.pass_1) + error),
            *(_percent(each.pass_at.get(str(k))) for k in ks),
            *(_percent(each.consensus), f"{each.length:.0f}", _percent(each.truncated), str(each.unjudged)),
        )
    return shown


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
