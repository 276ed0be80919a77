"""The filter, run by a small interpreter: also for the processor that this machine is not."""

import errno
import struct

import pytest

from sandbox import seccomp
from sandbox.seccomp import ALLOW, ARCHES, DENIED, ERRNO, KILL_PROCESS, SELF_ONLY

REFUSED, ABSENT = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
READ = {"x86_64": 0, "aarch64": 63}
CLONE_VM_THREAD, CLONE_NEWUSER = 0x3D0F00, 0x10000000


def decide(machine: str, number: int, first: int = 0, audit: int | None = None) -> int:
    """What the filter returns for a call with this number and first argument."""
    program = seccomp.bpf(machine)
    assert program is not None
    arch = ARCHES[machine].audit if audit is None else audit
    data = struct.pack("<IIQ6Q", number, arch, 0, first, 0, 0, 0, 0, 0)
    ops = list(struct.iter_unpack("=HBBI", program))
    at = accumulator = 0
    while True:
        code, if_true, if_false, k = ops[at]
        at += 1
        if code == seccomp.RETURN:
            return k
        if code == seccomp.LOAD:
            accumulator = struct.unpack_from("<I", data, k)[0]
            continue
        if code == seccomp.JUMP:
            at += k
            continue
        jumps = {
            seccomp.JUMP_EQ: accumulator == k,
            seccomp.JUMP_GE: accumulator >= k,
            seccomp.JUMP_SET: bool(accumulator & k),
        }
        at += if_true if jumps[code] else if_false


@pytest.mark.parametrize("machine", ARCHES)
def test_every_denied_call_is_refused(machine: str) -> None:
    column = ARCHES[machine].column
    numbers = {name: both[column] for name, both in DENIED.items()}
    assert {
        name for name, number in numbers.items() if number is not None and decide(machine, number) != REFUSED
    } == set()
    assert decide(machine, READ[machine]) == ALLOW


@pytest.mark.parametrize("machine", ARCHES)
def test_threads_and_children_but_no_namespaces(machine: str) -> None:
    clone = seccomp.CLONE[ARCHES[machine].column]
    assert decide(machine, clone, CLONE_VM_THREAD) == ALLOW
    assert decide(machine, clone, 17) == ALLOW
    assert decide(machine, clone, CLONE_NEWUSER | 17) == REFUSED
    assert decide(machine, seccomp.CLONE3) == ABSENT


@pytest.mark.parametrize("machine", ARCHES)
def test_calls_on_oneself_only(machine: str) -> None:
    for numbers in SELF_ONLY.values():
        number = numbers[ARCHES[machine].column]
        assert (decide(machine, number, 0), decide(machine, number, 1)) == (ALLOW, REFUSED)


@pytest.mark.parametrize("machine", ARCHES)
def test_sockets_of_the_machine_only(machine: str) -> None:
    socket = seccomp.SOCKET[ARCHES[machine].column]
    assert decide(machine, socket, seccomp.AF_UNIX) == ALLOW
    assert all(decide(machine, socket, family) == REFUSED for family in range(2, 64))


def test_other_conventions_of_calling_are_no_way_around() -> None:
    assert decide("x86_64", READ["x86_64"], audit=0x40000003) == KILL_PROCESS
    assert decide("x86_64", seccomp.X32 + 101) == ABSENT
    assert decide("aarch64", 63, audit=0xC000003E) == KILL_PROCESS


def test_no_table_no_filter() -> None:
    assert seccomp.bpf("riscv64") is None


def test_no_number_stands_twice() -> None:
    for column in (0, 1):
        numbers = [both[column] for both in DENIED.values() if both[column] is not None]
        assert len(numbers) == len(set(numbers))
