"""The verifier as a whole: scores, explanations, and the three kinds of failure kept apart."""

import json
import shutil
import threading
import time
from typing import Any

import pytest

from sandbox import ROOM_S, Program, Result, Sandbox, SandboxError, Status
from sandbox.admission import Admission, most_at_once
from verifier.errors import SandboxFault, Unjudgeable
from verifier.schema import Sample, Score
from verifier.verifiers.code import Code, CodeOptions, dialogue

DOUBLE = "print(2 * int(input()))"


def grade(completion: str, tests: dict[str, Any] | None, prompt: str | None = None, **options: Any) -> Score:
    sample = Sample.model_validate({"completion": completion, "tests": tests, "prompt": prompt})
    return Code(CodeOptions(**options)).verify(sample)


def fenced(program: str, tag: str = "python") -> str:
    return f"Here you are:\n```{tag}\n{program}\n```\nDone."


def stdio(*pairs: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"type": "stdio", "cases": [{"stdin": stdin, "stdout": stdout} for stdin, stdout in pairs], **more}


def asserts(code: str, **more: Any) -> dict[str, Any]:
    return {"type": "assert", "code": code, **more}


def test_explanation_for_a_person() -> None:
    score = grade(fenced(DOUBLE), stdio(("1", "2"), ("3", "5"), ("4", "8")))
    assert score.value == 0.0
    assert score.explanation == "wrong answer on test 2 of 3: expected '5', got '6'"
    assert score.extracted is not None
    assert score.extracted.strip() == DOUBLE
    assert score.detail["passed"] == 1
    assert score.detail["total"] == 3


def test_explanation_of_an_assertion() -> None:
    score = grade(fenced("def add(a, b): return a * b"), asserts("assert add(2, 2) == 4\nassert add(1, 2) == 3"))
    assert score.explanation == "wrong answer on test 2 of 2: assert add(1, 2) == 3; add(1, 2) returned 2"


def test_share_of_tests() -> None:
    tests = stdio(("1", "2"), ("3", "5"), ("4", "8"), ("x", "0"))
    score = grade(fenced(DOUBLE), tests, partial=True)
    assert score.value == 0.5
    assert [test["verdict"] for test in score.detail["tests"]] == [
        "accepted",
        "wrong answer",
        "accepted",
        "runtime error",
    ]


def test_share_of_assertions_goes_on_after_the_program_died() -> None:
    program = "import os\ndef f(n):\n    if n == 1: os._exit(0)\n    return n"
    score = grade(
        fenced(program), asserts("assert f(0) == 0\nassert f(1) == 1\nassert f(2) == 2\nassert f(3) == 0"), partial=True
    )
    assert [test["verdict"] for test in score.detail["tests"]] == [
        "accepted",
        "runtime error",
        "accepted",
        "wrong answer",
    ]
    assert score.value == 0.5


def test_share_of_function_cases_goes_on_after_the_program_died() -> None:
    program = "def f(n):\n    while n == 1: pass\n    return n"
    cases = [{"args": [n], "expected": n} for n in range(3)]
    score = grade(fenced(program), {"type": "function", "entry_point": "f", "cases": cases}, partial=True, cpu_s=0.3)
    assert [test["verdict"] for test in score.detail["tests"]] == ["accepted", "time limit", "accepted"]


def test_the_first_failure_ends_it_unless_asked_otherwise() -> None:
    tests = stdio(("1", "3"), ("2", "4"))
    assert len(grade(fenced(DOUBLE), tests).detail["tests"]) == 1
    assert len(grade(fenced(DOUBLE), tests, stop_at_first=False).detail["tests"]) == 2


def test_waiting_for_room_is_not_the_program_s_time() -> None:
    taken = threading.Event()
    grade(fenced(DOUBLE), stdio(("1", "2")))  # so that a slot is warm

    def fill(seconds: float) -> None:
        with Admission(most_at_once()).enter(alone=True):
            taken.set()
            time.sleep(seconds)

    other = threading.Thread(target=fill, args=(4.0,))
    other.start()
    assert taken.wait(60)
    score = grade(fenced(DOUBLE), stdio(("1", "2"), ("2", "4")), total_s=3.5)
    other.join()
    assert score.value == 1.0, score


