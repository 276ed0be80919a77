"""Conversations with sandboxed programs."""

import pytest

from sandbox import Ended, Limits, Program, Sandbox, Status

ECHO = "import sys\nfor line in sys.stdin:\n    sys.stdout.write(line.upper())\n    sys.stdout.flush()\n"


def test_request_and_response(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source=ECHO, stdin=b"first\n")) as session:
        assert session.receive(6) == b"FIRST\n"
        for word in (b"one\n", b"two\n"):
            session.send(word)
            assert session.receive(4) == word.upper()
        assert session.alive
        assert session.finish().status is not Status.SANDBOX_ERROR
        assert not session.alive


def test_large_messages_both_ways_do_not_block(sandbox: Sandbox) -> None:
    source = "import os\nwhile data := os.read(0, 65536):\n    os.write(1, data)\n"
    message = bytes(range(256)) * 8192
    with sandbox.open(Program(source=source), Limits(output_kb=4096)) as session:
        session.send(message)
        assert session.receive(len(message)) == message


def test_an_early_end_is_told(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="import sys; sys.stdout.write('ab'); sys.exit(0)")) as session:
        assert session.receive(2) == b"ab"
        with pytest.raises(Ended):
            session.receive(1)
        assert (session.finish().status, session.finish().exit_code) == (Status.OK, 0)


def test_what_was_written_before_the_end_can_be_received(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="import os; os.write(1, b'x' * 50000); os._exit(3)")) as session:
        with pytest.raises(Ended):
            session.receive(50_001)
        assert session.receive(50_000) == b"x" * 50_000
        assert session.finish().exit_code == 3


def test_silence_is_over_the_wall_limit(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="import time; time.sleep(60)"), Limits(wall_s=0.3)) as session:
        with pytest.raises(Ended):
            session.receive(1)
        assert (session.finish().status, session.finish().limit) == (Status.TIME_LIMIT, "wall_s")


def test_an_allowance_is_narrower_than_the_limits(sandbox: Sandbox) -> None:
    source = "import sys\nsys.stdin.readline()\nprint('ok', flush=True)\nsys.stdin.readline()\nwhile True: pass"
    with sandbox.open(Program(source=source), Limits(cpu_s=60, wall_s=60)) as session:
        session.allow(cpu_s=5, wall_s=5)
        session.send(b"\n")
        assert session.receive(3) == b"ok\n"
        session.allow(cpu_s=0.2, wall_s=5)
        session.send(b"\n")
        with pytest.raises(Ended):
            session.receive(1)
        result = session.finish()
    assert (result.status, result.limit) == (Status.TIME_LIMIT, "cpu_s")
    assert result.cpu_s < 5


def test_a_flood_is_over_the_output_limit(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="while True: print('x' * 1000)"), Limits(output_kb=64)) as session:
        with pytest.raises(Ended):
            session.receive(1 << 20)
        assert session.finish().status is Status.OUTPUT_LIMIT


def test_sending_to_the_dead_is_harmless(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source="pass")) as session:
        with pytest.raises(Ended):
            session.receive(1)
        session.send(b"anyone?")
        assert session.finish().status is Status.OK


def test_leaving_the_conversation_ends_the_program(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source=ECHO)) as session:
        session.send(b"a\n")
        assert session.receive(2) == b"A\n"
    assert not session.alive


def test_usage_grows(sandbox: Sandbox) -> None:
    source = "import sys\nfor line in sys.stdin:\n    sum(range(20_000_000))\n    print('done', flush=True)\n"
    with sandbox.open(Program(source=source), Limits(cpu_s=20)) as session:
        session.send(b"\n")
        assert session.receive(5) == b"done\n"
        assert session.usage.cpu_s >= 0.01


def test_two_conversations_at_once(sandbox: Sandbox) -> None:
    with sandbox.open(Program(source=ECHO)) as one, sandbox.open(Program(source=ECHO)) as two:
        one.send(b"a\n")
        two.send(b"b\n")
        assert (two.receive(2), one.receive(2)) == (b"B\n", b"A\n")
