"""Every example of docs/client.md and of the client's README, run against a real service."""

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    pytest.param(example, id=f"{page.stem}-{number}")
    for page in (ROOT / "docs/client.md", ROOT / "clients/python/README.md")
    for number, example in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.M | re.S))
]


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_example_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, example: str) -> None:
    server: Any = request.getfixturevalue("server")
    monkeypatch.setenv("VERIFIER_URL", server.url)
    exec(compile(example.replace("http://127.0.0.1:8000", server.url), "example", "exec"), {"__name__": "example"})
