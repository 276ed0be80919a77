"""gVisor alone: ``runsc run`` over a root filesystem in a folder, for instance one that ``docker export`` has written."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from verifier.launcher.backend import Caps, Missing

NEEDED = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SYS_ADMIN")
"""Of gVisor's own kernel, not of this machine's."""
KILL_S = 20.0


class GvisorBackend:
    """``root`` holds what the programs see as ``/``, read-only."""

    name = "gvisor"

    def __init__(self, root: Path, caps: Caps | None = None) -> None:
        self._root, self._caps = root.resolve(), caps or Caps()

    def what(self) -> str:
        runsc = shutil.which("runsc")
        if runsc is None:
            raise Missing("runsc is not installed", "apt-get install runsc")
        if os.geteuid() != 0:
            raise Missing("runsc needs root", "run the launcher as root")
        if not (self._root / AGENT_PYTHON.lstrip("/")).is_symlink():
            raise Missing(
                f"{self._root} holds no root filesystem with this service", "docker export one of its image into it"
            )
        return "gVisor (runsc), no network, read-only"

    def start(self) -> "GvisorContainer":
        self.what()
        return GvisorContainer(self._root, self._caps)


AGENT_PYTHON = "/opt/verifier/bin/python"


class GvisorContainer:
    """One ``runsc run``, which speaks through its standard input and output."""

    def __init__(self, root: Path, caps: Caps) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="r1-gvisor-"))
        self._name = f"r1-{secrets.token_hex(8)}"
        bundle = self._folder / "bundle"
        bundle.mkdir()
        (bundle / "config.json").write_text(json.dumps(config(root, caps)), encoding="utf-8")
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # runsc gives its own user the files that it is started with: never a device of the machine, such as /dev/null.
        words = (self._folder / "stderr").open("wb")
        try:
            self._process = subprocess.Popen(
                [*self._runsc(), "run", "--bundle", str(bundle), self._name],
                stdin=theirs_in,
                stdout=theirs_out,
                stderr=words,
                start_new_session=True,
            )
        finally:
            words.close()
            os.close(theirs_in)
            os.close(theirs_out)
        self.fds: tuple[int, ...] = (ours_in, ours_out)

    def _runsc(self) -> list[str]:
        return ["runsc", "--root", str(self._folder / "state"), "--network=none", "--platform=ptrace"]

    def kill(self) -> None:
        for words in (("kill", self._name, "KILL"), ("delete", "--force", self._name)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run([*self._runsc(), *words], capture_output=True, timeout=KILL_S, check=False)
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def config(root: Path, caps: Caps) -> dict[str, Any]:
    """The runtime specification of a container (OCI 1.0)."""
    scratch = {
        "destination": "/tmp",
        "type": "tmpfs",
        "source": "tmpfs",
        "options": [f"size={caps.scratch_mb}m", "mode=1777"],
    }
    return {
        "ociVersion": "1.0.0",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": [AGENT_PYTHON, "-m", "sandbox.agent"],
            "env": [
                "PATH=/usr/local/bin:/usr/bin:/bin",
                "SANDBOX_STRENGTH=G",
                "SANDBOX_PACKAGES=/opt/packages",
                "HOME=/tmp",
            ],
            "cwd": "/",
            "capabilities": {kind: list(NEEDED) for kind in ("bounding", "effective", "permitted")},
            "noNewPrivileges": True,
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 4096, "soft": 4096}],
        },
        "root": {"path": str(root), "readonly": True},
        "hostname": "sandbox",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            scratch,
            {**scratch, "destination": "/dev/shm", "options": ["size=1m", "mode=0755"]},
        ],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")],
            "resources": {
                "memory": {"limit": caps.memory_mb << 20},
                "pids": {"limit": caps.processes},
                "cpu": {"quota": int(caps.cpus * 100_000), "period": 100_000},
            },
        },
    }
