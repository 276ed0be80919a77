"""The verifier ``code``: runs the program of a completion against its sample's tests."""

import time
from pathlib import Path

from sandbox import Sandbox, SandboxError, find_language
from verifier.errors import SandboxFault, Unjudgeable
from verifier.registry import Budget, Verifier, verifier
from verifier.schema import AssertTests, FunctionTests, Sample, Score, StdioTests
from verifier.verifiers.code import asserts, function, stdio
from verifier.verifiers.code.extract import complete, extract
from verifier.verifiers.code.options import CodeOptions
from verifier.verifiers.code.shared import sit_together
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import Silenced, total

HIDDEN = (Path(__file__).resolve().parents[2],)
SPARE_S = 60.0
"""Beyond the time of the tests: compiling, starting and ending sandboxes, once more after a fault of ours."""
RELAY_CPU_S = 30.0


@verifier("code")
class Code(Verifier[CodeOptions]):
    """Runs the program of a completion in a sandbox against tests: stdio, function, assert."""

    Options = CodeOptions

    def verify(self, sample: Sample) -> Score:
        tests = sample.tests
        if tests is None:
            raise Unjudgeable("the sample has no tests")
        language = find_language(tests.language)
        if language is None or not language.live:
            raise Unjudgeable(f"the language {tests.language!r} is not live on this machine")
        if not isinstance(tests, StdioTests) and language.name != "python":
            raise Unjudgeable(f"tests of type {tests.type!r} are for python, not {tests.language!r}")
        limits = self.options.limits(tests.limits)
        if isinstance(tests, AssertTests):
            asserts.parse(tests)
        program = extract(sample, self.options, lambda tag: find_language(tag) is language, language.name == "python")
        if program is None:
            return Score.of(0.0, f"no {language.name} program found in the answer")
        if not isinstance(tests, StdioTests):
            program = complete(program, sample, tests.entry_point, self.options)
        end = time.monotonic() + self.options.total_s
        for last in (False, True):
            try:
                return self._judge(tests, program, Trial(self._sandbox(), self.options, limits, end))
            except Silenced:
                if last:
                    return Score.of(0.0, "the program silences its sandbox")
            except SandboxFault:
                if last:
                    raise
        raise AssertionError("unreachable")

    def _judge(self, tests: StdioTests | FunctionTests | AssertTests, program: str, trial: Trial) -> Score:
        if isinstance(tests, AssertTests):
            sit = sit_together if tests.isolation == "shared" else asserts.sit_apart
            results, count = asserts.judge(tests, program, trial, sit)
        elif isinstance(tests, FunctionTests):
            results, count = function.judge(tests, program, trial), len(tests.cases)
        else:
            results, count = stdio.judge(tests, program, trial), len(tests.cases)
        return total(results, count, program, self.options.partial)

    def _sandbox(self) -> Sandbox:
        try:
            return Sandbox(HIDDEN)
        except SandboxError as error:
            raise SandboxFault(str(error)) from error

    def budget(self, sample: Sample) -> Budget:
        return Budget(cpu_s=RELAY_CPU_S, wall_s=self.options.total_s + SPARE_S)
