r"""Decimal commas: ``3,14`` as 3.14. Between brackets a comma separates, unless semicolons do: ``(0,5; 1,5)``."""

import re

_COMMA = re.compile(
    r"(?<![\d,.])(\d{1,3}(?:\.\d{3})*|\d+),(?!\d{3}(?!\d))(\d+)(?![\d,.])|(?<![\d,.])(0),(\d+)(?![\d,.])"
)
_CONGRUENT = re.compile(r"\\equiv|≡|mod(?![a-z])")
"""Residues are whole: the commas of a congruence separate them."""
_CLOSES = re.compile(r"\s*(?:\\right)?\s*(?:[)\]]|\\})")
_BRACKETS = re.compile(r"\\(?:lbrace|rbrace|[lr]angle|[{}])|(?<=[A-Za-z}\]^_])\{|[()\[\]{}]")
_ENCLOSING = {"(": 1, "[": 1, "\\{": 1, "\\lbrace": 1, "\\langle": 1, ")": -1, "]": -1, "\\}": -1, "\\rbrace": -1,
              "\\rangle": -1}  # fmt: skip


def with_points(text: str) -> str | None:
    """``text`` with its decimal commas as points; None if it has none."""
    if "," not in text or _CONGRUENT.search(text) or not _COMMA.search(text):
        return None
    depths = None if ";" in text else _depths(text)
    found = False

    def pointed(match: re.Match[str]) -> str:
        nonlocal found
        if depths and depths[match.start()]:
            return match.group()
        found = True
        return (match.group(1) or "0").replace(".", "") + "." + (match.group(2) or match.group(4))

    points = _COMMA.sub(pointed, text)
    return points if found else None


def is_enclosed(text: str, start: int, end: int) -> bool:
    """Whether brackets hold nothing but what is from ``start`` to ``end``: ``(100,200)`` is a pair, and no number."""
    return text[max(0, start - 8) : start].rstrip()[-1:] in ("(", "[", "{") and _CLOSES.match(text, end) is not None


def _depths(text: str) -> list[int]:
    """The brackets that are open at each character. The braces of an argument, as in ``\\frac{1,5}{2}``, are none."""
    depths, depth, at = list[int](), 0, 0
    braces: list[int] = []
    for match in _BRACKETS.finditer(text):
        depths += [depth] * (match.end() - at)
        at, bracket = match.end(), match.group()
        if bracket == "{":
            braces.append(0 if match.start() and _is_argument(text, match.start()) else 1)
            depth += braces[-1]
        elif bracket == "}":
            depth -= braces.pop() if braces else 0
        else:
            depth += _ENCLOSING[bracket]
    return depths + [depth] * (len(text) - at)


def _is_argument(text: str, brace: int) -> bool:
    return text[brace - 1].isalpha() or text[brace - 1] in "}]^_"
