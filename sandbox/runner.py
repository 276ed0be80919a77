"""Programs in, results out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox import jail, toolchain
from sandbox.model import Limits, Program, Result, SandboxError, Status
from sandbox.process import Job, Process
from sandbox.session import Session

COMPILE_LIMITS = Limits(cpu_s=20, wall_s=60, memory_mb=1024, output_kb=64 << 10, processes=64, disk_mb=256)
OWN_FOLDER = Path(__file__).resolve().parent
BINARY = "program"


@dataclass(frozen=True, slots=True)
class Build:
    """A program that can be run many times, or the reason why not."""

    program: Program
    failure: Result | None = None


class Sandbox:
    """Where untrusted programs run. Keeps no state: may be used by many threads and processes at once.

    ``hidden`` names folders that programs must not see although they lie below /usr or an interpreter's prefix.
    Raises SandboxError when this machine has no isolation to offer.
    """

    def __init__(self, hidden: Sequence[Path] = ()) -> None:
        jail.find()
        self._hidden = (OWN_FOLDER, *hidden)

    def build(self, program: Program, limits: Limits = COMPILE_LIMITS) -> Build:
        """Compile, where the language needs it. Raises LookupError when the language is not live."""
        language = _language(program)
        if not language.compile or program.binary is not None:
            return Build(program)
        result = self._run(self._job(program, language, language.compile, limits))
        if result.status is Status.OK:
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
        return self._run(self._run_job(build.program, limits or Limits()))

    def open(self, program: Program, limits: Limits | None = None) -> Session:
        """Start a program to converse with through its standard input and output; ``stdin`` is sent first.

        Raises SandboxError when it cannot be started, LookupError when the language is not live, and ValueError when the
        program does not compile.
        """
        build = self.build(program)
        if build.failure:
            raise ValueError(f"it does not compile: {build.failure.stderr.decode(errors='replace')}")
        job = replace(self._run_job(build.program, limits or Limits()), stdin=None)
        return Session(Process(job), program.stdin)

    def version(self, name: str) -> Result:
        """What the language's tool says of its version. Raises LookupError when the language is not live."""
        program = Program(name)
        language = _language(program)
        return self._run(self._job(program, language, language.version, COMPILE_LIMITS))

    def _run_job(self, program: Program, limits: Limits) -> Job:
        language = _language(program)
        return self._job(program, language, language.run, limits)

    def _job(self, program: Program, language: toolchain.Language, template: tuple[str, ...], limits: Limits) -> Job:
        files = {name: _bytes(text) for name, text in program.files.items()}
        if program.binary is not None:
            files = {**files, BINARY: program.binary}
        elif program.source or language.file not in files:
            files = {**files, language.file: _bytes(program.source)}
        return Job(
            command=[*toolchain.command(language, template), *program.args],
            files=files,
            stdin=program.stdin,
            limits=limits,
            prefixes=toolchain.prefixes(language),
            hidden=self._hidden,
            executable=frozenset({BINARY} if program.binary is not None else ()),
            maps_ahead=language.maps_ahead,
            marks=language.out_of_memory,
            not_compiled=language.not_compiled,
        )

    def _run(self, job: Job) -> Result:
        try:
            with Process(job) as process:
                process.pump(lambda: False)
                return process.result()
        except SandboxError as error:
            return Result(Status.SANDBOX_ERROR, detail=str(error))


def _language(program: Program) -> toolchain.Language:
    language = toolchain.find_language(program.language)
    if language is None or toolchain.tool(language) is None:
        raise LookupError(f"the language {program.language!r} is not live on this machine")
    return language


def _bytes(text: str | bytes) -> bytes:
    """Half of a surrogate pair is no text; the language's own parser shall say so."""
    return text if isinstance(text, bytes) else text.encode(errors="surrogatepass")
