"""What one run means for the next, for its neighbours, and for the machine."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox import (
    Ended,
    Limits,
    Program,
    Sandbox,
    SandboxError,
    Status,
    Strength,
    helper,
    jail,
    launch,
    scratch,
    slot,
    strength,
    toolchain,
)
from sandbox.pool import Admission, close_all
from sandbox.sampling import children
from tests.sandbox.conftest import offered


def test_result_tells_what_happened(sandbox: Sandbox) -> None:
    result = sandbox.run(Program(source="import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(7)"))
    assert (result.status, result.exit_code, result.signal, result.limit) == (Status.RUNTIME_ERROR, 7, None, None)
    assert (result.stdout, result.stderr) == (b"out", b"err")
    assert result.wall_s > 0
    assert result.isolation.startswith(f"{sandbox.strength}: ")


def test_a_signal_is_told(sandbox: Sandbox) -> None:
    result = sandbox.run(Program(source="import os; os.abort()"))
    assert (result.status, result.exit_code, result.signal) == (Status.RUNTIME_ERROR, None, 6)


def test_the_limit_that_was_hit_is_named(sandbox: Sandbox) -> None:
    spin = sandbox.run(Program(source="while True: pass"), Limits(cpu_s=0.2))
    assert (spin.status, spin.limit) == (Status.TIME_LIMIT, "cpu_s")
    assert spin.cpu_s > 0.2
    sleep = sandbox.run(Program(source="import time; time.sleep(9)"), Limits(wall_s=0.3))
    assert (sleep.status, sleep.limit) == (Status.TIME_LIMIT, "wall_s")


@pytest.mark.parametrize(
    "source", ["x = = 2", "return 3", "def f(:", "\0", "x = '\ud800'", "if True:\nx = 1", "(" * 300]
)
def test_what_is_no_program_does_not_compile(sandbox: Sandbox, source: str) -> None:
    assert sandbox.run(Program(source=source)).status is Status.COMPILE_ERROR


@pytest.mark.parametrize("source", ["exec('x = = 2')", "raise SyntaxError('x')", "import json; json.loads('{')"])
def test_a_failure_while_running_is_no_compile_error(sandbox: Sandbox, source: str) -> None:
    assert sandbox.run(Program(source=source)).status is Status.RUNTIME_ERROR


def test_bytes_pass_unharmed(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 4096
    copy = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    result = sandbox.run(Program(source=copy, stdin=data), Limits(output_kb=2048))
    assert result.stdout == data


def test_large_input_that_is_never_read(sandbox: Sandbox) -> None:
    assert sandbox.run(Program(source="print(1)", stdin=bytes(32 << 20))).stdout == b"1\n"


def test_files_and_arguments(sandbox: Sandbox) -> None:
    source = "import sys, helper; print(sys.argv, helper.x, open('data/a.txt').read()); open('data/b', 'w')"
    program = Program(source=source, files={"helper.py": "x = 5", "data/a.txt": b"hello"}, args=("a b", "$x"))
    assert sandbox.run(program).stdout == b"['main.py', 'a b', '$x'] 5 hello\n"


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", "a\0b"])
def test_files_stay_in_the_working_directory(name: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        Program(files={name: ""})


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="cpu_s"):
        Limits(cpu_s=0)


def test_nothing_stays_for_the_next_run(sandbox: Sandbox) -> None:
    leave = (
        "import os\nfor folder in ('.', '/tmp', '/dev/shm'):\n"
        "    try: open(os.path.join(folder, 'left'), 'w').write('x')\n    except PermissionError: pass\n"
        "open('left2', 'w')"
    )
    look = "import os\nprint([p for p in ('left', 'left2', '/tmp/left', '/dev/shm/left') if os.path.exists(p)])"
    assert sandbox.run(Program(source=leave)).status is Status.OK
    assert sandbox.run(Program(source=look)).stdout == b"[]\n"


def test_the_environment_stays_outside(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "hunter2")
    look = (
        "import os, glob\nprint(os.environ)\n"
        "for f in glob.glob('/proc/*/environ'):\n  try: print(open(f).read())\n  except OSError: pass"
    )
    assert b"hunter2" not in sandbox.run(Program(source=look)).stdout


def test_the_machine_s_files_stay_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    look = (
        "import sys\nfor root in ('', '/proc/1/root', '/proc/self/cwd/..'):\n"
        "  try: print(open(root + sys.argv[1]).read())\n  except OSError: print('held')"
    )
    for path in (str(tmp_path / "secret"), str(Path(__file__).resolve())):
        assert sandbox.run(Program(source=look, args=(path,))).stdout == b"held\n" * 3


def test_open_descriptors_stay_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    look = "import os\nfor n in range(3, 200):\n  try: print(os.read(n, 99))\n  except OSError: pass\nprint('end')"
    with (tmp_path / "secret").open() as file:
        os.set_inheritable(file.fileno(), True)
        assert sandbox.run(Program(source=look)).stdout == b"end\n"


def test_local_services_cannot_be_reached(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0r1-sandbox-test")
        unix.listen()
        call = (
            "import socket, sys\n"
            "here = ('127.0.0.1', int(sys.argv[1]))\n"
            "for family, address in ((socket.AF_INET, here), (socket.AF_UNIX, '\\0r1-sandbox-test')):\n"
            "    try:\n        socket.socket(family).connect(address); print('reached')\n    except OSError: print('held')"
        )
        result = sandbox.run(Program(source=call, args=(str(tcp.getsockname()[1]),)))
    assert result.stdout == b"held\nheld\n"


def test_our_processes_cannot_be_reached(sandbox: Sandbox) -> None:
    call = "import os, sys\ntry: os.kill(int(sys.argv[1]), 0); print('reached')\nexcept OSError: print('held')"
    assert sandbox.run(Program(source=call, args=(str(os.getpid()),))).stdout == b"held\n"


SLEEP = "import time; time.sleep(60)"


@pytest.mark.parametrize("end", ["", "time.sleep(60)", "os.kill(os.getpid(), 9)"])
def test_no_process_outlives_its_run(sandbox: Sandbox, end: str) -> None:
    mark = f"outlive-{os.getpid()}-{len(end)}"
    source = (
        "import os, subprocess, sys, time\n"
        "if os.fork() == 0:\n    os.setsid()\n"
        f"    os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; time.sleep(60)', {mark!r}])\n"
        f"time.sleep(0.05)\n{end}"
    )
    sandbox.run(Program(source=source), Limits(wall_s=0.5))
    assert not _alive(mark)


def test_a_killed_caller_takes_its_run_along(sandbox: Sandbox) -> None:
    outer = (
        "from sandbox import *\n"
        f"Sandbox(asked=Strength({str(sandbox.strength)!r})).run(Program(source={SLEEP!r}), Limits(wall_s=60))"
    )
    caller = subprocess.Popen([sys.executable, "-c", outer], cwd=Path(__file__).resolve().parents[2])
    depth = 3 if sandbox.strength is not Strength.C else 2  # bubblewrap, the slot, the program
    try:
        assert _until(lambda: len(_below(caller.pid)) >= depth)
        time.sleep(0.1)
        below = _below(caller.pid)
    finally:
        caller.kill()
        caller.wait()
    assert _until(lambda: not any(_running(pid) for pid in below))


def _below(pid: int) -> list[int]:
    found = children(pid)
    for child in found:  # grows while it is walked
        found += children(child)
    return found


def _running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _alive(mark: str) -> list[str]:
    """Processes of the whole machine with a mark among their arguments."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in arguments:
            found.append(str(path))
    return found


