"""Calls about groups of completions."""

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar, cast

from verifier_client._call import Batch
from verifier_client._encoding import Rubric, encode, encode_items, encode_rubric
from verifier_client._errors import VerifierClientError
from verifier_client._exchange import Judged, Result
from verifier_client._groups import Selection, Vote
from verifier_client._state import Options, State

FoundT = TypeVar("FoundT", bound=Judged)


class GroupCall(Batch, Generic[FoundT]):
    """One call about groups, which ends in one result for each."""

    def __init__(
        self,
        options: Options,
        state: State[Any],
        groups: Iterable[Mapping[str, Any]],
        rubric: Rubric,
        choices: Mapping[str, Any],
    ) -> None:
        """``choices``: the other keys of the request; those that are None are not sent."""
        if isinstance(groups, Mapping | str):
            raise TypeError("groups must be a list: put a single one between brackets")
        given = list(groups)
        bodies, self._ids = encode_items(given, "groups")
        super().__init__(options, state, bodies, [_size(group) for group in given])
        head = b'{"rubric":' + encode_rubric(rubric)
        head += b"".join(
            b"," + encode(name, name) + b":" + encode(value, name)
            for name, value in choices.items()
            if value is not None
        )
        self._head = head
        self._found: dict[int, FoundT] = {}
        self._fault: VerifierClientError | None = None

    def envelope(self, wait_s: float) -> bytes:
        return self._head + b',"timeout_s":' + encode(round(wait_s, 3), "timeout_s") + b',"groups":['

    def accept(self, result: Result) -> None:
        """Keeps a result."""
        index, found = result
        if isinstance(found, VerifierClientError):
            self._fault = self._fault or found
        else:
            self._found[index] = cast(FoundT, found)

    def finish(self) -> list[FoundT]:
        """All results, in the order of the groups. Raises the fault of a group that the service never answered."""
        if self._fault is not None:
            raise self._fault
        return [self._found[index] for index in range(len(self._ids))]


class VoteCall(GroupCall[Vote]):
    """One call of ``vote``."""

    path, key = "/v1/vote", "votes"

    @staticmethod
    def parse(raw: object) -> Vote:
        return Vote.parse(raw)


class SelectCall(GroupCall[Selection]):
    """One call of ``select``."""

    path, key = "/v1/select", "selections"

    @staticmethod
    def parse(raw: object) -> Selection:
        return Selection.parse(raw)


GroupCallT = TypeVar("GroupCallT", bound=GroupCall[Any])


def _size(group: object) -> int:
    completions = cast("Mapping[str, Any]", group).get("completions") if isinstance(group, Mapping) else None
    return max(1, len(cast("list[Any]", completions))) if isinstance(completions, list) else 1
