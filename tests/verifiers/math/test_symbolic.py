"""Questions to sympy: each is answered as if it were the first, within its budget, or by an error that says whose fault it is."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests import scarce
from tests.procfs import alive, children, command, cpu_s, youngest
from verifier.errors import ServiceFault
from verifier.schema import Sample
from verifier.verifiers.math import Math, MathOptions
from verifier.verifiers.math.symbolic import client as client_module
from verifier.verifiers.math.symbolic.client import Allowance, Client, Spent

TOWERS = ["apply", "^", ["number", 9, 1], ["number", 10**9, 1]]
SQUARE = ["apply", "^", ["symbol", "x"], ["number", 2, 1]]
SLOW = {"do": "compare", "reference": {"tree": TOWERS}, "answer": {"tree": ["number", 1, 1]}}
INTEGRAL = ["apply", "integral", SQUARE, ["symbol", "x"], ["number", 0, 1], ["number", 1, 1]]
EASY = {"do": "compare", "reference": {"tree": INTEGRAL}, "answer": {"tree": ["number", 1, 3]}}
COSTLY = {"do": "compare", "reference": {"latex": r"\int \frac{1}{1+x^4} dx"}, "answer": {"latex": "x"}}
LARGE = {"do": "compare", "reference": {"latex": r"\int \frac{1}{x^{50000000}+1} dx"}, "answer": {"latex": "x"}}
SAMPLE = Sample(answer="1/3", completion=r"\boxed{\int_0^1 x^2\,dx}")
IMPORTS = """
import json, sys
from verifier.verifiers.math.symbolic import algebra
algebra.wall_off()
algebra.warm_up()
known = set(sys.modules)
for line in sys.stdin:
    algebra.answer({"do": "compare", **{side: {"latex": text} for side, text in json.loads(line).items()}})
