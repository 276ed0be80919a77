# Inside the sandbox its neighbours are top-level modules.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
"""What a slot kept for harnesses does before its first run: both of them go through a sample of ours, again and again.

Each believes that it speaks with the other side; what that would say lies ready. What the interpreter learns by it need not be
learned in each run.
"""

import io
import os
import sys

import candidate
import examiner
import remote
from plain import encode

TIMES = 10
SOURCE = "def add(a: int, b: int) -> int:\n    return a + b\n"
TESTS = "def check(f):\n    assert f(1, 2) == 3\n\n\nassert add(1, 2) == 3\nassert add([1], [2]) == [1, 2], 'lists'\n"
ASKED = (
    ["ask", "load", SOURCE, True],
    ["ask", "entry", "add"],
    ["ask", "names", ["add"]],
    ["ask", "call", candidate, [[1, 2], {}]],
    ["ask", "call", candidate, [[[1], [2]], {}]],
    ["ask", "apply", "add", [[1, 2], {}], {"signature": None, "mutates": None}],
)
ANSWERED = (
    ["", TESTS, {"add": examiner}, {}, "add", True, 0, True],
    ["value", [3, None, ""]],
    ["value", [[1, 2], None, ""]],
    ["value", [3, None, ""]],
)


class Over(BaseException):
    """In place of the end of the process."""


def end(_):
    raise Over


def frames(messages, letter):
    """As the other side would send them; a module stands for the one function that there is."""
    found = (encode(message, lambda _: (letter, 0, "add function")) for message in messages)
    return b"".join(len(data).to_bytes(4, "big") + data for data in found)


def play(harness, said):
    """One life of a harness."""
    ours = os.dup(0), os.dup(1)
    theirs = os.memfd_create("rehearsal"), os.open("/dev/null", os.O_WRONLY)
    os.pwrite(theirs[0], said, 0)
    for number, fd in enumerate(theirs):
        os.dup2(fd, number)
    try:
        harness.main()
    except Over:
        pass
    finally:
        for number, fd in enumerate(ours):
            os.dup2(fd, number)
        channel = (candidate.candidate if harness is candidate else remote.us).channel
        for fd in (*ours, *theirs, channel._in, channel._out):
            os.close(fd)


def rehearse():
    """Nothing of it is left behind."""
    modules, streams, leave = dict(sys.modules), (sys.stdout, sys.stderr), os._exit
    recursion = sys.getrecursionlimit()
    scopes = [(vars(module), dict(vars(module))) for module in (candidate, examiner, remote)]
    sys.stdout, sys.stderr, os._exit = io.StringIO(), io.StringIO(), end
    for _ in range(TIMES):
        play(candidate, frames(ASKED, "H"))
        play(examiner, frames(ANSWERED, "h"))
    (sys.stdout, sys.stderr), os._exit = streams, leave
    sys.setrecursionlimit(recursion)
    for scope, before in [*scopes, (sys.modules, modules)]:
        scope.clear()
        scope.update(before)
    del remote.last[:], remote.raised[:], sys.modules[__name__]
