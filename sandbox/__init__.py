"""Runs untrusted programs. Standard library only; imports nothing else of this project; usable alone.

    from sandbox import Limits, Program, Sandbox

    result = Sandbox().run(Program(source="print(int(input()) * 2)", stdin=b"21"), Limits(cpu_s=1))
    assert result.status == "ok" and result.stdout == b"42\\n"

Theory of operation
-------------------
A run is four parties: the caller's thread, bubblewrap, an init, and the program.

1. The caller writes everything the program shall see into anonymous memory (its files, its input, the seccomp filter),
   and starts bubblewrap with those descriptors. Nothing of a run ever touches the machine's disk.
2. Bubblewrap makes new namespaces (processes, mounts, network, IPC, host name) and a new root in them: /usr and the
   language's own prefix read-only, a private /proc, four devices, a scratch tmpfs as the working directory. The
   environment is a short constant list. It tells us the number of its child, and holds the child before it does anything.
3. The caller puts the held child into a control group of its own (v1 or v2; where it may make none, rlimits and samples
   of /proc take its place), lowers its rlimits, and lets it go.
4. The child drops all privileges. Root hands the run to a uid that was drawn at random and that nobody else has; an
   ordinary user's run lives in a user namespace. It loads the filter and becomes the program.
5. The caller's thread watches from outside, in one loop: it drains stdout and stderr as they come, to a cap; it reads the
   group's CPU counter when the limit could be reached at the earliest; it keeps the wall clock.
6. When the program ends or goes over a limit, the init of its namespace is killed through a pidfd; the kernel then kills
   every process in it, and the caller waits until they are gone.

How the run ended is told only from what was seen outside (:mod:`sandbox.verdict`): our own kills, the group's counters,
and the exit code that bubblewrap tells on a descriptor the program never has. A run that bubblewrap could not set up is
``Status.SANDBOX_ERROR``, and never the program's fault; there is no fallback without isolation.

A conversation (:meth:`Sandbox.open`) is the same run with a pipe for its input.

No signal handlers, no helper threads, no global state: safe to use from many threads and processes at once. A run
belongs to the thread that started it, and dies with it.
"""

from sandbox.doctor import languages, probe
from sandbox.model import Finding, Limits, Program, Result, SandboxError, Status, Usage
from sandbox.runner import Build, Sandbox
from sandbox.session import Ended, Session
from sandbox.toolchain import Language, find_language

__all__ = [
    "Build",
    "Ended",
    "Finding",
    "Language",
    "Limits",
    "Program",
    "Result",
    "Sandbox",
    "SandboxError",
    "Session",
    "Status",
    "Usage",
    "find_language",
    "languages",
    "probe",
]
