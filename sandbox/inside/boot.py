# Speaks to the kernel and to the interpreter's own insides, neither of which has types.
# pyright: basic
"""What a fresh child does, behind its walls: read its program from a descriptor, and be it as the interpreter would."""

import atexit
import builtins
import contextlib
import gc
import marshal
import os
import sys
import threading
import traceback
import types
from importlib.util import MAGIC_NUMBER, decode_source

PAYLOAD, BINARY = 3, 4
HEADER = 16
RECURSION = 50_000
"""Calls in each other, as judges allow them: the interpreter's own 1,000 are too few for a walk through a list or a tree."""
UNCAUGHT, NO_OUTPUT = 1, 120
LONG = 1 << 63
REHEARSALS = 20
REHEARSED, ITS_INPUT = (
    b"""
import sys
from collections import defaultdict


class Counts:
    def __init__(self, values):
        self.counts = defaultdict(int)
        for value in values:
            self.counts[value] += 1


def main():
    first = list(map(int, input().split()))
    second = [int(line) for line in sys.stdin.read().splitlines() if line.strip()]
    try:
        pairs = sorted(Counts(first + second).counts.items(), key=lambda pair: (-pair[1], pair[0]))
    except ValueError:
        return
    print(*(f"{value}:{count}" for value, count in pairs))
    print(", ".join(str(value) for value in range(len(second))), end="\\n")


if __name__ == "__main__":
    main()
""",
    b"1 2\n3\n",
)
"""What most programs do."""

main = types.ModuleType("__main__")
vars(main)["__builtins__"] = builtins
scope = vars(main)
scope["__file__"] = "main.py"


def prepare(packages: "list[str]") -> None:
    """Once, before the first fork: what every child would do first."""
    import _sitebuiltins

    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
    sys.modules["__main__"] = main
    for name in ("PWD", "LD_BIND_NOW"):
        os.environ.pop(name, None)
    sys.path[:] = ["", *(path for path in sys.path if path), *packages]
    sys.setrecursionlimit(RECURSION)
    if hasattr(sys, "set_int_max_str_digits"):  # the limits of CPU time and output are limit enough
        sys.set_int_max_str_digits(0)


def rehearse() -> None:
    """Once, before the first fork: what the interpreter learns of its way through a program need not be learned by each child.

    That is where methods are found and which instructions can be quicker. It is not the time alone: every page of memory that
    a child writes to is copied for it.
    """
    kept = sys.stdin, sys.stdout, sys.argv[:], dict(scope)
    for _ in range(REHEARSALS):
        payload = marshal.dumps((REHEARSED, {}, (), None))
        with open(_holding(ITS_INPUT)) as sys.stdin, open(_holding(b""), "w") as sys.stdout:
            _play(_holding(payload))
            threading.active_count()
            _flush()
            _forget()
    sys.stdin, sys.stdout, sys.argv[:], before = kept
    scope.clear()
    scope.update(before)


def _holding(data: bytes) -> int:
    fd = os.memfd_create("rehearsal")
    os.pwrite(fd, data, 0)
    return fd


def run() -> None:
    """Does not return."""
    code = _play(PAYLOAD)
    sys.stdout = sys.stdout or sys.__stdout__
    os._exit(_finish(code))


def _play(payload: int) -> int:
    source, files, args, command = marshal.loads(_read(payload))
    for name, data in files.items():
        _write(name, data)
    if command:
        _become(command)
    sys.argv[:] = ["main.py", *args]
    gc.enable()
    return _run(source)


def _read(payload: int) -> bytes:
    left = os.lseek(payload, 0, os.SEEK_END)
    os.lseek(payload, 0, os.SEEK_SET)
    parts = []
    while left > 0 and (part := os.read(payload, left)):
        parts.append(part)
        left -= len(part)
    os.close(payload)
    return b"".join(parts)


def _write(name: str, data: bytes) -> None:
    folder = os.path.dirname(name)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(name, "wb") as file:
        file.write(data)


def _become(command: "list[str]") -> None:
    """Become another program: the binary that was handed over, or one of the machine's."""
    try:
        os.execve(BINARY if command[0] == "" else command[0], command[1:], dict(os.environ))
    except OSError as error:
        os.write(2, f"cannot run {command[1]}: {error}\n".encode())
    os._exit(126)


def _run(source: bytes) -> int:
    try:
        if source.startswith(MAGIC_NUMBER):  # which no text begins with
            code = marshal.loads(source[HEADER:])
        else:
            code = compile(source, "main.py", "exec", dont_inherit=True)
            scope["__loader__"] = Source(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        _show((error if isinstance(error, SyntaxError) else SyntaxError(str(error))).with_traceback(None))
        return UNCAUGHT
    try:
        exec(code, scope)
    except SystemExit as error:
        return _exit_code(error.code)
    except BaseException as error:
        if error.__traceback__:  # without our own frame
            error.__traceback__ = error.__traceback__.tb_next
        _show(error)
        return UNCAUGHT
    return 0


class Source:
    """Where :mod:`inspect` and :mod:`traceback` find the program's text: no file holds it."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def get_source(self, _: str) -> str:
        return decode_source(self._text)


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -LONG <= code < LONG else 0xFF
    with contextlib.suppress(BaseException):
        print(code, file=sys.stderr)
    return UNCAUGHT


def _show(error: BaseException) -> None:
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException:
        with contextlib.suppress(BaseException):
            traceback.print_exception(error)


def _finish(code: int) -> int:
    """As the interpreter ends: threads, exit hooks, then what the program still holds; buffers are flushed on the way."""
    try:
        if threading.active_count() > 1:  # or there is nothing to wait for
            vars(threading)["_shutdown"]()
        atexit._run_exitfuncs()
    except BaseException as error:
        _show(error)
    flushed = _flush()
    _forget()
    return code or (0 if flushed & _flush() else NO_OUTPUT)


def _forget() -> None:
    for name in [name for name in scope if name != "__builtins__"]:
        scope[name] = None
    gc.collect()


def _flush() -> bool:
    try:
        sys.stdout.flush()
    except BaseException as error:
        if not isinstance(error, (ValueError, AttributeError)):  # closed, or swapped for something else
            return False
    with contextlib.suppress(BaseException):
        sys.stderr.flush()
    return True
