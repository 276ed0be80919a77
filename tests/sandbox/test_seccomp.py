"""The filter, run by a small interpreter: also for the processor that this machine is not."""

import errno
import struct

import pytest

from sandbox import seccomp
from sandbox.seccomp import ALLOW, ARCHES, DENIED, ERRNO, EXPOSED, KILL_PROCESS, OWN_PID, SELF_ONLY, Profile

REFUSED, ABSENT = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS
FULL, ALONE = Profile(), Profile(exposed=True, threads_only=True, execs=False)
READ = {"x86_64": 0, "aarch64": 63}
CLONE_VM_THREAD, CLONE_NEWUSER = 0x3D0F00, 0x10000000


def decide(
    machine: str, number: int, first: int = 0, audit: int | None = None, second: int = 0, profile: Profile = FULL
) -> int:
    """What the filters return for a call with this number and arguments."""
    found = seccomp.build((profile,), machine)
    assert found is not None
    arch = ARCHES[machine].audit if audit is None else audit
    data = struct.pack("<IIQ6Q", number, arch, 0, first, second, 0, 0, 0, 0)
    return _strictest(*(_run(built.ops, data) for built in (found.slot, *found.runs)))


def _strictest(*answers: int) -> int:
    """As the kernel takes it, of those that our filters give."""
    return max(answers, key=[ALLOW, ABSENT, ERRNO, REFUSED, ERRNO | errno.EAGAIN, KILL_PROCESS].index)


def _run(program: bytes, data: bytes) -> int:
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
        if code == seccomp.AND:
            accumulator &= k
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
    assert seccomp.build((Profile(),), "riscv64") is None


def test_no_number_stands_twice() -> None:
    for column in (0, 1):
        numbers = [both[column] for both in (*DENIED.values(), *EXPOSED.values()) if both[column] is not None]
        assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("machine", ARCHES)
def test_without_namespaces_more_is_refused(machine: str) -> None:
    column = ARCHES[machine].column
    numbers = [both[column] for table in (DENIED, EXPOSED, seccomp.EXECS) for both in table.values()]
    known = [number for number in numbers if number is not None]
    assert [number for number in known if decide(machine, number, profile=ALONE) != REFUSED] == []
    assert decide(machine, seccomp.SOCKET[column], seccomp.AF_UNIX, profile=ALONE) == REFUSED
    assert decide(machine, seccomp.SOCKETPAIR[column], seccomp.AF_UNIX, profile=ALONE) == ALLOW


@pytest.mark.parametrize("machine", ARCHES)
def test_threads_and_no_children(machine: str) -> None:
    clone = seccomp.CLONE[ARCHES[machine].column]
    assert decide(machine, clone, CLONE_VM_THREAD, profile=ALONE) == ALLOW
    assert decide(machine, clone, 17, profile=ALONE) == ERRNO | errno.EAGAIN
    assert decide(machine, clone, CLONE_NEWUSER | 0x10000, profile=ALONE) == REFUSED


@pytest.mark.parametrize("machine", ARCHES)
def test_signals_to_oneself_only(machine: str) -> None:
    for numbers in seccomp.SIGNALS.values():
        number = numbers[ARCHES[machine].column]
        assert decide(machine, number, OWN_PID, profile=ALONE) == ALLOW
        assert all(decide(machine, number, pid, profile=ALONE) == REFUSED for pid in (0, 1, 4711))
    built = seccomp.build((ALONE,), machine)
    assert built is not None
    assert len(built.runs[0].own_pid) == len(seccomp.SIGNALS)
    assert built.slot.own_pid == ()


@pytest.mark.parametrize("machine", ARCHES)
def test_calls_refused_by_their_second_argument(machine: str) -> None:
    column = ARCHES[machine].column
    for call, values in ((seccomp.FCNTL, seccomp.BAD_FCNTLS), (seccomp.IOCTL, seccomp.BAD_IOCTLS)):
        assert all(decide(machine, call[column], 1, second=value) == REFUSED for value in values)
        assert decide(machine, call[column], 1, second=3) == ALLOW


@pytest.mark.parametrize("machine", ARCHES)
def test_of_all_nodes_only_fifos_are_made(machine: str) -> None:
    number = seccomp.MAKE_NODE["mknod"][ARCHES[machine].column]
    if number is not None:
        assert decide(machine, number, second=0o010644) == ALLOW
        assert all(
            decide(machine, number, second=kind | 0o644) == REFUSED for kind in (0o020000, 0o060000, 0o140000, 0o100000)
        )


@pytest.mark.parametrize("machine", ARCHES)
def test_the_machine_s_disks_are_not_waited_for(machine: str) -> None:
    for numbers in seccomp.WHOLE_DISKS.values():
        assert decide(machine, numbers[ARCHES[machine].column]) == ERRNO


@pytest.mark.parametrize("machine", ARCHES)
def test_what_is_shared_with_the_slot_adds_up_to_the_same(machine: str) -> None:
    profiles = ALONE, Profile(exposed=True, threads_only=True), Profile(exposed=True)
    together = seccomp.build(profiles, machine)
    assert together is not None
    for profile, run in zip(profiles, together.runs, strict=True):
        for number in range(512):
            for first in (0, 17, CLONE_NEWUSER):
                data = struct.pack("<IIQ6Q", number, ARCHES[machine].audit, 0, first, 1, 0, 0, 0, 0)
                answer = _strictest(_run(together.slot.ops, data), _run(run.ops, data))
                assert answer == decide(machine, number, first, second=1, profile=profile)


@pytest.mark.parametrize("machine", ARCHES)
def test_a_slot_may_do_what_it_does_for_its_programs(machine: str) -> None:
    column = ARCHES[machine].column
    built = seccomp.build((FULL, ALONE), machine)
    assert built is not None
    for both in seccomp.BY_SLOTS:
        if both[column] is not None:
            data = struct.pack("<IIQ6Q", both[column], ARCHES[machine].audit, 0, 17, 0, 0, 0, 0, 0)
            assert _run(built.slot.ops, data) == ALLOW
