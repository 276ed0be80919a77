"""A model of a family that has a decoder of its own, on the way of those that have none."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from grpo import decoder


@contextmanager
def transformers_way() -> Generator[None]:
    """As if no architecture had a decoder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoder, "FAMILY", set[str]())
        yield
