"""Every example of docs/code.md is a sample whose completion passes, and an empty program does not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox import Program, Sandbox, Status, find_language
from verifier.schema import Sample
from verifier.verifiers.code import Code, CodeOptions

DOCS = Path(__file__).parents[3] / "docs" / "code.md"
EXAMPLES: list[dict[str, Any]] = [
    json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)
]


def grade(example: dict[str, Any]) -> float | None:
    return Code(CodeOptions()).verify(Sample.model_validate(example)).value


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["completion"][:60])
def test_example(example: dict[str, Any]) -> None:
    language = find_language(example["tests"].get("language", "python"))
    if language is None or not language.live:
        pytest.skip(f"{example['tests']['language']} is not live here")
    if "np." in example["completion"] and Sandbox().run(Program(source="import numpy")).status is not Status.OK:
        pytest.skip("programs have no numpy here")
    assert grade(example) == 1.0
    assert grade({**example, "completion": f"```{language.name}\n\n```"}) == 0.0


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10
