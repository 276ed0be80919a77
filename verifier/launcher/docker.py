"""Containers of a Docker engine. Needs the package ``docker``: ``pip install r1-verifier[docker]``."""

import contextlib
import os
import re
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from verifier.launcher.backend import Caps, Missing
from verifier.launcher.gvisor import NEEDED

LABEL = "r1-verifier.launcher"
SOCKET, INSIDE = "agent", "/run/agent"
CONNECT_S = 60.0
REMOVALS, REMOVAL_PAUSE_S = 5, 1.0
PYTHON = "/opt/verifier/bin/python"
USER = "10001:10001"
OPENS_SOCKETS = re.compile(r"--?(host-uds=(open|all)|fsgofer-host-uds)")
RUNSC_MEND = (
    'have it in /etc/docker/daemon.json: {"runtimes": {"runsc": {"path": "/usr/bin/runsc", '
    '"runtimeArgs": ["--host-uds=open", "--network=none"]}}}'
)


class DockerBackend:
    """``runtime`` names one of the engine's; ``runsc``, gVisor's, makes this the backend ``gvisor``."""

    def __init__(self, image: str, runtime: str | None = None, caps: Caps | None = None) -> None:
        self.name = "gvisor" if runtime == "runsc" else "docker"
        self._image, self._runtime, self._caps = image, runtime, caps or Caps()
        self._client = _connect()

    def what(self) -> str:
        engine: Any = self._client.info()
        if self._runtime:
            known = engine.get("Runtimes", {}).get(self._runtime)
            if known is None:
                raise Missing(f"the engine has no runtime {self._runtime}", RUNSC_MEND)
            if not any(OPENS_SOCKETS.match(word) for word in known.get("runtimeArgs") or ()):
                raise Missing(f"its runtime {self._runtime} lets no container use the socket of its agent", RUNSC_MEND)
        try:
            self._client.images.get(self._image)
        except _errors().ImageNotFound:
            raise Missing(f"the engine has no image {self._image}", "build it: deploy/build") from None
        runtime = self._runtime or engine.get("DefaultRuntime", "runc")
        return f"a container of its own ({runtime}), no network, read-only, no capabilities"

    def start(self) -> "DockerContainer":
        self.what()
        return DockerContainer(self._client, self._image, self._options())

    def _options(self) -> dict[str, Any]:
        caps = self._caps
        gvisor = self._runtime == "runsc"
        return {
            "runtime": self._runtime,
            # root of gVisor's own kernel, which keeps programs apart, and nobody to this machine's
            "user": "0:0" if gvisor else USER,
            "cap_add": list(NEEDED) if gvisor else [],
            "stdin_open": gvisor,  # else it is started with /dev/null, and gives that to its own user
            "network_mode": "none",
            "ipc_mode": "private",
            "read_only": True,
            "tmpfs": {"/tmp": "size=64m,mode=1777"},
            "shm_size": f"{caps.scratch_mb}m",
            "mem_limit": f"{caps.memory_mb}m",
            "memswap_limit": f"{caps.memory_mb}m",
            "pids_limit": caps.processes,
            "nano_cpus": int(caps.cpus * 1e9),
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
            "environment": {"SANDBOX_STRENGTH": "G" if gvisor else "C"},
            "healthcheck": {"test": ["NONE"]},
            "labels": {LABEL: str(os.getpid())},
            "log_config": {"type": "none"},
        }

    def sweep(self) -> None:
        """Remove what launchers left behind that were killed."""
        for container in self._client.containers.list(all=True, filters={"label": LABEL}):
            if not Path("/proc", container.labels[LABEL]).exists():
                with contextlib.suppress(_errors().APIError):
                    container.remove(force=True)


class DockerContainer:
    """A container whose agent has called back on a socket of its own folder, which is all that it shares with the machine."""

    def __init__(self, client: Any, image: str, options: dict[str, Any]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="r1-agent-"))
        self._container: Any = None
        self.fds: tuple[int, ...] = ()
        try:
            self._folder.chmod(0o711)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                listener.bind(str(self._folder / SOCKET))
                (self._folder / SOCKET).chmod(0o666)
                listener.listen(1)
                listener.settimeout(CONNECT_S)
                self._container = client.containers.run(
                    image,
                    entrypoint=[PYTHON, "-m", "sandbox.agent", f"{INSIDE}/{SOCKET}"],
                    command=[],
                    detach=True,
                    volumes={str(self._folder): {"bind": INSIDE, "mode": "ro"}},
                    **options,
                )
                channel, _ = listener.accept()
            self.fds = (channel.detach(),)
        except BaseException as error:
            self.kill()
            if isinstance(error, TimeoutError):
                raise Missing(f"the agent did not call within {CONNECT_S:g} s", "rebuild the image") from error
            if isinstance(error, _errors().DockerException):
                raise Missing(f"the engine refuses: {error}", "see its log") from error
            raise
        finally:
            (self._folder / SOCKET).unlink(missing_ok=True)

    def kill(self) -> None:
        if self._container is not None:
            _remove(self._container)
        shutil.rmtree(self._folder, ignore_errors=True)


def _remove(container: Any) -> None:
    """A busy engine may refuse at first, or be at it already. What it refuses to the end, the next launcher sweeps."""
    for _ in range(REMOVALS):
        try:
            container.remove(force=True)
            return
        except _errors().NotFound:
            return
        except _errors().APIError:
            time.sleep(REMOVAL_PAUSE_S)


def _connect() -> Any:
    try:
        import docker
    except ImportError:
        raise Missing("the package docker is not installed", "pip install r1-verifier[docker]") from None
    try:
        client: Any = docker.from_env()  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
        client.ping()
    except _errors().DockerException as error:
        raise Missing(f"no Docker engine answers: {error}", "start it, and let this user use its socket") from None
    return client


def _errors() -> Any:
    import docker.errors

    return docker.errors
