"""How a rubric makes a reward of scores: the reward always follows from the values that the response shows.

Every reward carries a formula over its scores (:mod:`verifier.formula`), and is that formula's value: weights, closed gates,
skipped scores and clipping all stand in it as what they did to this very sample.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from verifier.formula import DEEPEST, Formula
from verifier.schema import Reward, Rubric, Score, ScoreSpec, Status

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FORMULAS = 1_024


class _Standing(NamedTuple):
    """What a score is to the reward: its value and how that is written; without one, the status that this means."""

    value: float | None
    shown: str
    status: Status
    skipped: bool = False


class Combination:
    """Combines the scores of a rubric. Raises :class:`RubricError` for a formula that does not parse."""

    def __init__(self, rubric: Rubric) -> None:
        self._rubric = rubric
        self._formula = None if rubric.formula is None else Formula(rubric.formula)

    @property
    def reads(self) -> frozenset[str]:
        """The scores that the rubric's formula reads; none where it has no formula."""
        return frozenset() if self._formula is None else self._formula.names

    def reward(self, sample_id: str | int | None, scores: dict[str, Score]) -> Reward:
        """The reward of a sample from its scores. What they counted is written into them."""
        standings = {name: _standing(name, spec, scores[name]) for name, spec in self._rubric.scores.items()}
        deciding: list[Status] = []
        terms: dict[str, str] = {}
        for name, spec in self._rubric.scores.items():
            gate = _closed_gate(spec, standings)
            counts = self._counts(name, spec) and not standings[name].skipped
            scores[name].weight = self._weight(spec) if counts and not gate else 0.0
            if gate:
                scores[name].detail["gate"] = gate
            if counts:
                terms[name] = "0" if gate else standings[name].shown
            if counts and not gate:
                deciding += [standings[name].status, *(standings[required].status for required in spec.requires)]
        status = _worst(deciding or (score.status for score in scores.values()))
        if status is not Status.OK:
            return Reward(id=sample_id, status=status, reward=None, scores=scores)
        formula = self._written(terms)
        values = {name: standing.value or 0.0 for name, standing in standings.items()}
        return Reward(
            id=sample_id, status=status, reward=_parsed(formula).value(values), formula=formula, scores=scores
        )

    def _counts(self, name: str, spec: ScoreSpec) -> bool:
        return name in self._formula.names if self._formula is not None else spec.weight != 0

    def _weight(self, spec: ScoreSpec) -> float:
        return spec.weight if self._formula is None else 1.0

    def _written(self, terms: Mapping[str, str]) -> str:
        """The formula of one reward, with what stands for each score that counts."""
        if self._formula is not None:
            shown = {name: terms.get(name, "0") for name in self._formula.names}
            plain = all(name == text for name, text in shown.items())
            text = self._formula.text if plain else self._formula.with_names(shown)
        else:
            weighed = [_weighed(self._rubric.scores[name].weight, shown) for name, shown in terms.items()]
            text = _joined(self._rubric.combine, weighed) if weighed else "0"
        clip = self._rubric.clip
        return text if clip is None else f"clip({text}, {_number(clip[0])}, {_number(clip[1])})"


@lru_cache(maxsize=FORMULAS)
def _parsed(formula: str) -> Formula:
    return Formula(formula, DEEPEST + 1)  # with the clip around that of the rubric


def _joined(combine: str, terms: list[str]) -> str:
    match combine:
        case "product":
            return " * ".join(terms)
        case "minimum":
            return f"min({', '.join(terms)})"
        case _:
            return " + ".join(terms)


def _weighed(weight: float, term: str) -> str:
    return term if weight == 1 else f"{_number(weight)} * {term}"


def _standing(name: str, spec: ScoreSpec, score: Score) -> _Standing:
    if score.value is not None:
        # A name that a formula cannot have is written as its value.
        return _Standing(score.value, name if _IDENTIFIER.fullmatch(name) else _number(score.value), Status.OK)
    if spec.on_null == "skip":
        score.detail["on_null"] = "does not count: it has no value"
        return _Standing(None, "0", Status.OK, skipped=True)
    if spec.on_null is not None and score.status is Status.UNJUDGEABLE:
        score.detail["on_null"] = f"counts as {spec.on_null:g}: it cannot be judged"
        return _Standing(spec.on_null, _number(spec.on_null), Status.OK)
    return _Standing(None, "0", score.status)


def _closed_gate(spec: ScoreSpec, standings: Mapping[str, _Standing]) -> str | None:
    """Which gate keeps a score from counting. One whose own score has no value stays open: that score decides the status."""
    for name, minimum in spec.requires.items():
        value = standings[name].value
        if value is not None and value < minimum:
            return f"does not count: {name} is {value:g}, and must be at least {minimum:g}"
    return None


def _worst(statuses: Iterable[Status]) -> Status:
    order = list(Status)
    return max(statuses, key=order.index, default=Status.OK)


def _number(value: float) -> str:
    """The shortest notation that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")