def test_control_groups_and_descriptors_are_given_back(sandbox: Sandbox) -> None:
    def count() -> tuple[int, int]:
        groups = sum(1 for _ in Path("/sys/fs/cgroup").rglob(f"sandbox-{os.getpid()}-*"))
        return groups, len(os.listdir("/proc/self/fd"))

    sandbox.run(Program(source="print(1)"))
    before = count()
    for source in ("print(1)", "while True: pass", "x ="):
        sandbox.run(Program(source=source), Limits(cpu_s=0.1))
    assert count() == before


def test_many_threads_at_once(sandbox: Sandbox) -> None:
    def double(number: int) -> bytes:
        return sandbox.run(Program(source="print(int(input()) * 2)", stdin=str(number).encode())).stdout

    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(double, range(32)))
    assert outputs == [b"%d\n" % (2 * number) for number in range(32)]
    assert threading.active_count() < 8


def test_neighbours_share_nothing(sandbox: Sandbox) -> None:
    source = (
        "import os, time\nopen('mark', 'x')\ntime.sleep(0.2)\n"
        "try: print(len([n for n in os.listdir('/proc') if n.isdigit()]))\nexcept PermissionError: print(0)"
    )
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(sandbox.run, [Program(source=source)] * 4))
    assert all(int(result.stdout) <= 3 for result in results)


