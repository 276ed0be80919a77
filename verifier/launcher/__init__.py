"""Starts containers for sandboxes, and kills them: the one process that may speak to Docker, or to gVisor.

It reads no program and no completion. What it is asked is a name of a backend (:mod:`sandbox.lease`); what it gives is a
connection to the agent (:mod:`sandbox.agent`) in a new container, which lives as long as the asker's own connection does.

* ``serve``   the socket, and a thread for each lease
* ``docker``  containers of an engine, with its own runtime or with gVisor's
* ``gvisor``  gVisor alone: ``runsc`` over a folder that holds a root filesystem
"""

from pathlib import Path

from verifier.launcher.backend import Backend, Caps, Missing
from verifier.launcher.docker import DockerBackend
from verifier.launcher.gvisor import GvisorBackend
from verifier.launcher.serve import Launcher


def run(socket: Path, image: str, gvisor: str | None, memory_mb: int, group: int | None = None) -> None:
    """Lend containers until stopped. Raises Missing where there is nothing to lend."""
    caps = Caps(memory_mb=memory_mb)
    backends: dict[str, Backend] = {}
    try:
        docker = DockerBackend(image, caps=caps)
        docker.sweep()
        backends["docker"] = docker
    except Missing:
        if gvisor in (None, "docker"):
            raise
    if gvisor == "docker":
        backends["gvisor"] = DockerBackend(image, "runsc", caps)
    elif gvisor:
        backends["gvisor"] = GvisorBackend(Path(gvisor), caps)
    Launcher(socket, backends, group).serve()


__all__ = ["Launcher", "run"]
