"""What Landlock lets the programs of a slot open."""

import os
from collections.abc import Sequence
from pathlib import Path

from sandbox import jail, table, toolchain
from sandbox.strength import Strength

SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")
ALL = "rxlw"


def of(strength: Strength, scratch: Path, hidden: Sequence[Path]) -> list[tuple[str, str]]:
    """Paths and rights, for :func:`sandbox.inside.landlock.build`."""
    if strength.namespaces:
        # mounts say what may be seen and written; here Landlock keeps programs from devices, sockets and other processes
        return [("/", ALL)]
    granted = [(str(scratch), ALL), ("/dev/null", "rw"), ("/dev/full", "rw")]
    granted += [(path, "r") for path in (*jail.DEVICES, *jail.ETC, "/etc/localtime")]
    trees = [
        *map(Path, SYSTEM),
        *(p for language in table.LANGUAGES.values() for p in toolchain.prefixes(language)),
    ]
    for tree in dict.fromkeys(tree.resolve() for tree in trees if tree.is_dir()):
        granted += _readable(tree, [path for path in hidden if path.is_relative_to(tree)])
    return granted


def _readable(tree: Path, hidden: Sequence[Path]) -> list[tuple[str, str]]:
    """A tree without what is hidden in it: of that, only names can be seen."""
    if not hidden:
        return [(str(tree), "rxl")]
    granted = [(str(tree), "l")]
    for entry in os.scandir(tree):
        path = Path(entry.path)
        if path not in hidden:
            granted += _readable(path, [inner for inner in hidden if inner.is_relative_to(path)])
    return granted
