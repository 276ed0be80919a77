"""Questions to the symbolic worker, from any thread. The worker is started by the first question and shared by all."""

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from typing import Any

from verifier.errors import ServiceFault
from verifier.verifiers.math.budgets import SYMBOLIC_MEMORY, SYMBOLIC_WALL_S
from verifier.verifiers.math.symbolic import zygote

START_S = 60.0
"""Seconds that importing sympy may take: a machine under load is slow."""


class Spent(Exception):
    """The question cost more than its budget; the message says of what."""


class Allowance:
    """CPU seconds of the worker that are left for one sample."""

    def __init__(self, cpu_s: float) -> None:
        self.left = cpu_s


class Client:
    """One symbolic worker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._owner = 0

    def ask(self, request: dict[str, Any], allowance: Allowance) -> dict[str, Any]:
        """The worker's reply. Raises :class:`Spent` over budget, and :class:`ServiceFault` when the worker is broken."""
        if allowance.left < 0.02:
            raise Spent("its budget for sympy is used up")
        with self._lock:
            process = self._running()
            reply = self._exchange(process, {**request, "cpu_s": allowance.left})
        if "died" in reply:
            cpu_s, allowance.left = allowance.left, 0.0
            raise Spent(_cause(int(reply["died"]), cpu_s))
        allowance.left -= float(reply["cpu_s"])
        return reply

    def close(self) -> None:
        """End the worker. The next question starts another."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.kill()
        process.wait()

    def forget(self) -> None:
        """In a forked child: the worker belongs to the parent."""
        process = self._process
        if process is not None:
            process.returncode = 0  # not ours to wait for
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
        self.__init__()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._start()
        assert self._process is not None
        return self._process

    def _start(self) -> None:
        self.close()
        environment = {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path), "PATH": os.defpath}
        self._buffer, self._owner = b"", os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-m", zygote.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            bufsize=0,
        )
        self._read(self._process, time.monotonic() + START_S)

    def _exchange(self, process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any]:
        assert process.stdin is not None
        try:
            data = memoryview(json.dumps(request).encode() + b"\n")
            while data:
                data = data[process.stdin.write(data) :]
        except OSError:
            self.close()
            raise ServiceFault("the symbolic worker has gone") from None
        return self._read(process, time.monotonic() + SYMBOLIC_WALL_S)

    def _read(self, process: subprocess.Popen[bytes], deadline: float) -> dict[str, Any]:
        assert process.stdout is not None
        poll = select.poll()
        poll.register(process.stdout, select.POLLIN)
        while b"\n" not in self._buffer:
            ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            chunk = os.read(process.stdout.fileno(), 65_536) if ready else b""
            if not chunk:
                self.close()
                raise ServiceFault(
                    "the symbolic worker does not answer" if not ready else "the symbolic worker has gone"
                )
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)


def _cause(status: int, cpu_s: float) -> str:
    if status == -1:
        return f"more than {SYMBOLIC_MEMORY >> 20} MiB in sympy"
    return f"more than {cpu_s:.1f} CPU seconds in sympy"


CLIENT = Client()
"""The worker of this process."""
atexit.register(CLIENT.close)
os.register_at_fork(after_in_child=CLIENT.forget)
