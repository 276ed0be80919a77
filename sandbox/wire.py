"""What crosses between a sandbox and the agent of a container: JSON and raw bytes, never code."""

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple, cast

from sandbox.model import Limits, Program, Result, Status

VERSION = 4
"""Both ends must have the same."""
HEADER = struct.Struct("=II")
MOST_HEADER, MOST_BYTES = 16 << 20, 1 << 30
CHUNK = 1 << 20
PAYLOADS = "stdin", "binary", "stdout", "stderr"


class Broken(Exception):
    """The other end is gone, silent, or talks nonsense."""


class Message(NamedTuple):
    """A word, and bytes that belong to it."""

    word: dict[str, Any]
    blob: bytes = b""


class Line:
    """A connection: a descriptor to read from and one to write to, which may be the same. Not for several threads."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)

    def say(self, word: Mapping[str, Any], blob: bytes = b"", *, within_s: float | None = None) -> None:
        """Raises Broken."""
        head = json.dumps(word).encode()
        end = None if within_s is None else time.monotonic() + within_s
        left = memoryview(HEADER.pack(len(head), len(blob)) + head + blob)
        while left:
            try:
                left = left[os.write(self._writing, left) :]
            except BlockingIOError:
                _wait(self._writing, select.POLLOUT, end)
            except OSError as error:
                raise Broken(f"the connection broke: {error}") from error

    def hear(self, *, within_s: float | None = None) -> Message:
        """Raises Broken."""
        end = None if within_s is None else time.monotonic() + within_s
        head_size, blob_size = HEADER.unpack(self._exactly(HEADER.size, end))
        if head_size > MOST_HEADER or blob_size > MOST_BYTES:
            raise Broken("it talks nonsense: a message without end")
        try:
            word: object = json.loads(self._exactly(head_size, end))
        except ValueError as error:
            raise Broken(f"it talks nonsense: {error}") from error
        if not isinstance(word, dict):
            raise Broken("it talks nonsense: not an object")
        return Message(cast(dict[str, Any], word), self._exactly(blob_size, end))

    def _exactly(self, size: int, end: float | None) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                part = os.read(self._reading, min(size - len(data), CHUNK))
            except BlockingIOError:
                _wait(self._reading, select.POLLIN, end)
                continue
            except OSError as error:
                raise Broken(f"the connection broke: {error}") from error
            if not part:
                raise Broken("it is gone")
            data += part
        return bytes(data)


def _wait(fd: int, event: int, end: float | None) -> None:
    poll = select.poll()
    poll.register(fd, event)
    if not poll.poll(None if end is None else max(0.0, end - time.monotonic()) * 1000):
        raise Broken("it does not answer")


def pack(*parts: bytes) -> tuple[list[int], bytes]:
    """Several blobs as one, and their sizes."""
    return [len(part) for part in parts], b"".join(parts)


def unpack(sizes: object, blob: bytes, count: int) -> list[bytes]:
    """What :func:`pack` put together. Raises Broken."""
    if not isinstance(sizes, list):
        raise Broken("it talks nonsense: no sizes")
    numbers = cast(list[Any], sizes)
    if (
        len(numbers) != count
        or not all(type(size) is int and size >= 0 for size in numbers)
        or sum(numbers) != len(blob)
    ):
        raise Broken("it talks nonsense: sizes that do not fit")
    parts: list[bytes] = []
    for size in numbers:
        parts.append(blob[:size])
        blob = blob[size:]
    return parts


def of_program(program: Program) -> Message:
    files = sorted(program.files.items())
    sizes, blob = pack(
        _bytes(program.source),
        program.stdin,
        program.binary or b"",
        *(_bytes(text) for _, text in files),
        *(code for _, code in program.modules),
    )
    word = {
        "language": program.language,
        "args": program.args,
        "files": [name for name, _ in files],
        "modules": [name for name, _ in program.modules],
        "compiled": program.binary is not None,
        "threads_only": program.threads_only,
        "sizes": sizes,
    }
    return Message(word, blob)


def to_program(message: Message) -> Program:
    word = message.word
    names, modules = word["files"], word["modules"]
    source, stdin, binary, *texts = unpack(word["sizes"], message.blob, 3 + len(names) + len(modules))
    return Program(
        word["language"],
        source,
        dict(zip(names, texts[: len(names)], strict=True)),
        stdin,
        tuple(word["args"]),
        binary if word["compiled"] else None,
        tuple(zip(modules, texts[len(names) :], strict=True)),
        word["threads_only"],
    )


def of_limits(limits: Limits) -> dict[str, float]:
    return asdict(limits)


def of_result(result: Result) -> Message:
    sizes, blob = pack(result.stdout, result.stderr)
    word = {name: getattr(result, name) for name in Result.__slots__ if name not in PAYLOADS}
    return Message({**word, "sizes": sizes}, blob)


def to_result(message: Message, isolation: str) -> Result:
    """Raises Broken where it is none: what comes out of a container is believed only as far as it is well formed."""
    word = message.word
    stdout, stderr = unpack(word.get("sizes"), message.blob, 2)
    try:
        return Result(
            status=Status(word["status"]),
            exit_code=_whole(word["exit_code"]),
            signal=_whole(word["signal"]),
            stdout=stdout,
            stderr=stderr,
            cpu_s=float(word["cpu_s"]),
            wall_s=float(word["wall_s"]),
            peak_memory_mb=float(word["peak_memory_mb"]),
            limit=None if word["limit"] is None else str(word["limit"]),
            isolation=isolation,
            detail=str(word["detail"]),
            dubious=bool(word["dubious"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(f"it talks nonsense: {error}") from error


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode(errors="surrogatepass")


__all__ = ["VERSION", "Broken", "Line", "Message", "of_limits", "of_program", "of_result", "to_program", "to_result"]
