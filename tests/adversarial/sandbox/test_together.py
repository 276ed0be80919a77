"""What runs mean for one another: attacks beside honest programs, the last run's traces, our own processes dying."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox import Limits, Program, Result, Sandbox, Status, Strength
from sandbox.sampling import children
from tests.adversarial.sandbox import programs
from tests.sandbox.conftest import STRENGTHS, offered

ROOT = Path(__file__).parents[3]
DOUBLE = "import time\nx = int(input())\ntime.sleep(0.001)\nprint(x * 2)"
EVERY = 25
NOISY = {
    "busy-loop",
    "fork-bomb-that-lives",
    "bytearray",
    "print-without-end",
    "disk-fill",
    "kill-everything",
    "segmentation-fault",
}
SCAN = """
import ctypes, gc, os, re
libc = ctypes.CDLL(None)
read, write = os.pipe()
marks = re.compile(b"[s]ecret([C]ODE|[I]NPUT|[A]RG)")  # which does not match itself
def pages():
    at = {id(thing) >> 12 for thing in gc.get_objects()}
    at |= {id(name) >> 12 for name in list(globals())} | {libc.sbrk(0) & 0xFFFFFFFFFFFF >> 12}
    try:
        for line in open("/proc/self/maps"):
            span, mode = line.split()[:2]
            if mode[0] == "r":
                low, high = (int(end, 16) >> 12 for end in span.split("-"))
                at |= set(range(low, min(high, low + 20_000)))
    except OSError:
        for page in list(at):
            at |= set(range(page - 256, page + 256))
    return sorted(at)
found = set()
for page in pages():
    # the kernel says whether a page is there, where a look at it would end us
    if libc.write(write, ctypes.c_void_p(page << 12), 4096) == 4096:
        data = os.read(read, 4096)
        found |= {match[1][:1] for match in marks.finditer(data)}
print(sorted(found) or "held")
"""


def double(sandbox: Sandbox, number: int) -> Result:
    return sandbox.run(Program(source=DOUBLE, stdin=b"%d\n" % number), Limits(wall_s=60))


def test_honest_programs_beside_attacks(sandbox: Sandbox) -> None:
    cases = [case for file in ("resource.txt", "exhaustion.txt") for case in programs.read(file) if case.name in NOISY]
    beside = Sandbox(asked=sandbox.strength, most=4)
    with ThreadPoolExecutor(4) as pool:
        attacks = [pool.submit(beside.run, Program(source=case.source), case.limits) for case in cases]
        honest = list(pool.map(partial(double, beside), range(50)))
        for case, attack in zip(cases, attacks, strict=True):
            assert attack.result().status in programs.allowed(case, sandbox.strength), case.name
    assert [(result.status, result.stdout) for result in honest] == [
        ("ok", b"%d\n" % (2 * number)) for number in range(50)
    ]


def test_nothing_of_a_run_is_in_the_memory_of_the_next(sandbox: Sandbox) -> None:
    first = Program(
        source="x = 'secretCODE'; input()", stdin=b"secretINPUT\n", args=("secretARG",), files={"a": "secretCODE"}
    )
    for _ in range(3):
        assert sandbox.run(first).status is Status.OK
    result = sandbox.run(Program(source=SCAN), Limits(cpu_s=20, wall_s=60))
    assert (result.status, result.stdout) == ("ok", b"held\n"), result


def test_the_scan_finds_what_is_there(sandbox: Sandbox) -> None:
    """Or the test above could not fail."""
    result = sandbox.run(
        Program(source="kept = ['secret', 'CODE']\nkept.append(''.join(kept))\n" + SCAN), Limits(cpu_s=20, wall_s=60)
    )
    assert result.stdout == b"[b'C']\n", result


MODULE = "x = 'mine'\ndef loads(*_):\n    return 'mine'\n"


def test_a_module_left_behind_is_not_found(sandbox: Sandbox) -> None:
    leave = f"for name in ('json.py', 'decimal.py', 'wave.py', 'main.py'):\n    open(name, 'w').write({MODULE!r})"
    assert sandbox.run(Program(source=leave)).status is Status.OK
    result = sandbox.run(
        Program(source="import json, wave, os\nprint(json.loads('1'), hasattr(wave, 'x'), os.listdir('.'))")
    )
    assert result.stdout == b"1 False []\n"


def test_changed_built_ins_are_new_again(sandbox: Sandbox) -> None:
    sandbox.run(Program(source="import builtins, json\nbuiltins.print = json.dumps = lambda *_: 'mine'\njson.x = 1"))
    assert (
        sandbox.run(Program(source="import json\nprint(json.dumps([1]), hasattr(json, 'x'))")).stdout == b"[1] False\n"
    )


def test_descriptors_of_any_number_do_not_collide(sandbox: Sandbox) -> None:
    """A slot's own descriptors, and those it is sent, must not meet those of a child."""
    look = (
        "import os\nfound = []\nfor fd in range(256):\n"
        "    try:\n        os.fstat(fd)\n        found.append(fd)\n    except OSError:\n        pass\n"
        "print(found, input())"
    )
    files: dict[str, str | bytes] = {f"f{number}": "x" for number in range(40)}
    for given in ({}, files):
        assert sandbox.run(Program(source=look, stdin=b"in", files=given)).stdout == b"[0, 1, 2] in\n"
    with sandbox.open(Program(source="import os\nos.write(1, os.read(0, 2))")) as session:
        session.send(b"ab")
        assert session.receive(2) == b"ab"


