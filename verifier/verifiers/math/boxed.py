r"""Boxes: ``\boxed{..}``, ``\boxed ..``, ``\fbox{..}``, with balanced braces to any depth, in time linear in the text."""

import re
from typing import NamedTuple

_BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![a-zA-Z])\s*")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BARE = re.compile(r"(?:\\[a-zA-Z]+\s*)?(?:\{[^{}]*\}|\[[^\[\]]*\])+|\([^()\n]*\)|[^\s$\\]+")


class Box(NamedTuple):
    """One box of a text."""

    start: int
    end: int
    content: str | None
    """What is inside; None when the box is never closed."""


def boxes(text: str) -> list[Box]:
    """The outermost boxes of ``text``, in order."""
    if "\\boxed" not in text and "box{" not in text:
        return []
    found: list[Box] = []
    closing: dict[int, int] | None = None
    position = 0
    while match := _BOX.search(text, position):
        inside = match.end()
        if text.startswith("{", inside):
            closing = _closing_braces(text, match.start()) if closing is None else closing
            end = closing.get(inside)
            content = None if end is None else text[inside + 1 : end]
            position = inside if end is None else end + 1
        else:
            content, position = _bare(text, inside)
        found.append(Box(match.start(), position, content))
    return found


def unwrapped(content: str) -> str:
    """``content`` without the boxes that make up all of it, however many, in time linear in the text."""
    start, end = 0, len(content)
    closing: dict[int, int] | None = None
    while match := _BOX.match(content, *(inside := _stripped(content, start, end))):
        if not content.startswith("{", match.end()):
            bare, stop = _bare(content[: inside[1]], match.end())
            return bare if bare is not None and stop == inside[1] else content[start:end]
        closing = _closing_braces(content, 0) if closing is None else closing
        if closing.get(match.end()) != inside[1] - 1:
            break
        start, end = match.end() + 1, inside[1] - 1
    return content[start:end]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """Where ``text[start:end]`` begins and ends without white space and the marks of a formula."""
    while start < end and (text[start].isspace() or text[start] == "$"):
        start += 1
    while start < end and (text[end - 1].isspace() or text[end - 1] == "$"):
        end -= 1
    return start, end


def _bare(text: str, start: int) -> tuple[str | None, int]:
    r"""``\boxed 42`` and ``\boxed\frac12``: TeX would take one token; people mean the whole word."""
    match = _BARE.match(text, start)
    if match is None:
        return None, start
    content = match.group().rstrip(".,;:!?")
    return content or None, start + max(len(content), 1)


def _closing_braces(text: str, start: int) -> dict[int, int]:
    """Where each brace opened at or after ``start`` is closed. Escaped braces are text."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for match in _BRACE.finditer(text, start):
        brace = match.group()
        if brace == "{":
            opened.append(match.start())
        elif brace == "}" and opened:
            closing[opened.pop()] = match.start()
    return closing
