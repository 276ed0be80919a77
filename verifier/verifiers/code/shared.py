"""Tests in one process with the program that they test, for those that cannot be held apart from it (``isolation: shared``)."""

import ast
import hashlib
import secrets
from dataclasses import replace
from typing import Any

from sandbox import Status
from verifier.errors import Unjudgeable
from verifier.verifiers.code import names
from verifier.verifiers.code.asserts import EXAMINER_MB, Examined, reported
from verifier.verifiers.code.dialogue import Lost, Peer
from verifier.verifiers.code.function import Unloadable, of_loss, refused
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, shown


def sit_together(examined: Examined, trial: Trial, results: list[TestResult]) -> bool:
    """Tests and program in one process, in one sandbox. As :data:`asserts.Sitting`."""
    limits = trial.all(examined.count + 1)
    limits = replace(limits, memory_mb=limits.memory_mb + EXAMINER_MB // 4)
    with Peer(trial.sandbox, "shared", limits, examined.text, examined.extra) as both:
        try:
            return _Couple(examined, trial, both, len(results)).run(results)
        except Lost as lost:
            results.append(of_loss(lost))
            return False


class _Couple:
    def __init__(self, examined: Examined, trial: Trial, both: Peer, first: int) -> None:
        self.examined, self.trial, self.both, self.first = examined, trial, both, first
        self.secret, self.spoken = secrets.token_hex(16).encode(), 0

    def run(self, results: list[TestResult]) -> bool:
        self._load()
        self._brief()
        before = self.both.usage
        while True:
            self._allow()
            kind, *rest = self._hear()
            if kind == "done":
                self.examined.counted = rest[0]
                return True
            used = self.both.usage
            result = reported(kind, rest, self.examined)
            results.append(replace(result, cpu_s=used.cpu_s - before.cpu_s, memory_mb=used.peak_memory_mb))
            before = used

    def _load(self) -> None:
        self.both.ready()
        self._allow()
        self.both.send([self.secret, _imports(self.examined), self.examined.source, True])
        try:
            kind, *rest = self._hear()
        except Lost as lost:
            raise Unloadable(of_loss(lost)) from lost
        if kind == "broken":
            raise Unjudgeable(f"the tests are broken: {shown(rest[0])}")
        if kind != "value":
            raise Unloadable(refused(kind, rest[0], self.examined.source))

    def _brief(self) -> None:
        tests, examined = self.examined.tests, self.examined
        wanted, stops = examined.wanted, self.trial.options.stops
        told = [tests.setup, tests.code, sorted(wanted.program), wanted.modules, tests.entry_point, examined.check]
        self.both.send([*told, self.first, stops])

    def _allow(self) -> None:
        self.both.allow(self.trial.limits.cpu_s + 1, self.trial.limits.wall_s)

    def _hear(self) -> list[Any]:
        """The next message; one without its word is a forged one."""
        message = self.both.receive()
        if message[0] == "reached":
            raise Lost(self._ended(), f"the program reached for what judges it: {shown(str(message[1:]), 60)}")
        self.spoken += 1
        word = hashlib.sha256(b"%s %d" % (self.secret, self.spoken)).hexdigest()
        if not isinstance(message[0], str) or not secrets.compare_digest(
            message[0].encode(errors="replace"), word.encode()
        ):
            raise Lost(self._ended(), "the program forged a verdict")
        return message[1:]

    def _ended(self) -> Any:
        result = self.both.finish()
        return replace(result, limit=None, status=Status.RUNTIME_ERROR) if result.status is Status.OK else result


def _imports(examined: Examined) -> list[str]:
    """The modules that the tests import, but for the program itself and what the harness gives."""
    found = set[str](examined.wanted.modules.values())
    for node in [*examined.setup.body, *examined.tree.body]:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return sorted(name for name in found if name.partition(".")[0] not in {*names.TEST_MODULES, "pytest"})
