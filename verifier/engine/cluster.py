"""Clustering the answers of one group inside a worker: every extraction and every comparison under a budget.

A completion whose answer cannot be extracted within its budget does not vote. The comparisons of a group have a budget
together: past it, answers that are left stand alone. Those that most completions gave are compared first, then the shorter
ones, so that what is out to be costly costs itself.
"""

import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from pydantic import ValidationError

from verifier.clusters import Clustering, Form, abstentions, clusters_of, says_nothing
from verifier.engine.budget import BudgetSpent, within
from verifier.engine.frames import Entry, Fault, Graded, Timing
from verifier.engine.grade import TRACEBACK_FRAMES
from verifier.engine.pulse import Pulse
from verifier.errors import ServiceFault, Unjudgeable
from verifier.faults import describe
from verifier.registry import Answer, Budget, Comparison, Verifier, Votes
from verifier.rubric import Recipe
from verifier.schema import Sample, Status

log = structlog.get_logger()

FORM_CPU_S = 1.0
"""CPU seconds in which one form of the answer is compared with those before it."""
GROUP_CPU_S = 4.0
"""CPU seconds for all comparisons of a group; a form that went over its own counts as much of it."""


class Clusterer:
    """Clusters groups of samples by the one score of a rubric."""

    def __init__(self, recipe: Recipe, pulse: Pulse, completion_chars: int) -> None:
        self._recipe = recipe
        self._pulse = pulse

    def work(self, entry: Entry) -> tuple[Graded, list[Timing]]:
        """The clusters of a group of samples. Raises :class:`BudgetSpent`."""
        status, text = self._without_raising(lambda: self._cluster(entry))
        self._pulse.end()
        return Graded(entry.position, status, None, text), []

    def _without_raising(self, work: Callable[[], Clustering]) -> tuple[Status, bytes]:
        """The status of a result, and the result as JSON. A verifier whose answers JSON cannot hold has failed."""
        try:
            return _serialised(work())
        except BudgetSpent:
            raise
        except Unjudgeable as error:
            return _serialised(Clustering(status=Status.UNJUDGEABLE, explanation=str(error)))
        except ServiceFault as error:
            return _serialised(Clustering(status=Status.ERROR, explanation=str(error)))
        except Exception as error:
            self._pulse.end()  # first: to log it is our work, and not on the group's budget
            log.error("verifier failed", score="vote", exception=traceback.format_exc(TRACEBACK_FRAMES))
            reason = f"the verifier failed: {type(error).__name__}: {str(error)[:200]}"
            return _serialised(Clustering(status=Status.ERROR, explanation=reason))

    def _cluster(self, entry: Entry) -> Clustering:
        samples = [_validated(index, raw) for index, raw in enumerate(entry.item)]
        verifier = self._recipe.verifier_for(self._recipe.score_names[0], samples[0])
        if not isinstance(verifier, Votes):
            raise Unjudgeable(f"verifier {verifier.name!r} cannot tell whether two answers are the same")
        answers = [self._answer(verifier, sample, entry, index) for index, sample in enumerate(samples)]
        find = _Find(verifier, samples[0], self._pulse, entry, len(samples))
        clusters = clusters_of(answers, find)
        return Clustering(clusters=clusters, abstained=abstentions(answers), undecided=find.undecided)

    def _answer(self, verifier: "Verifier[Any]", sample: Sample, entry: Entry, index: int) -> Answer:
        assert isinstance(verifier, Votes)
        if (fault := entry.settled.get(index)) is not None:
            _raise_if_ours(fault)
            return Answer("", None, f"it costs more than its budget to find an answer ({fault.reason})")
        answer = within(
            verifier.budget(sample), self._pulse, entry.position, index, lambda: verifier.final_answer(sample)
        )
        self._pulse.end()
        return Answer("", None, f"no answer: {answer.text!r}") if says_nothing(answer.text) else answer


class _Find:
    """Finds the cluster of a form. A unit of its own for each: its number is that of its first completion, beyond those
    of the extractions."""

    def __init__(self, verifier: "Verifier[Any]", sample: Sample, pulse: Pulse, entry: Entry, completions: int) -> None:
        assert isinstance(verifier, Votes)
        self.undecided = 0
        """Forms that nothing told from, or equated with, one before it."""
        self._comparison: Comparison = verifier.comparison()
        self._budget = Budget(FORM_CPU_S, verifier.budget(sample).wall_s)
        self._pulse = pulse
        self._entry = entry
        self._completions = completions
        over = sum(unit >= completions for unit in entry.settled)
        self._left = GROUP_CPU_S - FORM_CPU_S * over

    def __call__(self, form: Form, representatives: Sequence[Form]) -> int | None:
        if not representatives:
            return None
        unit = self._completions + form.members[0]
        if (fault := self._entry.settled.get(unit)) is not None:
            _raise_if_ours(fault)
        if fault is not None or self._left <= 0:
            self.undecided += 1
            return None
        started = time.process_time()
        found = within(
            self._budget, self._pulse, self._entry.position, unit, lambda: self._place(form.answer, representatives)
        )
        self._pulse.end()
        self._left -= time.process_time() - started
        return found

    def _place(self, answer: Answer, representatives: Sequence[Form]) -> int | None:
        doubtful: list[int] = []
        for place, other in enumerate(representatives):
            same = self._comparison.quick(answer, other.answer)
            if same:
                return place
            if same is None:
                doubtful.append(place)
        doubts = False
        for place in doubtful:
            same = self._comparison.thorough(answer, representatives[place].answer)
            if same:
                return place
            doubts |= same is None
        self.undecided += doubts
        return None


def _serialised(result: Clustering) -> tuple[Status, bytes]:
    return result.status, result.model_dump_json().encode()


def _raise_if_ours(fault: Fault) -> None:
    if not fault.over_budget:
        raise ServiceFault(f"the service failed: {fault.reason}")


def _validated(index: int, raw: Any) -> Sample:
    try:
        return Sample.of(raw)
    except ValidationError as error:
        raise Unjudgeable(f"completion {index}: malformed sample: {describe(error, Sample)}") from None
