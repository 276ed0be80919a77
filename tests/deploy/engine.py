"""A Docker engine, spoken to by its own commands, and the service as compose brings it up."""

import json
import os
import shlex
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
BUILD_S, UP_S = 1500, 300
TAG = "test"
IMAGE = f"r1-verifier:{TAG}"
LOOK = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8000{path}', timeout=20).read().decode())"


def docker() -> str | None:
    """The client: ``$DOCKER``, or the one on the path."""
    return os.environ.get("DOCKER") or shutil.which("docker")


def run(*command: str, timeout_s: float = 120, **environment: str) -> str:
    """What a command says. Raises AssertionError, with its last words, when it fails."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "TAG": TAG, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, f"{shlex.join(command)} failed:\n{done.stdout[-4000:]}"
    return done.stdout


def engine(*words: str, timeout_s: float = 120) -> str:
    """A command of Docker's."""
    client = docker()
    assert client
    return run(client, *words, timeout_s=timeout_s)


def lacking() -> str | None:
    """What these tests need and this machine has not."""
    client = docker()
    if client is None:
        return "there is no docker command"
    try:
        run(client, "version", "--format", "{{.Server.Version}}", timeout_s=30)
    except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
        return f"no Docker engine answers: {str(error).strip().splitlines()[-1]}"
    return None if compose_command() else "there is neither `docker compose` nor `docker-compose`"


def compose_command() -> list[str] | None:
    for words in ([docker() or "docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(words[0])
            and subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0
        ):
            return words
    return None


def runsc() -> bool:
    """Whether gVisor can be tested."""
    return shutil.which("runsc") is not None and os.geteuid() == 0


def export(root: Path) -> Path:
    """The image as a folder."""
    root.mkdir()
    container = engine("create", IMAGE).strip()
    try:
        run("sh", "-c", f"{docker()} export {container} | tar -x -C {shlex.quote(str(root))}", timeout_s=300)
    finally:
        engine("rm", container)
    return root


def build(*targets: str) -> None:
    """The images, or those named, over a base that is named, or was made before, or is made now."""
    base = os.environ.get("BASE") or "r1-verifier-base"
    client = docker()
    assert client
    if subprocess.run([client, "image", "inspect", base], capture_output=True, check=False).returncode:
        run("deploy/base", base, timeout_s=BUILD_S)
    run("deploy/build", *targets, timeout_s=BUILD_S, BASE=base)


class Composed:
    """The service under a project name of its own, on a port of its own."""

    def __init__(self, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{address}"
        self._project = f"r1test{os.getpid()}"
        self._environment = {"PUBLISH": address, **environment}

    def compose(self, *words: str, timeout_s: float = UP_S) -> str:
        command = compose_command()
        assert command
        return run(*command, "-p", self._project, *words, timeout_s=timeout_s, **self._environment)

    def up(self, replicas: int) -> None:
        """Returns when the replicas are healthy and the balancer runs."""
        self.compose("up", "-d", "--no-build", "--no-recreate", "--scale", f"verifier={replicas}")

    def down(self) -> None:
        self.compose("down", "--volumes", "--timeout", "20")

    def containers(self, service: str = "") -> list[str]:
        """Ids of those that run; of all services, the stopped ones included, where none is named."""
        of = f"label=com.docker.compose.project={self._project}"
        narrower = ["--filter", f"label=com.docker.compose.service={service}"] if service else ["--all"]
        return engine("ps", "--quiet", "--no-trunc", "--filter", of, *narrower).split()

    def inspect(self, container: str) -> dict[str, Any]:
        return json.loads(engine("inspect", container))[0]

    def ask(self, replica: str, path: str) -> str:
        """What one replica answers, past the balancer."""
        return engine("exec", replica, "python3", "-c", LOOK.format(path=path))

    def served(self, replica: str) -> int:
        """Requests for rewards that a replica has answered."""
        lines = [line for line in self.ask(replica, "/metrics").splitlines() if "/v1/rewards" in line]
        return sum(int(float(line.split()[-1])) for line in lines if line.startswith("verifier_requests_total"))
