"""What is posted and what comes back, as plain frozen dataclasses.

The fields are those of the service's contract. Keys that a newer service adds are left out, so an older client goes on
working.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias, cast

Chat: TypeAlias = Sequence[Mapping[str, Any]]
"""Chat messages: ``{"role": "assistant", "content": "..."}``."""

LOCAL = "request"
"""The score of a sample that the service never answered, where the keys of the rubric's scores are not known."""


@dataclass(frozen=True)
class Sample:
    """One thing to grade: a completion, and what it is graded against. A dict of the same keys serves as well."""

    completion: str | Chat
    """What the policy wrote: a text, or chat messages (the last assistant one counts)."""
    answer: str | float | bool | Sequence[str | float | bool] | None = None
    """The reference answer, or a list of accepted ones."""
    tests: Mapping[str, Any] | str | None = None
    """Tests of a program; or the same as JSON text, to which columnar tables add no nulls."""
    choices: Sequence[str] | None = None
    """The options of a multiple choice question, in order: A, B, C, ..."""
    language: str | None = None
    """Target language of the chain of thought, as an ISO 639-1 code."""
    length: Mapping[str, float] | None = None
    """``tokens`` of the completion, and ``group_min`` and ``group_max`` of its group: for verifiers of length."""
    kind: str | None = None
    """Which verifier judges accuracy. Absent: code if tests, choice if choices, else math if answer."""
    prompt: str | Chat | None = None
    id: str | int | None = None
    """Echoed in the reward."""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Free; never read by a verifier."""

    def as_dict(self) -> dict[str, Any]:
        """The sample as it is sent: without what is absent."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value is not None and (name != "metadata" or value)}


@dataclass(frozen=True)
class Score:
    """What one verifier says of one completion."""

    verifier: str = ""
    """Name of the verifier that judged."""
    status: str = "ok"
    """``ok``: a verdict; ``unjudgeable``: the sample is malformed; ``error``: the service failed."""
    value: float | None = None
    """In [0, 1]; None unless the status is ok."""
    weight: float = 1.0
    """What the value counts in the reward: 0 where a gate of the rubric is closed."""
    extracted: str | None = None
    """The part of the completion that was judged."""
    explanation: str = ""
    """Why, in one sentence."""
    detail: dict[str, Any] = field(default_factory=dict[str, Any])
    """More, by verifier."""
    elapsed_ms: float = 0.0

    @classmethod
    def parse(cls, raw: object) -> "Score":
        """The score in the service's JSON. Raises ValueError where there is none."""
        return cls(**{name: value for name, value in read_object(raw, "score").items() if name in _SCORE_FIELDS})


_SCORE_FIELDS = frozenset(f.name for f in fields(Score))


@dataclass(frozen=True)
class Reward:
    """The number the trainer uses, and the scores that it is made of."""

    id: str | int | None
    status: str
    """``ok``: a verdict; ``unjudgeable``: the sample is malformed; ``error``: the service failed."""
    reward: float | None
    """None unless the status is ok, or ``on_error`` put a number in its place."""
    scores: dict[str, Score]
    """The same keys for every sample of a rubric."""
    formula: str = ""
    """How the reward follows from the values of the scores, as arithmetic over their names; empty without a verdict."""

    @property
    def ok(self) -> bool:
        """Whether there is a verdict."""
        return self.status == "ok"

    @property
    def explanation(self) -> str:
        """Why there is no verdict; where there is one, why each score is what it is."""
        scores = {name: score for name, score in self.scores.items() if self.ok or score.status != "ok"}
        return "; ".join(f"{name}: {score.explanation}" for name, score in scores.items() if score.explanation)

    @classmethod
    def parse(cls, raw: object) -> "Reward":
        """The reward in the service's JSON. Raises ValueError where there is none.

        The number is read only where the status is ok: nothing else can ever be a reward.
        """
        data = read_object(raw, "reward")
        status, number = data.get("status"), data.get("reward")
        if not isinstance(status, str):
            raise ValueError("a reward without a status")
        if status == "ok" and not _is_number(number):
            raise ValueError(f"a reward of status ok that is {number!r}")
        scores = read_object(data.get("scores", {}), "scores")
        parsed = {name: Score.parse(score) for name, score in scores.items()}
        reward = float(cast("float", number)) if status == "ok" else None
        return cls(data.get("id"), status, reward, parsed, str(data.get("formula", "")))

    @classmethod
    def failed(cls, id: str | int | None, explanation: str, keys: Sequence[str] = ()) -> "Reward":
        """No verdict, because the service gave none: status ``error``, under the keys of the rubric's scores."""
        score = Score(status="error", explanation=explanation)
        return cls(id, "error", None, dict.fromkeys(keys or [LOCAL], score))


def read_object(raw: object, what: str) -> dict[str, Any]:
    """``raw``, which must be an object of JSON. Raises ValueError."""
    if not isinstance(raw, dict):
        raise ValueError(f"a {what} that is no object")
    return cast("dict[str, Any]", raw)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
