"""What a run is given, and what is told of it."""

import marshal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import (
    Limits,
    Program,
    Sandbox,
    Status,
)


def test_result_tells_what_happened(sandbox: Sandbox) -> None:
    result = sandbox.run(Program(source="import sys; sys.stdout.write('out'); sys.stderr.write('err'); sys.exit(7)"))
    assert (result.status, result.exit_code, result.signal, result.limit) == (Status.RUNTIME_ERROR, 7, None, None)
    assert (result.stdout, result.stderr) == (b"out", b"err")
    assert result.wall_s > 0
    assert result.isolation.startswith(f"{sandbox.strength}: ")


def test_a_signal_is_told(sandbox: Sandbox) -> None:
    result = sandbox.run(Program(source="import os; os.abort()"))
    assert (result.status, result.exit_code, result.signal) == (Status.RUNTIME_ERROR, None, 6)


def test_the_limit_that_was_hit_is_named(sandbox: Sandbox) -> None:
    spin = sandbox.run(Program(source="while True: pass"), Limits(cpu_s=0.2))
    assert (spin.status, spin.limit) == (Status.TIME_LIMIT, "cpu_s")
    assert spin.cpu_s > 0.2
    sleep = sandbox.run(Program(source="import time; time.sleep(9)"), Limits(wall_s=0.3))
    assert (sleep.status, sleep.limit) == (Status.TIME_LIMIT, "wall_s")


@pytest.mark.parametrize(
    "source", ["x = = 2", "return 3", "def f(:", "\0", "x = '\ud800'", "if True:\nx = 1", "(" * 300]
)
def test_what_is_no_program_does_not_compile(sandbox: Sandbox, source: str) -> None:
    assert sandbox.run(Program(source=source)).status is Status.COMPILE_ERROR


@pytest.mark.parametrize("source", ["exec('x = = 2')", "raise SyntaxError('x')", "import json; json.loads('{')"])
def test_a_failure_while_running_is_no_compile_error(sandbox: Sandbox, source: str) -> None:
    assert sandbox.run(Program(source=source)).status is Status.RUNTIME_ERROR


def test_bytes_pass_unharmed(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 4096
    copy = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    result = sandbox.run(Program(source=copy, stdin=data), Limits(output_kb=2048))
    assert result.stdout == data


def test_large_input_that_is_never_read(sandbox: Sandbox) -> None:
    assert sandbox.run(Program(source="print(1)", stdin=bytes(32 << 20))).stdout == b"1\n"


def test_files_and_arguments(sandbox: Sandbox) -> None:
    source = "import sys, helper; print(sys.argv, helper.x, open('data/a.txt').read()); open('data/b', 'w')"
    program = Program(source=source, files={"helper.py": "x = 5", "data/a.txt": b"hello"}, args=("a b", "$x"))
    assert sandbox.run(program).stdout == b"['main.py', 'a b', '$x'] 5 hello\n"


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", "a\0b"])
def test_files_stay_in_the_working_directory(name: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        Program(files={name: ""})


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="cpu_s"):
        Limits(cpu_s=0)


def test_many_threads_at_once(sandbox: Sandbox) -> None:
    def double(number: int) -> bytes:
        return sandbox.run(Program(source="print(int(input()) * 2)", stdin=str(number).encode())).stdout

    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(double, range(32)))
    assert outputs == [b"%d\n" % (2 * number) for number in range(32)]
    assert threading.active_count() < 8


def test_same_input_same_output(sandbox: Sandbox) -> None:
    source = "print(list({'a', 'b', 'c', 'd'}), hash('x'))"
    assert len({sandbox.run(Program(source=source)).stdout for _ in range(4)}) == 1


def test_unknown_languages_are_refused(usable: Sandbox) -> None:
    with pytest.raises(LookupError, match="cobol"):
        usable.run(Program(language="cobol"))


def test_exit_codes_beyond_a_machine_word_are_a_failure(sandbox: Sandbox) -> None:
    assert sandbox.run(Program(source="import sys; sys.exit(1 << 90)")).exit_code == 255


