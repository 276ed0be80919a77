"""The bubblewrap command line: what the programs of a slot can see.

Root hands programs to a uid that nobody else has; an ordinary user hides them in a user namespace. Either way they see /usr
and the languages' own prefixes read-only, a private /proc, five devices, and a scratch directory.
"""

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from sandbox.model import SandboxError

SCRATCH = "/tmp"
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
LINKS = {
    "/dev/fd": "/proc/self/fd",
    "/dev/stdin": "/proc/self/fd/0",
    "/dev/stdout": "/proc/self/fd/1",
    "/dev/stderr": "/proc/self/fd/2",
    "/dev/shm": SCRATCH,
}
ETC = ("/etc/ld.so.cache", "/etc/alternatives")
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": SCRATCH,
    "LANG": "C.UTF-8",
    # the same input must give the same verdict: sets and dicts of strings iterate in one order
    "PYTHONHASHSEED": "0",
    # libraries that start a thread for each core would spend the run's processes
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENSSL_CONF": "/dev/null",
    # not each child shall look for the functions of libraries; programs do not get it
    "LD_BIND_NOW": "1",
}
UNSHARED = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
SLOT_CAPABILITIES = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_DAC_OVERRIDE")
INNER_ID = 1000
"""A slot's uid in its user namespace: not 0, which programs take for the power that it has elsewhere."""
MISSING = "install bubblewrap: apt-get install bubblewrap"


@dataclass(frozen=True, slots=True)
class Jail:
    """Where bubblewrap is, and whether it needs a user namespace."""

    bwrap: str
    as_root: bool


@cache
def find() -> Jail:
    """The jail that this machine gives. Raises SandboxError when it gives none."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxError(f"bubblewrap is missing; {MISSING}")
    return Jail(bwrap, os.geteuid() == 0)


def new_uid() -> int:
    """A uid that no other run has: so that rlimits by uid count this run alone."""
    start, size = 0, 1 << 16
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, _, count = map(int, line.split())
        if count > size:
            start, size = inside, count
    # the upper half, away from the machine's own users; never the two ids that mean "none"
    return start + size // 2 + secrets.randbelow(size // 2 - 2)


def slot_command(jail: Jail, status: int, block: int, prefixes: Sequence[Path], hidden: Sequence[Path]) -> list[str]:
    """The command line of a slot, up to and with ``--``. What follows is the first process of the namespaces, and may mount."""
    args = [jail.bwrap, *UNSHARED, "--hostname", "sandbox", "--new-session", "--as-pid-1", "--cap-drop", "ALL"]
    for capability in SLOT_CAPABILITIES:
        args += ["--cap-add", capability]
    if not jail.as_root:
        args += ["--unshare-user", "--uid", str(INNER_ID), "--gid", str(INNER_ID)]
    args += [*_system(), *_trees(prefixes), *_hide(hidden, prefixes), "--perms", "1777", "--dir", SCRATCH]
    args += [
        "--chdir",
        "/",
        "--remount-ro",
        "/",
        "--json-status-fd",
        str(status),
        "--block-fd",
        str(block),
        "--clearenv",
    ]
    for name, value in ENVIRONMENT.items():
        args += ["--setenv", name, value]
    return [*args, "--"]


def _directory(path: PurePosixPath | Path) -> list[str]:
    """Parents are made by name: bubblewrap makes those that it must guess readable to nobody else."""
    args: list[str] = []
    for parent in [*reversed(path.parents), path]:
        if str(parent) not in ("/", "."):
            args += ["--perms", "0755", "--dir", str(parent)]
    return args


def _system() -> list[str]:
    args = ["--ro-bind", "/usr", "/usr", *_directory(Path("/dev")), *_directory(Path("/etc")), "--proc", "/proc"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            args += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            args += ["--ro-bind", str(path), str(path)]
    for path in ETC:
        args += ["--ro-bind-try", path, path]
    for path in DEVICES:
        args += ["--dev-bind", path, path]
    for link, target in LINKS.items():
        args += ["--symlink", target, link]
    return args


def _trees(prefixes: Sequence[Path]) -> list[str]:
    args: list[str] = []
    for prefix in prefixes:
        args += [*_directory(prefix.parent), "--ro-bind", str(prefix), str(prefix)]
    return args


def _hide(hidden: Sequence[Path], prefixes: Sequence[Path]) -> list[str]:
    visible = [Path("/usr"), *prefixes]
    args: list[str] = []
    for path in hidden:
        if any(path.is_relative_to(tree) for tree in visible):
            args += ["--tmpfs", str(path), "--remount-ro", str(path)]
    return args