print(*sorted(set(sys.modules) - known))
"""


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.close()


def test_a_question_over_its_cpu_budget_is_killed_and_the_next_is_answered(client: Client) -> None:
    for _ in range(2):
        with pytest.raises(Spent, match=r"CPU seconds|MiB"):
            client.ask(SLOW, Allowance(0.3))
        assert client.ask(EASY, Allowance(2.0))["equal"] is True


def test_an_allowance_is_spent_once(client: Client) -> None:
    allowance = Allowance(0.3)
    with pytest.raises(Spent):
        client.ask(SLOW, allowance)
    with pytest.raises(Spent, match="used up"):
        client.ask(EASY, allowance)


def test_many_answers_share_one_allowance(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[float] = []

    def spend(self: Client, request: dict[str, Any], allowance: Allowance) -> dict[str, Any]:
        allowed.append(allowance.left)
        allowance.left = 0.0
        raise Spent("all of it")

    monkeypatch.setattr(Client, "ask", spend)
    boxes = " and ".join(rf"\boxed{{\int_0^\infty \frac{{\sin^{{{k}}} x}}{{x^{{{k}}}+1}} dx}}" for k in range(5, 15))
    assert Math(MathOptions()).verify(Sample(answer="5", completion=boxes)).value == 0.0
    assert sum(allowed) <= 2 * MathOptions().symbolic_cpu_s  # among themselves, and with the reference


def test_what_was_asked_before_makes_no_question_cheaper(client: Client) -> None:
    assert client.ask(COSTLY, Allowance(10.0))["equal"] is False
    with pytest.raises(Spent):
        client.ask(COSTLY, Allowance(0.05))


def test_no_question_pays_for_an_import() -> None:
    questions = Path(__file__).with_name("questions.jsonl").read_text(encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", IMPORTS], input=questions, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# Others at the machine


def test_a_zygote_that_was_killed_is_replaced(client: Client) -> None:
    for _ in range(2):
        assert client.ask(EASY, Allowance(2.0))["equal"] is True
        os.kill(zygote(), signal.SIGKILL)


def test_a_worker_ends_with_its_zygote(client: Client) -> None:
    client.start()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.ask, SLOW, Allowance(2.0))
        orphan = worker(asked, set())
        os.kill(zygote(), signal.SIGKILL)
        until(lambda: not alive(orphan))
        with pytest.raises(Spent):
            asked.result()


def test_a_worker_that_was_killed_has_not_spent_its_budget(client: Client) -> None:
    client.start()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.ask, SLOW, Allowance(10.0))
        killed: set[int] = set()
        for _ in range(2):  # it is asked once more
            killed.add(pid := worker(asked, killed))
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ServiceFault):
            asked.result()


def test_a_question_that_needs_more_memory_than_there_is_has_spent_its_own() -> None:
    with scarce.memory(mb=460) as group:
        program = (
            f"import os; open({str(group / 'cgroup.procs')!r}, 'w').write(str(os.getpid()))\n"
            "from verifier.verifiers.math.symbolic import client\n"
            "from verifier.verifiers.math.symbolic.client import CLIENT, Allowance, Spent\n"
            "client.SYMBOLIC_WALL_S = 120.0\n"
            f"try: CLIENT.ask({LARGE!r}, Allowance(60.0))\n"
            "except Spent as spent: print(spent)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "more than 1024 MiB in sympy\n"


def test_a_zygote_that_was_stopped_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.ask(EASY, Allowance(2.0))["equal"] is True
    stopped = zygote()
    os.kill(stopped, signal.SIGSTOP)
    with monkeypatch.context() as patch, pytest.raises(ServiceFault):
        patch.setattr(client_module, "START_S", 0.0)
        patch.setattr(client_module, "SYMBOLIC_WALL_S", 0.2)
        client.ask(EASY, Allowance(2.0))
    assert client.ask(EASY, Allowance(2.0))["equal"] is True
    assert zygote() != stopped


def test_a_worker_ends_when_nobody_waits_for_its_reply(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.ask(EASY, Allowance(2.0))["equal"] is True
    monkeypatch.setattr(client_module, "SYMBOLIC_WALL_S", 0.5)
    monkeypatch.setattr(client_module, "START_S", 60.0)
    with pytest.raises(ServiceFault):
        client.ask(SLOW, Allowance(60.0))
    until(lambda: not children(zygote()))


def test_the_zygote_ends_with_those_who_could_ask() -> None:
    program = (
        "import os, sys; from verifier.verifiers.math.symbolic.client import CLIENT, Allowance\n"
        f"CLIENT.ask({EASY!r}, Allowance(2.0))\n"
        "print(open(f'/proc/self/task/{os.getpid()}/children').read(), flush=True); os._exit(0)"
    )
    pid = int(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)
    until(lambda: not alive(pid))


@pytest.mark.parametrize("call", ["thread", "loop"])
def test_it_works_from_any_thread_and_loop(call: str) -> None:
    def once(_: int = 0) -> float | None:
        return Math(MathOptions()).verify(SAMPLE).value

    async def inside() -> float | None:
        return once()

    if call == "thread":
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(once, range(8))) == [1.0] * 8
    else:
        assert asyncio.run(asyncio.wait_for(asyncio.to_thread(once), 60)) == 1.0
        assert asyncio.run(inside()) == 1.0


def test_forked_processes_ask_the_zygote_of_their_parent() -> None:
    program = (
        "import os\nfrom verifier.verifiers.math.symbolic.client import CLIENT, Allowance\n"
        f"def once(): return CLIENT.ask({EASY!r}, Allowance(2.0))['equal'] is True\n"
        "CLIENT.start()\n"
        "pid = os.fork()\n"
        "if not pid:\n"
        "    inherited = once() and not open(f'/proc/self/task/{os.getpid()}/children').read()\n"
        "    CLIENT.close()\n"
        "    os._exit(0 if inherited and once() else 3)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0\n"
        "assert once()\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=120)


def zygote() -> int:
    """The one that is a child of this process; the youngest, as others may belong to other tests."""
    return youngest([pid for pid in children(os.getpid()) if "zygote.py" in command(pid)])


def worker(asked: "Future[dict[str, Any]]", killed: set[int]) -> int:
    """A worker of the zygote that is at work on the question."""
    deadline = time.monotonic() + 60
    while not asked.done() and time.monotonic() < deadline:
        for pid in set(children(zygote())) - killed:
            if cpu_s(pid) > 0.1 and alive(pid):
                return pid
        threading.Event().wait(0.02)
    raise AssertionError("no worker")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        threading.Event().wait(0.02)
