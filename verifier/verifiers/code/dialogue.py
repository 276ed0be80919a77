"""Our side of the conversations with sandboxed harnesses: every byte that arrives is distrusted."""

import importlib.resources
import importlib.util
import marshal
from dataclasses import dataclass
from functools import cache
from typing import Any, NoReturn, Self, cast

from sandbox import Ended, Limits, Program, Result, Sandbox, SandboxError, Session, Usage
from verifier.errors import SandboxFault, Unjudgeable
from verifier.verifiers.code import harness
from verifier.verifiers.code.harness.plain import Malformed, decode, encode
from verifier.verifiers.code.verdict import ending


@dataclass(frozen=True, slots=True)
class Held:
    """An object that stays in its sandbox; we only pass its number on."""

    number: int
    told: str
    letter: str = "h"
    """``h``: whoever sent it has it; ``H``: whoever receives it."""

    @property
    def type(self) -> str:
        return self.told.partition(" ")[0]

    @property
    def back(self) -> "Held":
        """The same, as it goes back to whence it came."""
        return Held(self.number, self.told, "H" if self.letter == "h" else "h")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A value of the standard library; we only pass on its kind and its parts."""

    kind: str
    parts: tuple[Any, ...]


def _find(letter: str, number: int, told: str) -> Held:
    return Held(number, told, letter)


def _held(value: object) -> tuple[str, int, str]:
    if isinstance(value, Held):
        return value.letter, value.number, value.told
    raise Malformed(f"{type(value).__name__} is no plain data")


def _packed(value: object) -> tuple[str, tuple[Any, ...]] | None:
    return (value.kind, value.parts) if isinstance(value, Rebuilt) else None


class Lost(Exception):
    """The other side is gone, or talks nonsense: ``result`` says how its run ended."""

    def __init__(self, result: Result, why: str = "") -> None:
        super().__init__(why)
        self.result = result
        self.why = why


class Peer:
    """A harness in its sandbox. Use as a context manager. Raises SandboxFault when it cannot be started."""

    def __init__(self, sandbox: Sandbox, module: str, limits: Limits, text: str, extra: tuple[str, ...] = ()) -> None:
        """``text`` is what will be sent to be run there, as far as it is known."""
        self._longest = self._own_longest = limits.output_kb * 1024
        """An answer may carry back the arguments of its question."""
        try:
            self._session: Session = sandbox.open(_program(module, "numpy" in text, extra), limits)
        except SandboxError as error:
            raise SandboxFault(str(error)) from error

    def ready(self) -> None:
        """Wait for its greeting, before it has seen anything that is not ours."""
        try:
            self.receive()
        except Lost as lost:
            raise SandboxFault(f"a harness did not start: {ending(lost.result)}") from lost

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.__exit__()

    def allow(self, cpu_s: float, wall_s: float) -> None:
        self._session.allow(cpu_s, wall_s)

    @property
    def alive(self) -> bool:
        return self._session.alive

    @property
    def usage(self) -> Usage:
        return self._session.usage

    def send(self, value: Any) -> None:
        try:
            data = encode(value, _held, _packed)
        except Malformed as error:  # what came from a sandbox is plain already
            raise Unjudgeable(f"the tests hold a value that cannot be passed on: {error}") from error
        self._longest = self._own_longest + 2 * len(data)
        self._session.send(len(data).to_bytes(4, "big") + data)

    def receive(self) -> list[Any]:
        """The next message, a list of plain data and :class:`Held`. Raises :class:`Lost`."""
        try:
            size = int.from_bytes(self._session.receive(4), "big")
            if size > self._longest:
                self._session.kill("output_kb")
                self._lose("its answer is longer than its output limit")
            message = decode(self._session.receive(size), _find, Rebuilt)
        except Ended:
            self._lose()
        except Malformed as error:
            self._lose(f"its answer is no plain data: {error}")
        if not isinstance(message, list) or not message:
            self._lose("its answer is no message")
        return cast(list[Any], message)

    def _lose(self, why: str = "") -> NoReturn:
        raise Lost(self._session.finish(), why)

    def finish(self) -> Result:
        return self._session.finish()


LOAD = """
hint = {hint!r}
import marshal, sys
for hint, code in {modules!r}:
    module = sys.modules[hint] = type(sys)(hint)
    exec(marshal.loads(code), vars(module))
    del code
module = sys.modules[{main!r}]
del marshal, sys, hint
module.main()
"""
WARM = ("plain", "values", "channel", "party", "shapes", "remote", "candidate", "examiner", "suites", "rehearsal")
"""What slots kept for harnesses have loaded, each after what it imports."""


@cache
def _program(main: str, numpy: bool, extra: tuple[str, ...] = ()) -> Program:
    """A harness, compiled beforehand: the sandbox runs the interpreter that runs us. No file of it lies about there."""
    rest = [(name, _code(name)) for name in (*extra, main) if name not in WARM]
    text = LOAD.format(hint="numpy" if numpy else "", modules=rest, main=main)
    code = compile(text, "harness", "exec", dont_inherit=True)
    source = importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
    return Program(source=source, modules=tuple((name, _code(name)) for name in WARM))


@cache
def _code(name: str) -> bytes:
    source = importlib.resources.files(harness).joinpath(f"{name}.py").read_text()
    return marshal.dumps(compile(source, f"{name}.py", "exec", dont_inherit=True))
