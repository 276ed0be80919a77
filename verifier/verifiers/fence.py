"""Whether the answer is one fenced block of code, as graders of programs want it.

A fence is a line of three backticks or more, with the language behind it, up to a line of at least as many (CommonMark 0.31,
section 4.5).
"""

import re
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from verifier.faults import shown
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.units import Region, region_of
from verifier.words import visible

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
        faults = self._faults(text, blocks)
        broken = [fault for fault in faults.values() if fault]
        met = len(faults) - len(broken)
        value = met / len(faults) if self.options.mode == "graded" else float(not broken)
        share = f"{met} of {len(faults)} requirements are met: " if self.options.mode == "graded" else ""
        detail = {name: not fault for name, fault in faults.items()}
        return Score.of(
            value,
            share + broken[0] if broken else "one fenced block",
            extracted=block.inside if block else None,
            detail={"requirements": detail},
        )

    def _faults(self, text: str, blocks: "list[Block]") -> dict[str, str]:
        """The requirements by name, each with what is wrong: nothing where it is met."""
        block = blocks[0] if len(blocks) == 1 else None
        number = f"{len(blocks)} fenced blocks, and one is asked for" if blocks else "no fenced block"
        faults = {
            "one block": "" if block else number,
            "closed": "" if block and block.closed else "the block is never closed",
            "filled": "" if block and visible(block.inside).strip() else "the block is empty",
        }
        if wanted := self.options.languages:
            named = repr(shown(block.language)) if block and block.language else "not named"
            told = f"the language of the block is {named}, and {' or '.join(wanted)} is asked for"
            faults[f"language {' or '.join(wanted)}"] = "" if block and block.language in wanted else told
        if self.options.alone:
            outside = block is None or bool((text[: block.start] + text[block.end :]).strip())
            faults["nothing outside"] = "text outside of the block" if outside else ""
        return faults


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
