"""The samples of a group as it came over the wire. Each is validated by itself, in a worker."""

from collections.abc import Mapping
from typing import Any, cast

from verifier.engine import id_of
from verifier.errors import Unjudgeable
from verifier.jsontext import Unreadable


class Members:
    """A group, taken apart. Raises :class:`Unjudgeable` where there is nothing to take apart."""

    def __init__(self, raw: Any) -> None:
        self.id = id_of(raw)
        if isinstance(raw, Unreadable):
            raise Unjudgeable(f"malformed group: {raw.why}")
        if not isinstance(raw, dict):
            raise Unjudgeable("malformed group: not an object")
        group = cast("dict[str, Any]", raw)
        if "completion" in group:
            raise Unjudgeable("malformed group: completion: unknown key (a group has 'completions')")
        completions = group.get("completions")
        if not isinstance(completions, list) or not completions:
            raise Unjudgeable("malformed group: completions: a list of at least one completion is required")
        lengths = _lengths(group, len(cast("list[Any]", completions)))
        shared = {key: value for key, value in group.items() if key not in ("id", "completions", "lengths")}
        self.kind = shared["kind"] = _kind(shared)
        self.prompt: Any = shared.get("prompt")
        self.has_reference = shared.get("answer") is not None or bool(shared.get("tests"))
        self.samples = [
            {**shared, "completion": text, "length": length}
            for text, length in zip(cast("list[Any]", completions), lengths, strict=True)
        ]


def _lengths(group: Mapping[str, Any], n: int) -> list[Any]:
    """The length of each completion, if it is known."""
    if "length" in group:
        raise Unjudgeable("malformed group: length: unknown key (a group has 'lengths', one for each completion)")
    lengths = group.get("lengths")
    if lengths is None:
        return [None] * n
    if not isinstance(lengths, list) or len(cast("list[Any]", lengths)) != n:
        raise Unjudgeable(f"malformed group: lengths: a list of {n} is required, one for each completion")
    return cast("list[Any]", lengths)


def _kind(group: Mapping[str, Any]) -> str:
    """As for a sample, except that a group without a reference is about math: there may be none to vote on."""
    kind = group.get("kind") or ("code" if group.get("tests") else "choice" if group.get("choices") else "math")
    if not isinstance(kind, str):
        raise Unjudgeable("malformed group: kind: not a string")
    return kind
