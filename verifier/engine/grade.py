"""Grading one sample inside a worker: every score of the rubric, each under its budget."""

import time
import traceback
from typing import Any, cast

import structlog
from pydantic import ValidationError

from verifier.engine.budget import BudgetSpent, within
from verifier.engine.frames import Entry, Fault, Graded, Timing
from verifier.engine.pulse import Pulse
from verifier.errors import ServiceFault, Unjudgeable
from verifier.faults import describe
from verifier.jsontext import Unreadable
from verifier.registry import Verifier
from verifier.rubric import Recipe
from verifier.schema import Reward, Sample, Score, Status

log = structlog.get_logger()

TRACEBACK_FRAMES = 10


class Grader:
    """Grades samples by one rubric."""

    def __init__(self, recipe: Recipe, pulse: Pulse, completion_chars: int) -> None:
        self._recipe = recipe
        self._pulse = pulse
        self._completion_chars = completion_chars

    def work(self, entry: Entry) -> tuple[Graded, list[Timing]]:
        """The reward of a sample, and what its scores cost. Raises :class:`BudgetSpent`."""
        reward, text = self._serialise(self._grade(entry.position, entry.item, entry.settled))
        timings = [Timing(score.verifier, score.status, score.elapsed_ms) for score in reward.scores.values()]
        return Graded(entry.position, reward.status, reward.reward, text), timings

    def _grade(self, position: int, raw: Any, settled: dict[int, Fault]) -> Reward:
        try:
            sample = Sample.of(raw)
        except ValidationError as error:
            return self._recipe.uniform(
                id_of(raw), Score.none(Status.UNJUDGEABLE, f"malformed sample: {fault_of(raw, error)}")
            )
        length = len(sample.text)
        if length > self._completion_chars:
            return self._recipe.uniform(sample.id, overlong(length, self._completion_chars))
        scores = {
            name: self._score(position, unit, name, sample, settled.get(unit))
            for unit, name in enumerate(self._recipe.score_names)
        }
        return self._recipe.combine(sample.id, scores)

    def _serialise(self, reward: Reward) -> tuple[Reward, bytes]:
        """The reward, and the same as JSON. A verifier that put in what JSON cannot hold has failed."""
        try:
            return reward, reward.model_dump_json().encode()
        except Exception as error:
            reason = f"the verifier failed: its score cannot be serialised: {ascii(error)[:200]}"
            log.error("verifier failed", reason=reason)
            failed = self._recipe.uniform(_usable(reward.id), Score.none(Status.ERROR, reason))
            return failed, failed.model_dump_json().encode()

    def _score(self, position: int, unit: int, name: str, sample: Sample, fault: Fault | None) -> Score:
        started = time.perf_counter()
        verifier_name = ""
        try:
            verifier = self._recipe.verifier_for(name, sample)
            verifier_name = verifier.name
            score = _settle(fault, verifier, sample) if fault else self._verify(verifier, position, unit, sample)
        except Unjudgeable as error:
            score = Score.none(Status.UNJUDGEABLE, str(error))
        except ServiceFault as error:
            score = Score.none(Status.ERROR, str(error))
        except BudgetSpent:
            raise
        except Exception as error:
            self._pulse.end()  # first: to log it is our work, and not on the sample's budget
            trace = traceback.format_exc(TRACEBACK_FRAMES)  # as text: without locals, which may hold anything
            log.error("verifier failed", verifier=verifier_name, score=name, exception=trace)
            reason = " ".join(str(error).split())[:200]
            score = Score.none(Status.ERROR, f"the verifier failed: {type(error).__name__}: {reason}")
        # Not reached when the budget is spent: the engine then reads from the pulse what it was spent on.
        self._pulse.end()
        score.verifier = verifier_name
        score.elapsed_ms = fault.elapsed_ms if fault else round((time.perf_counter() - started) * 1e3, 3)
        return score

    def _verify(self, verifier: Verifier[Any], position: int, unit: int, sample: Sample) -> Score:
        """Judge under the budget. Raises :class:`BudgetSpent`."""
        score = within(verifier.budget(sample), self._pulse, position, unit, lambda: verifier.verify(sample))
        if not isinstance(cast(object, score), Score):
            raise TypeError(f"verify gave a {type(score).__name__}, no Score: Score.of(value, why) makes one")
        if score.status is Status.OK and score.value is None:
            raise TypeError("it gave no value")
        return score


def _settle(fault: Fault, verifier: Verifier[Any], sample: Sample) -> Score:
    if fault.over_budget:
        return verifier.over_budget(sample, fault.reason)
    return Score.none(Status.ERROR, f"the service failed: {fault.reason}")


def fault_of(raw: Any, error: ValidationError) -> str:
    """What is wrong with a sample that is not valid."""
    return raw.why if isinstance(raw, Unreadable) else describe(error, Sample)


def id_of(raw: Any) -> str | int | None:
    """The id of a sample that may be malformed, where it has a usable one."""
    if isinstance(raw, Unreadable):
        return _usable(raw.id)
    return _usable(cast(dict[str, Any], raw).get("id")) if isinstance(raw, dict) else None


def _usable(sample_id: Any) -> str | int | None:
    if isinstance(sample_id, str):
        return sample_id if sample_id.isascii() or _encodable(sample_id) else None
    return sample_id if isinstance(sample_id, int) and not isinstance(sample_id, bool) else None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def raw_length(raw: Any) -> int:
    """About how many characters the completion of a sample has, before anything is validated."""
    completion = cast(dict[str, Any], raw).get("completion") if isinstance(raw, dict) else None
    if isinstance(completion, list):
        return sum(
            raw_length({"completion": message.get("content")}) for message in _dicts(cast(list[Any], completion))
        )
    return len(completion) if isinstance(completion, str) else 0


def _dicts(items: list[Any]) -> list[dict[str, Any]]:
    return [cast(dict[str, Any], item) for item in items if isinstance(item, dict)]


def overlong(length: int, limit: int) -> Score:
    """What a completion is worth that is longer than any that is judged."""
    return Score.of(0.0, f"worth 0: the completion has {length:,} characters, and at most {limit:,} are judged")
