"""Programs in, results out."""

import hashlib
import marshal
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sandbox import strength, toolchain, trying
from sandbox.binaries import Binaries
from sandbox.far import Far
from sandbox.launch import PROFILES, Flavour
from sandbox.model import Limits, Program, Result, Status
from sandbox.pool import pool
from sandbox.run import Run, Task
from sandbox.session import Session
from sandbox.slot import Slot
from sandbox.strength import Strength
from sandbox.table import find_language

COMPILE_LIMITS = Limits(cpu_s=20, wall_s=180, memory_mb=2048, output_kb=64 << 10, processes=64, disk_mb=256)
OWN_FOLDER = Path(__file__).resolve().parent
BINARY = ""
"""In a command, the compiled program."""


@dataclass(frozen=True, slots=True)
class Build:
    """A program that can be run many times, or the reason why not."""

    program: Program
    failure: Result | None = None


class Sandbox:
    """Where untrusted programs run. May be used by many threads at once; all of a process's share its slots.

    ``hidden`` names folders that programs must not see although they lie below /usr or an interpreter's prefix;
    ``asked`` a strength that it must have, instead of the best of this machine; ``most`` how many threads may run programs at
    once (default: one for each processor). Raises SandboxError when this machine has no isolation to offer, or not that.
    """

    def __init__(self, hidden: Sequence[Path] = (), asked: Strength | None = None, most: int | None = None) -> None:
        self.strength = strength.find(asked)
        self._pool = pool(self.strength, (OWN_FOLDER, *hidden), most)
        self._far = Far(self.strength, most) if self.strength.far else None

    @property
    def isolation(self) -> str:
        """What stands between a program and the machine."""
        return strength.describe(self.strength)

    def live(self, language: str) -> bool:
        """Whether programs in it can be run here, or in the containers that are lent. Raises SandboxError without these."""
        found = find_language(language)
        return found is not None and (self._far.live(found.name) if self._far else found.live)

    def build(self, program: Program, limits: Limits = COMPILE_LIMITS) -> Build:
        """Compile, where the language needs it. Raises LookupError when the language is not live."""
        if self._far:
            made = self._far.build(program, limits)
            return Build(program, made) if isinstance(made, Result) else Build(replace(program, binary=made))
        language = _language(program)
        if not language.compile or program.binary is not None:
            return Build(program)
        key = _key(program, language, limits)
        if binary := _binaries.get(key):
            return Build(replace(program, binary=binary))
        result = self._run(_task(program, language, language.compile, limits, "tools"))
        if result.status is Status.OK:
            _binaries.put(key, result.stdout)
            return Build(replace(program, binary=result.stdout))
        if result.status is Status.RUNTIME_ERROR:
            result = replace(result, status=Status.COMPILE_ERROR)
        return Build(program, result)

    def run(self, program: Program, limits: Limits | None = None) -> Result:
        """Run to the end, compiling first where needed. Our own failures are results too: ``Status.SANDBOX_ERROR``.

        Raises LookupError when the language is unknown or not live.
        """
        build = self.build(program)
        if build.failure:
            return build.failure
        if self._far:
            return self._far.run(build.program, limits or Limits())
        return self._run(_run_task(build.program, limits or Limits()))

    def open(self, program: Program, limits: Limits | None = None) -> Session:
        """Start a program to converse with through its standard input and output; ``stdin`` is sent first.

        Raises SandboxError when it cannot be started, LookupError when the language is not live, and ValueError when the
        program does not compile.
        """
        build = self.build(program)
        if build.failure:
            raise ValueError(f"it does not compile: {build.failure.stderr.decode(errors='replace')}")
        if self._far:
            return self._far.open(build.program, limits or Limits())
        task = replace(_run_task(build.program, limits or Limits()), stdin=None)
        return trying.converse(self._pool, _flavour(task), lambda slot: Run(slot, task), program.stdin)

    def alone(self) -> AbstractContextManager[None]:
        """Wait until nothing else runs, and keep it so: for what may have failed because of what ran beside it."""
        return self._far.alone() if self._far else self._pool.admission.enter(alone=True)

    def version(self, name: str) -> Result:
        """What the language's tool says of its version. Raises LookupError when the language is not live."""
        if self._far:
            return self._far.version(name)
        program = Program(name)
        language = _language(program)
        return self._run(_task(program, language, language.version, COMPILE_LIMITS, "binary"))

    def _run(self, task: Task) -> Result:
        def once(slot: Slot) -> Result:
            with Run(slot, task) as run:
                run.pump(lambda: False)
                return run.result()

        return trying.run(self._pool, _flavour(task), self.isolation, once)


_binaries = Binaries(most_mb=32)


def _key(program: Program, language: toolchain.Language, limits: Limits) -> bytes:
    files = sorted((name, _bytes(text)) for name, text in program.files.items())
    return hashlib.sha256(repr((language.name, limits, _bytes(program.source), files)).encode()).digest()


NUMPY = "numpy"


@cache
def _has_numpy() -> bool:
    return Flavour((NUMPY,)).installed


def _flavour(task: Task) -> Flavour:
    """A guess by the program's text, right often enough: it costs time, and nothing else, to be wrong."""
    wanted = NUMPY.encode() in task.payload and task.profile == 0 and _has_numpy()
    return Flavour((NUMPY,) if wanted else (), task.modules)


def _run_task(program: Program, limits: Limits) -> Task:
    language = _language(program)
    if language.name == "python":
        return _python_task(program, language, limits)
    task = _task(program, language, language.run, limits, "threads" if program.threads_only else "binary")
    if program.binary is None or language.compiled:
        return task
    return replace(task, binary=program.binary, direct=not program.files and not program.args)


def _python_task(program: Program, language: toolchain.Language, limits: Limits) -> Task:
    files = {name: _bytes(text) for name, text in program.files.items()}
    source = _bytes(program.source)
    if not source and language.file in files:
        source = files[language.file]
    payload = marshal.dumps((source, files, program.args, None))
    return Task(
        payload,
        limits,
        program.stdin,
        modules=program.modules,
        marks=language.out_of_memory,
        not_compiled=language.not_compiled,
    )


def _task(
    program: Program, language: toolchain.Language, template: tuple[str, ...], limits: Limits, profile: str
) -> Task:
    files = {name: _bytes(text) for name, text in program.files.items()}
    if program.binary is not None and language.compiled:
        files[language.compiled] = program.binary
    elif program.binary is None and (program.source or language.file not in files):
        files[language.file] = _bytes(program.source)
    first, *rest = toolchain.command(language, template, limits.memory_mb)
    command = [first, first or "program", *rest, *(program.args if profile != "tools" else ())]
    return Task(
        marshal.dumps((b"", files, (), command)),
        limits if profile == "tools" else language.extra.added(limits),
        program.stdin,
        profile=PROFILES.index(profile),
        maps_ahead=language.maps_ahead,
        marks=language.out_of_memory,
        not_compiled=language.not_compiled,
    )


def _language(program: Program) -> toolchain.Language:
    language = find_language(program.language)
    if language is None or not language.live:
        raise LookupError(f"the language {program.language!r} is not live on this machine")
    return language


def _bytes(text: str | bytes) -> bytes:
    """Half of a surrogate pair is no text; the language's own parser shall say so."""
    return text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
