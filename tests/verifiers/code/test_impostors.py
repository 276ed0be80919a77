"""Types that would be equal to anything are refused, and honest ones are not. Whole programs: polyglot.jsonl."""

import json
from pathlib import Path

import pytest

from verifier.verifiers.code import impostors

TESTS = "int main() { auto candidate = f; auto result = candidate(2); assert(result == 3); Solution v; x.equals(y); fn main f }"
ROWS = [json.loads(line) for line in Path(__file__).with_name("impostors.jsonl").read_text().splitlines()]
PIECES = [
    "template <",
    "operator==(",
    "typedef a ",
    "new A<(",
    "class A extends ",
    "impl Add ",
    "fn f",
    "{",
    "  ",
    "<",
    ") : ",
    "using A=B;\n",
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['language']}: {row['source'][:60]!r}")
def test_types(row: dict[str, str]) -> None:
    assert (impostors.found(row["language"], row["source"], TESTS) is None) == row["honest"]


@pytest.mark.parametrize("language", ["cpp", "java", "rust"])
@pytest.mark.parametrize("piece", PIECES)
def test_a_long_source_is_read_to_its_end(language: str, piece: str) -> None:
    impostors.found(language, piece * 10_000, TESTS)
