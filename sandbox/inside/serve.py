# Speaks to the kernel and to the interpreter's own insides, neither of which has types.
# pyright: basic
"""The forking loop of a slot, where no compiler made the helper: the same as helper.c, slower.

:func:`serve` returns only in a fresh child with every wall up.
"""

import array
import contextlib
import ctypes
import mmap
import os
import resource
import select
import signal
import socket
import struct
import sys
from typing import Any

RULESET = 100
OWN_NAMESPACE, OWN_UID, DIES_FIRST = 1, 2, 4
REQUEST, REPLY, PROGRESS = struct.Struct("=4I13Q"), struct.Struct("=iIIIQQ"), struct.Struct("=II")
DESCRIPTORS, SESSION, LIMIT, IDENTITY, CAPABILITIES, PRIVILEGES, LANDLOCK, SECCOMP, STARTED = range(9)
RESOURCES = (
    resource.RLIMIT_CPU,
    resource.RLIMIT_FSIZE,
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_NPROC,
    resource.RLIMIT_AS,
    resource.RLIMIT_DATA,
    resource.RLIMIT_STACK,
    resource.RLIMIT_CORE,
    resource.RLIMIT_MEMLOCK,
    resource.RLIMIT_SIGPENDING,
    resource.RLIMIT_MSGQUEUE,
    resource.RLIMIT_NICE,
    resource.RLIMIT_RTPRIO,
)
NONE_IN_GVISOR = RESOURCES[-4:]
INFINITY = (1 << 64) - 1
DIRECT, BINARY = 1, 4
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
CLOSE_RANGE, LANDLOCK_RESTRICT = 436, 446
CAPSET = {"x86_64": 126}.get(os.uname().machine, 91)
LINUX_CAPABILITY_VERSION_3 = 0x20080522
MOUNT_FLAGS, MNT_DETACH = 2 | 4, 2
KILLED = -1
MOST_DESCRIPTORS = 0x7FFFFFFF
FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1, 16

libc = ctypes.CDLL(None, use_errno=True)
CleanState = tuple[int, int, int, int, int]


class Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = [("count", ctypes.c_ushort), ("ops", ctypes.c_void_p)]


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


