"""The C sources beside this module as a library for this processor, compiled once a process, in about a second."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from torch import Tensor

SOURCES = [Path(__file__).with_name(name) for name in ("decode.c", "draw.c", "learn.c", "attend.c")]

OPTIONS = ("-std=gnu11", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")
OPENMP = "-fopenmp"
"""PyTorch's own threads, where it has them from the same library; else all is computed by one."""

SECONDS = 60
"""After which a compiler is given up."""

Pointer, Long, Float, Int = ctypes.c_void_p, ctypes.c_int64, ctypes.c_float, ctypes.c_int


class Linear(ctypes.Structure):
    """``Linear`` of ``layer.h``."""

    _fields_ = (("weight", Pointer), ("bias", Pointer), ("in", Long), ("out", Long))

    @classmethod
    def of(cls, weight: Tensor, bias: Tensor | None) -> "Linear":
        """Of tensors that its user keeps alive."""
        return cls(weight.data_ptr(), None if bias is None else bias.data_ptr(), weight.shape[1], weight.shape[0])


def usable() -> bool:
    """Whether a C compiler (``$CC``, else ``gcc`` or ``clang``) makes the library, and ``$GRPO_NATIVE`` is not 0."""
    return os.environ.get("GRPO_NATIVE") != "0" and _library() is not None


def panel() -> int:
    """Of what the sizes of a layer must be multiples."""
    return _function("panel")()


def call(name: str, *arguments: Any) -> None:
    """Calls a function of the sources that gives 0 where all went well.

    Raises:
        MemoryError: no memory for what is computed in between.
    """
    if _function(name)(*arguments):
        raise MemoryError(f"no memory to compute {name!r} in")


@cache
def _function(name: str) -> Any:
    return getattr(_library(), name)


@cache
def _library() -> ctypes.CDLL | None:
    try:  # a folder still in use, as a loaded library is on some systems, stays behind
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            return _built(Path(folder) / "layers.so")
    except (OSError, subprocess.TimeoutExpired):  # nowhere to write to; a compiler that hangs hangs again
        return None


def _built(library: Path) -> ctypes.CDLL | None:
    for compiler in _compilers():
        for options in ((*OPTIONS, OPENMP), OPTIONS):
            command = [*compiler, *options, *map(str, SOURCES), "-o", str(library), "-lm"]
            try:
                subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
                return ctypes.CDLL(str(library))
            except (OSError, subprocess.CalledProcessError):
                continue
    return None


def _compilers() -> list[list[str]]:
    """Commands: ``$CC`` may have arguments, as it has in make."""
    named = os.environ.get("CC", "").split()
    return [each for each in ([named] if named else [["gcc"], ["clang"]]) if shutil.which(each[0])]
