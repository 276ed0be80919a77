"""What comes back for groups of completions, as plain frozen dataclasses. Keys that a newer service adds are left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, cast

from verifier_client._types import read_object


@dataclass(frozen=True)
class Abstention:
    """A completion that does not vote."""

    index: int
    """Of the completion in its group."""
    why: str


@dataclass(frozen=True)
class Cluster:
    """Completions whose answers are the same."""

    answer: str
    """The form of the answer that most of its members have."""
    count: int
    members: list[int]
    """Indexes of the completions in their group, rising."""
    forms: list[str]
    """The answer as its members wrote it, the most frequent form first."""
    correct: bool | None = None
    """Whether most of its members are right; None without a reference."""


@dataclass(frozen=True)
class Vote:
    """What the completions of one group say together."""

    id: str | int | None = None
    status: str = "ok"
    """``ok``: a result; ``unjudgeable``: the group is malformed; ``error``: the service failed. Then there are no numbers."""
    explanation: str = ""
    """The outcome in one sentence, or why there is none."""
    n: int = 0
    """Completions in the group."""
    answer: str | None = None
    """The majority answer; None when no completion has one, or its kind has no votes."""
    count: int = 0
    """How many completions give it."""
    agreement: float | None = None
    """count / n."""
    tied: int = 0
    """How many answers are as frequent: 1 where the majority is clear, 0 without an answer."""
    clusters: list[Cluster] = field(default_factory=list[Cluster])
    """The answers, the most frequent first."""
    abstained: list[Abstention] = field(default_factory=list[Abstention])
    """Completions without an answer, and why."""
    undecided: int = 0
    """Answers that stand alone because a comparison gave no verdict within its budget."""
    correct: int | None = None
    """How many completions are right; None without a reference."""
    pass_at: dict[str, float | None] = field(default_factory=dict[str, float | None])
    """pass@k by k, unbiased; None where k > n. Empty without a reference."""
    consensus: float | None = None
    """cons@n: 1 if the majority answer is right, else 0; of tied answers, the share that is right."""

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return self.status == "ok"

    @classmethod
    def parse(cls, raw: object) -> "Vote":
        """The vote in the service's JSON. Raises ValueError where there is none."""
        data = known(cls, raw, "vote")
        if not isinstance(data.get("status"), str):
            raise ValueError("a vote without a status")
        data["clusters"] = [Cluster(**known(Cluster, each, "cluster")) for each in data.get("clusters", [])]
        data["abstained"] = [Abstention(**known(Abstention, each, "abstention")) for each in data.get("abstained", [])]
        return cls(**data)


@dataclass(frozen=True)
class Selected:
    """A completion to train on."""

    index: int
    """Of the completion in its group."""
    reward: float | None
    messages: list[dict[str, str]]
    """The prompt, and the completion as the assistant's answer."""


@dataclass(frozen=True)
class Dropped:
    """A completion that is not selected."""

    index: int
    """Of the completion in its group."""
    by: list[str]
    """What it was dropped by: scores (with what they found at fault), duplicate, cap, pass_rate, or a status."""
    why: str


@dataclass(frozen=True)
class Selection:
    """What is selected of one group."""

    id: str | int | None = None
    status: str = "ok"
    """``error`` where the service failed on any completion, ``unjudgeable`` where none could be judged."""
    explanation: str = ""
    n: int = 0
    """Completions in the group."""
    judged: int = 0
    """How many of them have a verdict."""
    correct: int = 0
    """How many are right."""
    pass_rate: float | None = None
    """correct / judged: how easy the prompt is."""
    selected: list[Selected] = field(default_factory=list[Selected])
    dropped: list[Dropped] = field(default_factory=list[Dropped])

    @property
    def ok(self) -> bool:
        """Whether every completion that could be judged was."""
        return self.status == "ok"

    @classmethod
    def parse(cls, raw: object) -> "Selection":
        """The selection in the service's JSON. Raises ValueError where there is none."""
        data = known(cls, raw, "selection")
        if not isinstance(data.get("status"), str):
            raise ValueError("a selection without a status")
        data["selected"] = [Selected(**known(Selected, each, "selected")) for each in data.get("selected", [])]
        data["dropped"] = [Dropped(**known(Dropped, each, "dropped")) for each in data.get("dropped", [])]
        return cls(**data)


def known(cls: type[Any], raw: object, what: str) -> dict[str, Any]:
    """The keys of an object of JSON that are fields of ``cls``. Raises ValueError where it is no object."""
    names = {f.name for f in fields(cls)}
    data = cast("Mapping[str, Any]", read_object(raw, what))
    return {name: value for name, value in data.items() if name in names}
