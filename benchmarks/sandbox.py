"""The sandbox against a plain subprocess, a fresh bubblewrap for each run and a bare fork, all in one run."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sandbox import Limits, Program, Sandbox, SandboxError, Strength
from verifier.schema import Sample
from verifier.verifiers.code import Code, CodeOptions

SOURCE = "print(int(input()) * 2)\n"
ROUNDS, EACH = 5, 60
CPP = "#include <bits/stdc++.h>\nusing namespace std;\nint main() { long a; cin >> a; cout << a * 2 << endl; }\n"
NUMPY = "import numpy as np\nprint(int(np.array([int(input())]).sum()) * 2)\n"
CORES = len(os.sched_getaffinity(0))
Once = Callable[[], bytes]


def plain() -> bytes:
    return subprocess.run([sys.executable, "-c", SOURCE], input=b"21", capture_output=True, check=True).stdout


def bubblewrap() -> bytes:
    command = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    command += ["--die-with-parent", "--", sys.executable, "-I", "-S", "-B", "-c", SOURCE]
    return subprocess.run(command, input=b"21", capture_output=True, check=True).stdout


def firejail() -> bytes:
    command = ["firejail", "--quiet", "--noprofile", "--private", "--net=none", "--seccomp", "--caps.drop=all"]
    # the machine's own interpreter: a private home hides one that lies in it
    command += ["--", "/usr/bin/python3", "-I", "-S", "-B", "-c", SOURCE]
    return subprocess.run(command, input=b"21", capture_output=True, check=True).stdout


def bare_fork() -> bytes:
    """What no sandbox of warm interpreters can be faster than: a fork of this one, its output through a pipe."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(write, 1)
        exec(compile("import os; os.write(1, b'42\\n')", "main.py", "exec"))
        os._exit(0)
    os.close(write)
    output = os.read(read, 100)
    os.close(read)
    os.waitpid(pid, 0)
    return output


def in_slots(strength: Strength, program: Program) -> Once:
    sandbox = Sandbox(asked=strength)
    return lambda: sandbox.run(program, Limits(cpu_s=5, wall_s=60)).stdout


def contenders() -> dict[str, Once]:
    found: dict[str, Once] = {"plain subprocess": plain}
    if shutil.which("bwrap"):
        found["fresh bubblewrap"] = bubblewrap
    if shutil.which("firejail") and _works(firejail):
        found["fresh firejail"] = firejail
    program = Program(source=SOURCE, stdin=b"21")
    for strength in (Strength.A, Strength.B, Strength.C, Strength.DOCKER, Strength.GVISOR):
        try:
            found[f"{'containers' if strength.far else 'slots'}, {strength}"] = in_slots(strength, program)
        except SandboxError as error:
            print(f"   no strength {strength}: {error}")
    return found


def _works(once: Once) -> bool:
    try:
        return once().strip() == b"42"
    except (OSError, subprocess.SubprocessError):
        return False


def latency(contenders: dict[str, Once]) -> None:
    """Milliseconds, in rounds that take turns: the best round's median, so that a busy neighbour spoils none of them."""
    taken: dict[str, list[list[float]]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, once in contenders.items():
            times: list[float] = []
            for _ in range(EACH):
                started = time.perf_counter()
                assert once().strip() == b"42", name
                times.append((time.perf_counter() - started) * 1e3)
            taken[name].append(times)
    for name, rounds in taken.items():
        best = min(rounds, key=statistics.median)
        p95 = statistics.quantiles(best, n=20)[-1]
        print(f"{name:28} p50 {statistics.median(best):7.2f} ms   p95 {p95:7.2f} ms")


def throughput(contenders: dict[str, Once], seconds: float = 2.0) -> None:
    """Runs a second, by as many processes as there are processors, as the engine does it."""
    for name, once in contenders.items():
        rates = [_rate(once, seconds) for _ in range(2)]
        print(f"{name:28} {max(rates):7.0f} runs/s on {CORES} cores")


def _rate(once: Once, seconds: float) -> float:
    pipes: list[tuple[int, int]] = []
    for _ in range(CORES):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            once()
            count, end = 0, time.monotonic() + seconds
            while time.monotonic() < end:
                once()
                count += 1
            os.write(write, str(count).encode())
            os._exit(0)
        os.close(write)
        pipes.append((pid, read))
    total = 0
    for pid, read in pipes:
        total += int(os.read(read, 100))
        os.close(read)
        os.waitpid(pid, 0)
    return total / seconds


def threads(strength: Strength, count: int = 1500) -> None:
    sandbox = Sandbox(asked=strength)
    program = Program(source=SOURCE, stdin=b"21")
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(sandbox.run, [program] * 20))
        started = time.perf_counter()
        list(pool.map(sandbox.run, [program] * count))
        print(f"{f'slots, {strength}, threads':28} {count / (time.perf_counter() - started):7.0f} runs/s")


def rewards() -> None:
    """Whole verdicts of the verifier ``code``: milliseconds of a sample."""
    completion = "```python\ndef add(a, b):\n    return a + b\n```"
    echo = "```python\nprint(int(input()) * 2)\n```"
    samples = {
        "stdio, 1 case": (echo, {"type": "stdio", "cases": [{"stdin": "21", "stdout": "42"}]}),
        "stdio, 20 cases": (echo, {"type": "stdio", "cases": [{"stdin": "21", "stdout": "42"}] * 20}),
        "function, 3 cases": (
            completion,
            {"type": "function", "entry_point": "add", "cases": [{"args": [1, 2], "expected": 3}] * 3},
        ),
        "assert, 3 asserts": (
            completion,
            {"type": "assert", "entry_point": "add", "code": "\n".join(["assert add(1, 2) == 3"] * 3)},
        ),
    }
    verifier = Code(CodeOptions())
    for name, (text, tests) in samples.items():
        sample = Sample.model_validate({"completion": text, "tests": {"language": "python", **tests}})
        times: list[float] = []
        for _ in range(100):
            started = time.perf_counter()
            assert verifier.verify(sample).value == 1.0
            times.append((time.perf_counter() - started) * 1e3)
        print(f"{name:28} p50 {statistics.median(times):7.2f} ms   p95 {statistics.quantiles(times, n=20)[-1]:7.2f} ms")


def compiled() -> None:
    sandbox = Sandbox()
    started = time.perf_counter()
    program = Program("cpp", CPP, stdin=b"21")
    try:
        build = sandbox.build(program)
    except LookupError as error:
        print(f"   no C++: {error}")
        return
    print(f"{'C++ with bits/stdc++.h':28} compiled in {time.perf_counter() - started:.2f} s")
    latency({"C++, compiled, slots": lambda: sandbox.run(build.program).stdout})


def main() -> None:
    print(f"Python {sys.version.split()[0]}, {CORES} cores, load {os.getloadavg()[0]:.1f}")
    found = contenders()
    latency({"bare fork": bare_fork, **found})
    throughput({"bare fork": bare_fork, **found})
    threads(Strength(Sandbox().strength))
    rewards()
    compiled()
    numpy = Program(source=NUMPY, stdin=b"21")
    if Sandbox().run(Program(source="import numpy")).status == "ok":
        latency({"numpy, slots": in_slots(Sandbox().strength, numpy)})
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"this process: {used.ru_maxrss / 1024:.0f} MiB at most, {len(os.listdir('/proc/self/fd'))} descriptors at the end"
    )


if __name__ == "__main__":
    main()
