"""The sandbox under load: the same verdicts however crowded it is, and nothing that grows.

``python -m benchmarks.sandbox_load verdicts`` runs 500 mixed programs at once as many as there are processors, and eight times as
many, five times; ``python -m benchmarks.sandbox_load soak SECONDS`` keeps all processors busy and prints what is held.
"""

import os
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox import Limits, Program, Result, Sandbox, Status, Strength
from sandbox.sampling import children

CORES = len(os.sched_getaffinity(0))
COUNT, ROUNDS = 500, 5
PATIENT = 60.0
KINDS = (
    ("print(sum(range({n})))", Limits(wall_s=PATIENT)),
    ("print(int(input()) * 2)", Limits(wall_s=PATIENT)),
    ("import json; print(json.dumps(list(range({n} % 50))))", Limits(wall_s=PATIENT)),
    ("print(sum(i * i for i in range(200_000 + {n})))", Limits(cpu_s=1.5, wall_s=PATIENT)),
    ("import threading\nt = threading.Thread(target=print, args=({n},)); t.start(); t.join()", Limits(wall_s=PATIENT)),
    ("open('x', 'w').write('y' * {n}); print(len(open('x').read()))", Limits(wall_s=PATIENT)),
    ("while True: pass", Limits(cpu_s=0.15, wall_s=PATIENT)),
    ("x = bytearray(b'x') * (1 << 29)", Limits(memory_mb=64, cpu_s=10, wall_s=PATIENT)),
    ("while True: print('x' * 1000)", Limits(output_kb=64, cpu_s=10, wall_s=PATIENT)),
    ("1 / ({n} - {n})", Limits(wall_s=PATIENT)),
    ("x = = {n}", Limits(wall_s=PATIENT)),
    ("import time; time.sleep(30)", Limits(wall_s=0.3)),
    ("import os; os.kill(os.getpid(), 11)", Limits(wall_s=PATIENT)),
    (
        "import threading, time\nfor _ in range(60): threading.Thread(target=time.sleep, args=(1,)).start()",
        Limits(processes=8, wall_s=PATIENT),
    ),
)
LIGHT = KINDS[:6]
Told = tuple[str, str | None, bytes]


def mixed() -> list[tuple[Program, Limits]]:
    chance = random.Random(11)
    # most programs of a batch are harmless
    chosen = [chance.choice(LIGHT if chance.random() < 0.8 else KINDS) for _ in range(COUNT)]
    return [
        (Program(source=source.replace("{n}", str(100 + at)), stdin=b"%d\n" % at), limits)
        for at, (source, limits) in enumerate(chosen)
    ]


def told(result: Result) -> Told:
    """What must not depend on load. How far a program came that was stopped may."""
    return result.status, result.limit, result.stdout if result.status is Status.OK else b""


def all_of(sandbox: Sandbox, width: int, programs: list[tuple[Program, Limits]]) -> list[Told]:
    with ThreadPoolExecutor(width) as pool:
        return [told(result) for result in pool.map(sandbox.run, *zip(*programs, strict=True))]


def verdicts() -> None:
    programs = mixed()
    first: list[Told] = []
    for number in range(ROUNDS):
        for width in (CORES, 8 * CORES):
            sandbox = Sandbox(most=width)
            started = time.monotonic()
            found = all_of(sandbox, width, programs)
            first = first or found
            odd = [(at, one, other) for at, (one, other) in enumerate(zip(first, found, strict=True)) if one != other]
            print(
                f"round {number + 1}, {width:2} at once: {len(odd)} of {COUNT} differ, {time.monotonic() - started:.1f} s, "
                f"load {os.getloadavg()[0]:.1f} {odd[:3] or ''}",
                flush=True,
            )
    print(dict(Counter(str(status) for status, _, _ in first)))


def held() -> str:
    """What this process holds of the machine, its slots included."""
    slots = children(os.getpid())
    slots += [inner for slot in slots for inner in children(slot)]
    memory = sum(_resident_mb(pid) for pid in [os.getpid(), *slots])
    groups = sum(1 for _ in Path("/sys/fs/cgroup").rglob(f"sandbox-{os.getpid()}-*"))
    scratch = sum(1 for folder in (Path("/dev/shm"), Path("/tmp")) for _ in folder.glob("sandbox-*"))
    return (
        f"{memory:6.1f} MiB, {len(os.listdir('/proc/self/fd'))} descriptors, {len(slots)} processes, "
        f"{threading.active_count()} threads, {groups} groups, {scratch} scratch folders"
    )


def _resident_mb(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    except OSError:
        return 0.0


def soak(seconds: float, strength: Strength | None) -> None:
    sandbox, programs = Sandbox(asked=strength), mixed()
    expected = [told(sandbox.run(*pair)) for pair in programs]
    count, wrong = 0, 0
    end = next_word = time.monotonic()
    end += seconds
    while time.monotonic() < end:
        found = all_of(sandbox, CORES, programs)
        count += COUNT
        wrong += sum(one != other for one, other in zip(expected, found, strict=True))
        if time.monotonic() >= next_word:
            print(f"{sandbox.strength}: {count:7} runs, {wrong} wrong; {held()}", flush=True)
            next_word = time.monotonic() + seconds / 10
    print(f"{sandbox.strength}: {count:7} runs, {wrong} wrong; {held()}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["soak"]:
        soak(float(sys.argv[2]), Strength(sys.argv[3]) if len(sys.argv) > 3 else None)
    else:
        verdicts()