def test_no_program_is_worth_nothing() -> None:
    score = grade("I do not know.", stdio(("", "")))
    assert (score.value, score.explanation) == (0.0, "no python program found in the answer")


def test_only_the_answer_pays() -> None:
    right = fenced(DOUBLE)
    assert grade(f"<think>{right}</think>I give up.", stdio(("1", "2"))).value == 0.0
    assert grade(f"<think>{right}", stdio(("1", "2"))).value == 0.0
    assert grade(f"<think>hm</think><answer>{right}</answer>", stdio(("1", "2"))).value == 1.0
    assert grade(f"{right}<answer>{fenced('print(0)')}</answer>", stdio(("1", "2"))).value == 0.0


def test_other_languages() -> None:
    score = grade(fenced("read x; echo $((2 * x))", "bash"), stdio(("4", "8"), language="bash"))
    assert score.value == 1.0


def test_compile_errors_of_compilers() -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    score = grade(fenced("int main(void) { return x; }", "c"), stdio(("", ""), ("", ""), language="c"))
    assert score.value == 0.0
    assert score.explanation.startswith("compile error on test 1 of 2")


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        (None, "no tests"),
        (stdio(("", ""), language="cobol"), "cobol"),
        (asserts("assert f( == 1"), "does not parse"),
        (asserts("assert f() == 1", setup="x ="), "setup"),
        (asserts("x = 1"), "no test"),
        (asserts("import no_such_module\nassert f() == 1"), "no_such_module"),
        (asserts("import sys\nsys.exit(0)\nassert f() == 1"), "SystemExit"),
        (asserts("assert f() == 1", type="pytest"), "pytest"),
        (asserts("def test_f(): assert f() == 1", type="unittest"), "unittest"),
        (asserts("def test_f(nowhere): assert f() == 1", type="pytest"), "nowhere"),
        (asserts("import no_such_module\nassert f() == 1", isolation="shared"), "no_such_module"),
        (asserts("int main() {}", language="c", isolation="isolated"), "share"),
        (asserts("int f();", language="c"), "main"),
        (stdio(("", ""), interactor={"code": "x ="}), "interactor"),
        ({"type": "function", "entry_point": "f", "signature": "f(x)", "cases": [{"expected": 1}]}, "signature"),
        (stdio(("", ""), limits={"memory_mb": 1 << 20}), "maximum"),
        (stdio(("", ""), files={"../x": ""}), "files"),
        (stdio(("", "1"), checker={"code": "x ="}), "checker"),
        (stdio(("", "1"), checker={"code": "x", "language": "cobol"}), "checker"),
    ],
)
def test_what_cannot_be_judged(tests: dict[str, Any] | None, why: str) -> None:
    with pytest.raises(Unjudgeable, match=why):
        grade(fenced("def f(): return 1\nprint(f())"), tests)


@pytest.mark.parametrize(
    "program", ["raise ImportError('x')", "import no_such", "def f(): import no_such", "def f(): raise ImportError"]
)
def test_a_program_cannot_make_its_tests_unjudgeable(program: str) -> None:
    assert grade(fenced(program), asserts("assert f() == 1")).value == 0.0


@pytest.mark.parametrize("line", ["from solution import f, g", "import solution\nf = solution.f\ng = solution.g"])
@pytest.mark.parametrize("isolation", ["isolated", "shared"])
def test_what_a_program_lacks_is_its_own_fault(line: str, isolation: str) -> None:
    tests = asserts(f"{line}\nassert f() == g() == 1", isolation=isolation)
    assert grade(fenced("def f(): return 1"), tests).value == 0.0
    score = grade(fenced("def f(): return 1\ndef g(): return 1"), tests)
    assert (score.value, score.detail["isolation"]) == (1.0, isolation)


