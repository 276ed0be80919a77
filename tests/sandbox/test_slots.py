"""Slots: used again, replaced when they fail, and given back whole."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox import (
    Ended,
    Limits,
    Program,
    Sandbox,
    Status,
    helper,
    scratch,
    slot,
)
from sandbox.pool import close_all
from sandbox.sampling import children
from tests.sandbox.conftest import running


def test_control_groups_and_descriptors_are_given_back(sandbox: Sandbox) -> None:
    def count() -> tuple[int, int]:
        groups = sum(1 for _ in Path("/sys/fs/cgroup").rglob(f"sandbox-{os.getpid()}-*"))
        return groups, len(os.listdir("/proc/self/fd"))

    sandbox.run(Program(source="print(1)"))
    before = count()
    for source in ("print(1)", "while True: pass", "x ="):
        sandbox.run(Program(source=source), Limits(cpu_s=0.1))
    assert count() == before


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
        assert helper.compiled.__wrapped__() is None
        folder.chmod(0o755)
        helper.cache_folder.cache_clear()
        made = helper.compiled.__wrapped__()
        if made is None:
            pytest.skip("no compiler")
        (kept,) = folder.glob("*.so")
        kept.write_bytes(b"mine")
        kept.chmod(0o666)
        assert helper.compiled.__wrapped__() == made
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
    assert not any(running(pid) for pid in silent)


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
    assert (result.status, result.dubious) == (Status.SANDBOX_ERROR, True)
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


def test_a_service_started_in_the_background_gives_programs_no_other_signals() -> None:
    program = (
        "import signal\nprint(signal.getsignal(2) is signal.default_int_handler, signal.getsignal(1) == signal.SIG_DFL)"
    )
    ask = (
        "import signal; signal.signal(2, signal.SIG_IGN); signal.signal(1, signal.SIG_IGN)\n"
        f"from sandbox import Program, Sandbox\nprint(Sandbox().run(Program(source={program!r})).stdout.decode())"
    )
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.split() == ["True", "True"]
