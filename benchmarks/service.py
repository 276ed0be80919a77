"""A service for a benchmark to post to, started as users start it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from verifier_client import Client

LOG = Path(__file__).parent / "out" / "service.log"


@contextmanager
def running(**settings: Any) -> Generator[str]:
    """The URL of a service with these settings, on a free port; ends with the context."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        **os.environ,
        "VERIFIER_DRAIN_S": "0",
        **{f"VERIFIER_{key.upper()}": str(value) for key, value in settings.items()},
    }
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "verifier", "serve", "--port", str(port)], env=environ, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        with Client(url) as client:
            while not client.ready():
                if process.poll() is not None:
                    raise SystemExit(f"the service did not start: see {LOG}")
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(60)
