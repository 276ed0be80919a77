"""What a backend of the launcher is."""

from dataclasses import dataclass
from typing import Protocol

from verifier.errors import VerifierError


@dataclass(frozen=True, slots=True)
class Caps:
    """The outer bounds of a container, around the limits of its single runs."""

    memory_mb: int = 3072
    processes: int = 512
    cpus: float = 2.0
    scratch_mb: int = 512
    """Of the files in memory that programs write; part of ``memory_mb``."""


class Missing(VerifierError):
    """What a backend lacks, and the mend."""

    def __init__(self, lacking: str, mend: str) -> None:
        super().__init__(f"{lacking}; {mend}")
        self.lacking, self.mend = lacking, mend


class Container(Protocol):
    """One that runs."""

    fds: tuple[int, ...]
    """Of a connection to its agent: to read and to write, or one for both. Whoever gets them closes them."""

    def kill(self) -> None:
        """With all in it; nothing of it stays."""
        ...


class Backend(Protocol):
    """Starts containers."""

    name: str

    def what(self) -> str:
        """In words, once it was found to work. Raises Missing."""
        ...

    def start(self) -> Container:
        """Raises Missing."""
        ...
