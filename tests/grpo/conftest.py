"""The trainer's tests need torch: without it they are left out, and the header says so."""

import os
from importlib.util import find_spec

# Tests run beside each other: threads that wait for one another inside every small product would only spin.
os.environ.setdefault("OMP_NUM_THREADS", "1")

READY = find_spec("grpo") is not None and find_spec("torch") is not None

collect_ignore_glob = [] if READY else ["test_*.py"]


def pytest_report_header() -> str:
    return "grpo: " + ("ready" if READY else "the trainer is not installed, its tests are left out: make setup-train")
