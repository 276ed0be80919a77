"""What crosses the pipe between the engine and a worker: length-prefixed frames.

Chunks go out pickled, because the engine trusts itself. Outcomes come back as JSON, never as a pickle: a worker has handled
text that nobody trusts. The reward of each sample is serialised in the worker and not parsed again on its way to the client.
"""

import json
import pickle
import struct
from typing import Any, NamedTuple, Protocol

LENGTH = struct.Struct("=Q")


class Fault(NamedTuple):
    """Why a unit of work has no verdict: it went over its budget, or its worker died of something else."""

    over_budget: bool
    reason: str
    elapsed_ms: float = 0.0
    """What the last try took."""


class Entry(NamedTuple):
    """One item of a job: a sample to grade, or a group of them to cluster."""

    position: int
    item: Any
    """As it came over the wire: not validated yet."""
    settled: dict[int, Fault]
    """Units of its work that are not to be tried again, and why."""


class Chunk(NamedTuple):
    """Items for one worker, all of one task and one rubric."""

    task: str
    """Which of the worker's tasks it is: see :mod:`verifier.engine.worker`."""
    rubric: str
    """The rubric as JSON."""
    digest: str
    entries: list[Entry]

    def pack(self) -> bytes:
        """The chunk as a frame."""
        payload = pickle.dumps(self, protocol=5)
        return LENGTH.pack(len(payload)) + payload

    @classmethod
    def unpack(cls, payload: bytes) -> "Chunk":
        chunk = pickle.loads(payload)
        assert isinstance(chunk, cls)
        return chunk


class Timing(NamedTuple):
    """What one score cost."""

    verifier: str
    status: str
    elapsed_ms: float


class Graded(NamedTuple):
    """What became of an item: a sample's reward, or a group's clusters."""

    position: int
    status: str
    reward: float | None
    json: bytes
    """The :class:`~verifier.schema.Reward` (or :class:`~verifier.clusters.Clustering`) on one line of JSON."""


class Outcome(NamedTuple):
    """What a worker reports: the samples it has finished, and whether it goes on with its chunk."""

    graded: list[Graded]
    timings: list[Timing]
    done: bool
    retire: bool
    """The worker has done its share and wants to be replaced."""

    def pack(self) -> bytes:
        """The outcome as a frame."""
        heads = [graded[:3] for graded in self.graded]
        head = json.dumps([heads, self.timings, self.done, self.retire])
        payload = b"\n".join([head.encode(), *(graded.json for graded in self.graded)])
        return LENGTH.pack(len(payload)) + payload

    @classmethod
    def unpack(cls, payload: bytes) -> "Outcome":
        """Raises ValueError for anything but a packed outcome."""
        head, *lines = payload.split(b"\n")
        heads, timings, done, retire = json.loads(head)
        graded = [
            Graded(int(position), status, reward, line)
            for (position, status, reward), line in zip(heads, lines, strict=True)
        ]
        return cls(graded, [Timing(*timing) for timing in timings], done, retire)


class Reader(Protocol):
    """The reading end of a pipe, as asyncio has it."""

    async def readexactly(self, n: int) -> bytes: ...


async def receive(reader: Reader) -> bytes:
    """The payload of the next frame. Raises :class:`asyncio.IncompleteReadError` when the other side is gone."""
    (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
    return await reader.readexactly(length)
