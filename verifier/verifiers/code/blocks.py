"""Blocks between fences."""

import re
from typing import NamedTuple

FENCE = re.compile(r"^(?P<lead>[^\n`~]*?)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$", re.MULTILINE)
CLOSED_LATE = re.compile(r"^(?P<last>[^\n`]*[^\s`])`{3,}[ \t]*$", re.MULTILINE)
"""A closing fence behind the last line of a program, instead of below it."""
LEAD = re.compile(r"[ \t]*((>|[-*+]|\d+[.)])[ \t]+)*")
"""What may stand before a fence that is the first thing on its line: indents, quotes, marks of lists."""
TAG = re.compile(r"[{.\s]*([a-z0-9+#_-]+(?:\.\d+)*)")
MARK_BEGIN = re.compile(r"^[ \t]*(?:\[(?:BEGIN|PYTHON)\]|<code>|BEGIN SOLUTION)[ \t]*$\n?", re.MULTILINE)
MARK_END = re.compile(r"^[ \t]*(?:\[(?:DONE|/PYTHON)\]|</code>|END SOLUTION)[ \t]*$", re.MULTILINE)
"""Of the prompts of MBPP, Code Llama and DS-1000."""


class Block(NamedTuple):
    tag: str
    text: str


def fenced(text: str) -> list[Block]:
    """Every fenced block: its tag in lower case, and its text. One that is never closed runs to the end."""
    blocks: list[Block] = []
    opened: re.Match[str] | None = None
    for match in FENCE.finditer(text):
        late = CLOSED_LATE.match(text, match.start())
        if opened is None:
            opened = match if _opens(match) else None
        elif late or _closes(match, opened):
            blocks.append(_block(opened, text, late.end("last") if late else match.start()))
            opened = None
    if opened is not None:
        blocks.append(_block(opened, text, len(text)))
    return blocks


def _opens(match: re.Match[str]) -> bool:
    """After words on the same line, only a fence with a tag opens a block."""
    return LEAD.fullmatch(match["lead"]) is not None or bool(re.fullmatch(r"[\w+#.-]+", match["info"].strip()))


def _closes(match: re.Match[str], opened: re.Match[str]) -> bool:
    """A fence inside a docstring is indented deeper than the one that opened the block."""
    bare = match["fence"].startswith(opened["fence"]) and not match["info"].strip()
    if not bare or match["lead"].strip(" \t>"):
        return False
    return not LEAD.fullmatch(opened["lead"]) or len(match["lead"]) <= len(opened["lead"]) + 3


def _block(opened: re.Match[str], text: str, end: int) -> Block:
    tag = TAG.match(opened["info"].strip().lower())
    lines = text[opened.end() + 1 : end].split("\n")
    lead = opened["lead"]
    if LEAD.fullmatch(lead):
        lines = [_without(line, lead) for line in lines]
    return Block(tag[1] if tag else "", "\n".join(lines).replace("\r", "").removeprefix("\ufeff"))


def _without(line: str, lead: str) -> str:
    """A line without what stood before the block's fence: the same, or as much of blanks."""
    if line.startswith(lead):
        return line[len(lead) :]
    if lead.strip().startswith(">") and line.strip() == lead.strip():
        return ""
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(blank, len(lead)) :]


def marked(text: str) -> str:
    """What stands between the marks that some sets use in place of fences, or text without such marks as it is."""
    end = MARK_END.search(text)
    text = text[: end.start()] if end else text
    begin = MARK_BEGIN.search(text)
    return text[begin.end() :] if begin else text
