"""A seccomp filter as BPF bytes: which system calls no untrusted program needs, and attackers do.

A deny list, on top of other walls. Every call is refused with EPERM, so that programs that merely probe go on. ``clone3`` is
refused with ENOSYS: its flags lie in memory that a filter cannot read, and libc then falls back to ``clone``, whose flags it
can. A program that lives without namespaces among our own processes (:attr:`Profile.exposed`) gets a longer list.

The kernel runs a filter over every system call once when it is loaded, and compiles it, for each program anew: hence a tree,
not a chain; and hence what no program of a slot may do, and a slot itself never does, stands in a filter of the slot's, which
its children inherit. What is loaded for each of them is the rest.
"""

import errno
import platform
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Profile:
    """What a filter is for."""

    exposed: bool = False
    """No namespace of its own hides our processes and the machine's files from the program."""
    threads_only: bool = False
    """It may start threads, and no processes."""
    execs: bool = True
    """It may become another program."""


class Filter(NamedTuple):
    """A filter, ready to load once the program's own pid is written into the operations at ``own_pid``."""

    ops: bytes
    own_pid: tuple[int, ...]


class Filters(NamedTuple):
    """What binds the programs of a slot: both of these."""

    slot: Filter
    """Loaded once, when the slot has become ready."""
    runs: tuple[Filter, ...]
    """One for each profile."""


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
    "remap_file_pages": (216, 234),
    "uselib": (134, None),
    "sysfs": (139, None),
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
    "set_mempolicy_home_node": (450, 450),
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
    # what reaches other processes of the same uid
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "process_mrelease": (448, 448),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
}
# calls that neither Landlock nor an uid that is not the program's own stands against
EXPOSED: dict[str, tuple[int | None, int | None]] = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "truncate": (76, 45),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_unlink": (241, 181),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434),
    # a descriptor on its way to nobody holds a file that no count of ours would find
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
}
# calls that may act on other tasks of the same uid: only on oneself (pid 0)
SELF_ONLY = {
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
}
MAKE_NODE = {"mknod": (133, None), "mknodat": (259, 33)}
SIGNALS = {"kill": (62, 129), "tgkill": (234, 131)}
FORKS = {"fork": (57, None), "vfork": (58, None)}
EXECS = {"execve": (59, 221), "execveat": (322, 281)}
CLONE, CLONE3, SOCKET, SOCKETPAIR, FCNTL, IOCTL, PRCTL = (
    (56, 220),
    435,
    (41, 198),
    (53, 199),
    (72, 25),
    (16, 29),
    (157, 167),
)
BY_SLOTS = (
    *(DENIED["mount"], DENIED["umount2"], EXPOSED["pidfd_open"], PRCTL),
    *SIGNALS.values(),  # and the program's own pid is not the slot's
    *(*FORKS.values(), CLONE),
)
"""What a slot does for its programs: refused to each of them alone."""
NEW_NAMESPACE = 0x7E020000
"""CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}."""
CLONE_THREAD = 0x10000
AF_UNIX = 1
BAD_FCNTLS = (8, 10, 15, 1024, 1026)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: a descriptor that sends signals to whom the program likes. F_SETLEASE, F_NOTIFY: a hold on
the files of others."""
BAD_IOCTLS = (
    *(0x5412, 0x541C, 0x8901, 0x8902),
    *(0x40086602, 0x40046602, 0x401C5820, 0x40087602, 0x40047602, 0x40806685, 0x800C6613, 0x400C6615),
)
"""TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP. And what the owner of a file may do to it through a descriptor that only reads: flags
(FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR), versions (FS_IOC_SETVERSION), verity, encryption."""
WHOLE_DISKS = {"sync": (162, 81), "syncfs": (306, 267)}
"""They make all of the machine wait, and cannot fail: they do nothing."""
KEPT_BY_US = (1, 4)
"""PR_SET_PDEATHSIG, PR_SET_DUMPABLE: without them we could lose sight of the program."""
X32 = 0x40000000

FILE_TYPE, FIFO = 0o170000, 0o010000

LOAD, AND, JUMP, JUMP_EQ, JUMP_GE, JUMP_SET, RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
AT_NUMBER, AT_ARCH, AT_ARG0, AT_ARG1, AT_ARG2 = 0, 4, 16, 24, 32
OWN_PID = 0xFFFFFFFF
"""Stands in a filter for the pid that is not yet known."""
Ops = list[bytes]
Rules = Mapping[int, Ops]


def _op(code: int, k: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, k)


NOTHING = _op(RETURN, ERRNO)
REFUSE, PERMIT = _op(RETURN, ERRNO | errno.EPERM), _op(RETURN, ALLOW)
ABSENT, EXHAUSTED = _op(RETURN, ERRNO | errno.ENOSYS), _op(RETURN, ERRNO | errno.EAGAIN)


def _only(argument: int, *values: int) -> Ops:
    """Refuse the call unless its argument is one of these."""
    tests = [_op(JUMP_EQ, value, len(values) - at, 0) for at, value in enumerate(values)]
    return [_op(LOAD, argument), *tests, REFUSE, PERMIT]


def _never(argument: int, *values: int) -> Ops:
    """Refuse the call when its argument is one of these."""
    tests = [_op(JUMP_EQ, value, len(values) - at, 0) for at, value in enumerate(values)]
    return [_op(LOAD, argument), *tests, PERMIT, REFUSE]


def _only_fifos(argument: int) -> Ops:
    """Of all that mknod can make."""
    return [_op(LOAD, argument), _op(AND, FILE_TYPE), _op(JUMP_EQ, FIFO, 1, 0), REFUSE, PERMIT]


def _no_more(profile: Profile) -> Ops:
    """A shell that is told to try again tries again for long."""
    return [REFUSE if profile.execs else EXHAUSTED]


def _clone(profile: Profile) -> Ops:
    namespaces = [_op(LOAD, AT_ARG0), _op(JUMP_SET, NEW_NAMESPACE, 0, 1), REFUSE]
    threads = [_op(JUMP_SET, CLONE_THREAD, 1, 0), *_no_more(profile)] if profile.threads_only else []
    return [*namespaces, *threads, PERMIT]


def _rules(column: int, profile: Profile) -> Rules:
    """What is done about each call that is not simply allowed; every list ends by returning."""
    tables = [DENIED, EXPOSED] if profile.exposed else [DENIED]
    rules: dict[int | None, Ops] = {both[column]: [REFUSE] for table in tables for both in table.values()}
    rules |= {both[column]: _only(AT_ARG0, 0) for both in SELF_ONLY.values()}
    rules |= {MAKE_NODE[name][column]: _only_fifos(at) for name, at in (("mknod", AT_ARG1), ("mknodat", AT_ARG2))}
    rules |= {both[column]: [NOTHING] for both in WHOLE_DISKS.values()}
    rules[CLONE3] = [ABSENT]
    rules[CLONE[column]] = _clone(profile)
    rules[SOCKET[column]] = [REFUSE] if profile.exposed else _only(AT_ARG0, AF_UNIX)
    rules[SOCKETPAIR[column]] = _only(AT_ARG0, AF_UNIX)
    rules[FCNTL[column]] = _never(AT_ARG1, *BAD_FCNTLS)
    rules[IOCTL[column]] = _never(AT_ARG1, *BAD_IOCTLS)
    if profile.exposed:
        rules[PRCTL[column]] = _never(AT_ARG0, *KEPT_BY_US)
        if profile.threads_only:
            rules |= {both[column]: _only(AT_ARG0, OWN_PID) for both in SIGNALS.values()}
    if profile.threads_only:
        rules |= {both[column]: _no_more(profile) for both in FORKS.values()}
    if not profile.execs:
        rules |= {both[column]: [REFUSE] for both in EXECS.values()}
    return {number: rule for number, rule in rules.items() if number is not None}


def _tree(numbers: list[int], rules: Rules) -> Ops:
    """Find the call's number, which is loaded, by halving."""
    if len(numbers) <= 3:
        leaf: Ops = []
        for number in numbers:
            leaf += [_op(JUMP_EQ, number, 0, len(rules[number])), *rules[number]]
        return [*leaf, PERMIT]
    half = len(numbers) // 2
    left, right = _tree(numbers[:half], rules), _tree(numbers[half:], rules)
    return [_op(JUMP_GE, numbers[half], 0, 1), _op(JUMP, len(left)), *left, *right]


