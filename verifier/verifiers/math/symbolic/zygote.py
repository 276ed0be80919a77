"""The process that imports sympy once and forks workers: ``python -m verifier.verifiers.math.symbolic.zygote``.

It has one thread, so that forking is safe. One worker at a time reads requests (one JSON object a line) from standard
input and writes replies to standard output. A worker that exceeds its CPU budget is killed by the kernel (SIGPROF is left
at its default); the zygote then reports that in the worker's place, and forks the next. All end when the input ends.
"""

import json
import os
import resource
import signal
import sys
from contextlib import suppress

from verifier.verifiers.math.budgets import SYMBOLIC_MEMORY

# sympy is imported inside functions: the client imports this module for its name, and must not pay for sympy.

ENDED = 17
"""Exit status of a worker whose input ended."""
PARENT_POLL_S = 2.0
"""Seconds after which the zygote notices that its parent is gone, where another process still holds the pipe."""
LINE_BYTES = 4 << 20
REPLY_CHARS = 300


def main() -> None:
    """Fork workers until the input ends or the parent is gone."""
    from verifier.verifiers.math.symbolic import algebra

    algebra.wall_off()
    algebra.warm_up()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    parent = os.getppid()
    _write({"ready": True})
    while True:
        worker = os.fork()
        if not worker:
            _serve()
        status = _wait(worker, parent)
        if status is None or (os.WIFEXITED(status) and os.WEXITSTATUS(status) == ENDED):
            os._exit(0)
        _write({"died": os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)})


def _wait(worker: int, parent: int) -> int | None:
    """The status with which the worker ended; None if the parent is gone, and then the worker too."""
    while True:
        done, status = os.waitpid(worker, os.WNOHANG)
        if done:
            return status
        signal.sigtimedwait({signal.SIGCHLD}, PARENT_POLL_S)
        if os.getppid() != parent:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
            return None


def _serve() -> None:
    """The worker: one reply for each request. Never returns."""
    from verifier.verifiers.math.symbolic import algebra

    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    _confine()
    source = os.fdopen(0, "rb", closefd=False)
    while line := source.readline(LINE_BYTES):
        request = json.loads(line)
        before = _cpu()
        signal.setitimer(signal.ITIMER_PROF, request["cpu_s"])
        try:
            reply = algebra.answer(request)
        except MemoryError:
            os._exit(1)
        except RecursionError:
            reply = {"equal": None, "why": "nested too deeply for sympy", "fault": "recursion"}
        except Exception as error:
            reply = {
                "equal": None,
                "why": f"sympy could not compare them ({type(error).__name__})",
                "fault": type(error).__name__,
            }
        signal.setitimer(signal.ITIMER_PROF, 0)
        _write({**reply, "why": str(reply["why"])[:REPLY_CHARS], "cpu_s": _cpu() - before})
    os._exit(ENDED)


def _confine() -> None:
    limit = _address_space() + SYMBOLIC_MEMORY
    for kind, value in ((resource.RLIMIT_AS, limit), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        resource.setrlimit(kind, (value, value))


def _address_space() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _write(message: dict[str, object]) -> None:
    data = json.dumps(message).encode() + b"\n"
    with suppress(BrokenPipeError):
        while data:
            data = data[os.write(1, data) :]


if __name__ == "__main__":
    sys.set_int_max_str_digits(0)
    main()