def test_same_input_same_output(sandbox: Sandbox) -> None:
    source = "print(list({'a', 'b', 'c', 'd'}), hash('x'))"
    assert len({sandbox.run(Program(source=source)).stdout for _ in range(4)}) == 1


def test_hidden_folders_are_hidden(sandbox: Sandbox) -> None:
    folder = Path(os.__file__).resolve().parent / "json"
    if not any(folder.is_relative_to(tree) for tree in ("/usr", Path(sys.base_prefix).resolve())):
        pytest.skip("the standard library lies elsewhere")
    result = Sandbox(hidden=[folder]).run(Program(source=f"import os; print(os.listdir({str(folder)!r}))"))
    assert result.stdout == b"[]\n"


def test_what_is_asked_for_and_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for cache in (jail.find, strength.namespaces):
        cache.cache_clear()
    try:
        with pytest.raises(SandboxError, match="install bubblewrap"):
            Sandbox(asked=Strength.B)
    finally:
        monkeypatch.undo()
        for cache in (jail.find, strength.namespaces):
            cache.cache_clear()


def test_a_strength_may_be_named_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_STRENGTH", "C")
    assert offered(None).strength is Strength.C
    monkeypatch.setenv("SANDBOX_STRENGTH", "strong")
    with pytest.raises(SandboxError, match="'strong'"):
        Sandbox()


def test_below_the_least_strength_there_is_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = strength.Offer(Strength.C, "no Landlock", "a newer kernel")
    monkeypatch.setattr(strength, "offers", lambda: [lacking])
    with pytest.raises(SandboxError, match="no Landlock; a newer kernel"):
        Sandbox()


@pytest.mark.parametrize(
    ("complaint", "mend"),
    [
        ("bwrap: No permissions to create new namespace", "unprivileged_userns_clone"),
        ("bwrap: setting up uid map: Permission denied", "apparmor"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths"),
    ],
)
def test_a_bubblewrap_that_fails_is_our_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, complaint: str, mend: str
) -> None:
    made = offered(Strength.B)
    close_all()
    broken = tmp_path / "bwrap"
    broken.write_text(f'#!/bin/sh\necho "{complaint}" >&2\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setattr(jail, "find", lambda: jail.Jail(str(broken), True))
    result = made.run(Program(source="print(1)"))
    assert result.status is Status.SANDBOX_ERROR
    assert complaint in result.detail
    assert mend in result.detail


@pytest.mark.parametrize("wanted", [Strength.A, Strength.B, Strength.C])
def test_a_set_up_that_fails_is_our_fault(monkeypatch: pytest.MonkeyPatch, wanted: Strength) -> None:
    made = offered(wanted)
    close_all()
    monkeypatch.setattr(toolchain, "_base_python", lambda: "/no/such/python")
    toolchain.tool.cache_clear()
    launch._python.cache_clear()  # pyright: ignore[reportPrivateUsage] - there is no other way to lose an interpreter
    try:
        result = made.run(Program(language="bash", source="echo"))
    finally:
        monkeypatch.undo()
        toolchain.tool.cache_clear()
        launch._python.cache_clear()  # pyright: ignore[reportPrivateUsage]
    assert result.status is Status.SANDBOX_ERROR
    assert "python" in result.detail


def test_no_more_threads_run_than_there_is_room_for() -> None:
    admission, running, most = Admission(2), 0, 0
    lock = threading.Lock()

    def work(number: int) -> None:
        nonlocal running, most
        with admission.enter(alone=number == 3):
            with lock:
                running += 1
                most = max(most, running + (number == 3))
            with admission.enter():  # who is in may enter again
                time.sleep(0.01)
            with lock:
                running -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(16)))
    assert (most, running) == (2, 0)


