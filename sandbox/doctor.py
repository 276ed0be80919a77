"""What this machine gives: found out by running things, not by reading settings."""

import os
import re
import statistics
import time
from typing import Any

from sandbox import cgroup, helper, lease, seccomp, table, toolchain
from sandbox.model import Finding, Limits, Program, Result, SandboxError, Status
from sandbox.runner import Sandbox
from sandbox.strength import Offer, Strength, describe, offers

LOOK_AROUND = """
import os
import ctypes
libc = ctypes.CDLL(None)
capabilities = ctypes.create_string_buffer(24)
libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), capabilities)
def interfaces():
    try:
        return [line for line in open("/proc/net/dev").read().splitlines()[2:] if not line.split()[0] == "lo:"]
    except PermissionError:
        return []
def processes():
    try:
        return [name for name in os.listdir("/proc") if name.isdigit()]
    except PermissionError:
        return []
def writable(path):
    try:
        open(os.path.join(path, "probe"), "w").close()
        return True
    except OSError:
        return False
print("capabilities", any(capabilities.raw))
print("new privileges", libc.prctl(39, 0, 0, 0, 0) != 1)
print("network", interfaces() != [])
print("writable system", any(map(writable, ("/", "/dev", "/etc", "/usr", "/proc/sys/kernel"))))
print("other processes", len(processes()) > 2)
"""
BALLOON = "x = bytearray(512 << 20)"


def probe() -> list[Finding]:
    """What works here, what is weaker, and the mend for each. Takes about a second. Never raises."""
    try:
        found = [*map(_strength, offers()), *_lent()]
        sandbox = Sandbox()
    except SandboxError as error:
        what, _, mend = str(error).partition("; ")
        return [Finding("isolation", False, what, mend)]
    start = time.monotonic()
    first = sandbox.run(Program(source="print(1)"))
    first_ms = (time.monotonic() - start) * 1000
    if first.status is not Status.OK:
        what, _, mend = (first.detail or first.stderr.decode(errors="replace")).partition("; ")
        return [*found, Finding("isolation", False, what, mend)]
    return [
        *found,
        Finding("isolation", True, f"{first.isolation}; a first run took {first_ms:.0f} ms"),
        _speed(sandbox),
        _inside(sandbox),
        _groups(),
        _memory(sandbox),
        _filter(),
    ]


def _lent() -> list[Finding]:
    """What a launcher lends, where one is named."""
    if not os.environ.get(lease.VARIABLE):
        return []
    found: list[Finding] = []
    for strength in (Strength.DOCKER, Strength.GVISOR):
        try:
            found.append(Finding(f"strength {strength}", True, lease.offer(strength.value)))
        except SandboxError as error:
            what, _, mend = str(error).partition("; ")
            found.append(Finding(f"strength {strength}", False, what, mend))
    return found


def _strength(offer: Offer) -> Finding:
    detail = describe(offer.strength) if offer.ok else offer.lacking
    return Finding(f"strength {offer.strength}", offer.ok, detail, offer.mend)


def _speed(sandbox: Sandbox) -> Finding:
    taken: list[float] = []
    for _ in range(21):
        start = time.monotonic()
        sandbox.run(Program(source="print(1)"))
        taken.append(time.monotonic() - start)
    median_ms = statistics.median(taken) * 1000
    if helper.compiled():
        return Finding("speed", True, f"a warm run takes {median_ms:.1f} ms, with the compiled helper")
    detail = f"a warm run takes {median_ms:.1f} ms, without the compiled helper"
    return Finding("speed", False, detail, "install a C compiler: apt-get install gcc libc6-dev")


def _inside(sandbox: Sandbox) -> Finding:
    """What a program sees of the machine, told by a program."""
    result = sandbox.run(Program(source=LOOK_AROUND))
    lines = [line.rpartition(" ") for line in result.stdout.decode(errors="replace").splitlines()]
    holes = [name for name, _, value in lines if value != "False"]
    if result.status is not Status.OK or len(lines) != LOOK_AROUND.count("print("):
        return Finding("view", False, f"the probe failed: {_ending(result)}", "report this")
    if holes:
        return Finding(
            "view", False, f"programs have: {', '.join(holes)}", "report this: no configuration should allow it"
        )
    return Finding(
        "view", True, "no capabilities, no new privileges, no network, a read-only system, no other processes"
    )


def _groups() -> Finding:
    version = cgroup.version()
    if version:
        return Finding("control groups", True, f"{version}: memory, processes and CPU time are counted by the kernel")
    return Finding(
        "control groups",
        False,
        "none can be made: memory is bounded for each process, and the sums over processes are sampled",
        "run as root, or delegate a cgroup with the controllers memory and pids to this user",
    )


def _memory(sandbox: Sandbox) -> Finding:
    result = sandbox.run(Program(source=BALLOON), Limits(memory_mb=64, cpu_s=5))
    ok = result.status is Status.MEMORY_LIMIT
    detail = "a program over its memory is stopped" if ok else f"a program over its memory ended with {_ending(result)}"
    return Finding("memory limit", ok, detail, "" if ok else "allow control groups, or rlimits")


def _filter() -> Finding:
    if seccomp.build((seccomp.Profile(),)):
        return Finding(
            "seccomp",
            True,
            f"{len(seccomp.DENIED)} system calls are refused, {len(seccomp.EXPOSED)} more without namespaces",
        )
    return Finding("seccomp", False, "no table of system calls for this processor", "use x86_64 or aarch64")


def _ending(result: Result) -> str:
    return f"{result.status}: {result.detail or result.stderr.decode(errors='replace')[-200:]}"


def languages() -> list[dict[str, Any]]:
    """Every language of the table: ``name``, ``version``, ``available``, ``detail``. Runs each one's tool in a sandbox."""
    try:
        sandbox = Sandbox()
    except SandboxError as error:
        return [_row(name, detail=str(error)) for name in table.LANGUAGES]
    return [_live(sandbox, language) for language in table.LANGUAGES.values()]


def _live(sandbox: Sandbox, language: toolchain.Language) -> dict[str, Any]:
    path = "in its container" if sandbox.strength.far else toolchain.tool(language)
    if path is None or not (sandbox.strength.far or language.live):
        return _row(language.name, detail=f"{language.runtime if path else language.tool} is not installed")
    try:
        result = sandbox.version(language.name)
    except LookupError as error:
        return _row(language.name, detail=str(error))
    if result.status is not Status.OK:
        return _row(language.name, detail=_ending(result))
    said = result.stdout.decode(errors="replace").split("\n", 1)[0]
    number = re.search(r"\d+(\.\d+)+", said)
    return _row(language.name, number[0] if number else said, True, path)


def _row(name: str, version: str | None = None, available: bool = False, detail: str = "") -> dict[str, Any]:
    return {"name": name, "version": version, "available": available, "detail": detail}
