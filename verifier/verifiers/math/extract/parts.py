"""Answers in parts: (a), (b) and so on, or several names with a value each."""

import re
from collections.abc import Callable

from verifier.verifiers.math.extract.phrases import CONCLUSION
from verifier.verifiers.math.extract.spans import has_value, trimmed, unbolded

_PART = re.compile(
    r"^[ \t]*(?:\*\*)?(?:Part[ \t])?[(（]?([a-e]|i{1,3}|[1-5]|[Ⅰ-Ⅴ])[)）](?::?\*\*:?)?[ \t]*(?=\S)", re.MULTILINE
)
_LISTED = re.compile(
    r"^[^\n:：]{0,80}?(?:\b(?:solutions?|roots?|answers?|values?|pairs?|triples?|tuples?|points?|zeros|candidates?|possibilities|"
    r"eigenvalues?|eigenvectors?|intercepts?|vertices|numbers|integers|primes|factors|divisors|functions|vectors|intervals)\b|[解根值])"
    r"[^\n:：]{0,80}[:：](?:\*\*)?[ \t]*(?=\n)",
    re.MULTILINE | re.IGNORECASE,
)
"""A line that announces a list of values."""
_ITEM = re.compile(r"\s*\n[ \t]*(?:[-*•]|\(?(\d{1,2})[.)])[ \t]+(\S[^\n]*)(?=\n|$)")
ITEMS = 64
"""Most items of such a list."""
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_LABELS = ("abcde", "12345", "iiiiii", "ⅠⅡⅢⅣⅤ")
_ASSIGNED = re.compile(r"\s*(?:\$|\\\()?\s*([A-Za-z]\w?)\s*=\s*[^=]+?(?:\$|\\\))?[.,;]?\s*")


def in_line(text: str, is_math: Callable[[str], bool]) -> str:
    """``text`` with its last list of values in line with what announces them: "The roots are:" and an item for each."""
    *_, lead = [None, *_LISTED.finditer(text)]
    if lead is None:
        return text
    items: list[str] = []
    end = lead.end()
    while (item := _ITEM.match(text, end)) and len(items) < ITEMS and item[1] in (None, str(len(items) + 1)):
        value = trimmed(unbolded(item[2].strip().rstrip(";,")))
        if not has_value(value) or not is_math(value):
            return text
        items.append(value)
        end = item.end()
    return f"{text[: lead.end()]} {', '.join(items)}.\n{text[end:]}" if items else text


def labelled(text: str) -> list[str]:
    """What stands behind each of (a), (b) and so on, in lines of their own.

    Nothing if there are no two, or a conclusion follows.
    """
    found = list(_PART.finditer(text))
    if len(found) < 2 or not any(series.startswith("".join(match[1] for match in found)) for series in _LABELS):
        return []
    rest = _PARAGRAPH.split(text[found[-1].end() :], maxsplit=1)[1:]
    if rest and (CONCLUSION.search(rest[0]) or "答" in rest[0]):
        return []
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [text[match.end() : end] for match, end in zip(found, ends, strict=True)]


def assigned(sentences: list[str]) -> list[str]:
    """Those of the last sentences that each give a value to another name; nothing if there are no two."""
    names: list[str] = []
    for sentence in reversed(sentences):
        match = _ASSIGNED.fullmatch(unbolded(sentence))
        if match is None or match[1] in names:
            break
        names.append(match[1])
    return sentences[-len(names) :] if len(names) > 1 else []
