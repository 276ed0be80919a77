"""Rejection sampling: of groups of completions, those that are right and readable, as samples for fine-tuning.

Which those are is a rubric's to say: a completion is kept where each score that ``keep`` names reaches its minimum. What is
kept is deduplicated, and capped for each prompt. The order of completions does not matter to what is selected, and a
selection made from what is selected is the same again (as long as the pass rate, which is then 1, is not asked for).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verifier.engine import Engine, gather, id_of
from verifier.errors import RubricError, Unjudgeable
from verifier.groups.members import Members
from verifier.groups.schema import Dropped, Policy, Selected, Selection, Turn
from verifier.groups.vote import score_of
from verifier.rubric import Recipe
from verifier.schema import Message, Reward, Sample, Score, Status
from verifier.words import visible


class Selector:
    """Selects by a rubric. Raises :class:`RubricError` where ``keep`` names a score that it does not have."""

    def __init__(self, recipe: Recipe, policy: Policy) -> None:
        self._recipe = recipe
        self._policy = policy
        self._accuracy = score_of(recipe, policy.score)
        self.keep = _minimums(recipe, policy.keep)

    async def selections(self, engine: Engine, groups: Sequence[Any], timeout_s: float) -> list[Selection]:
        """What is selected of each group, as it came over the wire. Waits for a worker as :meth:`Engine.grade` does."""
        samples: list[dict[str, Any]] = []
        taken: list[tuple[Members, int] | Selection] = []
        for raw in groups:
            try:
                members = _with_prompt(Members(raw))
            except Unjudgeable as error:
                taken.append(Selection(id=id_of(raw), status=Status.UNJUDGEABLE, explanation=str(error)))
                continue
            taken.append((members, len(samples)))
            samples += members.samples
        graded = await gather(engine.grade(self._recipe, samples, timeout_s), len(samples))
        selections: list[Selection] = []
        for group in taken:
            if isinstance(group, tuple):
                members, first = group
                rewards = [
                    Reward.model_validate_json(result.json) for result in graded[first : first + len(members.samples)]
                ]
                group = self.select(members, rewards)
            selections.append(group)
        return selections

    def select(self, members: Members, rewards: Sequence[Reward]) -> Selection:
        """What is selected of one group, whose completions have these rewards."""
        judged = [reward.scores[self._accuracy].value for reward in rewards]
        right = sum(value is not None and value >= self.keep.get(self._accuracy, 1.0) for value in judged)
        n = sum(value is not None for value in judged)
        selection = Selection(id=members.id, n=len(rewards), judged=n, correct=right)
        selection.pass_rate = right / n if n else None
        selection.status = _status(rewards)
        chosen = list(self._passed(members, rewards, selection))
        if chosen and not self._policy.wants(right / n if n else 0.0):
            _drop(
                selection,
                chosen,
                "pass_rate",
                f"the pass rate of the prompt, {right} of {n}, is out of the asked range",
            )
            chosen = []
        chosen = self._capped(_distinct(chosen, selection), selection)
        selection.selected = [
            Selected(index=c.index, reward=rewards[c.index].reward, messages=_turns(members, c.text)) for c in chosen
        ]
        selection.dropped.sort(key=lambda dropped: dropped.index)
        selection.explanation = f"{len(chosen)} of {len(rewards)} completions selected, {right} right"
        return selection

    def _passed(self, members: Members, rewards: Sequence[Reward], selection: Selection) -> "Iterator[_Candidate]":
        """The completions that pass every filter, the preferred ones first; the others are dropped, each with its reason."""
        passed: list[_Candidate] = []
        for index, reward in enumerate(rewards):
            if (dropped := self._filtered(index, reward)) is not None:
                selection.dropped.append(dropped)
            else:
                passed.append(_Candidate(index, Sample.of(members.samples[index]).text))
        return iter(sorted(passed, key=lambda candidate: self._preference(candidate.text)))

    def _filtered(self, index: int, reward: Reward) -> Dropped | None:
        if reward.reward is None:
            why = next(
                (f"{name}: {s.explanation}" for name, s in reward.scores.items() if s.status is reward.status), ""
            )
            return Dropped(index=index, by=[reward.status], why=why)
        failed = {name: reward.scores[name] for name, least in self.keep.items() if _below(reward.scores[name], least)}
        if not failed:
            return None
        why = "; ".join(f"{name}: {score.explanation}" for name, score in failed.items())
        return Dropped(
            index=index, by=[label for name, score in failed.items() for label in _labels(name, score)], why=why
        )

    def _preference(self, text: str) -> tuple[int, bytes]:
        """By what completions are preferred over others; for texts that are equal to each other, the same."""
        key = hashlib.sha256(f"{self._policy.seed}\0{text}".encode(errors="replace")).digest()
        length = {"random": 0, "shortest": len(text), "longest": -len(text)}[self._policy.prefer]
        return length, key

    def _capped(self, candidates: "list[_Candidate]", selection: Selection) -> "list[_Candidate]":
        cap = self._policy.per_prompt
        if cap is not None:
            _drop(
                selection, candidates[cap:], "cap", f"right and readable, but more than the {cap} asked for of a prompt"
            )
        return sorted(candidates[:cap])


@dataclass(frozen=True, order=True)
class _Candidate:
    """A completion that may be selected."""

    index: int
    text: str


def _minimums(recipe: Recipe, asked: Mapping[str, float] | None) -> dict[str, float]:
    """The least value of each score that filters: as asked, else as the rubric says, else 1 of every score."""
    keep = asked if asked is not None else recipe.rubric.keep
    minimums = dict.fromkeys(recipe.score_names, 1.0) if keep is None else dict(keep)
    if unknown := [name for name in minimums if name not in recipe.score_names]:
        raise RubricError(
            f"keep names {unknown[0]!r}, which is no score of rubric {recipe.rubric.name!r}: "
            f"it has {', '.join(recipe.score_names)}"
        )
    return minimums


def _with_prompt(members: Members) -> Members:
    if not members.prompt:
        raise Unjudgeable("the group has no prompt: what is selected could not be trained on")
    return members


def _below(score: Score, least: float) -> bool:
    """A score that the rubric skips has no value, and filters nothing."""
    return score.value is not None and score.value < least


def _labels(name: str, score: Score) -> list[str]:
    """What a completion is dropped by, for counting: the score, or what the score says is at fault."""
    faults = score.detail.get("faults")
    return [f"{name}.{fault}" for fault in faults] if isinstance(faults, list) and faults else [name]  # pyright: ignore[reportUnknownVariableType]


def _status(rewards: Sequence[Reward]) -> Status:
    """``error`` where the service failed on any completion; ``unjudgeable`` where none could be judged."""
    statuses = {reward.status for reward in rewards}
    if Status.ERROR in statuses:
        return Status.ERROR
    return Status.UNJUDGEABLE if statuses == {Status.UNJUDGEABLE} else Status.OK


def _distinct(candidates: "Sequence[_Candidate]", selection: Selection) -> "list[_Candidate]":
    """Without those that differ from an earlier one by whitespace, or by what nobody sees, alone."""
    kept: dict[str, _Candidate] = {}
    for candidate in candidates:
        first = kept.setdefault(" ".join(visible(candidate.text).split()), candidate)
        if first is not candidate:
            _drop(selection, [candidate], "duplicate", f"the same as completion {first.index}")
    return list(kept.values())


def _drop(selection: Selection, candidates: "Sequence[_Candidate]", by: str, why: str) -> None:
    selection.dropped += [Dropped(index=candidate.index, by=[by], why=why) for candidate in candidates]


def _turns(members: Members, completion: str) -> list[Turn]:
    """The prompt and the completion as the messages of a chat."""
    prompt = members.prompt
    if isinstance(prompt, str):
        turns = [Turn(role="user", content=prompt)]
    else:
        messages = [Message.model_validate(message) for message in prompt]
        turns = [Turn(role=message.role, content=message.text) for message in messages]
    return [*turns, Turn(role="assistant", content=completion)]
