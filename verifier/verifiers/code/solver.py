"""A candidate's program, loaded in a sandbox of its own and asked to do one thing at a time."""

import builtins
from typing import Any, cast

from sandbox import Limits, Sandbox
from verifier.verifiers.code.dialogue import Lost, Peer

Reply = list[Any]
SHAPES = {"value": (1,), "raised": (4,), "uncompiled": (4,)}


class Solver(Peer):
    """The candidate. Its replies are of the shapes that its harness would give, or it is :class:`Lost`."""

    def __init__(self, sandbox: Sandbox, limits: Limits) -> None:
        super().__init__(sandbox, "candidate", limits)

    def ask(self, operation: str, *operands: Any) -> Reply:
        """``["value", value]``, ``["raised", nearest built-in class, class, arguments, text]`` or ``["uncompiled", ...]``."""
        self.send([operation, *operands])
        reply = self.receive()
        if not _well_formed(reply, operation):
            raise Lost(self.finish(), "its answer has no known shape")
        return reply


def _well_formed(reply: Reply, operation: str) -> bool:
    kind, *rest = reply
    if not isinstance(kind, str) or len(rest) not in SHAPES.get(kind, ()):
        return False
    if kind != "value":
        nearest, name, args, text = rest
        return _is_exception(nearest) and isinstance(name, str) and isinstance(args, list) and isinstance(text, str)
    value: Any = rest[0]
    if operation == "call":
        return isinstance(value, list) and len(cast(list[Any], value)) == 2
    return operation != "names" or isinstance(value, dict)


def _is_exception(name: object) -> bool:
    """Only what a program may raise without ending itself."""
    cls = vars(builtins).get(name) if isinstance(name, str) else None
    return isinstance(cls, type) and issubclass(cls, Exception)
