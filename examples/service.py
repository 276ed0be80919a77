"""A service in the background, for the demo: started, found again, and stopped by its recorded pid."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from verifier_client import Client

RUN = Path(__file__).parent.parent / "run"
PID, URL, LOG = RUN / "service.pid", RUN / "service.url", RUN / "service.log"
STARTS_WITHIN_S = 120
STOPS_WITHIN_S = 90
PREFERRED_PORT = 8000


def start() -> str:
    """The URL of a running service: the one that an earlier start left, or a new one."""
    if running() is not None:
        return URL.read_text(encoding="utf-8")
    RUN.mkdir(exist_ok=True)
    url = f"http://127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "verifier", "serve", "--port", url.rpartition(":")[2], "--log-format", "json"]
    with LOG.open("wb") as log:
        # A session of its own and no terminal: it stays when the demo ends, and nobody waits for its output.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    PID.write_text(str(process.pid), encoding="utf-8")
    URL.write_text(url, encoding="utf-8")
    try:
        _wait_until_ready(process, url)
    except BaseException:
        process.terminate()
        raise
    return url


def stop() -> bool:
    """End the service that :func:`start` started, letting it finish its work; whether there was one."""
    pid = running()
    if pid is None:
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPS_WITHIN_S
    while running() is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    return True


def running() -> int | None:
    """The pid of our service, if it still is what runs under that number."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(PID.read_text(encoding="utf-8"))
        if b"verifier\0serve" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return None


def _free_port() -> int:
    for port in (PREFERRED_PORT, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise SystemExit("no port is free")


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    with Client(url) as client:
        while not client.ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(
                    f"the service did not start; its log, {LOG}:\n{LOG.read_text(encoding='utf-8')[-2000:]}"
                )
            time.sleep(0.1)
