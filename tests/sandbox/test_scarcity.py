"""Memory that runs out around programs, in the container or on the machine, is not their fault, unless one alone exceeds it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandbox import Limits, Program, Sandbox, Status, Strength, scarcity, slot, wire
from sandbox.pool import close_all
from sandbox.sampling import children
from tests import scarce
from tests.sandbox.conftest import STRENGTHS, offered
from tests.sandbox.crowd import FILL

TOO_LARGE = Program(source=FILL.format(mb=400, s=0))


@pytest.fixture
def storm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel kills all the time, elsewhere on the machine."""

    def noticed_since(_: float) -> bool:
        return True

    monkeypatch.setattr(scarcity, "noticed_since", noticed_since)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_two_programs_without_room_beside_each_other_pass_and_one_that_never_has_room_fails(strength: Strength) -> None:
    offered(strength)
    environment = {**os.environ, "SANDBOX_RUNS": "2", "SANDBOX_STRENGTH": strength.value}
    with scarce.memory(mb=250) as group:
        command = [sys.executable, "-m", "tests.sandbox.crowd", str(group)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    runs, judged, *builds = json.loads(done.stdout)
    assert runs == ["ok", "ok", "memory limit"]
    assert judged == [["ok", 1.0], ["ok", 1.0], ["ok", 0.5]]
    assert all(built[:2] == ["ok", "ok"] != built[1:] for built in builds)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_container_leaves_it_to_its_user_to_blame_a_program(strength: Strength, tmp_path: Path) -> None:
    """Who is alone in the container may have others around that."""
    offered(strength)
    environment = {**os.environ, "SANDBOX_STRENGTH": strength.value}
    with scarce.memory(mb=250) as group, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.listen()
        join = 'echo $$ > "$1" && exec "$2" -m sandbox.agent "$3"'
        arguments = [str(group / "cgroup.procs"), sys.executable, str(tmp_path / "socket")]
        with subprocess.Popen(["/bin/sh", "-c", join, "sh", *arguments], env=environment) as agent:
            connection, _ = listening.accept()
            with connection:
                line = wire.Line(connection.fileno(), connection.fileno())
                line.hear(within_s=60)
                ran = ask(line, "run", TOO_LARGE)
                ask(line, "open", TOO_LARGE)
                line.say({"do": "more", "within_s": None})
                assert line.hear(within_s=60).word == {"over": True}
                line.say({"do": "finish"})
                talked = line.hear(within_s=60).word
            assert agent.wait(60) == 0
    assert [ran["status"], ran["dubious"]] == [talked["status"], talked["dubious"]] == [Status.MEMORY_LIMIT, True]


def ask(line: wire.Line, operation: str, program: Program) -> dict[str, object]:
    sent = wire.of_program(program)
    line.say({"do": operation, "limits": wire.of_limits(Limits()), **sent.word}, sent.blob)
    return line.hear(within_s=120).word


@pytest.mark.usefixtures("storm")
def test_kills_elsewhere_change_no_verdict_and_leave_no_slots(sandbox: Sandbox) -> None:
    close_all()
    others = set(children(os.getpid()))
    ended = {
        "print(1)": Status.OK,
        "x =": Status.COMPILE_ERROR,
        "raise SystemExit(3)": Status.RUNTIME_ERROR,
        "while True: print('4' * 10000)": Status.OUTPUT_LIMIT,
        "while True: pass": Status.TIME_LIMIT,
    }
    limits = Limits(cpu_s=0.3)
    assert {source: sandbox.run(Program(source=source), limits).status for source in ended} == ended
    assert len(set(children(os.getpid())) - others) == 1


@pytest.mark.usefixtures("storm")
def test_a_control_group_tells_who_was_killed() -> None:
    sandbox = offered(Strength.A)
    alone = sandbox.run(Program(source="import os; os.kill(os.getpid(), 9)"))
    assert (alone.status, alone.dubious) == (Status.RUNTIME_ERROR, False)
    large = sandbox.run(TOO_LARGE, Limits(memory_mb=100))
    assert (large.status, large.dubious) == (Status.MEMORY_LIMIT, False)


@pytest.mark.usefixtures("storm")
def test_a_program_that_was_never_let_go_is_not_to_blame(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = slot.Reply(signal.SIGKILL, stage=0, error=0, others=0, cpu_us=0, peak_kb=0)
    reply = slot.Slot.reply

    def never_let_go(chosen: slot.Slot) -> slot.Reply:
        reply(chosen)
        return killed

    monkeypatch.setattr(slot.Slot, "reply", never_let_go)
    assert sandbox.run(Program(source="print(1)")).status is Status.SANDBOX_ERROR


def test_programs_die_before_who_serves_everybody(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="import time; print(1, flush=True); time.sleep(60)")) as session:
        session.receive(2)
        below, scores = children(os.getpid()), set[str]()
        for pid in below:
            below.extend(children(pid))
            scores.add(Path(f"/proc/{pid}/oom_score_adj").read_text().strip())
    assert "1000" in scores


def test_a_fork_waits_for_no_thread_that_looks() -> None:
    looking, looked = threading.Event(), threading.Event()

    def look() -> None:
        with scarcity._lock:  # pyright: ignore[reportPrivateUsage] - as who looks just then
            looking.set()
            looked.wait(60)

    thread = threading.Thread(target=look)
    thread.start()
    looking.wait(60)
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)
        scarcity.noticed_since(0.0)
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    looked.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0
