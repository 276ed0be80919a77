"""References, as explanations name them."""

from collections.abc import Sequence
from typing import Final

from verifier.faults import shown

_SHOWN: Final = 3
_CHARS: Final = 80


def named(references: Sequence[str]) -> str:
    """ "the reference '12'", or the first few of several."""
    texts = (shown(" ".join(text[: 4 * _CHARS].split()), _CHARS) for text in references[:_SHOWN])
    listed = ", ".join(f"'{text}'" for text in texts) + (", …" if len(references) > _SHOWN else "")
    return f"the reference {listed}" if len(references) == 1 else f"the {len(references)} references {listed}"
