"""Programs in containers: the same calls as for slots, made to the agents of containers that a launcher has lent.

A container is kept for many runs, one at a time. What the agent says is believed as far as it is well formed; an agent that is
silent for longer than the run may take is killed with its container.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from sandbox import trying, wire
from sandbox.admission import most_at_once
from sandbox.binaries import Binaries
from sandbox.launch import Flavour
from sandbox.lease import Lease
from sandbox.model import Limits, Program, Result, SandboxError, Status, Usage
from sandbox.pool import Pool, shared
from sandbox.session import Session
from sandbox.slot import Deaf
from sandbox.strength import Strength, describe
from sandbox.table import find_language
from sandbox.verdict import Ending
from sandbox.wire import Broken, Line, Message

READY_S = 60.0
PROMPT_S = 15.0
"""Longest wait for an answer that takes no work."""
ONE = Flavour()
"""What is loaded beforehand is the agent's affair."""
TRIES = 3
"""As often may the agent itself try a program again."""


_languages: dict[Strength, frozenset[str]] = {}
"""Those of the container that was lent last."""


class FarSlot:
    """A container with an agent in it. Raises SandboxError when there is none to be had."""

    def __init__(self, strength: Strength, flavour: Flavour) -> None:
        self.flavour = flavour
        self._lease = Lease(strength.value)
        try:
            self._line = Line(self._lease.fds[0], self._lease.fds[-1])
            hello = self._line.hear(within_s=READY_S).word
            if hello.get("version") != wire.VERSION:
                raise SandboxError(
                    f"the agent speaks version {hello.get('version')}, this {wire.VERSION}; rebuild the image"
                )
            if failed := hello.get("failed"):
                raise SandboxError(f"the agent has no sandbox: {failed}")
        except Broken as broken:
            self._lease.end()
            raise SandboxError(f"the agent did not start: {broken}; see the launcher's log") from broken
        except BaseException:
            self._lease.end()
            raise
        self.isolation = f"{describe(strength)}; inside {hello.get('isolation')}"
        _languages[strength] = frozenset(map(str, hello.get("languages") or ()))

    def tell(self, word: dict[str, Any], blob: bytes = b"") -> None:
        """Raises Deaf."""
        try:
            self._line.say(word, blob, within_s=PROMPT_S)
        except Broken as broken:
            raise Deaf(f"its container: {broken}") from broken

    def ask(self, word: dict[str, Any], blob: bytes = b"", patience_s: float = PROMPT_S) -> Message:
        """Raises Deaf; and what the agent says that it raised."""
        self.tell(word, blob)
        try:
            answer = self._line.hear(within_s=patience_s)
        except Broken as broken:
            raise Deaf(f"its container: {broken}") from broken
        for kind in (LookupError, ValueError, SandboxError):
            if said := answer.word.get(kind.__name__):
                raise kind(said)
        return answer

    def result(self, message: Message) -> Result:
        """Raises Deaf."""
        try:
            return wire.to_result(message, self.isolation)
        except Broken as broken:
            raise Deaf(f"its container: {broken}") from broken

    def close(self) -> None:
        """Kill the container."""
        self._lease.end()


