"""The compiled half of a slot: made once with the machine's compiler, kept where only its owner writes, used as bytes."""

import hashlib
import importlib.resources
import os
import platform
import shutil
import stat
import subprocess
import tempfile
from functools import cache
from pathlib import Path

COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O2", "-shared", "-fPIC")
COMPILE_S = 60.0
FOLDER = "r1-sandbox"


@cache
def compiled() -> bytes | None:
    """The helper as a shared library; None where it cannot be compiled, so that slots do in Python what it does."""
    source = importlib.resources.files("sandbox.inside").joinpath("helper.c").read_bytes()
    key = hashlib.sha256(b"\0".join([source, platform.machine().encode(), *map(str.encode, FLAGS)])).hexdigest()
    name = f"helper-{key[:32]}.so"
    for folder in folders():
        try:
            if private(folder) and private(folder / name):
                return (folder / name).read_bytes()
        except OSError:
            continue
    folder = cache_folder()
    try:
        return _compile(source, folder / name) if folder else None
    except (OSError, subprocess.SubprocessError):
        return None


def folders() -> list[Path]:
    """Where what we compile may be kept: beside the package as installed, else where root keeps it, else in the user's cache."""
    found = [Path(__file__).resolve().parent / "__pycache__", Path("/var/cache", FOLDER)]
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.isabs(home):
        found.append(Path(home, FOLDER))
    # for a user without a home
    return [*found, Path(tempfile.gettempdir(), f"{FOLDER}-{os.geteuid()}")]


@cache
def cache_folder(*, seen: bool = False) -> Path | None:
    """The first of them that we can write, and nobody else; ``seen``: and that slots may see."""
    for folder in folders()[seen:]:
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            if private(folder) and os.access(folder, os.W_OK):
                return folder
        except OSError:
            continue
    return None


def private(path: Path) -> bool:
    """Whether nobody but us and root can write it."""
    found = path.lstat()
    return found.st_uid in (os.geteuid(), 0) and not found.st_mode & 0o022 and not stat.S_ISLNK(found.st_mode)


def _compile(source: bytes, target: Path) -> bytes | None:
    """Compile, put it in place in one step, and return it."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = Path(folder, "helper.so")
        command = [compiler, *FLAGS, "-o", str(made), "-x", "c", "-", "-ldl"]
        subprocess.run(command, input=source, capture_output=True, timeout=COMPILE_S, check=True)
        os.chmod(made, 0o644)
        os.replace(made, target)
    return target.read_bytes()
