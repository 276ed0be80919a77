"""Programs that together need more memory than there is: ``python -m tests.sandbox.crowd FOLDER``.

It moves into the control group FOLDER, whose memory is bounded. It prints how each ended.
"""

import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox import Limits, Program, Sandbox
from verifier.schema import Sample
from verifier.verifiers.code import Code, CodeOptions

FILL = "import time\nx = bytearray({mb} << 20)\nfor i in range(0, len(x), 4096):\n    x[i] = 1\ntime.sleep({s})\n"
NUMBERS = 5_000
"""For each of so many in its source, a compiler of C takes about 1 MiB."""


def run(sandbox: Sandbox, mb: int) -> str:
    """By itself."""
    return sandbox.run(Program(source=FILL.format(mb=mb, s=0.5)), Limits(memory_mb=512)).status


def build(sandbox: Sandbox, mb: int) -> str:
    """By processes of a program that is not killed itself."""
    numbers = ",".join(str(number * 7919 % 100003) for number in range(mb * NUMBERS + 1))
    failure = sandbox.build(Program("c", f"int a[] = {{{numbers}}};\nint main(void) {{ return a[0]; }}\n")).failure
    return failure.status if failure else "ok"


def judge(code: Code, mb: int) -> list[object]:
    """In a conversation, in the second of two tests."""
    body = FILL.format(mb="n", s=0.5).replace("\n", "\n    ")
    program = f"```python\ndef f(n):\n    {body}\n    return n\n```"
    tests = {"type": "function", "entry_point": "f", "cases": [{"args": [n], "expected": n} for n in (1, mb)]}
    score = code.verify(Sample.model_validate({"completion": program, "tests": tests}))
    return [score.status, score.value]


def side_by_side(one: Callable[[int], object]) -> list[object]:
    """Two that have room one after the other, then one that never has."""
    one(0)
    with ThreadPoolExecutor(2) as pool:
        return [*pool.map(one, [140, 141]), one(400)]


if __name__ == "__main__":
    (Path(sys.argv[1]) / "cgroup.procs").write_text(str(os.getpid()))
    sandbox = Sandbox()
    code = Code(CodeOptions(partial=True))
    ended = [side_by_side(lambda mb: run(sandbox, mb)), side_by_side(lambda mb: judge(code, mb))]
    if sandbox.live("c"):
        ended.append(side_by_side(lambda mb: build(sandbox, mb)))
    print(json.dumps(ended))