class Far:
    """Programs in the containers of a launcher. May be used by many threads at once."""

    def __init__(self, strength: Strength, most: int | None = None) -> None:
        self._isolation = describe(strength)
        self._strength = strength
        key = strength, most or most_at_once()
        self._pool = shared(key, lambda: Pool(lambda flavour: FarSlot(strength, flavour), key[1]))
        self._binaries = Binaries(most_mb=32)

    def live(self, language: str) -> bool:
        """Whether the containers have it. Raises SandboxError when there are none to ask."""
        if self._strength not in _languages:
            with self._pool.admission.enter(), self._pool.lend(ONE):
                pass
        return language in _languages[self._strength]

    def build(self, program: Program, limits: Limits) -> bytes | Result | None:
        """The compiled program; how compiling failed; or nothing, where nothing is compiled. Raises LookupError."""
        language = find_language(program.language)
        if program.binary is not None or (language and not language.compile):
            return program.binary
        sent = wire.of_program(replace(program, stdin=b""))
        key = hashlib.sha256(repr((sent, limits)).encode()).digest()
        if binary := self._binaries.get(key):
            return binary
        made: list[bytes] = []

        def once(slot: FarSlot) -> Result:
            answer = ask(slot, "build", program, limits)
            if not answer.word.get("built"):
                return slot.result(answer)
            made.extend([answer.blob] if answer.word.get("compiled") else [])
            return Result(Status.OK)

        result = self._tried(once)
        if result.status is not Status.OK:
            return result
        for binary in made:
            self._binaries.put(key, binary)
        return made[0] if made else None

    def run(self, program: Program, limits: Limits) -> Result:
        """Raises LookupError."""
        return self._tried(lambda slot: slot.result(ask(slot, "run", program, limits)))

    def alone(self) -> AbstractContextManager[None]:
        return self._pool.admission.enter(alone=True)

    def open(self, program: Program, limits: Limits) -> Session:
        """Raises LookupError, SandboxError."""
        return trying.converse(self._pool, ONE, lambda slot: FarRun(slot, program, limits), program.stdin)

    def version(self, language: str) -> Result:
        """Raises LookupError."""
        word = {"do": "version", "language": language}
        return self._tried(lambda slot: slot.result(slot.ask(word, patience_s=patience_s(Limits()))))

    def _tried(self, once: Callable[[FarSlot], Result]) -> Result:
        """A language that is not there is no reason to give up the container."""
        refused: list[LookupError] = []

        def asked(slot: FarSlot) -> Result:
            try:
                return once(slot)
            except LookupError as error:
                refused.append(error)
                return Result(Status.OK)

        result = trying.run(self._pool, ONE, self._isolation, asked)
        if refused:
            raise refused[0]
        return result


def patience_s(limits: Limits) -> float:
    """How long an agent may be silent while a program runs under these limits."""
    return TRIES * (2 * limits.wall_s + PROMPT_S)


def ask(slot: FarSlot, operation: str, program: Program, limits: Limits) -> Message:
    """Have a program built or run. Raises Deaf, LookupError."""
    sent = wire.of_program(program)
    word = {"do": operation, "limits": wire.of_limits(limits), **sent.word}
    return slot.ask(word, sent.blob, patience_s(limits))


class FarRun:
    """A conversation's program in a container: :class:`sandbox.run.Run`, as far as a conversation needs it."""

    def __init__(self, slot: FarSlot, program: Program, limits: Limits) -> None:
        self.stdout = bytearray()
        self.ending = Ending()
        self._slot, self._limits = slot, limits
        sent = wire.of_program(replace(program, stdin=b""))
        slot.ask({"do": "open", "limits": wire.of_limits(limits), **sent.word}, sent.blob)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if not self.ending.over and kind is not Deaf:
            self.kill()

    def pump(self, until: Callable[[], bool], within_s: float | None = None) -> None:
        """Take what the program writes until ``until()`` holds, it has ended, or the time is up. Raises Deaf."""
        end = None if within_s is None else time.monotonic() + within_s
        while not until() and not self.ending.over:
            left_s = None if end is None else end - time.monotonic()
            if left_s is not None and left_s <= 0:
                return
            answer = self._slot.ask(
                {"do": "more", "within_s": left_s}, patience_s=patience_s(self._limits) + (left_s or 0)
            )
            self.stdout += answer.blob
            self.ending.over = bool(answer.word.get("over"))

    def close_input(self) -> None:
        self._slot.tell({"do": "close_input"})

    def send(self, data: bytes) -> None:
        self._slot.tell({"do": "send"}, data)

    def allow(self, cpu_s: float, wall_s: float) -> None:
        self._slot.tell({"do": "allow", "cpu_s": cpu_s, "wall_s": wall_s})

    @property
    def usage(self) -> Usage:
        said = self._slot.ask({"do": "usage"}).word
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return Usage(float(said["cpu_s"]), float(said["peak_memory_mb"]))
        raise Deaf("its container: it talks nonsense")

    def kill(self, limit: str | None = None) -> None:
        self._slot.ask({"do": "kill", "limit": limit})
        self.ending.over = True

    def result(self) -> Result:
        """How it ended, once it has. Where its agent fell silent, there is nothing to tell."""
        try:
            result = self._slot.result(self._slot.ask({"do": "finish"}))
        except Deaf as deaf:
            return Result(status=Status.RUNTIME_ERROR, detail=str(deaf), dubious=True, isolation=self._slot.isolation)
        return replace(result, stdout=bytes(self.stdout) + result.stdout)
