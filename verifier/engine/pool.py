"""The pool: worker processes, one task in each at a time, killed from outside when it is over its budget."""

import array
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from verifier.engine.frames import Chunk, Fault, Outcome, receive
from verifier.engine.nursery import DATAGRAM
from verifier.engine.pulse import IDLE, NO_BEAT, Beat, Pulse
from verifier.engine.worker import EXIT_BUDGET_SPENT, WorkerLimits
from verifier.errors import ServiceFault, SettingsError
from verifier.logs import LogConfig

TICK_S = 0.02
STALLED_S = 30.0
STARVED_AT_MOST_S = 60.0
"""How much waiting for a processor is taken off a unit's wall time: what the machine's load may stretch it by."""
READY_S = 120.0
ANSWER_S = 30.0
"""Seconds within which the nursery must have forked a worker, or told of a death. Else it is ended, and all with it."""


class WorkerLost(Exception):
    """The worker died while it held a chunk."""

    def __init__(self, fault: Fault, beat: Beat) -> None:
        super().__init__(fault.reason)
        self.fault = fault
        self.beat = beat


class NurseryProcess:
    """The nursery (see :mod:`verifier.engine.nursery`), seen from the engine."""

    def __init__(self, process: subprocess.Popen[bytes], orders: socket.socket) -> None:
        self._process = process
        self._orders = orders
        self._tokens = 0
        self._spawned: dict[int, asyncio.Future[int]] = {}
        self._exits: dict[int, asyncio.Future[int]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().add_reader(orders, self._on_event)

    @classmethod
    async def start(cls, plugins: tuple[str, ...], limits: WorkerLimits, logs: LogConfig) -> "NurseryProcess":
        """Start the process and wait until it has imported every verifier. Raises :class:`SettingsError` if one fails."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        config = json.dumps({"plugins": plugins, "limits": limits._asdict(), "logs": logs})
        command = [sys.executable, "-m", "verifier.engine", str(theirs.fileno()), config]
        # A session of its own: an interrupt at the terminal is for the engine, which lets workers finish first.
        # Its output is for our log: standard output may be where rewards go.
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=2, pass_fds=[theirs.fileno()], start_new_session=True
        )
        theirs.close()
        nursery = cls(process, ours)
        try:
            async with asyncio.timeout(READY_S):
                await nursery._ready
        except BaseException:
            nursery.close()
            raise
        return nursery

    @property
    def alive(self) -> bool:
        return self._process.poll() is None and self._orders.fileno() >= 0

    async def spawn(self, connection: int, pulse: int) -> int:
        """Fork a worker with these descriptors; its pid."""
        self._tokens += 1
        future = self._spawned[self._tokens] = asyncio.get_running_loop().create_future()
        descriptors = array.array("i", [connection, pulse])
        message = json.dumps({"spawn": self._tokens}).encode()
        self._orders.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
        return await self._answer(future)

    def kill(self, pid: int) -> None:
        """Kill a worker and everything that it started."""
        with contextlib.suppress(OSError):
            self._orders.send(json.dumps({"kill": pid}).encode())

    def exited(self, pid: int) -> bool:
        """Whether a worker has ended."""
        return self._exits[pid].done()

    async def exit_code(self, pid: int) -> int:
        """The exit code of a worker that is ending, minus the signal where one killed it. Raises :class:`ServiceFault`."""
        return await self._answer(self._exits[pid])

    async def _answer(self, future: asyncio.Future[int]) -> int:
        await asyncio.wait([future], timeout=ANSWER_S)
        if not future.done():
            self._process.kill()
            raise ServiceFault("the process that starts workers does not answer")
        return future.result()

    def forget(self, pid: int) -> None:
        """A worker that nobody asks after any more."""
        self.kill(pid)
        self._exits.pop(pid, None)

    def _on_event(self) -> None:
        try:
            message = self._orders.recv(DATAGRAM)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._lost()
            return
        event: dict[str, Any] = json.loads(message)
        if "spawned" in event:
            # Both at once: the worker may die before the one who waits for its pid runs again.
            self._exits[event["pid"]] = asyncio.get_running_loop().create_future()
            _resolve(self._spawned.pop(event["spawned"]), event["pid"])
        elif "refused" in event:
            _fail(self._spawned.pop(event["refused"]), ServiceFault(f"no worker can be started: {event['why']}"))
        elif "exited" in event:
            if event["exited"] in self._exits:
                _resolve(self._exits[event["exited"]], event["code"])
        elif "failed" in event:
            _fail(self._ready, SettingsError(event["failed"]))
        else:
            _resolve(self._ready, None)

    def _lost(self) -> None:
        asyncio.get_running_loop().remove_reader(self._orders)
        for future in (self._ready, *self._spawned.values(), *self._exits.values()):
            _fail(future, ServiceFault("the process that starts workers is gone"))

    def close(self) -> None:
        """End the nursery and every worker."""
        if self._orders.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._orders)
            self._orders.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _resolve(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # somebody may have stopped waiting


def _waited_s(pid: int) -> float:
    """Seconds for which a process was ready to run and had no processor; 0 where the kernel keeps no account of it."""
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as account:
            return int(account.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


class Worker:
    """One worker process, seen from the engine."""

    def __init__(
        self,
        nursery: NurseryProcess,
        pid: int,
        pulse: Pulse,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.pid = pid
        self.pulse = pulse
        self.retired = False
        self._nursery = nursery
        self._reader = reader
        self._writer = writer
        self._killed_for: Fault | None = None
        self._busy_since = 0.0
        self._watched = (0.0, 0.0)
        # The kernel's encoding of "the CPU clock of process pid" (see clock_getcpuclockid(3)).
        self._cpu_clock = (~pid << 3) | 2

    @classmethod
    async def spawn(cls, nursery: NurseryProcess) -> "Worker":
        """Fork a fresh one. Raises :class:`ServiceFault`."""
        pulse = Pulse.create()
        ours, theirs = socket.socketpair()
        try:
            pid = await nursery.spawn(theirs.fileno(), pulse)
            reader, writer = await asyncio.open_unix_connection(sock=ours)
            return cls(nursery, pid, Pulse(pulse), reader, writer)
        except BaseException as error:
            ours.close()
            if isinstance(error, OSError | TimeoutError):
                raise ServiceFault(f"no worker can be started: {type(error).__name__} {error}") from error
            raise
        finally:
            theirs.close()
            os.close(pulse)

    async def work(self, chunk: Chunk, on_outcome: Callable[[Outcome], None]) -> None:
        """Have a chunk graded, reporting outcomes as they come. Raises :class:`WorkerLost`."""
        self.pulse.stop = False
        self._busy_since = time.monotonic()
        try:
            self._writer.write(chunk.pack())
            await self._writer.drain()
            while True:
                outcome = Outcome.unpack(await receive(self._reader))
                on_outcome(outcome)
                if outcome.done:
                    self.retired = outcome.retire
                    return
        except (asyncio.IncompleteReadError, OSError):
            raise await self._lost() from None
        except ValueError as error:
            self.kill(Fault(False, f"worker sent what is no outcome: {error}"))
            raise await self._lost() from None

    @property
    def dead(self) -> bool:
        """Whether the process has ended, though nothing was asked of it."""
        return self._nursery.exited(self.pid)

    @property
    def busy_s(self) -> float:
        """Seconds since it was given its chunk."""
        return time.monotonic() - self._busy_since

    def check(self) -> None:
        """Kill the worker if what it does is over its budget. To be called often while it works."""
        beat = self.pulse.read()
        if self._killed_for is not None:
            self.kill(self._killed_for)  # again, should the first order have been lost
        elif beat is not None:
            self._check(beat)

    def _check(self, beat: Beat) -> None:
        now = time.monotonic()
        if beat.position == IDLE:
            # Between two samples there is nothing that takes long.
            if now - max(beat.started, self._busy_since) > STALLED_S:
                self.kill(Fault(False, "worker stalled"))
        elif now - beat.started - self._starved_s(beat) > beat.wall_s:
            self.kill(Fault(True, f"{beat.wall_s:g} s"))
        else:
            with contextlib.suppress(OSError):  # it is dead: its socket will say so
                if time.clock_gettime(self._cpu_clock) - beat.cpu_started > beat.cpu_s:
                    self.kill(Fault(True, f"{beat.cpu_s:g} s of CPU"))

    def _starved_s(self, beat: Beat) -> float:
        """Seconds for which the worker waited for a processor, since this unit was first seen."""
        waited = _waited_s(self.pid)
        if self._watched[0] != beat.started:
            self._watched = (beat.started, waited)
        return min(STARVED_AT_MOST_S, max(0.0, waited - self._watched[1]))

    def kill(self, reason: Fault) -> None:
        """Kill it with all that it started."""
        self._killed_for = self._killed_for or reason
        self._nursery.kill(self.pid)

    async def _lost(self) -> WorkerLost:
        beat = self.pulse.read() or NO_BEAT
        elapsed_ms = round((time.monotonic() - beat.started) * 1e3, 1)
        fault = await self._autopsy(beat)
        return WorkerLost(fault._replace(elapsed_ms=elapsed_ms), beat)

    async def _autopsy(self, beat: Beat) -> Fault:
        try:
            code = await self._nursery.exit_code(self.pid)
        except ServiceFault as error:
            return Fault(False, str(error))
        if self._killed_for is not None:
            return self._killed_for
        for resource, exit_code in EXIT_BUDGET_SPENT.items():
            if code == exit_code:
                return Fault(True, f"{beat.cpu_s:g} s of CPU" if resource == "cpu" else f"its {resource}")
        return Fault(False, f"worker died of {f'signal {-code}' if code < 0 else f'exit code {code}'}")

    async def close(self) -> None:
        """Let it go, with all that it started."""
        self._nursery.forget(self.pid)
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        self.pulse.close()
