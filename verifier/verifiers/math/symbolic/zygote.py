"""The process that imports sympy once and forks a worker for each question: ``python -P zygote.py FD``.

Each question comes with a connection of its own: a datagram with a descriptor over the socket FD, which any number of
processes may share. The worker reads one request from it (a line of JSON), writes one reply and ends: what sympy keeps from
one question to the next would else decide what that costs, and so its verdict. A worker that exceeds its CPU budget is
killed by the kernel (SIGPROF is left at its default), and the zygote says so in its place; one whose asker is gone is
killed. The zygote has one thread, so that forking is safe, and ends when nobody is left who could ask.
"""

import array
import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import Never

# Nothing of ours or of sympy's is imported up here: until that is needed, this is no more than a bare interpreter.

LINGER_S = 10.0
"""Seconds after which sympy is imported though nobody has asked yet. Who is gone by then has not paid for it."""
NO_MEMORY = 1
"""Exit status of a worker that used up its memory."""
_SPENT = {-signal.SIGPROF: "cpu", -signal.SIGSEGV: "stack", -signal.SIGABRT: "memory", NO_MEMORY: "memory"}
"""What a worker had used up that ended so. One that ended otherwise was killed by somebody else."""
MODEST_BYTES = 256 << 20
"""Memory beyond what a worker was born with up to which it is not to blame when the kernel runs out of it and kills."""
_PR_SET_PDEATHSIG = 1
LINE_BYTES = 4 << 20
REPLY_CHARS = 300


def main() -> None:
    """Fork workers until nobody holds the other end of the socket any more."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    if _hung_up(requests, LINGER_S):
        return
    from verifier.verifiers.math.symbolic import algebra

    algebra.wall_off()
    algebra.warm_up()
    gc.collect()
    gc.freeze()
    Zygote(requests).tend()


def _hung_up(requests: socket.socket, patience_s: float) -> bool:
    """Wait for the first question. Whether there will be none."""
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    return any(event & select.POLLHUP for _, event in poll.poll(patience_s * 1000))


class Zygote:
    """The loop: fork a worker for each question, and report those that were killed."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._workers: dict[int, int] = {}
        """The worker of each connection, by its descriptor."""
        self._deaths, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, _wake_up)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._poll = select.poll()
        for source in (requests.fileno(), self._deaths):
            self._poll.register(source, select.POLLIN)

    def tend(self) -> None:
        """Serve until the other end of the socket is closed."""
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            for gone in ready & self._workers.keys():
                self._poll.unregister(gone)
                os.kill(self._workers[gone], signal.SIGKILL)
            if self._requests.fileno() in ready and not self._take():
                return
            if self._deaths in ready:  # last: a descriptor may be closed here, and its number be given again
                os.read(self._deaths, 4096)
                self._reap()

    def _take(self) -> bool:
        message, ancillary, _, _ = self._requests.recvmsg(1, socket.CMSG_SPACE(array.array("i").itemsize))
        if message and ancillary:
            (connection,) = array.array("i", ancillary[0][2])
            self._fork(connection)
        return bool(message)

    def _fork(self, connection: int) -> None:
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(connection)
            return
        if pid == 0:
            self._become_worker(connection, parent)
        self._workers[connection] = pid
        self._poll.register(connection, 0)  # it says no more than that its other end is closed

    def _become_worker(self, connection: int, parent: int) -> Never:
        code = NO_MEMORY + 1
        try:
            _die_with(parent)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._requests.close()
            for other in self._workers:
                os.close(other)
            _die_first()
            _confine()
            _serve(connection)
            code = 0
        except MemoryError:
            code = NO_MEMORY
        finally:
            os._exit(code)

    def _reap(self) -> None:
        for connection, pid in list(self._workers.items()):
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                if status:
                    _write(connection, {"died": _spent(os.waitstatus_to_exitcode(status), usage.ru_maxrss << 10)})
                with suppress(KeyError):
                    self._poll.unregister(connection)
                os.close(connection)
                del self._workers[connection]


def _spent(code: int, peak_bytes: int) -> str:
    """What a worker had used up that ended so; "lost" where somebody else killed it."""
    if code == -signal.SIGKILL and peak_bytes > _memory()[1] + MODEST_BYTES:
        return "memory"
    return _SPENT.get(code, "lost")


def _wake_up(signum: int, frame: object) -> None:
    """A handler there must be, for the wake-up descriptor to be written to."""


def _serve(connection: int) -> None:
    """The worker: one question, one reply."""
    from verifier.verifiers.math.symbolic import algebra

    _write(connection, {"begun": True})
    line = os.fdopen(connection, "rb", closefd=False).readline(LINE_BYTES)
    if not line.endswith(b"\n"):
        return
    request = json.loads(line)
    before = _cpu()
    signal.setitimer(signal.ITIMER_PROF, request["cpu_s"])
    try:
        reply = algebra.answer(request)
    except MemoryError:
        raise
    except RecursionError:
        reply = {"equal": None, "why": "nested too deeply for sympy", "fault": "recursion"}
    except Exception as error:
        fault = type(error).__name__
        reply = {"equal": None, "why": f"sympy could not compare them ({fault})", "fault": fault}
    signal.setitimer(signal.ITIMER_PROF, 0)
    _write(connection, {**reply, "why": str(reply["why"])[:REPLY_CHARS], "cpu_s": _cpu() - before})


def _confine() -> None:
    from verifier.verifiers.math.budgets import SYMBOLIC_MEMORY

    limit = _memory()[0] + SYMBOLIC_MEMORY
    for kind, value in ((resource.RLIMIT_AS, limit), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(kind, (value, value))


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was too late for that
        os._exit(0)


def _die_first() -> None:
    """Where memory runs out, the kernel kills this and not those who serve everybody."""
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def _memory() -> tuple[int, int]:
    """Bytes of this process: its address space, and what of that is in memory."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        pages, resident, *_ = statm.read().split()
    return int(pages) * resource.getpagesize(), int(resident) * resource.getpagesize()


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _write(connection: int, message: dict[str, object]) -> None:
    data = json.dumps(message).encode() + b"\n"
    with suppress(OSError):  # who asked may be gone
        while data:
            data = data[os.write(connection, data) :]


if __name__ == "__main__":
    sys.set_int_max_str_digits(0)
    main()
