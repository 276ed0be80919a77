"""What a verifier of one's own must be: what it lacks is said when it is made known, and not on the first sample."""

from typing import Any, cast

import pytest
from pydantic import BaseModel

from verifier.registry import Verifier, registered, verifier
from verifier.schema import Sample, Score


class Options(BaseModel):
    words: int = 100


class WithoutOptions(Verifier[Options]):
    def verify(self, sample: Sample) -> Score:
        return Score.of(1.0, "")


class Misspelt(Verifier[Options]):
    Options = Options

    def verfy(self, sample: Sample) -> Score:
        return Score.of(1.0, "")


class Awaited(Verifier[Options]):
    Options = Options

    async def verify(self, sample: Sample) -> Score:  # pyright: ignore[reportIncompatibleMethodOverride]
        return Score.of(1.0, "")


def function(sample: Sample) -> Score:
    return Score.of(1.0, "")


@pytest.mark.parametrize(
    ("candidate", "fault"),
    [
        (WithoutOptions, "names no Options"),
        (Misspelt, "does not define verify"),
        (Awaited, "verify is async"),
        (function, "is no class derived from Verifier"),
    ],
)
def test_what_is_no_verifier_is_refused(candidate: Any, fault: str) -> None:
    with pytest.raises(TypeError, match=f"'candidate' {fault}"):
        verifier("candidate")(candidate)
    assert "candidate" not in registered()


def test_a_verifier_without_a_name_is_refused() -> None:
    with pytest.raises(TypeError, match="needs a name"):
        verifier(cast(Any, WithoutOptions))
