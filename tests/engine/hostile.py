"""Verifiers that misbehave in every way that real ones have. Registered as a plugin by the tests of the engine.

What each does depends on the completion: anything but the name of a misdeed is judged at once, and is right if it is "good".
"""

import ctypes
import os
import subprocess
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from verifier.errors import ServiceFault, Unjudgeable
from verifier.registry import Answer, Budget, Comparison, Verifier, Votes, verifier
from verifier.schema import Sample, Score


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")
    pid_file: str = ""
    patience_s: float = 1.0


@verifier("hostile")
class Hostile(Verifier[Options]):
    """Misbehaves as the completion asks."""

    Options = Options

    def budget(self, sample: Sample) -> Budget:
        return Budget(cpu_s=0.3, wall_s=self.options.patience_s)

    def verify(self, sample: Sample) -> Score:
        misdeed = getattr(self, f"do_{sample.text.replace(' ', '_')}", None)
        if sample.text == "babble":
            return Score.of(1.0, "judged", detail={"object": object()})
        if sample.text == "number":
            return 1.0  # pyright: ignore[reportReturnType]
        if misdeed is not None:
            misdeed(sample)
        return Score.of(float(sample.text == "good"), "judged")

    def do_spin(self, sample: Sample) -> None:
        """Spins in C code that holds the interpreter's lock and checks for no signal."""
        sum(range(10**12))

    def do_sleep(self, sample: Sample) -> None:
        time.sleep(60)

    def do_allocate(self, sample: Sample) -> None:
        hoard: list[bytearray] = []
        while True:
            hoard.append(bytearray(16 << 20))

    def do_hoard(self, sample: Sample) -> None:
        """Fills memory to the last byte with small objects, so that nothing is left to report it with."""
        hoard: list[bytes] = []
        while True:
            hoard.append(os.urandom(8) * 8)

    def do_burn(self, sample: Sample) -> None:
        """Ends by itself, over its budget."""
        until = time.process_time() + 0.5
        while time.process_time() < until:
            pass

    def do_toil(self, sample: Sample) -> None:
        """Needs little CPU time, and gets less, on a processor that others are using."""
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass

    def do_blunder(self, sample: Sample) -> None:
        """Fails with something in hand that takes longer to print than its budget allows."""
        deep: list[object] = []
        for _ in range(500):
            deep = [deep, deep]
        raise ZeroDivisionError

    def do_recurse(self, sample: Sample) -> None:
        self.do_recurse(sample)

    def do_exit(self, sample: Sample) -> None:
        os._exit(0)

    def do_crash(self, sample: Sample) -> None:
        ctypes.string_at(0)

    def do_raise(self, sample: Sample) -> None:
        raise ZeroDivisionError("a bug")

    def do_unjudgeable(self, sample: Sample) -> None:
        raise Unjudgeable("a bad reference")

    def do_fault(self, sample: Sample) -> None:
        raise ServiceFault("judge unreachable")

    def do_fork(self, sample: Sample) -> None:
        """Leaves children behind: one in its session, one in a session of its own, one orphaned at birth. Then hangs."""
        script = 'echo $$ >> "$PID_FILE"; exec sleep 300'
        env = {**os.environ, "PID_FILE": self.options.pid_file}
        subprocess.Popen(["sh", "-c", script], env=env)
        subprocess.Popen(["sh", "-c", script], env=env, start_new_session=True)
        subprocess.Popen(["sh", "-c", f"setsid sh -c '{script}' &"], env=env).wait()
        while len(Path(self.options.pid_file).read_text(encoding="ascii").split()) % 3:
            time.sleep(0.01)
        time.sleep(60)

    def do_long_nap(self, sample: Sample) -> None:
        time.sleep(30)

    def do_nap(self, sample: Sample) -> None:
        time.sleep(0.2)

    def do_nod(self, sample: Sample) -> None:
        time.sleep(0.02)


@verifier("hostile-vote")
class HostileVote(Hostile, Votes):
    """Votes by the whole completion. ``find spin`` spins while its answer is found, ``compare spin`` while it is compared."""

    def final_answer(self, sample: Sample) -> Answer:
        when, _, misdeed = sample.text.partition(" ")
        if when == "find":
            self.verify(Sample(completion=misdeed))
        if misdeed == "babble":
            return Answer("\ud800", sample.text, "the completion")
        return Answer(sample.text, sample.text, "the completion")

    def comparison(self) -> Comparison:
        return HostileComparison(self)


class HostileComparison(Comparison):
    """Misbehaves over answers that ask for it."""

    def __init__(self, hostile: Hostile) -> None:
        self._hostile = hostile

    def quick(self, one: Answer, other: Answer) -> bool | None:
        return None

    def thorough(self, one: Answer, other: Answer) -> bool | None:
        for answer in (one, other):
            when, _, misdeed = answer.text.partition(" ")
            if when == "compare":
                self._hostile.verify(Sample(completion=misdeed))
        return False


@verifier("good")
class Good(Verifier[Options]):
    """Judges at once: the other score beside a hostile one."""

    Options = Options

    def verify(self, sample: Sample) -> Score:
        return Score.of(1.0, "judged")
