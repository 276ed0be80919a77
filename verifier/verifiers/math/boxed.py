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
    """``content`` without a box that makes up all of it."""
    stripped = content.strip().strip("$").strip()
    if not stripped.startswith("\\"):
        return content
    inner = boxes(stripped)
    if len(inner) == 1 and inner[0].start == 0 and inner[0].end == len(stripped) and inner[0].content is not None:
        return unwrapped(inner[0].content)
    return content


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
