"""Write ``docs/openapi.json``: the contract that clients are checked against. Run as ``make openapi``."""

import json
from pathlib import Path

from verifier.server.app import create_app
from verifier.settings import Settings

PATH = Path(__file__).parent.parent / "docs" / "openapi.json"


def document() -> str:
    """The OpenAPI document of the service, as the file holds it."""
    return json.dumps(create_app(Settings()).openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