def test_waiting_for_room_takes_no_time_from_a_program(usable: Sandbox) -> None:
    narrow = Sandbox(asked=usable.strength, most=1)
    program = Program(source="import time; time.sleep(0.2)")
    with ThreadPoolExecutor(6) as pool:
        pending = [pool.submit(narrow.run, program, Limits(wall_s=0.8)) for _ in range(6)]
        results = [future.result() for future in pending]
    assert [result.status for result in results] == [Status.OK] * 6


def test_a_fork_has_slots_of_its_own(sandbox: Sandbox) -> None:
    program = Program(source="print(1)")
    assert sandbox.run(program).stdout == b"1\n"
    pid = os.fork()
    if pid == 0:
        os._exit(0 if sandbox.run(program).stdout == b"1\n" else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert sandbox.run(program).stdout == b"1\n"


def test_slots_are_used_again_and_none_is_left(sandbox: Sandbox) -> None:
    close_all()
    others = set(children(os.getpid()))
    sandbox.run(Program(source="print(1)"))
    slots = set(children(os.getpid())) - others
    for _ in range(20):
        sandbox.run(Program(source="print(1)"))
    assert len(slots) == 1
    assert set(children(os.getpid())) - others == slots
    close_all()
    assert not slots & set(children(os.getpid()))


def test_a_helper_that_others_could_write_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    monkeypatch.setattr(helper, "folders", lambda: [folder])
    helper.cache_folder.cache_clear()
    try:
        assert helper.library.__wrapped__() is None
        folder.chmod(0o755)
        helper.cache_folder.cache_clear()
        made = helper.library.__wrapped__()
        if made is None:
            pytest.skip("no compiler")
        (kept,) = folder.glob("*.so")
        kept.write_bytes(b"mine")
        kept.chmod(0o666)
        assert helper.library.__wrapped__() == made
    finally:
        helper.cache_folder.cache_clear()


def test_scratch_of_the_dead_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "YOUNG_S", -1.0)
    left = tmp_path / "sandbox-left"
    deep = left / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "c").write_text("x")
    first = scratch.make(tmp_path)
    scratch._sweep.cache_clear()  # pyright: ignore[reportPrivateUsage] - as in another process
    second = scratch.make(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([first.path, second.path])
    for made in (first, second):
        scratch.remove(made)
    assert not list(tmp_path.iterdir())


def test_a_slot_that_falls_silent_is_replaced(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot, "ANSWER_S", 0.3)
    silent = silence(monkeypatch, times=1)
    result = sandbox.run(Program(source="print(1)"), Limits(wall_s=0.3))
    assert (result.status, result.stdout, len(silent)) == (Status.OK, b"1\n", 1)
    assert not any(_running(pid) for pid in silent)


def test_a_program_that_silences_every_slot_has_failed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot, "ANSWER_S", 0.3)
    silent = silence(monkeypatch, times=100)
    result = sandbox.run(Program(source="print(1)"), Limits(wall_s=0.3))
    assert (result.status, len(silent)) == (Status.RUNTIME_ERROR, 3)
    assert "silenced" in result.detail
    monkeypatch.undo()
    assert sandbox.run(Program(source="print(1)")).status is Status.OK


def test_a_conversation_whose_slot_falls_silent(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot, "ANSWER_S", 0.3)
    silence(monkeypatch, times=1)
    with sandbox.open(Program(source="print(1)"), Limits(wall_s=0.3)) as session:
        with pytest.raises(Ended):
            session.receive(2)
        result = session.finish()
    assert (result.status, result.silenced) == (Status.SANDBOX_ERROR, True)
    assert sandbox.run(Program(source="print(1)")).status is Status.OK


def silence(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Stop slots as they are given a run, so many times."""
    silent: list[int] = []
    begin = slot.Slot.begin

    def stop_and_begin(chosen: slot.Slot, order: slot.Order, fds: Sequence[int]) -> None:
        if len(silent) < times:
            os.kill(chosen.pid, signal.SIGSTOP)
            silent.append(chosen.pid)
        begin(chosen, order, fds)

    monkeypatch.setattr(slot.Slot, "begin", stop_and_begin)
    return silent


def test_unknown_languages_are_refused(usable: Sandbox) -> None:
    with pytest.raises(LookupError, match="cobol"):
        usable.run(Program(language="cobol"))
