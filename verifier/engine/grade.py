"""Grading one sample inside a worker: every score of the rubric, each under its budget."""

import time
from typing import Any

import structlog
from pydantic import ValidationError

from verifier.engine.frames import Fault
from verifier.engine.pulse import Pulse
from verifier.errors import ServiceFault, Unjudgeable, describe
from verifier.registry import Verifier
from verifier.rubric import Recipe
from verifier.schema import Reward, Sample, Score, Status

log = structlog.get_logger()


class BudgetSpent(Exception):
    """A verifier ran out of memory or stack. Its process is not to be trusted any more."""


class Grader:
    """Grades samples by one rubric."""

    def __init__(self, recipe: Recipe, pulse: Pulse, completion_chars: int) -> None:
        self._recipe = recipe
        self._pulse = pulse
        self._completion_chars = completion_chars

    def grade(self, index: int, raw: Any, settled: dict[str, Fault]) -> Reward:
        """The reward of a sample as it came over the wire. Raises :class:`BudgetSpent`."""
        try:
            sample = Sample.model_validate(raw)
        except ValidationError as error:
            return self._recipe.uniform(
                id_of(raw), Score.none(Status.UNJUDGEABLE, f"malformed sample: {describe(error)}")
            )
        length = len(sample.text)
        if length > self._completion_chars:
            reason = (
                f"worth 0: the completion has {length:,} characters, and at most {self._completion_chars:,} are judged"
            )
            return self._recipe.uniform(sample.id, Score.of(0.0, reason))
        scores = {
            name: self._score(index, unit, name, sample, settled.get(name))
            for unit, name in enumerate(self._recipe.score_names)
        }
        return self._recipe.combine(sample.id, scores)

    def _score(self, index: int, unit: int, name: str, sample: Sample, fault: Fault | None) -> Score:
        started = time.perf_counter()
        verifier_name = ""
        try:
            verifier = self._recipe.verifier_for(name, sample)
            verifier_name = verifier.name
            if fault is not None:
                score = _settle(fault, verifier, sample)
            else:
                self._pulse.begin(index, unit, verifier.budget(sample))
                score = verifier.verify(sample)
                if score.status is Status.OK and score.value is None:
                    raise TypeError("it gave no value")
        except Unjudgeable as error:
            score = Score.none(Status.UNJUDGEABLE, str(error))
        except ServiceFault as error:
            score = Score.none(Status.ERROR, str(error))
        except MemoryError:
            raise BudgetSpent("memory") from None
        except RecursionError:
            raise BudgetSpent("stack") from None
        except Exception as error:
            log.exception("verifier failed", verifier=verifier_name, score=name)
            score = Score.none(Status.ERROR, f"the verifier failed: {type(error).__name__}: {str(error)[:200]}")
        # Not reached when the budget is spent: the engine then reads from the pulse what it was spent on.
        self._pulse.end()
        score.verifier = verifier_name
        score.elapsed_ms = round((time.perf_counter() - started) * 1e3, 3)
        return score


def _settle(fault: Fault, verifier: Verifier[Any], sample: Sample) -> Score:
    if fault.over_budget:
        return verifier.over_budget(sample, fault.reason)
    return Score.none(Status.ERROR, f"the service failed: {fault.reason}")


def id_of(raw: Any) -> str | int | None:
    """The id of a sample that may be malformed, where it has a usable one."""
    sample_id = raw.get("id") if isinstance(raw, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return sample_id if isinstance(sample_id, str | int) and not isinstance(sample_id, bool) else None  # pyright: ignore[reportUnknownVariableType]
