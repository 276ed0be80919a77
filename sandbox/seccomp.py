"""A seccomp filter as BPF bytes: which system calls no untrusted program needs, and attackers do.

A deny list, on top of namespaces, an unprivileged uid and no capabilities. Every call is refused with EPERM, so that
programs that merely probe go on. ``clone3`` is refused with ENOSYS: its flags lie in memory that a filter cannot read,
and libc then falls back to ``clone``, whose flags it can.
"""

import errno
import platform
import struct
from typing import NamedTuple


class Arch(NamedTuple):
    """An architecture as the kernel names it to a filter, and where its numbers stand in the table."""

    audit: int
    column: int


ARCHES = {"x86_64": Arch(0xC000003E, 0), "aarch64": Arch(0xC00000B7, 1)}

# name: (x86_64, aarch64); None where the architecture has no such call
DENIED: dict[str, tuple[int | None, int | None]] = {
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    # mounts and namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "mknod": (133, None),
    "mknodat": (259, 33),
    # wide kernel interfaces with a history of holes
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "fanotify_init": (300, 262),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "vmsplice": (278, 75),
    # memory that no limit counts without a control group
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    # the machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "syslog": (103, 116),
    "settimeofday": (164, 170),
    "adjtimex": (159, 171),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "iopl": (172, None),
    "ioperm": (173, None),
    "vhangup": (153, 58),
    "lookup_dcookie": (212, 18),
}
# calls that may act on other tasks of the same uid: only on oneself (pid 0)
SELF_ONLY = {"prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119)}
CLONE, CLONE3, SOCKET = (56, 220), 435, (41, 198)
NEW_NAMESPACE = 0x7E020000
"""CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}."""
AF_UNIX = 1
X32 = 0x40000000

LOAD, JUMP_EQ, JUMP_GE, JUMP_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
AT_NUMBER, AT_ARCH, AT_ARG0 = 0, 4, 16


def _op(code: int, k: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, k)


def _unless(number: int, rule: list[bytes]) -> list[bytes]:
    """``rule`` when the call is ``number``; it must return. The call's number is loaded again only by the rule's end."""
    return [_op(JUMP_EQ, number, 0, len(rule)), *rule]


def bpf(machine: str | None = None) -> bytes | None:
    """The filter for ``machine`` (default: this one) as ``struct sock_filter[]``, or None when it is not in the table."""
    arch = ARCHES.get(machine or platform.machine())
    if arch is None:
        return None
    refuse, allow = _op(RETURN, ERRNO | errno.EPERM), _op(RETURN, ALLOW)
    absent = _op(RETURN, ERRNO | errno.ENOSYS)
    ops = [
        _op(LOAD, AT_ARCH),
        _op(JUMP_EQ, arch.audit, 1, 0),
        _op(RETURN, KILL_PROCESS),
        _op(LOAD, AT_NUMBER),
        _op(JUMP_GE, X32, 0, 1),
        absent,
        *_unless(CLONE3, [absent]),
        *_unless(CLONE[arch.column], [_op(LOAD, AT_ARG0), _op(JUMP_SET, NEW_NAMESPACE, 0, 1), refuse, allow]),
        *_unless(SOCKET[arch.column], [_op(LOAD, AT_ARG0), _op(JUMP_EQ, AF_UNIX, 1, 0), refuse, allow]),
    ]
    for numbers in SELF_ONLY.values():
        ops += _unless(numbers[arch.column], [_op(LOAD, AT_ARG0), _op(JUMP_EQ, 0, 1, 0), refuse, allow])
    for numbers in DENIED.values():
        number = numbers[arch.column]
        if number is not None:
            ops += _unless(number, [refuse])
    return b"".join([*ops, allow])