class Killer:
    """Kills a random process of a random slot, again and again, by the count of runs: however slow the machine is."""

    def __init__(self) -> None:
        self.kills, self._runs, self._chance = 0, 0, random.Random(7)
        self._started: list[int] = []
        self._lock = threading.Lock()
        self._spawn = subprocess.Popen.__init__

        def remember(process: "subprocess.Popen[bytes]", *args: Any, **kwargs: Any) -> None:
            self._spawn(process, *args, **kwargs)
            self._started.append(process.pid)

        setattr(subprocess.Popen, "__init__", remember)  # noqa: B010 - a type checker forbids the plain assignment

    def run_has_ended(self) -> None:
        with self._lock:
            self._runs += 1
            if self._runs % EVERY == 0:
                threading.Timer(self._chance.random() / 20, self._kill).start()

    def _kill(self) -> None:
        alive = [pid for pid in self._started if Path(f"/proc/{pid}").exists()]
        if not alive:
            return
        pid = self._chance.choice(alive)
        with contextlib.suppress(OSError):
            # the one that we started, or what bubblewrap started for us
            below = [child for child in children(pid) if b"bwrap" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            os.kill(self._chance.choice([pid, *below]), signal.SIGKILL)
            self.kills += 1


@pytest.mark.parametrize("strength", STRENGTHS)
def test_our_own_processes_may_die_at_any_time(strength: Strength) -> None:
    # in a process of its own: the killer must not meet anybody else's children
    offered(strength)
    code = f"from tests.adversarial.sandbox.test_together import under_fire; under_fire({str(strength)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def under_fire(strength: str) -> None:
    """600 runs on two threads while processes of ours die."""
    sandbox, killer = Sandbox(asked=Strength(strength), most=2), Killer()

    def under_threat(number: int) -> Result:
        result = double(sandbox, number)
        killer.run_has_ended()
        return result

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(under_threat, range(600)))
    wrong = [
        (number, result)
        for number, result in enumerate(results)
        if (result.status, result.stdout) != ("ok", b"%d\n" % (2 * number))
    ]
    assert not wrong, wrong[:3]
    assert killer.kills > 15


MIX = (
    ("print(sum(range(1000)))", Limits(wall_s=60)),
    ("while True: pass", Limits(cpu_s=0.15, wall_s=60)),
    ("x = bytearray(1 << 30)\nx[::4096] = b'x' * len(x[::4096])", Limits(memory_mb=64, cpu_s=20, wall_s=60)),
    ("while True: print('x' * 1000)", Limits(output_kb=64, cpu_s=20, wall_s=60)),
    ("1 / 0", Limits(wall_s=60)),
    ("x = = 1", Limits(wall_s=60)),
    ("import time; time.sleep(60)", Limits(wall_s=0.4)),
    ("sum(i * i for i in range(300_000)); print('done')", Limits(cpu_s=1.5, wall_s=60)),
    ("import os; os.kill(os.getpid(), 11)", Limits(wall_s=60)),
    (
        "import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(1,)).start()",
        Limits(processes=8, wall_s=60),
    ),
)


def test_the_same_verdicts_at_once_and_eight_times_over(usable: Sandbox) -> None:
    def all_of_them(width: int) -> list[tuple[str, bytes, str]]:
        sandbox = Sandbox(asked=usable.strength, most=width)
        with ThreadPoolExecutor(width) as pool:
            pending = [pool.submit(sandbox.run, Program(source=source), limits) for source, limits in MIX * 3]
            results = [future.result() for future in pending]
        return [
            (result.status, result.stdout if result.status is Status.OK else b"", result.detail) for result in results
        ]

    cores = os.cpu_count() or 1
    assert all_of_them(cores) == all_of_them(8 * cores)


def test_without_the_compiled_helper(slow_sandbox: Sandbox) -> None:
    wrong: list[tuple[str, Result]] = []
    for file in (*programs.ESCAPING, "honest.txt"):
        for case in programs.read(file):
            result = slow_sandbox.run(Program(source=case.source, stdin=b"21 21\n"), case.limits)
            said = b"42" if file == "honest.txt" else b"held"
            if result.status not in programs.allowed(case, slow_sandbox.strength) or (
                result.status == "ok" and result.stdout.strip() != said
            ):
                wrong.append((case.name, result))
    assert not wrong


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_an_ordinary_user() -> None:
    """All of this again, by an interpreter that such a user may run."""
    python = next((path for path in ("/usr/bin/python3", sys.executable) if _runs_for_all(path)), None)
    if python is None:
        pytest.skip("no interpreter for an ordinary user with this one's packages")
    command = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "env",
        "-i",
        "PATH=/usr/bin:/bin",
        "HOME=/",
    ]
    command += [
        f"PYTHONPATH={_packages()}",
        "PYTHONDONTWRITEBYTECODE=1",
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += ["tests/adversarial/sandbox/test_programs.py", "-k", "not A- and not (taking and C-)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


def _packages() -> str:
    return os.pathsep.join([str(ROOT), *(path for path in sys.path if path.endswith("site-packages"))])


def _runs_for_all(python: str) -> bool:
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "-i", f"PYTHONPATH={_packages()}"]
    tried = subprocess.run(
        [*command, python, "-c", "import hypothesis.strategies, pytest, sandbox"],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0
