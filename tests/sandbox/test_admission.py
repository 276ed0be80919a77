"""Never more runs at once than there is room for, and who waits has not begun."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import (
    Limits,
    Program,
    Sandbox,
    Status,
    admission,
)
from sandbox.admission import Admission, most_at_once


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


def test_no_more_processes_run_than_there_is_room_for() -> None:
    """And a process that is killed while it runs something takes no room with it."""
    admission = Admission(1)
    read, write = os.pipe()
    pids: list[int] = []
    for number in range(6):
        pid = os.fork()
        if pid == 0:
            for _ in range(5):
                with admission.enter(alone=number == 0):
                    os.write(write, b"(")
                    time.sleep(0.005)
                    os.write(write, b")")
            with admission.enter():
                os.kill(os.getpid(), signal.SIGKILL)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    assert os.read(read, 1000) == b"()" * 30
    with admission.enter(alone=True):
        pass
    os.close(read)
    os.close(write)


def test_the_room_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert most_at_once() == len(os.sched_getaffinity(0))
    monkeypatch.setenv("SANDBOX_RUNS", "7")
    assert most_at_once() == 7


def test_who_gets_no_room_for_long_is_told_so(usable: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = Sandbox(asked=usable.strength, most=1)
    with ThreadPoolExecutor(1) as pool, narrow.alone(), monkeypatch.context() as impatient:
        impatient.setattr(admission, "ROOM_S", 0.2)
        refused = pool.submit(narrow.run, Program(source="print(1)")).result()
    assert (refused.status, refused.dubious) == (Status.SANDBOX_ERROR, False) and "no room" in refused.detail
    assert narrow.run(Program(source="print(1)")).status is Status.OK