def _filter(audit: int, rules: Rules) -> Filter:
    ops = [
        _op(LOAD, AT_ARCH),
        _op(JUMP_EQ, audit, 1, 0),
        _op(RETURN, KILL_PROCESS),
        _op(LOAD, AT_NUMBER),
        _op(JUMP_GE, X32, 0, 1),
        ABSENT,
        *_tree(sorted(rules), rules),
    ]
    own = tuple(at for at, op in enumerate(ops) if struct.unpack("=HBBI", op)[::3] == (JUMP_EQ, OWN_PID))
    return Filter(b"".join(ops), own)


@cache
def build(profiles: tuple[Profile, ...], machine: str | None = None) -> Filters | None:
    """The filters of a slot that runs programs of these kinds on ``machine`` (default: this one), or None when it is not in the
    table."""
    arch = ARCHES.get(machine or platform.machine())
    if arch is None:
        return None
    all_rules = [_rules(arch.column, profile) for profile in profiles]
    ours = {both[arch.column] for both in BY_SLOTS}
    shared = {
        number: rule
        for number, rule in all_rules[0].items()
        if number not in ours and all(rules.get(number) == rule for rules in all_rules)
    }
    rest = [{number: rule for number, rule in rules.items() if number not in shared} for rules in all_rules]
    return Filters(_filter(arch.audit, shared), tuple(_filter(arch.audit, rules) for rules in rest))
