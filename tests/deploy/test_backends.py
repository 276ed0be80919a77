"""Programs in containers and in gVisor: the same calls, statuses and attacks as in slots, through a launcher."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from sandbox import Limits, Program, Sandbox, SandboxError, Status, Strength, lease, probe
from sandbox.pool import close_all
from tests.adversarial.sandbox import programs
from tests.deploy.engine import IMAGE, build, docker, engine, export, lacking, runsc
from verifier.errors import Unjudgeable
from verifier.schema import Sample
from verifier.verifiers.code import Code, CodeOptions

pytestmark = pytest.mark.xdist_group("docker")

FAR = (Strength.DOCKER, Strength.GVISOR)
STARTS_WITHIN_S = 60
ENDS_WITHIN_S = 30
# Without Landlock, programs in gVisor may read what anybody may read of the image, and see the container's own kernel.
HARMLESS_IN_GVISOR = frozenset(
    "read-passwd other-processes control-groups memory-map-device leave-by-dots secrets-of-the-machine by-way-of-proc by-link "
    "by-a-compiler-s-eyes mounts-and-disks network-interfaces".split()
)
# Its stacks do not grow as far, and an empty /proc leaves nothing behind /dev/stdin and its like.
BROKEN_IN_GVISOR = frozenset({"deep-recursion-in-c", "dev-stdin", "dev-stdout"})
SLOW_IN_GVISOR = ("resource", "exhaustion")


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """The real one, as a process of its own."""
    if missing := lacking():
        pytest.skip(f"NEITHER DOCKER NOR GVISOR TESTED: {missing}. Start an engine, or run .ci/run as root")
    build("verifier")
    folder = tmp_path_factory.mktemp("launcher")
    with launched(folder, *(["--gvisor", str(export(folder / "root"))] if runsc() else [])) as socket:
        yield socket


@contextlib.contextmanager
def launched(folder: Path, *options: str) -> Generator[Path]:
    command = [sys.executable, "-m", "verifier", "launcher", "--socket", str(folder / "socket"), "--image", IMAGE]
    with (folder / "log").open("wb") as said:
        process = subprocess.Popen([*command, *options], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        _await(folder / "socket", process, folder / "log")
        yield folder / "socket"
    finally:
        close_all()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (folder / "log").read_text()
        _await_none()


def _await_none() -> None:
    """No container is left: the engine lists one for as long as it is removing it."""
    end = time.monotonic() + ENDS_WITHIN_S
    while left := engine("ps", "--all", "--quiet", "--filter", "label=r1-verifier.launcher"):
        assert time.monotonic() < end, left
        time.sleep(0.2)


def _await(socket: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while not socket.exists():
        assert process.poll() is None and time.monotonic() < end, log.read_text()
        time.sleep(0.1)


@pytest.fixture(params=FAR)
def sandbox(request: pytest.FixtureRequest, launcher: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv(lease.VARIABLE, str(launcher))
    lease.offered.cache_clear()
    if request.param is Strength.GVISOR and not runsc():
        pytest.skip("GVISOR NOT TESTED: runsc is not installed, or this is not root")
    return Sandbox(asked=request.param)


def test_what_a_run_tells(sandbox: Sandbox) -> None:
    result = sandbox.run(Program(source="print(int(input()) * 2)", stdin=b"21"))
    assert (result.status, result.stdout, result.exit_code) == (Status.OK, b"42\n", 0)
    assert result.isolation.startswith(f"{sandbox.strength}: ") and "inside" in result.isolation
    assert result.isolation.startswith(sandbox.isolation)


def test_the_machine_s_own_devices_are_left_as_they_are(sandbox: Sandbox) -> None:
    """runsc gives its user the files that it is started with."""
    before = os.stat(os.devnull)
    assert sandbox.run(Program(source="print(1)")).status is Status.OK
    close_all()
    assert os.stat(os.devnull)[:6] == before[:6]
    assert (before.st_uid, before.st_mode & 0o777) == (0, 0o666)


@pytest.mark.parametrize(
    ("source", "limits", "status"),
    [
        ("while True: pass", Limits(cpu_s=0.5), Status.TIME_LIMIT),
        ("import time; time.sleep(60)", Limits(wall_s=1), Status.TIME_LIMIT),
        ("x = bytearray(1 << 30)", Limits(memory_mb=128), Status.MEMORY_LIMIT),
        ("print('x' * 9_000_000)", Limits(output_kb=64), Status.OUTPUT_LIMIT),
        ("1 / 0", Limits(), Status.RUNTIME_ERROR),
        ("x = = 1", Limits(), Status.COMPILE_ERROR),
    ],
    ids=["cpu", "wall", "memory", "output", "raises", "syntax"],
)
def test_every_status(sandbox: Sandbox, source: str, limits: Limits, status: Status) -> None:
    result = sandbox.run(Program(source=source), limits)
    assert result.status is status, result
    assert sandbox.run(Program(source="print(1)")).status is Status.OK


def test_compiled_and_interpreted_languages(sandbox: Sandbox) -> None:
    double = '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d", n * 2); }'
    build = sandbox.build(Program("c", double, stdin=b"21"))
    assert build.program.binary and not build.failure
    assert sandbox.run(build.program).stdout == b"42"
    assert sandbox.run(Program("c", "int main(void) {")).status is Status.COMPILE_ERROR
    assert sandbox.run(Program("bash", "read n; echo $((n * 2))", stdin=b"21")).stdout == b"42\n"
    with pytest.raises(LookupError, match="cobol"):
        sandbox.run(Program("cobol", ""))


def test_languages_are_those_of_the_image(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sandbox.live("python") and sandbox.live("cpp")
    assert not sandbox.live("cobol") and not sandbox.live("rust")
    monkeypatch.setenv("SANDBOX_STRENGTH", sandbox.strength.value)
    tests = {"type": "stdio", "language": "rust", "cases": [{"stdin": "", "stdout": ""}]}
    with pytest.raises(Unjudgeable, match="rust"):
        Code(CodeOptions()).verify(Sample.model_validate({"completion": "```rust\nfn main() {}\n```", "tests": tests}))


BUSY = """
import os, time
for _ in range(4):
    if os.fork() == 0:
        while time.process_time() < 3: pass
        os._exit(0)
