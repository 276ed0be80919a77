"""Interactive tests: an interactor talks with the program, each in its own sandbox, and we carry the bytes."""

from dataclasses import replace
from typing import NamedTuple

from sandbox import Limits, Program, Result, Sandbox, SandboxError, Session, Status
from verifier.errors import SandboxFault, Unjudgeable
from verifier.schema import Checker, StdioCase
from verifier.verifiers.code import checker
from verifier.verifiers.code.checker import CALLED_WITH
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown

TURN_S, LONGEST_TURN_S = 0.002, 0.02
"""How long one side is listened to before the other is, for a start and at most."""
SHOWN_TALK = 2_000


def attempt(case: StdioCase, judge: Checker, program: Program, trial: Trial) -> TestResult:
    """One case: right when the interactor accepts, and the program ends well within its limits."""
    stdin, expected = case.stdin.encode(errors="replace"), (case.stdout or "").encode(errors="replace")
    files: dict[str, str | bytes] = dict(zip(CALLED_WITH, (stdin, b"", expected), strict=True))
    checker.parsed(judge, "interactor")
    other = checker.built(Program(judge.language, judge.code, files, args=CALLED_WITH), trial, "interactor")
    met = meet(program, other, trial)
    return replace(verdict(met), input=shown(stdin), got=shown(met.spoken))


class Meeting(NamedTuple):
    """How a program and one that talks with it ended."""

    result: Result
    opinion: Result
    """Of the other, which has the say."""
    spoken: bytes
    """The first of what the program said."""


def meet(program: Program, other: Program, trial: Trial) -> Meeting:
    """Let the two talk until both have ended."""
    limits = trial.one
    with _open(trial.sandbox, other, _patient(limits)) as listener, _open(trial.sandbox, program, limits) as solver:
        talk = _Talk(solver, listener, limits)
        talk.carry_on()
        return Meeting(solver.finish(), listener.finish(), bytes(talk.spoken))


def _open(sandbox: Sandbox, program: Program, limits: Limits) -> Session:
    try:
        return sandbox.open(program, limits)
    except SandboxError as error:
        raise SandboxFault(str(error)) from error
    except ValueError as error:
        raise Unjudgeable(f"tests.interactor: {error}") from error


def _patient(limits: Limits) -> Limits:
    """The interactor waits for the program, and must outlast it."""
    return replace(limits, cpu_s=2 * limits.cpu_s + 1, wall_s=2 * limits.wall_s + 1, output_kb=2 * limits.output_kb)


class _Talk:
    def __init__(self, solver: Session, interactor: Session, limits: Limits) -> None:
        self.sides = [solver, interactor]
        self.left = [limits.output_kb << 10, limits.output_kb << 12]
        self.spoken = bytearray()
        """The first of what the program said."""

    def carry_on(self) -> None:
        """Until both have ended. Whoever was spoken to is listened to next."""
        speaker, turn = 0, TURN_S
        while any(side.alive for side in self.sides):
            data = self.sides[speaker].take(turn)
            if data:
                self._deliver(speaker, data)
            ended = not self.sides[speaker].alive
            speaker = 1 - speaker
            if ended:
                self.sides[speaker].close_input()
            turn = TURN_S if data else min(LONGEST_TURN_S, turn * 1.2)

    def _deliver(self, speaker: int, data: bytes) -> None:
        self.left[speaker] -= len(data)
        if self.left[speaker] < 0:
            self.sides[speaker].kill("output_kb")
        if speaker == 0:
            self.spoken += data[: SHOWN_TALK - len(self.spoken)]
        self.sides[1 - speaker].send(data)


def verdict(met: Meeting, what: str = "interactor") -> TestResult:
    """Right when the other accepts, and the program ends well within its limits. ``what`` the other is, in messages."""
    result, opinion = met.result, met.opinion
    if result.status is Status.SANDBOX_ERROR or opinion.status is Status.SANDBOX_ERROR:
        of_ending(result if result.status is Status.SANDBOX_ERROR else opinion)
    said = checker.said(replace(opinion, stdout=b""), what)
    if result.limit or (result.status is not Status.OK and opinion.status is Status.OK):
        return of_ending(result)
    if opinion.status is Status.OK:
        return TestResult(Verdict.ACCEPTED, said, cpu_s=result.cpu_s, memory_mb=result.peak_memory_mb)
    ended = replace(of_ending(result), input="") if result.status is not Status.OK else None
    if ended:
        return replace(ended, message="; ".join(part for part in (ended.message, said) if part))
    message = said or f"the {what} did not accept"
    return TestResult(Verdict.WRONG_ANSWER, message, cpu_s=result.cpu_s, memory_mb=result.peak_memory_mb)
