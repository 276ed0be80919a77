"""Which answers of a group are the same one: the clusters of a vote.

Answers of one normal form are one *form*. Forms are taken by how many completions gave them, the most frequent first (then
the shorter, then by text), and each joins the first cluster whose representative it is equal to, or founds its own. So

* the order of the completions does not matter;
* every member of a cluster is equal to its representative, the most frequent form in it. Equality need not be transitive
  (``50\\%`` is ``0.5`` and is ``50``): two members may differ from each other, and a form that could join two clusters joins
  the one whose representative is more frequent;
* a pair that nothing decides is not the same: what cannot be compared gains no votes.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pydantic import Field

from verifier.registry import Answer
from verifier.schema import Model, Status


class Abstention(Model):
    """A completion that does not vote."""

    index: int = Field(description="Of the completion in its group.")
    why: str


class Cluster(Model):
    """Completions whose answers are the same."""

    answer: str = Field(description="The representative: the form of the answer that most of its members have.")
    count: int
    members: list[int] = Field(description="Indexes of the completions in their group, rising.")
    forms: list[str] = Field(description="The answer as its members wrote it, the most frequent form first.")


class Clustering(Model):
    """The answers of one group, clustered. Without a verdict (``status``) there are none, and ``explanation`` says why."""

    status: Status = Status.OK
    explanation: str = ""
    clusters: list[Cluster] = Field(default_factory=list[Cluster])
    abstained: list[Abstention] = Field(default_factory=list[Abstention])
    undecided: int = 0


class Form(NamedTuple):
    """Answers with one normal form."""

    answer: Answer
    members: tuple[int, ...]


Find = Callable[[Form, Sequence[Form]], int | None]
"""Of a form and the representatives so far: the place of the first that it is equal to, or None."""


def clusters_of(answers: Sequence[Answer], find: Find) -> list[Cluster]:
    """The clusters of those answers that are some, the largest first (then the shorter answer, then by text)."""
    representatives: list[Form] = []
    groups: list[list[Form]] = []
    for form in _forms(answers):
        place = find(form, representatives)
        if place is None:
            representatives.append(form)
            groups.append([form])
        else:
            groups[place].append(form)
    return sorted(map(_cluster, groups), key=lambda cluster: (-cluster.count, *_by_text(cluster.answer)))


def abstentions(answers: Sequence[Answer]) -> list[Abstention]:
    """Which completions have no answer, and why."""
    return [Abstention(index=index, why=answer.why) for index, answer in enumerate(answers) if answer.key is None]


_IGNORANCE = re.compile(
    r"(?:(?:sorry|unfortunately|i'?m sorry|well),? (?:but )?)?(?:"
    r"(?:i|we) (?:(?:really|just|honestly|still) )?(?:do not|don'?t) know(?: (?:it|this|the answer|how))?"
    r"|(?:i|we) (?:can ?not|can'?t|could not|couldn'?t) (?:tell|say|answer|solve|determine)(?: (?:it|this|that|the answer))?"
    r"|(?:i am|i'?m|we are|we'?re) not (?:sure|certain)|(?:i have )?no (?:idea|clue)"
    r"|je ne sais pas|ich wei(?:ß|ss) (?:es )?nicht|no (?:lo )?s[eé]|non (?:lo )?so|(?:eu )?não sei|ik weet het niet"
    r"|(?:я )?не знаю|我?不知道|(?:わか|分か)(?:りません|らない)|모르겠(?:습니다|어요|다))"
)


def says_nothing(text: str) -> bool:
    """Whether an answer says no more than that there is none to give: "I do not know."."""
    plain = re.sub(r"\\(?:text|mathrm|textbf)\s*\{([^{}]*)\}", r"\1", text[:200]).replace("’", "'")
    return bool(_IGNORANCE.fullmatch(" ".join(plain.casefold().split()).strip(" .!?…。$*")))


def _forms(answers: Sequence[Answer]) -> list[Form]:
    members: dict[str, list[int]] = {}
    for index, answer in enumerate(answers):
        if answer.key is not None:
            members.setdefault(answer.key, []).append(index)
    forms = [
        Form(min((answers[i] for i in held), key=lambda answer: _by_text(answer.text)), tuple(held))
        for held in members.values()
    ]
    return sorted(forms, key=lambda form: (-len(form.members), *_by_text(form.answer.text), form.answer.key))


def _cluster(forms: list[Form]) -> Cluster:
    members = sorted(index for form in forms for index in form.members)
    texts = [form.answer.text for form in forms]
    return Cluster(answer=texts[0], count=len(members), members=members, forms=texts)


def _by_text(text: str) -> tuple[int, str]:
    return len(text), text
