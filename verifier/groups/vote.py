"""Voting: the majority answer of each group (cons@k), and with a reference pass@k."""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from verifier.clusters import Abstention, Clustering
from verifier.engine import Engine, Graded, gather, id_of, overlong, raw_length
from verifier.errors import RubricError, Unjudgeable
from verifier.groups.estimate import pass_at, usual_k
from verifier.groups.members import Members
from verifier.groups.schema import JudgedCluster, Vote
from verifier.registry import Votes
from verifier.rubric import Recipe
from verifier.schema import Reward, Sample, Status

USUAL_SCORE = "accuracy"


def score_of(recipe: Recipe, asked: str | None) -> str:
    """Which score of a rubric votes. Raises :class:`RubricError` where it has none of that name."""
    names = recipe.score_names
    score = asked or (names[0] if len(names) == 1 else USUAL_SCORE)
    if score not in names:
        raise RubricError(f"rubric {recipe.rubric.name!r} has no score {score!r} to vote by, only {', '.join(names)}")
    return score


class _Group(NamedTuple):
    """A group under way: where its samples stand among those of all groups, and its item among those to cluster."""

    members: Members
    verifier: str
    first: int | None
    item: int | None


class Ballot:
    """Votes on groups by one score of a rubric. Raises :class:`RubricError` if the rubric has no such score."""

    def __init__(self, recipe: Recipe, score: str | None = None, pass_at: Sequence[int] | None = None) -> None:
        self.score = score_of(recipe, score)
        self._recipe = recipe.only(self.score)
        self._pass_at = pass_at

    async def votes(self, engine: Engine, groups: Sequence[Any], timeout_s: float) -> list[Vote]:
        """The vote of each group, as it came over the wire. Waits for a worker as :meth:`Engine.grade` does."""
        samples: list[dict[str, Any]] = []
        items: list[list[dict[str, Any]]] = []
        taken: list[_Group | Vote] = []
        for raw in groups:
            taken.append(self._take(raw, samples, items, engine.completion_chars))
        graded, clustered = await asyncio.gather(
            gather(engine.grade(self._recipe, samples, timeout_s), len(samples)),
            gather(engine.cluster(self._recipe, items, timeout_s), len(items)),
        )
        limit = engine.completion_chars
        return [g if isinstance(g, Vote) else self._vote(g, graded, clustered, limit) for g in taken]

    def _take(
        self, raw: Any, samples: list[dict[str, Any]], items: list[list[dict[str, Any]]], limit: int
    ) -> "_Group | Vote":
        """Put what is to be done about a group on the two lists."""
        try:
            members = Members(raw)
            verifier = self._recipe.verifier_for(self.score, Sample(completion="", kind=members.kind))
            if not (members.has_reference or isinstance(verifier, Votes)):
                raise Unjudgeable(
                    f"verifier {verifier.name!r} cannot tell whether two answers are the same, and there is no reference"
                )
        except Unjudgeable as error:
            return Vote(id=id_of(raw), status=Status.UNJUDGEABLE, explanation=str(error))
        first = item = None
        if members.has_reference:
            first = len(samples)
            samples += members.samples
        if isinstance(verifier, Votes):
            item = len(items)
            # What is too long to be judged does not reach a worker.
            items.append([s | {"completion": ""} if raw_length(s) > limit else s for s in members.samples])
        return _Group(members, verifier.name, first, item)

    def _vote(self, group: _Group, graded: list[Graded], clustered: list[Graded], limit: int) -> Vote:
        n = len(group.members.samples)
        rewards = [] if group.first is None else graded[group.first : group.first + n]
        clustering = Clustering()
        if group.item is not None:
            clustering = Clustering.model_validate_json(clustered[group.item].json)
        if (fault := _fault(rewards, clustering)) is not None:
            return Vote(id=group.members.id, status=fault[0], explanation=fault[1], n=n)
        clustering.abstained = [_overlong(a, group.members, limit) for a in clustering.abstained]
        vote = Vote(id=group.members.id, n=n)
        right = [reward.reward == 1 for reward in rewards]
        if right:
            self._estimate(vote, sum(right))
        if group.item is None:
            vote.explanation = f"no vote: what verifier {group.verifier!r} judges cannot be compared with each other"
        else:
            _count(vote, clustering, right)
        return vote

    def _estimate(self, vote: Vote, correct: int) -> None:
        ks = usual_k(vote.n) if self._pass_at is None else self._pass_at
        vote.correct = correct
        vote.pass_at = {str(k): pass_at(k, vote.n, correct) for k in ks}


def _count(vote: Vote, clustering: Clustering, right: list[bool]) -> None:
    """Fill in the votes. ``right`` is empty without a reference."""
    vote.abstained, vote.undecided = clustering.abstained, clustering.undecided
    vote.clusters = [
        JudgedCluster(**cluster.model_dump(), correct=_mostly([right[i] for i in cluster.members]) if right else None)
        for cluster in clustering.clusters
    ]
    top = [cluster for cluster in vote.clusters if cluster.count == vote.clusters[0].count]
    if top:
        vote.answer, vote.count, vote.tied = top[0].answer, top[0].count, len(top)
    vote.agreement = vote.count / vote.n
    vote.explanation = _sentence(vote)
    if right:
        vote.consensus = sum(bool(cluster.correct) for cluster in top) / len(top) if top else 0.0


def _fault(rewards: list[Graded], clustering: Clustering) -> tuple[Status, str] | None:
    """What keeps a group from having a result: a failure of ours before one of the sample's."""
    for status in (Status.ERROR, Status.UNJUDGEABLE):
        if clustering.status is status:
            return status, clustering.explanation
        for index, graded in enumerate(rewards):
            if graded.status == status:
                (score,) = Reward.model_validate_json(graded.json).scores.values()
                return status, f"completion {index}: {score.explanation}"
    return None


def _overlong(abstention: Abstention, members: Members, limit: int) -> Abstention:
    length = raw_length(members.samples[abstention.index])
    if length > limit:
        return Abstention(index=abstention.index, why=overlong(length, limit).explanation)
    return abstention


def _mostly(right: list[bool]) -> bool:
    return 2 * sum(right) > len(right)


def _sentence(vote: Vote) -> str:
    if vote.answer is None:
        return f"none of {vote.n} completions has an answer"
    shown = vote.answer if len(vote.answer) <= 80 else vote.answer[:79] + "…"
    others = vote.tied - 1
    tie = f", as many as {f'each of {others} other answers' if others > 1 else 'another answer'}" if others > 0 else ""
    return f"{vote.count} of {vote.n} completions answer {shown}{tie}"
