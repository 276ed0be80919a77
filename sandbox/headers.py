"""``bits/stdc++.h``, which most C++ solutions begin with, compiled beforehand: it is most of the time that they take.

Made once by the machine's own compiler from its own header, outside of slots, and seen inside of them read-only.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from sandbox.helper import cache_folder, folders, private

HEADER = "bits/stdc++.h"
FLAGS = ("-std=gnu++20", "-O2")
COMPILE_S = 120.0
PLAIN = f"#include_next <{HEADER}>\n"
"""What is read where the compiled one cannot be: a source that includes it again, as tests after a program do."""


@cache
def folder() -> Path | None:
    """Where they are kept, for this compiler and these flags; there may be nothing in it yet. None where nothing can be kept."""
    compiler = shutil.which("g++", path="/usr/local/bin:/usr/bin:/bin")
    if compiler is None:
        return None
    try:
        said = subprocess.run([compiler, "-v"], capture_output=True, timeout=COMPILE_S, check=True).stderr
        key = hashlib.sha256(b"\0".join([said, *map(str.encode, FLAGS), PLAIN.encode()])).hexdigest()[:32]
        name = f"headers-{key}"
        if made := next((kept / name for kept in folders()[1:] if _is_made(kept, name)), None):
            return made
        kept = cache_folder(seen=True)
        if kept is None:
            return None
        (kept / name / "bits").mkdir(mode=0o755, parents=True, exist_ok=True)
        return kept / name if private(kept / name) else None
    except (OSError, subprocess.SubprocessError):
        return None


def _is_made(kept: Path, name: str) -> bool:
    """Whether they are there already, perhaps made by root where we cannot write."""
    try:
        return all(map(private, (kept, kept / name, _compiled(kept / name))))
    except OSError:
        return False


def options() -> list[str]:
    """What tells the compiler of them; they are made where nobody is at it. Empty where there are none."""
    where = folder()
    if where is None or not (_compiled(where).exists() or _make(where)):
        return []
    return [f"-I{where}"]


def _compiled(where: Path) -> Path:
    return where / f"{HEADER}.gch"


def _make(where: Path) -> bool:
    """Whether they are there now. Whoever finds somebody else at it does without."""
    lock = os.open(where, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _compiled(where).exists():
            return True
        with tempfile.TemporaryDirectory(dir=where) as scratch:
            source, made = Path(scratch, "all.h"), Path(scratch, "made.gch")
            source.write_text(f"#include <{HEADER}>\n")
            command = ["g++", *FLAGS, "-x", "c++-header", "-o", str(made), str(source)]
            subprocess.run(command, capture_output=True, timeout=COMPILE_S, check=True)
            (where / HEADER).write_text(PLAIN)
            for path in (where / HEADER, made):
                os.chmod(path, 0o644)
            os.replace(made, _compiled(where))
        return True
    except (OSError, subprocess.SubprocessError):
        return False
    finally:
        os.close(lock)
