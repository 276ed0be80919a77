"""Asking a launcher for a container."""

import json
import socket
import threading
from pathlib import Path

import pytest

from sandbox import Program, Sandbox, SandboxError, Status, Strength, lease, waited_s
from sandbox.wire import VERSION


def test_a_launcher_that_does_not_answer_keeps_nobody_waiting_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(lease.VARIABLE, str(tmp_path / "socket"))
    monkeypatch.setattr(lease, "PROMPT_S", 0.1)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.bind(str(tmp_path / "socket"))
        silent.listen()
        with pytest.raises(SandboxError, match="timed out; see its log"):
            Sandbox(asked=Strength.DOCKER)
        with pytest.raises(SandboxError, match="asked again in"):
            Sandbox(asked=Strength.DOCKER)


def test_a_launcher_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lease.VARIABLE, str(tmp_path / "nobody"))
    with pytest.raises(SandboxError, match=r"no launcher answers at .*nobody"):
        Sandbox(asked=Strength.GVISOR)


def test_waiting_for_a_container_in_vain_is_nobody_s_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lease.VARIABLE, str(tmp_path / "socket"))
    monkeypatch.setattr(lease, "PROMPT_S", 0.3)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as once:
        once.bind(str(tmp_path / "socket"))
        once.listen()

        def answer() -> None:
            with once.accept()[0] as channel:
                channel.recv(1000)
                channel.send(json.dumps({"version": VERSION, "what": "one that falls silent"}).encode())

        answering = threading.Thread(target=answer)
        answering.start()
        made = Sandbox(asked=Strength.DOCKER)
        answering.join()
        before = waited_s()
        assert made.run(Program(source="print(1)")).status is Status.SANDBOX_ERROR
        assert waited_s() - before >= 0.3
