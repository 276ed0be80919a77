"""Runs untrusted programs. Standard library only; imports nothing else of this project; usable alone.

    from sandbox import Limits, Program, Sandbox

    result = Sandbox().run(Program(source="print(int(input()) * 2)", stdin=b"21"), Limits(cpu_s=1))
    assert result.status == "ok" and result.stdout == b"42\\n"

Theory of operation
-------------------
Programs run in *slots*. A slot is a process behind walls with a warm interpreter in it, a zygote: started when it is first
needed, lent to one run at a time, replaced when it fails. A run is three parties: the caller's thread, the slot, the program.

1. The caller puts the program and its input into anonymous memory and hands the descriptors to a slot, with the limits. The
   slot never reads them: what it knew, every later run could find in its memory. Nothing touches the machine's disk.
2. The slot forks. The child takes the descriptors as its standard three, closes all others, lowers its rlimits, changes to a
   uid that nobody else has (as root), drops every capability, gives up new privileges, confines itself by Landlock, loads a
   seccomp filter, and only then reads the program and runs it, or becomes it where it was compiled (``execveat``).
3. The caller watches from outside: it reads the CPU counter when the limit could be reached at the earliest, the size of
   what was written, and the wall clock, from which time spent waiting for a processor is taken off.
4. When the program ends, or the caller says so, the slot kills every process that is left, takes what they used, answers,
   and lays a fresh scratch folder over a used one.

There is one core and three strengths (:mod:`sandbox.strength`): C, Landlock with seccomp and rlimits, for any user anywhere;
B, that within namespaces of its own; A, as root, a control group as well. The best that the machine gives is found by trying,
told in every result, and never weakened silently; below C there is an error.

Two backends are had only by name: containers and gVisor, lent by another process (:mod:`sandbox.lease`). An agent in each runs
programs in slots of its own (:mod:`sandbox.agent`); :mod:`sandbox.far` is this end, :mod:`sandbox.wire` what lies between.

How a run ended is told only from what was seen outside (:mod:`sandbox.verdict`). A slot that goes silent is killed, and its
run is tried again alone in a fresh one; a program that silences fresh slots too has failed by its own doing. The same is done
where the kernel kills because memory runs out around a program (:mod:`sandbox.scarcity`, or its control group tells). Whatever
else fails on our side is ``Status.SANDBOX_ERROR``, after another try, and never the program's fault.

A conversation (:meth:`Sandbox.open`) is the same with pipes for its input and output. Compilers run in slots too.

Slots are shared by the threads of a process, and die with it, however it dies: each holds a descriptor that tells of its
owner's death. Never more threads run programs at once than there are processors; who waits has not begun.
"""

from sandbox.admission import ROOM_S, waited_s
from sandbox.doctor import languages, probe
from sandbox.model import Finding, Limits, Program, Result, SandboxError, Status, Usage
from sandbox.runner import Build, Sandbox
from sandbox.session import Ended, Session
from sandbox.strength import Strength, offers
from sandbox.table import LANGUAGES, find_language
from sandbox.toolchain import Language

__all__ = [
    "LANGUAGES",
    "ROOM_S",
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
    "Strength",
    "Usage",
    "find_language",
    "languages",
    "offers",
    "probe",
    "waited_s",
]