def test_input_may_be_larger_than_the_scratch(sandbox: Sandbox) -> None:
    count = Program(
        source="import sys, time; print(len(sys.stdin.buffer.read())); time.sleep(0.2)", stdin=bytes(9 << 20)
    )
    assert sandbox.run(count, Limits(disk_mb=4)).stdout == b"9437184\n"


def test_arguments_are_the_program_s_and_not_the_compiler_s(sandbox: Sandbox) -> None:
    count = "int main(int count, char **words) { return count; }"
    result = sandbox.run(Program("c", count, args=("x" * (1 << 20),)))
    assert result.status is Status.RUNTIME_ERROR, result.stderr


def test_a_compiler_that_dies_slowly_is_no_part_of_the_next_run(sandbox: Sandbox) -> None:
    without_end = Program("c", '#include "/dev/urandom"\nint main() {}')
    failed = sandbox.build(without_end, Limits(cpu_s=20, wall_s=60, memory_mb=300, disk_mb=64)).failure
    assert failed and failed.status is Status.MEMORY_LIMIT
    after = sandbox.run(Program(source="print(1)"))
    assert (after.status, after.stdout) == (Status.OK, b"1\n")
    assert after.cpu_s < failed.cpu_s / 2


def test_a_scratch_that_takes_long_to_look_at_is_no_time_limit(sandbox: Sandbox) -> None:
    deep = Program(source="print(1)", files={"/".join(["d"] * 900 + ["file"]): b"x"})
    assert sandbox.run(deep, Limits(wall_s=5)).status is Status.OK


UNCOUNTED = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if os.fork() == 0:
        while time.process_time() < 0.1:
            pass
        os._exit(0)
    try:
        os.wait()
    except ChildProcessError:
        pass
"""


def test_children_that_nobody_waits_for_are_counted(sandbox: Sandbox) -> None:
    if not sandbox.strength.namespaces:
        pytest.skip("no children there")
    assert sandbox.run(Program(source=UNCOUNTED), Limits(cpu_s=0.5, wall_s=25)).limit == "cpu_s"


def test_modules_of_the_caller_s_are_imported_before_the_program(sandbox: Sandbox) -> None:
    code = marshal.dumps(
        compile("count = 41\ndef more():\n    global count\n    count += 1\n    return count", "own.py", "exec")
    )
    program = Program(source="import own; print(own.more())", modules=(("own", code),))
    assert [sandbox.run(program).stdout for _ in range(2)] == [b"42\n"] * 2
    other = sandbox.run(Program(source="import own"))
    assert b"ModuleNotFoundError" in other.stderr


def test_modules_rehearse_before_the_first_run(sandbox: Sandbox) -> None:
    text = "times = 0\ndef rehearse():\n    global times\n    times += 1"
    code = marshal.dumps(compile(text, "own.py", "exec"))
    program = Program(source="import own; print(own.times); own.rehearse()", modules=(("own", code),))
    assert [sandbox.run(program).stdout for _ in range(2)] == [b"1\n", b"1\n"]


def test_rehearsals_leave_nothing_behind(sandbox: Sandbox) -> None:
    source = (
        "import gc, random, sys\n"
        "print(sorted(vars()), sys.argv, sys.stdin.closed, sys.stdout.closed, sys.stdin.fileno(), sys.stdout.fileno())\n"
        "print([c for c in object.__subclasses__() if c.__module__ == '__main__'], random.random(), gc.isenabled())\n"
    )
    first, second = sandbox.run(Program(source=source)).stdout.splitlines()
    names = "['__builtins__', '__doc__', '__file__', '__loader__', '__name__', '__package__', '__spec__', 'gc', 'random', 'sys']"
    assert first.decode() == f"{names} ['main.py'] False False 0 1"
    assert second.decode() == "[] 0.8444218515250481 True"


THREAD_AND_CHILD = r"""
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *run(void *ran) { *(int *) ran = 1; return 0; }
int main(void) {
    pthread_t one;
    int ran = 0;
    if (!pthread_create(&one, 0, run, &ran)) pthread_join(one, 0);
    int child = fork();
    if (child) printf("%d %d", ran, child);
}
"""


def test_threads_and_no_processes(sandbox: Sandbox) -> None:
    result = sandbox.run(Program("c", THREAD_AND_CHILD, threads_only=True))
    assert (result.status, result.stdout) == (Status.OK, b"1 -1"), result
