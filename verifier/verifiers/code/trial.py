"""What every protocol needs to try a program: where, under which limits, and until when."""

import time
from dataclasses import dataclass, replace

from sandbox import Limits, Sandbox
from verifier.verifiers.code.options import CodeOptions
from verifier.verifiers.code.verdict import TestResult, Verdict


@dataclass(frozen=True, slots=True)
class Trial:
    """One sample's tests against one program."""

    sandbox: Sandbox
    options: CodeOptions
    limits: Limits
    """Of one test."""
    end: float
    """When, on the monotonic clock, what remains counts as over its time limit."""

    @property
    def left_s(self) -> float:
        return self.end - time.monotonic()

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
        if self.left_s > 0:
            return None
        return TestResult(Verdict.TIME_LIMIT, f"the {self.options.total_s:g} s for all tests together are spent")
