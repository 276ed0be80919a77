"""A candidate's program, loaded in a sandbox of its own and asked to do one thing at a time."""

import builtins
from collections.abc import Callable
from typing import Any, cast

from sandbox import Limits, Sandbox
from verifier.verifiers.code.dialogue import Lost, Peer

Reply = list[Any]
DEEPEST = 50
"""Calls from the tests into the program, from there into the tests, and so on."""
ANSWERS = {"call": 3, "apply": 2}
"""Lengths of the lists that operations answer with."""


class Solver(Peer):
    """The candidate. Its replies are of the shapes that its harness would give, or it is :class:`Lost`."""

    def __init__(self, sandbox: Sandbox, limits: Limits, source: str) -> None:
        super().__init__(sandbox, "candidate", limits, source)

    def ask(self, operation: str, *operands: Any, serve: "Callable[[Reply], Reply] | None" = None) -> Reply:
        """``["value", value]``, ``["raised", description]`` or ``["uncompiled", description]``.

        Before it replies the program may ask for something of the tests': ``serve`` answers.
        """
        self.send(["ask", operation, *operands])
        while True:
            reply = self.receive()
            if serve is None or reply[0] != "ask":
                break
            self.send(serve(reply))
        if not _well_formed(reply, operation):
            raise Lost(self.finish(), "its answer has no known shape")
        return reply


def relay(examiner: Peer, solver: Solver, request: Reply, hear: Callable[[], Reply], depth: int = 0) -> Reply:
    """The candidate's reply to what the tests ask of it. Meanwhile either may ask the other."""

    def serve(wish: Reply) -> Reply:
        if depth >= DEEPEST or not all(isinstance(part, str) for part in wish[:2]) or len(wish) < 2:
            raise Lost(solver.finish(), "it and the tests call each other too deeply")
        examiner.send(wish)
        while (answer := hear())[0] == "ask":
            examiner.send(relay(examiner, solver, answer[1:], hear, depth + 1))
        return answer

    operation, *operands = request
    return solver.ask(operation, *operands, serve=serve)


def _well_formed(reply: Reply, operation: str) -> bool:
    kind, *rest = reply
    if kind not in ("value", "raised", "uncompiled") or len(rest) != 1:
        return False
    if kind != "value":
        return _is_description(rest[0])
    value: Any = rest[0]
    if operation in ANSWERS:
        return isinstance(value, list) and len(cast(list[Any], value)) == ANSWERS[operation]
    return operation != "names" or isinstance(value, dict)


def _is_description(told: Any) -> bool:
    """Whether an exception is told as ``party.describe`` does."""
    if not isinstance(told, dict):
        return False
    fields = cast(dict[str, Any], told)
    types = {"nearest": str, "name": str, "text": str, "args": list, "classes": list, "attributes": dict, "trace": list}
    if not fields.keys() <= types.keys() or not {"nearest", "name"} <= fields.keys():
        return False
    if not all(isinstance(value, types[name]) for name, value in fields.items()):
        return False
    return (
        _is_exception(fields["nearest"])
        and all(_is_class(own) for own in fields.get("classes", []))
        and all(isinstance(name, str) and not name.startswith("_") for name in fields.get("attributes", {}))
        and all(_is_frame(frame) for frame in fields.get("trace", []))
    )


def _is_class(own: Any) -> bool:
    match own:
        case [int(), str(), [*bases]]:
            return all(isinstance(base, str | int) for base in bases)
        case _:
            return False


def _is_frame(frame: Any) -> bool:
    match frame:
        case [int(), str()]:
            return True
        case _:
            return False


def _is_exception(name: object) -> bool:
    """Only what a program may raise without ending itself."""
    cls = vars(builtins).get(name) if isinstance(name, str) else None
    return isinstance(cls, type) and issubclass(cls, Exception)