for _ in range(4): os.wait()
"""
LARGE = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        kept = bytearray(100 << 20)
        for at in range(0, len(kept), 4096): kept[at] = 1
        time.sleep(40)
        os._exit(0)
for _ in range(8): os.wait()
"""


@pytest.mark.parametrize(
    ("source", "limits", "limit"),
    [
        (BUSY, Limits(cpu_s=2, wall_s=30), "cpu_s"),
        (LARGE, Limits(cpu_s=30, wall_s=60, memory_mb=256), "memory_mb"),  # in gVisor, memory costs seconds
    ],
)
def test_limits_hold_for_the_sum_of_processes(sandbox: Sandbox, source: str, limits: Limits, limit: str) -> None:
    result = sandbox.run(Program(source=source), limits)
    assert result.limit == ("processes" if sandbox.strength is Strength.DOCKER else limit), result


def test_input_that_ends_and_output_as_it_comes(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="import sys; print('ready', flush=True); print(len(sys.stdin.read()))")) as talk:
        said = b""
        while said != b"ready\n":
            said += talk.take(5)
        talk.send(b"x" * 100)
        talk.close_input()
        assert talk.receive(4) == b"100\n"
        while talk.alive:
            talk.take(1)
        assert talk.finish().status is Status.OK


def test_a_conversation(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="while True: print(int(input()) * 2, flush=True)")) as talk:
        for number in (10, 20, 30):
            talk.send(b"%d\n" % number)
            assert talk.receive(3) == b"%d\n" % (2 * number)
        assert talk.alive and talk.usage.peak_memory_mb >= 0
        result = talk.finish()
    assert result.status is Status.RUNTIME_ERROR and result.signal == signal.SIGKILL  # it still ran
    assert sandbox.run(Program(source="print(1)")).status is Status.OK


