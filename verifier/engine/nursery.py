"""The nursery: a process that is nothing but the parent of workers.

It imports everything once and forks workers from there in milliseconds, having no threads that a fork could break. It adopts
what workers leave behind (it is a subreaper, so a daemon whose parent died becomes its child), and so it can do what a
worker's death must mean: nothing that the worker ever started lives on. When the engine goes, the nursery and all go.

Orders come as one datagram each of JSON over a socket: ``{"spawn": token}`` with two descriptors, ``{"kill": pid}``.
Events go back: ``{"ready": true}``, ``{"spawned": token, "pid": pid}``, ``{"refused": token, "why": text}``,
``{"exited": pid, "code": n}`` (minus the signal), ``{"failed": why}``.
"""

import array
import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from verifier import logs, registry
from verifier.engine import worker
from verifier.engine.pulse import Pulse
from verifier.errors import SettingsError

DATAGRAM = 65_536
SWEEP_EVERY_S = 1.0
KILL_ROUNDS = 200
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def main() -> None:
    """Run as ``python -m verifier.engine FD CONFIG``, started by the pool."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    config: dict[str, Any] = json.loads(sys.argv[2])
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    logs.configure(logs.LogConfig(*config["logs"]))
    try:
        registry.load(config["plugins"])
        registry.prepare()
    except SettingsError as error:
        _send(orders, {"failed": str(error)})
        return
    gc.collect()
    gc.freeze()
    try:
        _send(orders, {"ready": True})
        Nursery(orders, worker.WorkerLimits(**config["limits"])).tend()
    except (BrokenPipeError, ConnectionResetError):
        pass  # the engine is gone; the workers die with us


class Nursery:
    """The loop: follow orders, report deaths, let nothing survive its worker."""

    def __init__(self, orders: socket.socket, limits: worker.WorkerLimits) -> None:
        self._orders = orders
        self._limits = limits
        self._workers: set[int] = set()
        self._helpers = _children()
        """What verifiers have started to share between workers."""
        self._deaths, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, _wake_up)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def tend(self) -> None:
        """Serve until the engine closes its end."""
        try:
            self._tend()
        finally:
            self._workers.clear()  # none is spared any more
            self._helpers.clear()
            self._kill_strays()

    def _tend(self) -> None:
        swept = time.monotonic()
        while True:
            readable, _, _ = select.select([self._orders, self._deaths], [], [], SWEEP_EVERY_S)
            if self._deaths in readable:
                os.read(self._deaths, 4096)
            self._reap()
            if time.monotonic() - swept > SWEEP_EVERY_S:
                self._kill_strays()
                swept = time.monotonic()
            if self._orders in readable and not self._obey():
                return

    def _obey(self) -> bool:
        message, ancillary, _, _ = self._orders.recvmsg(DATAGRAM, socket.CMSG_SPACE(2 * array.array("i").itemsize))
        if not message:
            return False
        order: dict[str, Any] = json.loads(message)
        if "spawn" in order:
            descriptors = array.array("i")
            descriptors.frombytes(ancillary[0][2])
            self._spawn(order["spawn"], *descriptors)
        elif order["kill"] in self._workers:
            self._kill(order["kill"])
        return True

    def _spawn(self, token: int, connection: int, pulse: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _send(self._orders, {"refused": token, "why": str(error)})
        else:
            if pid == 0:
                self._become_worker(parent, connection, pulse)
            self._workers.add(pid)
            _send(self._orders, {"spawned": token, "pid": pid})
        os.close(connection)
        os.close(pulse)

    def _become_worker(self, parent: int, connection: int, pulse: int) -> None:
        code = 1
        try:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(0)
            os.setsid()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._orders.close()
            worker.run(socket.socket(fileno=connection), Pulse(pulse), self._limits)
            code = 0
        except (BrokenPipeError, ConnectionResetError):
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            # Not sys.exit: the stack below belongs to the nursery.
            os._exit(code)

    def _reap(self) -> None:
        while (dead := _dead_child()) is not None:
            if dead in self._workers:
                _kill_group(dead)  # before it is reaped, while nothing else can have its number
            _, status = os.waitpid(dead, 0)
            self._helpers.discard(dead)
            if dead in self._workers:
                self._workers.discard(dead)
                self._kill_strays()
                _send(self._orders, {"exited": dead, "code": os.waitstatus_to_exitcode(status)})

    def _kill(self, pid: int) -> None:
        """Kill a worker and its session; what escaped the session is found as a stray when the death is reaped."""
        _kill_group(pid)
        os.kill(pid, signal.SIGKILL)

    def _kill_strays(self) -> None:
        """Kill every child that is no worker and no helper. Killing one may orphan its own children onto us, hence the rounds."""
        for _ in range(KILL_ROUNDS):
            strays = _children() - self._workers - self._helpers
            if not strays:
                return
            for pid in strays:
                os.kill(pid, signal.SIGKILL)
            for pid in strays:
                os.waitpid(pid, 0)


def _wake_up(signum: int, frame: object) -> None:
    """A handler there must be, for the wake-up descriptor to be written to."""


def _dead_child() -> int | None:
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found else None


def _children() -> set[int]:
    """Our children by pid. A zombie among them may be killed and waited for like any other."""
    me = os.getpid()
    try:
        return {int(pid) for pid in Path(f"/proc/{me}/task/{me}/children").read_text(encoding="ascii").split()}
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
        return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent_of(path) == me}


def _parent_of(process: Path) -> int:
    try:
        return int((process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _kill_group(pid: int) -> None:
    # No such group, or only members that are dead already: either way nothing is left to kill.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _send(orders: socket.socket, event: dict[str, Any]) -> None:
    orders.send(json.dumps(event).encode())