def test_our_fault_is_an_error_after_one_more_try(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[Program] = []

    def broken(self: Sandbox, program: Program, limits: object = None) -> Result:
        tries.append(program)
        return Result(Status.SANDBOX_ERROR, detail="out of order")

    monkeypatch.setattr(Sandbox, "run", broken)
    with pytest.raises(SandboxFault, match="out of order"):
        grade(fenced(DOUBLE), stdio(("1", "2")))
    assert len(tries) == 2


def test_our_passing_fault_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Sandbox.open
    tries: list[object] = []

    def once(self: Sandbox, program: Program, limits: Any = None) -> Any:
        tries.append(program)
        if len(tries) == 1:
            raise SandboxError("a hiccup")
        return whole(self, program, limits)

    monkeypatch.setattr(Sandbox, "open", once)
    assert grade(fenced("def f(): return 1"), asserts("assert f() == 1")).value == 1.0


def test_a_harness_that_does_not_start_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Program:
        return Program(source="1/0")

    monkeypatch.setattr(dialogue, "_program", broken)
    with pytest.raises(SandboxFault, match="ZeroDivisionError"):
        grade(fenced("def f(): return 1"), asserts("assert f() == 1"))


@pytest.mark.parametrize("kind", ["stdio", "function", "assert"])
def test_slowness_buys_no_error(kind: str) -> None:
    by_kind: dict[str, dict[str, Any]] = {
        "stdio": stdio(*[("", "")] * 50),
        "function": {"type": "function", "entry_point": "f", "cases": [{"args": [], "expected": None}] * 50},
        "assert": asserts("assert f() is None\n" * 50),
    }
    program = "import time\ndef f(): time.sleep(0.2)\nif __name__ == '__main__': f()"
    score = grade(fenced(program), by_kind[kind], total_s=0.7, stop_at_first=False)
    assert score.value == 0.0
    assert "time limit" in score.explanation
    assert score.detail["total"] == 50


def test_the_budget_covers_the_tests_and_waiting_for_room_twice() -> None:
    sample = Sample.model_validate({"completion": "", "tests": stdio(("", ""))})
    assert Code(CodeOptions(total_s=30)).budget(sample).wall_s > 2 * (30 + ROOM_S)


def test_limits_of_the_sample_count() -> None:
    program = "x = bytearray(200 << 20)\nprint(1)"
    assert grade(fenced(program), stdio(("", "1"))).value == 1.0
    small = grade(fenced(program), stdio(("", "1"), limits={"memory_mb": 64}))
    assert small.explanation.startswith("memory limit on test 1 of 1")


def test_verdicts_are_the_same_each_time() -> None:
    tests = asserts("assert sorted(f('abc')) == ['a', 'b', 'c']\nassert list(f('xyz')) == list(f('xyz'))")
    scores = [grade(fenced("def f(s): return set(s)"), tests) for _ in range(3)]
    assert len({json.dumps([s.value, s.explanation]) for s in scores}) == 1


def test_large_values_travel() -> None:
    tests = asserts("data = list(range(50_000))\nassert f(data)[-1] == 49_999 and f(data) == data")
    assert grade(fenced("def f(x): return x"), tests, output_kb=4096, cpu_s=10).value == 1.0


def test_a_reply_over_the_output_limit_is_the_program_s_fault() -> None:
    score = grade(fenced("def f(): return list(range(10 ** 6))"), asserts("assert f() == []"), output_kb=64)
    assert score.explanation.startswith("output limit on test 1 of 1")


def test_arguments_come_back_whatever_their_size() -> None:
    tests = asserts("data = list(range(30_000))\nreverse(data)\nassert data[0] == 29_999")
    assert grade(fenced("def reverse(x): x.reverse()"), tests, output_kb=64, cpu_s=10).value == 1.0


@pytest.mark.parametrize("kind", ["function", "assert"])
def test_memory_of_a_called_function(kind: str) -> None:
    cases: dict[str, Any] = {"type": "function", "entry_point": "f", "cases": [{"args": [], "expected": 1}]}
    for program in ("def f(): return len(bytearray(1 << 62))", "def f(): return len([0] * (1 << 28))"):
        score = grade(
            fenced(program), asserts("assert f() == 1") if kind == "assert" else cases, memory_mb=64, cpu_s=10
        )
        assert score.explanation.startswith("memory limit on test 1 of 1"), score


def test_an_endless_iterator_ends() -> None:
    start = time.monotonic()
    score = grade(fenced("from itertools import count as f"), asserts("assert list(f()) == []"), cpu_s=0.3, wall_s=1)
    assert score.value == 0.0
    assert time.monotonic() - start < 60
