"""Runs in a container, and has programs run there for whoever is at the other end: ``python -m sandbox.agent [SOCKET]``.

It speaks on that socket, or on its standard input and output. Programs run in its own slots, behind the walls that the container
allows; the container is one more around all of them.
"""

import os
import socket
import sys

from sandbox import wire
from sandbox.model import Limits, Program, SandboxError
from sandbox.runner import Sandbox
from sandbox.session import Ended, Session
from sandbox.table import LANGUAGES
from sandbox.wire import Broken, Line, Message


class Agent:
    """One run, or one conversation, at a time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._sandbox = Sandbox(most=1)
        self._session: Session | None = None
        self._sandbox.run(Program(source=""))  # the first slot is warm before anybody waits for it

    def serve(self) -> None:
        """Until nobody is there any more."""
        live = [language.name for language in LANGUAGES.values() if language.live]
        self._line.say({"version": wire.VERSION, "isolation": self._sandbox.isolation, "languages": live})
        with self._sandbox.alone():  # in here; what is dubious all the same is judged by who knows what lies around
            while True:
                message = self._line.hear()
                if answer := self._answer(message):
                    self._line.say(answer.word, answer.blob)

    def _answer(self, message: Message) -> Message | None:
        """To what only tells, there is none."""
        try:
            return getattr(self, f"_{message.word['do']}")(message)
        except LookupError as error:
            return Message({"LookupError": str(error) or repr(error)})
        except ValueError as error:
            return Message({"ValueError": str(error)})
        except (SandboxError, OSError) as error:
            return Message({"SandboxError": str(error)})

    def _close(self) -> None:
        if self._session:
            self._session.__exit__()
            self._session = None

    def _build(self, message: Message) -> Message:
        self._close()
        build = self._sandbox.build(wire.to_program(message), _limits(message))
        if build.failure:
            return wire.of_result(build.failure)
        binary = build.program.binary
        return Message({"built": True, "compiled": binary is not None}, binary or b"")

    def _run(self, message: Message) -> Message:
        self._close()
        return wire.of_result(self._sandbox.run(wire.to_program(message), _limits(message)))

    def _version(self, message: Message) -> Message:
        return wire.of_result(self._sandbox.version(message.word["language"]))

    def _open(self, message: Message) -> Message:
        self._close()
        self._session = self._sandbox.open(wire.to_program(message), _limits(message))
        return Message({"open": True})

    def _send(self, message: Message) -> None:
        if self._session:
            self._session.send(message.blob)

    def _allow(self, message: Message) -> None:
        if self._session:
            self._session.allow(message.word["cpu_s"], message.word["wall_s"])

    def _close_input(self, _: Message) -> None:
        if self._session:
            self._session.close_input()

    def _more(self, message: Message) -> Message:
        within_s = message.word.get("within_s")
        if within_s is not None:
            taken = self._conversation.take(within_s)
            return Message({"over": not taken and not self._conversation.alive}, taken)
        try:
            return Message({}, self._conversation.receive_some())
        except Ended:
            return Message({"over": True})

    def _usage(self, _: Message) -> Message:
        return Message(dict(self._conversation.usage._asdict()))

    def _kill(self, message: Message) -> Message:
        self._conversation.kill(message.word["limit"])
        return Message({})

    def _finish(self, _: Message) -> Message:
        return wire.of_result(self._conversation.finish())

    @property
    def _conversation(self) -> Session:
        if self._session is None:
            raise SandboxError("no conversation is open")
        return self._session


def _limits(message: Message) -> Limits:
    return Limits(**message.word["limits"])


def _line(arguments: list[str]) -> Line:
    if arguments:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.connect(arguments[0])
            fd = channel.detach()
        return Line(fd, fd)
    reading, writing = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(null, standard)
    return Line(reading, writing)


def main(arguments: list[str]) -> int:
    """Exit code."""
    line = _line(arguments)
    try:
        agent = Agent(line)
    except SandboxError as error:
        line.say({"version": wire.VERSION, "failed": str(error)})
        return 1
    try:
        agent.serve()
    except Broken:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