class Server:
    def __init__(self, slot: Any) -> None:
        self.slot = slot
        self.owned = bool(slot.flags & OWN_NAMESPACE)
        self.scratch: str = slot.scratch.decode()
        self.progress = mmap.mmap(-1, mmap.PAGESIZE)
        self.channel = socket.socket(fileno=slot.socket)
        self.clean: tuple[int, CleanState] | None = None
        self.me = os.getpid()

    def serve(self) -> None:
        while True:
            request, fds = self.receive()
            if request is None:
                continue
            self.progress[: PROGRESS.size] = bytes(PROGRESS.size)
            self.fresh_scratch(request[2])
            child = os.fork()
            if child == 0:
                self.become_child(request, fds)
                return
            for fd in fds:
                os.close(fd)
            self.follow(child)
            self.fresh_scratch(request[2])

    def follow(self, child: int) -> None:
        try:
            pidfd = os.pidfd_open(child)
        except OSError:  # inside gVisor
            status, used = self.ask_for(child)
        else:
            self.wait_for(child, pidfd)
            os.close(pidfd)
            _, status, used = os.wait4(child, 0)
        stage, error = PROGRESS.unpack_from(self.progress)
        others, cpu_s = self.reap_rest(child)
        cpu_us = int((used.ru_utime + used.ru_stime + cpu_s) * 1e6)
        try:
            self.channel.send(REPLY.pack(status, stage, error, others, cpu_us, used.ru_maxrss))
        except OSError:
            os._exit(0)

    # ---- the parent's part ----

    def receive(self) -> "tuple[Any, list[int]]":
        """A request and its descriptors; None for a word that came too late for the run that it was for."""
        self.listen([self.slot.socket])
        fds = array.array("i")
        data, ancillary, _, _ = self.channel.recvmsg(1024, socket.CMSG_SPACE(8 * fds.itemsize))
        if not data:
            os._exit(0)
        for _, _, packed in ancillary:
            fds.frombytes(packed)
        if len(data) == REQUEST.size:
            return REQUEST.unpack(data), list(fds)
        return None, []

    def listen(self, fds: "list[int]", child: "int | None" = None) -> "list[int]":
        """Those of the descriptors that have news. Ends everything when the owner is gone."""
        poll = select.poll()
        for fd in (*fds, self.slot.owner):
            poll.register(fd, select.POLLIN)
        ready = [fd for fd, _ in poll.poll()]
        if self.slot.owner in ready:
            self.end_all(child)
            os._exit(0)
        return ready

    def wait_for(self, child: int, pidfd: int) -> None:
        while pidfd not in (ready := self.listen([pidfd, self.slot.socket], child)):
            if self.slot.socket in ready:
                word = self.channel.recv(8)
                self.end_all(child)
                if not word:
                    os._exit(0)

    def ask_for(self, child: int) -> Any:
        """As :meth:`wait_for`, by asking again and again."""
        poll = select.poll()
        poll.register(self.slot.socket, select.POLLIN)
        poll.register(self.slot.owner, select.POLLIN)
        pause_ms = FIRST_PAUSE_MS
        while not (ended := os.wait4(child, os.WNOHANG))[0]:
            if poll.poll(pause_ms):
                self.listen([self.slot.socket], child)
                word = self.channel.recv(8)
                self.end_all(child)
                if not word:
                    os._exit(0)
                ended = os.wait4(child, 0)
                break
            pause_ms = min(2 * pause_ms, LONGEST_PAUSE_MS)
        return ended[1:]

    def end_all(self, child: "int | None") -> None:
        targets = [-1] if self.owned else [] if child is None else [-child, child]
        for target in targets:
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, signal.SIGKILL)

    def reap_rest(self, child: int) -> "tuple[int, float]":
        """Kill what the child has left behind, and wait for it: dying slowly, it would be taken for a part of the next run."""
        others, cpu_s = 0, 0.0
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1 if self.owned else -child, signal.SIGKILL)
        while True:
            try:
                _, _, used = os.wait4(-1, 0)
            except ChildProcessError:
                return others, cpu_s
            others += 1
            cpu_s += used.ru_utime + used.ru_stime

    def fresh_scratch(self, disk_mb: int) -> None:
        """A scratch directory that nobody has used: the last one, where it shows no trace of use, or a new one over it."""
        if not self.owned or (self.clean and self.clean == (disk_mb, self.look())):
            return
        if self.clean:
            _checked(libc.umount2(self.scratch.encode(), MNT_DETACH))
        self.clean = None
        options = f"mode=1777,nr_inodes=16384,size={disk_mb}m".encode()
        if libc.mount(b"scratch", self.scratch.encode(), b"tmpfs", MOUNT_FLAGS, options):
            # gVisor cannot bound the number of files
            options = f"mode=1777,size={disk_mb}m".encode()
            _checked(libc.mount(b"scratch", self.scratch.encode(), b"tmpfs", MOUNT_FLAGS, options))
        self.clean = disk_mb, self.look()

    def look(self) -> CleanState:
        folder, space = os.stat(self.scratch), os.statvfs(self.scratch)
        return folder.st_mtime_ns, folder.st_ctime_ns, folder.st_mode, space.f_bfree, space.f_ffree

    # ---- the child's part ----

    def become_child(self, request: Any, fds: "list[int]") -> None:
        try:
            self.raise_walls(request, fds)
        except OSError as error:
            struct.pack_into("=I", self.progress, 4, error.errno or 0)
            os._exit(121)
        direct = request[1] & DIRECT
        self.channel.detach()
        self.progress.close()
        if direct:
            os.close(3)
            try:
                os.execve(BINARY, ["program"], dict(os.environ))
            except OSError:
                os._exit(126)

    def reach(self, stage: int) -> None:
        struct.pack_into("=I", self.progress, 0, stage)

    def raise_walls(self, request: Any, fds: "list[int]") -> None:
        slot = self.slot
        self.reach(DESCRIPTORS)
        if slot.flags & DIES_FIRST:
            with open("/proc/self/oom_score_adj", "w") as file:
                file.write("1000")
        place_descriptors(fds)
        self.reach(SESSION)
        os.setsid()
        os.chdir(self.scratch)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        self.reach(LIMIT)
        self.lower_limits(request)
        self.reach(IDENTITY)
        if slot.flags & OWN_UID:
            os.setgroups([])
            os.setresgid(slot.uid, slot.uid, slot.uid)
            os.setresuid(slot.uid, slot.uid, slot.uid)
        self.reach(CAPABILITIES)
        header, none = struct.pack("=Ii", LINUX_CAPABILITY_VERSION_3, 0), bytes(24)
        _checked(libc.syscall(CAPSET, header, none))
        self.reach(PRIVILEGES)
        _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
        _checked(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
        if os.getppid() != self.me:
            os._exit(121)
        self.reach(LANDLOCK)
        if slot.ruleset >= 0:
            _checked(libc.syscall(LANDLOCK_RESTRICT, RULESET, 0))
            os.close(RULESET)
        self.reach(SECCOMP)
        self.load_filter(slot.filter[request[0]])
        self.reach(STARTED)

    def load_filter(self, found: Any) -> None:
        if not found.count:
            return
        at = found.ops
        for number in found.own_pid[: found.owns]:
            ctypes.c_uint32.from_address(at + 8 * number + 4).value = os.getpid()
        _load(found.count, at)

    def lower_limits(self, request: Any) -> None:
        base = {resource.RLIMIT_AS: self.slot.base_address_space, resource.RLIMIT_DATA: self.slot.base_data}
        for name, value in zip(RESOURCES, request[4:], strict=True):
            want = resource.RLIM_INFINITY
            if value != INFINITY:
                want = value + (0 if request[1] & DIRECT else base.get(name, 0))
            _, hard = resource.getrlimit(name)
            if hard != resource.RLIM_INFINITY:
                want = hard if want == resource.RLIM_INFINITY else min(want, hard)
            try:
                resource.setrlimit(name, (want, want))
            except ValueError:
                if self.slot.ruleset >= 0 or name not in NONE_IN_GVISOR:
                    raise


def confine(ops: bytes) -> None:
    """Put this process, and all that it will ever start, behind a filter."""
    if ops:
        _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _load(len(ops) // 8, ctypes.cast(ctypes.c_char_p(ops), ctypes.c_void_p))


def _load(count: int, ops: Any) -> None:
    _checked(libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(Program(count, ops)), 0, 0))


def place_descriptors(fds: "list[int]") -> None:
    payload, stdin, stdout, stderr, *binary = fds
    for fd, number in ((stdin, 0), (stdout, 1), (stderr, 2), (payload, 3)):
        os.dup2(fd, number)
    last = 3
    if binary:
        os.dup2(binary[0], BINARY, inheritable=False)
        os.set_inheritable(BINARY, False)
        last = BINARY
    for first, end in ((last + 1, RULESET - 1), (RULESET + 1, MOST_DESCRIPTORS)):
        _checked(libc.syscall(CLOSE_RANGE, ctypes.c_uint(first), ctypes.c_uint(end), 0))


def serve(slot: Any) -> "None":
    """Serve until the owner is gone; return in a child."""
    Server(slot).serve()
    sys.modules["random"].seed(0)  # a fork from Python seeds it anew
