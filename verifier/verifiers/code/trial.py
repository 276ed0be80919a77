"""What every protocol needs to try a program: where, under which limits, and until when."""

import time
from dataclasses import dataclass, field, replace

from sandbox import ROOM_S, Limits, Sandbox, waited_s
from verifier.errors import SandboxFault
from verifier.verifiers.code.options import CodeOptions
from verifier.verifiers.code.verdict import TestResult, Verdict


@dataclass(frozen=True, slots=True)
class Clock:
    """Counts the seconds of this thread, but for those in which it waits for room to run programs."""

    began: float = field(default_factory=time.monotonic)
    waited_before: float = field(default_factory=waited_s)
    waited_earlier_s: float = 0.0
    """In tries before this one."""

    @property
    def waited_s(self) -> float:
        return self.waited_earlier_s + waited_s() - self.waited_before

    @property
    def overdue(self) -> bool:
        """Whether it has waited for longer than anybody should."""
        return self.waited_s > ROOM_S

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began - (waited_s() - self.waited_before)

    def again(self) -> "Clock":
        """For another try: all but the waiting begins anew."""
        return Clock(waited_earlier_s=self.waited_s)


@dataclass(frozen=True, slots=True)
class Trial:
    """One sample's tests against one program."""

    sandbox: Sandbox
    options: CodeOptions
    limits: Limits
    """Of one test."""
    clock: "Clock"
    """Runs from when the sample's judging began."""

    @property
    def left_s(self) -> float:
        """Seconds until what remains counts as over its time limit."""
        return self.options.total_s - self.clock.seconds

    @property
    def one(self) -> Limits:
        """The limits of a test that starts now."""
        return replace(self.limits, wall_s=max(0.001, min(self.limits.wall_s, self.left_s)))

    def all(self, count: int) -> Limits:
        """The limits of a process that ``count`` tests share."""
        return replace(self.limits, cpu_s=self.limits.cpu_s * (count + 1), wall_s=max(0.001, self.left_s))

    @property
    def spent(self) -> TestResult | None:
        """The verdict on a test that there is no time left for."""
        if self.clock.overdue:
            raise SandboxFault(f"no room for the program within {ROOM_S:g} s: raise sandbox_runs, or lower workers")
        if self.left_s > 0:
            return None
        return TestResult(Verdict.TIME_LIMIT, f"the {self.options.total_s:g} s for all tests together are spent")
