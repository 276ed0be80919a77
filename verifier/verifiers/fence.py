"""Whether the answer is one fenced block of code, as graders of programs want it.

A fence is a line of three backticks or more, with the language behind it, up to a line of at least as many (CommonMark 0.31,
section 4.5).
"""

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.units import Region, region_of

_FENCE = re.compile(r"^[ ]{0,3}(?P<ticks>`{3,})[ \t]*(?P<info>[^`\n]*)$", re.MULTILINE)


class FenceOptions(BaseModel):
    """Options of ``fence``."""

    model_config = ConfigDict(extra="forbid")

    languages: list[Annotated[str, StringConstraints(pattern=r"^[\w+#.-]{1,32}$")]] = Field(
        [], max_length=32, description="The block must name one of these, such as python or py. Empty: any, or none."
    )
    alone: bool = Field(False, description="Only whitespace may stand outside of the block.")
    region: Region = Field("answer", description="Where the block must be.")
    mode: Literal["strict", "graded"] = Field(
        "strict", description="strict: 1 if all requirements are met, else 0. graded: the share that is met."
    )


class Block(NamedTuple):
    """A fenced block: its language, its inside, whether it is closed, and where it starts and ends."""

    language: str
    inside: str
    closed: bool
    start: int
    end: int


@verifier("fence")
class Fence(Verifier[FenceOptions]):
    """The answer holds exactly one fenced block of code, closed and not empty."""

    Options = FenceOptions

    def verify(self, sample: Sample) -> Score:
        text = region_of(sample.text, self.options.region)
        blocks = fenced(text)
        block = blocks[0] if len(blocks) == 1 else None
        met = {
            "one block": block is not None,
            "closed": block is not None and block.closed,
            "filled": block is not None and bool(block.inside.strip()),
        }
        if wanted := self.options.languages:
            met[f"language {' or '.join(wanted)}"] = block is not None and block.language in wanted
        if self.options.alone:
            met["nothing outside"] = block is not None and not (text[: block.start] + text[block.end :]).strip()
        missing = [name for name, is_met in met.items() if not is_met]
        value = 1 - len(missing) / len(met) if self.options.mode == "graded" else float(not missing)
        why = (
            f"asked for and not so: {missing[0]} (the number of fenced blocks is {len(blocks)})"
            if missing
            else "one fenced block"
        )
        return Score.of(value, why, extracted=block.inside if block else None, detail={"requirements": met})


def fenced(text: str) -> list[Block]:
    """The fenced blocks of a text; the last one may not be closed. Time is linear in its length."""
    blocks: list[Block] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif len(fence["ticks"]) >= len(opened["ticks"]) and not fence["info"].strip():
            blocks.append(_block(text, opened, fence.start(), fence.end(), closed=True))
            opened = None
    if opened is not None:
        blocks.append(_block(text, opened, len(text), len(text), closed=False))
    return blocks


def _block(text: str, opened: re.Match[str], close: int, end: int, *, closed: bool) -> Block:
    words = opened["info"].split()
    return Block(words[0].lower() if words else "", text[opened.end() : close], closed, opened.start(), end)
