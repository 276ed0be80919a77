"""What is done with the items of a job, as the engine sees it: it knows their size, and what they are without a verdict."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from verifier.clusters import Clustering
from verifier.engine.frames import Graded
from verifier.engine.grade import id_of, overlong, raw_length
from verifier.rubric import Recipe
from verifier.schema import Score


class Task(ABC):
    """One thing that a worker can do, by one rubric."""

    name: ClassVar[str]

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def chars(self, item: Any) -> int:
        """About how many characters there are to work on."""

    @abstractmethod
    def overlong(self, item: Any, limit: int) -> Score | None:
        """What an item is worth that no worker is to see, where completions have at most ``limit`` characters."""

    @abstractmethod
    def without_verdict(self, position: int, item: Any, score: Score) -> Graded:
        """The result of an item that no worker has finished."""


class Grading(Task):
    """Samples become rewards."""

    name = "grade"

    def chars(self, item: Any) -> int:
        return raw_length(item)

    def overlong(self, item: Any, limit: int) -> Score | None:
        length = raw_length(item)
        return overlong(length, limit) if length > limit else None

    def without_verdict(self, position: int, item: Any, score: Score) -> Graded:
        reward = self.recipe.uniform(id_of(item), score)
        return Graded(position, reward.status, reward.reward, reward.model_dump_json().encode())


class Clusters(Task):
    """Groups of samples become clusters of the same answer."""

    name = "cluster"

    def chars(self, item: Any) -> int:
        return sum(map(raw_length, item))

    def overlong(self, item: Any, limit: int) -> Score | None:
        return None

    def without_verdict(self, position: int, item: Any, score: Score) -> Graded:
        result = Clustering(status=score.status, explanation=score.explanation)
        return Graded(position, result.status, None, result.model_dump_json().encode())
