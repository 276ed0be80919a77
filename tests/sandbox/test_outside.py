"""What stays outside of a run, and what of it stays behind: nothing."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox import (
    Limits,
    Program,
    Sandbox,
    Status,
    Strength,
)
from sandbox.sampling import children
from tests.sandbox.conftest import running, until


def test_nothing_stays_for_the_next_run(sandbox: Sandbox) -> None:
    leave = (
        "import os\nfor folder in ('.', '/tmp', '/dev/shm'):\n"
        "    try: open(os.path.join(folder, 'left'), 'w').write('x')\n    except PermissionError: pass\n"
        "open('left2', 'w')"
    )
    look = "import os\nprint([p for p in ('left', 'left2', '/tmp/left', '/dev/shm/left') if os.path.exists(p)])"
    assert sandbox.run(Program(source=leave)).status is Status.OK
    assert sandbox.run(Program(source=look)).stdout == b"[]\n"


def test_the_environment_stays_outside(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "hunter2")
    look = (
        "import os, glob\nprint(os.environ)\n"
        "for f in glob.glob('/proc/*/environ'):\n  try: print(open(f).read())\n  except OSError: pass"
    )
    assert b"hunter2" not in sandbox.run(Program(source=look)).stdout


def test_the_machine_s_files_stay_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    look = (
        "import sys\nfor root in ('', '/proc/1/root', '/proc/self/cwd/..'):\n"
        "  try: print(open(root + sys.argv[1]).read())\n  except OSError: print('held')"
    )
    for path in (str(tmp_path / "secret"), str(Path(__file__).resolve())):
        assert sandbox.run(Program(source=look, args=(path,))).stdout == b"held\n" * 3


def test_open_descriptors_stay_outside(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    look = "import os\nfor n in range(3, 200):\n  try: print(os.read(n, 99))\n  except OSError: pass\nprint('end')"
    with (tmp_path / "secret").open() as file:
        os.set_inheritable(file.fileno(), True)
        assert sandbox.run(Program(source=look)).stdout == b"end\n"


def test_local_services_cannot_be_reached(sandbox: Sandbox) -> None:
    name = f"r1-sandbox-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0{name}")
        unix.listen()
        call = (
            "import socket, sys\n"
            "here = ('127.0.0.1', int(sys.argv[1]))\n"
            "for family, address in ((socket.AF_INET, here), (socket.AF_UNIX, '\\0' + sys.argv[2])):\n"
            "    try:\n        socket.socket(family).connect(address); print('reached')\n    except OSError: print('held')"
        )
        result = sandbox.run(Program(source=call, args=(str(tcp.getsockname()[1]), name)))
    assert result.stdout == b"held\nheld\n"


def test_our_processes_cannot_be_reached(sandbox: Sandbox) -> None:
    call = "import os, sys\ntry: os.kill(int(sys.argv[1]), 0); print('reached')\nexcept OSError: print('held')"
    assert sandbox.run(Program(source=call, args=(str(os.getpid()),))).stdout == b"held\n"


SLEEP = "import time; time.sleep(60)"


@pytest.mark.parametrize("end", ["", "time.sleep(60)", "os.kill(os.getpid(), 9)"])
def test_no_process_outlives_its_run(sandbox: Sandbox, end: str) -> None:
    mark = f"outlive-{os.getpid()}-{len(end)}"
    source = (
        "import os, subprocess, sys, time\n"
        "if os.fork() == 0:\n    os.setsid()\n"
        f"    os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; time.sleep(60)', {mark!r}])\n"
        f"time.sleep(0.05)\n{end}"
    )
    sandbox.run(Program(source=source), Limits(wall_s=0.5))
    assert not _alive(mark)


def test_a_killed_caller_takes_its_run_along(sandbox: Sandbox) -> None:
    outer = (
        "from sandbox import *\n"
        f"Sandbox(asked=Strength({str(sandbox.strength)!r})).run(Program(source={SLEEP!r}), Limits(wall_s=60))"
    )
    caller = subprocess.Popen([sys.executable, "-c", outer], cwd=Path(__file__).resolve().parents[2])
    depth = 3 if sandbox.strength is not Strength.C else 2  # bubblewrap, the slot, the program
    try:
        assert until(lambda: len(_below(caller.pid)) >= depth)
        time.sleep(0.1)
        below = _below(caller.pid)
    finally:
        caller.kill()
        caller.wait()
    assert until(lambda: not any(running(pid) for pid in below))


def _below(pid: int) -> list[int]:
    found = children(pid)
    for child in found:  # grows while it is walked
        found += children(child)
    return found


def _alive(mark: str) -> list[str]:
    """Processes of the whole machine with a mark among their arguments."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in arguments:
            found.append(str(path))
    return found


def test_neighbours_share_nothing(sandbox: Sandbox) -> None:
    source = (
        "import os, time\nopen('mark', 'x')\ntime.sleep(0.2)\n"
        "try: print(len([n for n in os.listdir('/proc') if n.isdigit()]))\nexcept PermissionError: print(0)"
    )
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(sandbox.run, [Program(source=source)] * 4))
    assert all(int(result.stdout) <= 3 for result in results)


def test_hidden_folders_are_hidden(sandbox: Sandbox) -> None:
    folder = Path(os.__file__).resolve().parent / "json"
    if not any(folder.is_relative_to(tree) for tree in ("/usr", Path(sys.base_prefix).resolve())):
        pytest.skip("the standard library lies elsewhere")
    result = Sandbox(hidden=[folder]).run(Program(source=f"import os; print(os.listdir({str(folder)!r}))"))
    assert result.stdout == b"[]\n"
