"""Whether a completion keeps to a template of tagged blocks, by default R1's: one ``<think>``, then one ``<answer>``.

Source: DeepSeek-R1 (arXiv 2501.12948), format reward. The requirements, for tags ``t1 .. tn`` in order:

* opened: exactly one ``<t>`` (not asked of a tag that the prompt opened);
* closed: exactly one ``</t>``, after exactly one ``<t>``;
* filled: the closed block holds more than whitespace, tags and what nobody sees (not asked of tags in ``may_be_empty``);
* ordered: each closed block ends before the next one begins;
* outside: all blocks are closed and ordered, and only whitespace stands outside of them.

``strict`` is worth 1 when all are met, else 0. ``graded`` is worth the share that is met. Each requirement asks for
*exactly one*, and later ones stand on earlier ones: so a repeated tag can only lose, and an empty text is worth 0.
"""

import re
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

import regex
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score

Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]

_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}


class FormatOptions(BaseModel):
    """Options of ``format``."""

    model_config = ConfigDict(extra="forbid")

    tags: list[Tag] = Field(["think", "answer"], min_length=1, max_length=8, description="The blocks, in order.")
    mode: Literal["strict", "graded"] = Field(
        "strict", description="strict: 1 if all requirements are met, else 0. graded: the share that is met."
    )
    prompt_opens_think: bool = Field(
        False, description="The prompt ends in the first opening tag, so that the completion starts inside that block."
    )
    may_be_empty: list[Tag] = Field([], description="Tags whose block may be empty.")
    last_may_be_open: bool = Field(
        False, description="The last closing tag may be missing: set it where that tag is the sampler's stop string."
    )
    text_after: bool = Field(
        False, description="Text may follow the last block: for templates where the answer has no tag of its own."
    )

    @model_validator(mode="after")
    def _tags_are_known_once(self) -> "FormatOptions":
        if len(set(self.tags)) < len(self.tags):
            raise ValueError("tags must differ")
        if unknown := set(self.may_be_empty) - set(self.tags):
            raise ValueError(f"may_be_empty names {sorted(unknown)}, which is not in tags")
        return self


class Requirement(NamedTuple):
    """One thing that the template asks for, and what is wrong: empty when nothing is."""

    name: str
    fault: str


class Block(NamedTuple):
    """Where a well-formed block stands: the offsets of ``<t>`` and behind ``</t>``, and of its inside."""

    start: int
    inside: tuple[int, int]
    end: int


@verifier("format")
class Format(Verifier[FormatOptions]):
    """The completion keeps to the template: each block once, closed, in order, nothing outside."""

    Options = FormatOptions

    def __init__(self, options: FormatOptions) -> None:
        super().__init__(options)
        any_tag = f"</?(?:{'|'.join(map(re.escape, options.tags))})>"
        self._any_tag = re.compile(any_tag)
        self._nothing = regex.compile(rf"(?:\s|\p{{Default_Ignorable_Code_Point}}|{any_tag})*+")

    def verify(self, sample: Sample) -> Score:
        requirements = self._requirements(self._whole(sample))
        faults = [requirement.fault for requirement in requirements if requirement.fault]
        met = len(requirements) - len(faults)
        value = met / len(requirements) if self.options.mode == "graded" else float(not faults)
        detail = {requirement.name: not requirement.fault for requirement in requirements}
        share = f"{met} of {len(requirements)} requirements are met: " if self.options.mode == "graded" else ""
        why = share + faults[0] if faults else "keeps to the template"
        return Score.of(value, why, detail={"requirements": detail})

    def _whole(self, sample: Sample) -> str:
        """The text with the tags that neither the prompt nor the sampler's stop string left in it."""
        text, tags = sample.text, self.options.tags
        if self._prompt_opened(sample):
            text = f"<{tags[0]}>{text}"
        last_open, last_close = f"<{tags[-1]}>", f"</{tags[-1]}>"
        if self.options.last_may_be_open and last_open in text and last_close not in text:
            text += last_close
        return text

    def _prompt_opened(self, sample: Sample) -> bool:
        """A chain of thought that came apart from the content has both its tags already."""
        if isinstance(sample.completion, list):
            last = next(message for message in reversed(sample.completion) if message.role == "assistant")
            if last.reasoning_content:
                return False
        return self.options.prompt_opens_think

    def _requirements(self, text: str) -> list[Requirement]:
        tags = self.options.tags
        found: list[Requirement] = []
        blocks: list[Block | None] = []
        places: dict[str, list[int]] = {}
        for match in self._any_tag.finditer(text):
            places.setdefault(match[0], []).append(match.start())
        for i, tag in enumerate(tags):
            block, opened, closed = _block(places, tag)
            if i or not self.options.prompt_opens_think:
                found.append(Requirement(f"<{tag}> opened once", opened))
            found.append(Requirement(f"<{tag}> closed once", opened or closed))
            if tag not in self.options.may_be_empty:
                found.append(Requirement(f"<{tag}> filled", self._filled(text, tag, block)))
            blocks.append(block)
        pairs = [_ordered(a, b, tags[i], tags[i + 1]) for i, (a, b) in enumerate(pairwise(blocks))]
        outside = next((pair.fault for pair in pairs if pair.fault), "") or self._outside(text, blocks)
        return [*found, *pairs, Requirement("nothing outside", outside)]

    def _filled(self, text: str, tag: str, block: Block | None) -> str:
        if block is None:
            return f"no <{tag}> block that could be filled"
        # Tags do not fill a block: else a repeated tag could gain what an empty block lost.
        return f"empty <{tag}>" if self._nothing.fullmatch(text, *block.inside) else ""

    def _outside(self, text: str, blocks: list[Block | None]) -> str:
        """What stands outside of closed and ordered blocks."""
        end, after = 0, ""
        for tag, block in zip(self.options.tags, blocks, strict=True):
            if block is None:
                return f"no <{tag}> block"
            if text[end : block.start].strip():
                return f"text between {after} and <{tag}>" if after else f"text before <{tag}>"
            end, after = block.end, f"</{tag}>"
        return f"text after {after}" if text[end:].strip() and not self.options.text_after else ""


def _block(places: dict[str, list[int]], tag: str) -> tuple[Block | None, str, str]:
    """The one block of ``tag`` by where each tag stands, what is wrong with its opening, and with its closing."""
    opener, closer = f"<{tag}>", f"</{tag}>"
    opens, closes = len(places.get(opener, ())), len(places.get(closer, ()))
    opened = closed = ""
    if opens != 1:
        opened = (
            _too_many(opens, opener, " blocks")
            if opens
            else f"{closer} without {opener}"
            if closes
            else f"no {opener} block"
        )
    if closes != 1:
        closed = _too_many(closes, closer, "") if closes else f"{opener} is never closed"
    if opened or closed:
        return None, opened, closed
    (start,), (close,) = places[opener], places[closer]
    if close < start:
        return None, "", f"{closer} before {opener}"
    return Block(start, (start + len(opener), close), close + len(closer)), "", ""


def _too_many(count: int, token: str, noun: str) -> str:
    return f"{_NUMBERS.get(count, count)} {token}{noun}"


def _ordered(first: Block | None, second: Block | None, tag: str, next_tag: str) -> Requirement:
    name = f"</{tag}> before <{next_tag}>"
    if first is None or second is None:
        return Requirement(name, f"no order: the <{next_tag if first else tag}> block is missing or broken")
    if first.end <= second.start:
        return Requirement(name, "")
    if second.end <= first.start:
        return Requirement(name, f"<{next_tag}> stands before <{tag}>")
    return Requirement(name, f"<{tag}> and <{next_tag}> are nested")