@pytest.mark.parametrize("file", ["escape", "reads", "judge", "resource", "exhaustion", "honest"])
def test_attacks_and_honest_programs(sandbox: Sandbox, file: str) -> None:
    """All of them in one slot, one after the other: so none may leave anything to the next either."""
    gvisor = sandbox.strength is Strength.GVISOR
    if gvisor and file in SLOW_IN_GVISOR:
        pytest.skip("too slow in gVisor for every run of the tests; its outer bounds are the container's")
    wrong: list[str] = []
    for case in programs.read(f"{file}.txt"):
        if gvisor and case.name in HARMLESS_IN_GVISOR | BROKEN_IN_GVISOR:
            continue
        result = sandbox.run(Program(source=case.source, stdin=b"21 21\n"), case.limits)
        said = {"honest": b"42", "resource": None, "exhaustion": None}.get(file, b"held")
        fits = said is None or result.status is not Status.OK or result.stdout.strip() == said
        allowed = case.statuses | case.weaker if gvisor else case.weaker
        if result.status not in allowed or not fits:
            wrong.append(f"{case.name}: {result.status} {result.stdout[-80:]} {result.stderr[-200:]} {result.detail}")
    assert not wrong, "\n".join(wrong)


def test_a_container_that_is_killed_loses_no_run(sandbox: Sandbox) -> None:
    assert sandbox.run(Program(source="print(1)")).status is Status.OK
    if sandbox.strength is Strength.DOCKER:
        for container in engine("ps", "--quiet", "--filter", "label=r1-verifier.launcher").split():
            engine("kill", container)
    else:
        for folder in Path("/proc").glob("[0-9]*"):
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.joinpath("cmdline").exists() else []
            if words[:1] and words[0].endswith(b"runsc") and b"run" in words:
                os.kill(int(folder.name), signal.SIGKILL)
    result = sandbox.run(Program(source="print(2)"))
    assert (result.status, result.stdout) == (Status.OK, b"2\n"), result


def test_gvisor_as_the_engine_s_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if lacking() or "host-uds=open" not in engine("info", "--format", "{{json .Runtimes}}"):
        pytest.skip("GVISOR IN DOCKER NOT TESTED: the engine has no runtime runsc that opens sockets")
    before = os.stat(os.devnull)
    with launched(tmp_path, "--gvisor", "docker") as socket:
        monkeypatch.setenv(lease.VARIABLE, str(socket))
        lease.offered.cache_clear()
        result = Sandbox(asked=Strength.GVISOR).run(Program(source="import os; print(os.getuid() > 0)"))
        assert (result.status, result.stdout) == (Status.OK, b"True\n"), result
        assert "runsc" in result.isolation
    assert os.stat(os.devnull)[:6] == before[:6]


def test_asked_for_and_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lease.offered.cache_clear()
    monkeypatch.delenv(lease.VARIABLE, raising=False)
    with pytest.raises(SandboxError, match="verifier launcher"):
        Sandbox(asked=Strength.DOCKER)
    monkeypatch.setenv(lease.VARIABLE, str(tmp_path / "nobody"))
    monkeypatch.setenv("SANDBOX_STRENGTH", "docker")
    with pytest.raises(SandboxError, match="no launcher answers"):
        Sandbox()
    (found,) = probe()[-1:]
    assert not found.ok and "launcher" in found.detail + found.remedy


def test_no_docker_for_a_launcher() -> None:
    environment = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    command = [sys.executable, "-m", "verifier", "launcher", "--socket", "/tmp/never"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "no Docker engine answers" in done.stderr
    assert docker() is None or not Path("/tmp/never").exists()
