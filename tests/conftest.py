"""A real service, started as its users start it, for every test that speaks HTTP."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, settings

# A loaded machine makes no property false.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

STARTS_WITHIN_S = 120
STOPS_WITHIN_S = 60


class RunningServer(NamedTuple):
    """A service that runs."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def terminate(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOPS_WITHIN_S)


@contextmanager
def serving(**asked: Any) -> Generator[RunningServer]:
    """Run a service with these settings on a free port, and end it."""
    environ = {**os.environ, **{f"VERIFIER_{key.upper()}": str(value) for key, value in asked.items()}}
    environ = {
        "VERIFIER_PORT": "0",
        "VERIFIER_DRAIN_S": "0",
        "VERIFIER_SHUTDOWN_S": "15",
        "VERIFIER_LOG_FORMAT": "json",
        **environ,
    }
    command = [sys.executable, "-m", "verifier", "serve"]
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield RunningServer(_url(process, log), process, Path(log.name))
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def _url(process: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        text = Path(log.name).read_text(encoding="utf-8")
        for line in text.splitlines():
            if '"event": "serving"' in line:
                return json.loads(line)["url"]
        time.sleep(0.05)
    raise AssertionError(f"the service did not start:\n{Path(log.name).read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def server() -> Generator[RunningServer]:
    """One service for all tests that leave it as they found it."""
    with serving(plugins="tests.engine.hostile") as running:
        yield running


@pytest.fixture(scope="session")
def http(server: RunningServer) -> Generator[httpx.Client]:
    """A bare HTTP client of the shared service."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.fixture
def serve() -> Callable[..., Any]:
    """Runs services with settings of the test's own: ``with serve(workers=1) as server: ...``."""
    return serving
