"""How strong the walls of a slot are on this machine: found by trying, told in every result, never weakened silently.

C  Landlock, seccomp and rlimits: for any user, without namespaces; the least that is accepted
B  namespaces by bubblewrap around that: its own processes, mounts and network; as root, a uid of its own as well
A  as root, a control group as well: memory, processes and CPU time are counted by the kernel over the whole run

Two more are had only where they are asked for by name, and a launcher gives them (:mod:`sandbox.lease`):

docker  a container around C
gvisor  a kernel of its own, gVisor's, in user space; inside, a uid and namespaces for each run (G)
"""

import os
import platform
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from sandbox import cgroup, gvisor, jail, lease, seccomp
from sandbox.inside import landlock
from sandbox.model import SandboxError
from sandbox.remedy import remedy

TRIAL_S = 30.0
TMPFS = 0x01021994
SHARED_MEMORY = Path("/dev/shm")


class Strength(StrEnum):
    """The walls of a slot."""

    A = "A"
    B = "B"
    C = "C"
    DOCKER = "docker"
    GVISOR = "gvisor"
    G = "G"
    """Inside gVisor alone: its agent's."""
    UNSAFE = "unsafe: no isolation at all"

    @property
    def namespaces(self) -> bool:
        return self in (Strength.A, Strength.B, Strength.G)

    @property
    def processes(self) -> bool:
        """Whether programs may start processes: what is inside a container of Docker's is C."""
        return self not in (Strength.C, Strength.DOCKER)

    @property
    def far(self) -> bool:
        """Whether programs run in containers that a launcher lends."""
        return self in (Strength.DOCKER, Strength.GVISOR)


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether this machine gives a strength, and what is lacking for it."""

    strength: Strength
    lacking: str = ""
    mend: str = ""

    @property
    def ok(self) -> bool:
        return not self.lacking


def offers() -> list[Offer]:
    """All strengths, the best first."""
    spaces = namespaces()
    return [_kernel_counts(spaces), spaces, _landlock()]


def find(asked: Strength | None = None) -> Strength:
    """The best strength of this machine, or the one asked for, here or by the environment variable ``SANDBOX_STRENGTH``.

    Raises SandboxError where there is none, or not that one.
    """
    asked = asked or _named()
    if asked is Strength.UNSAFE or (asked is Strength.G and gvisor.is_here()):
        return asked
    if asked is Strength.G:
        raise SandboxError("strength G is for the agent inside gVisor; ask for gvisor")
    if asked and asked.far:
        lease.offer(asked.value)
        return asked
    if asked is None and (best := next((offer for offer in offers() if offer.ok), None)):
        return best.strength
    wanted = [offer for offer in offers() if asked in (None, offer.strength)]
    if all(offer.ok for offer in wanted):
        return wanted[0].strength
    raise SandboxError("; ".join(f"strength {o.strength}: {o.lacking}; {o.mend}" for o in wanted if not o.ok))


def _named() -> Strength | None:
    name = os.environ.get("SANDBOX_STRENGTH")
    try:
        return Strength(name) if name else None
    except ValueError:
        raise SandboxError(f"SANDBOX_STRENGTH is {name!r}; it must be one of: {', '.join(Strength)}") from None


def describe(strength: Strength) -> str:
    """What stands between a program and the machine, in words."""
    if strength is Strength.UNSAFE:
        return str(strength)
    if strength.far:
        return f"{strength}: {lease.offer(strength.value)}"
    if strength is Strength.G:
        return "G: gVisor's kernel, own uid, namespaces, rlimits"
    walls = ["landlock"] if landlock.abi() else []
    walls += ["seccomp"] if seccomp.build((seccomp.Profile(),)) else []
    if strength.namespaces:
        walls = ["own uid" if os.geteuid() == 0 else "user namespace", "namespaces", *walls]
    walls.append(cgroup.version() or "rlimits" if strength is Strength.A else "rlimits")
    return f"{strength}: {', '.join(walls)}"


def _landlock() -> Offer:
    if not landlock.abi():
        return Offer(Strength.C, "the kernel offers no Landlock", "boot a kernel from 5.13 on with lsm=landlock,...")
    if seccomp.build((seccomp.Profile(),)) is None:
        return Offer(Strength.C, f"no filter for {platform.machine()}", "use x86_64 or aarch64")
    return Offer(Strength.C)


def _kernel_counts(spaces: Offer) -> Offer:
    if not spaces.ok:
        return Offer(Strength.A, spaces.lacking, spaces.mend)
    if os.geteuid() != 0:
        return Offer(Strength.A, "this is not root", "run as root for control groups")
    if cgroup.version() is None:
        return Offer(Strength.A, "no control group can be made", "mount /sys/fs/cgroup writable, or delegate a group")
    return Offer(Strength.A)


@cache
def namespaces() -> Offer:
    """Tried with the very command line of a slot."""
    try:
        where = jail.find()
    except SandboxError as error:
        what, _, mend = str(error).partition("; ")
        return Offer(Strength.B, what, mend)
    told, status = os.pipe()
    go, block = os.pipe()
    try:
        os.write(block, b"\0")
        command = [*jail.slot_command(where, status, go, [], []), "/bin/true"]
        tried = subprocess.run(
            command, pass_fds=[status, go], capture_output=True, stdin=subprocess.DEVNULL, timeout=TRIAL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        # perhaps only now: so it is no ground for choosing something weaker
        raise SandboxError(f"bubblewrap could not be tried: {error}; the machine may be overloaded") from error
    finally:
        for fd in (told, status, go, block):
            os.close(fd)
    if tried.returncode == 0:
        return Offer(Strength.B)
    said = tried.stderr.decode(errors="replace").strip()[:300]
    return Offer(Strength.B, said or "bubblewrap fails without a word", remedy(said))


def shared_memory() -> Path:
    """A folder in memory, where slots without namespaces keep their scratch. Raises SandboxError where there is none."""
    try:
        kinds = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        kinds = []
    in_memory = {Path(line[1]) for line in kinds if line[2] == "tmpfs"}
    for folder in (SHARED_MEMORY, Path("/tmp"), Path("/run")):
        if folder in in_memory and os.access(folder, os.W_OK):
            return folder
    raise SandboxError("no folder in memory for scratch files; mount a tmpfs at /dev/shm")
