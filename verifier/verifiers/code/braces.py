"""Braces of C and its descendants."""

import re
from collections.abc import Callable, Iterable, Iterator

_SILENT = r"""//[^\n]*|\\["']|"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])'"""
"""Comments to the end of their line, text and characters; an escaped quote outside of them begins none."""
_TOKEN = re.compile(rf"/\*(?:.*?\*/)?|{_SILENT}|[{{}}]", re.DOTALL)
_LATER = re.compile(rf"/\*|{_SILENT}|[{{}}]", re.DOTALL)
"""Behind a comment that is never closed no other is: none is looked for again, which would take time quadratic in the code."""


def _tokens(code: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Braces, and what is silent; of a comment that is never closed, as a path's end in bash, only its mark."""
    for token in _TOKEN.finditer(code, start):
        yield token
        if token[0] == "/*":
            yield from _LATER.finditer(code, token.end())
            return


def silenced(code: str) -> str:
    """The code with a space for every comment, text and character."""
    parts, at = list[str](), 0
    for token in _tokens(code):
        if token[0] not in ("{", "}"):
            parts.append(code[at : token.start()])
            at = token.end()
    return " ".join([*parts, code[at:]])


def changed(code: str, change: Callable[[str], str]) -> str:
    """The code, changed in all that is no comment, text or character."""
    parts, at = list[str](), 0
    for token in _tokens(code):
        if token[0] not in ("{", "}"):
            parts += [change(code[at : token.start()]), token[0]]
            at = token.end()
    return "".join([*parts, change(code[at:])])


def closing(code: str, start: int) -> int:
    """Where the brace is that closes the first one after ``start``; the end of the code when none does."""
    depth = 0
    for token in _tokens(code, start):
        if token[0] == "{":
            depth += 1
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                return token.start()
    return len(code)


def depths(code: str, places: Iterable[int]) -> Iterator[int]:
    """How many braces are opened and not closed before each of those places, which ascend."""
    depth, tokens = 0, _tokens(code)
    token = next(tokens, None)
    for place in places:
        while token and token.start() < place:
            depth += (token[0] == "{") - (token[0] == "}")
            token = next(tokens, None)
        yield depth


def unclosed(code: str) -> int:
    """How many braces are opened and not closed."""
    return next(depths(code, [len(code)]))


_BRACE = re.compile(r"[{}]")
_TRANSPARENT = re.compile(r"\b(?:namespace\b[\w\s:]*|extern\s*)\Z")


def top(code: str) -> str:
    """What of a silenced code stands in no braces but those of namespaces."""
    kept, depth, at = list[str](), 0, 0
    for brace in _BRACE.finditer(code):
        if brace[0] == "{":
            if not depth:
                kept.append(code[at : brace.end()])
                at = brace.end()
            depth += bool(depth) or not _TRANSPARENT.search(code[max(0, brace.start() - 200) : brace.start()])
        elif depth:
            depth -= 1
            at = at if depth else brace.start()
    return "".join(kept) + ("" if depth else code[at:])


def joined(source: str, tests: str, within: int = 0) -> tuple[str, str]:
    """Both, where the tests begin with what closes the function of a completion that stops before: such a brace is moved to
    the program, or dropped where that is whole. ``within``: braces that stay open, of a class that the tests go on in."""
    if not tests.lstrip().startswith("}"):
        return source, tests
    return source + ("\n}" if unclosed(source) > within else ""), tests.lstrip()[1:]


LITERALS = {
    "cpp": r"""R"(?P<d>[^()\\\s]{0,16})\(.*?(?:\)(?P=d)"|\Z)|"(?:\\.|[^"\\\n])*+"|\b\d(?:'?[\w.])*+|'(?:\\.|[^'\\\n])++'""",
    "java": r"""\"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z)|"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])++'""",
    "go": r"""`[^`]*`|"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])++'""",
    "rust": r"""\b[bc]?r(?P<h>#*)".*?(?:"(?P=h)|\Z)|"(?:\\.|[^"\\])*+"|'(?:\\[^\n]{1,9}?|[^'\\\n])'""",
}
"""Text and characters, in which brackets are none; of Rust, a lifetime is no character. Of C++, also numbers, whose digits quotes
may hold apart."""
LITERALS["c"] = LITERALS["cpp"]
COMMENT = r"//[^\n]*|/\*.*?(?:\*/|\Z)"


def bare(language: str, code: str) -> str:
    """The code with a space for every comment, text and character, told apart as the language does."""
    return re.sub(f"{COMMENT}|{LITERALS[language]}", _space, code, flags=re.DOTALL)


def _space(found: re.Match[str]) -> str:
    return found[0] if found[0][0].isdigit() else " "


def comments(language: str, code: str) -> Iterator[str]:
    """Its comments."""
    found = re.finditer(f"{COMMENT}|{LITERALS[language]}", code, re.DOTALL)
    return (token[0] for token in found if token[0].startswith(("//", "/*")))


PAIRS = {")": "(", "]": "[", "}": "{"}
CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*(?:if|el)", re.MULTILINE)


def fault(language: str, code: str) -> str | None:
    """What is wrong with the brackets of tests, which no program could mend; None where nothing is. A ``}`` that closes nothing
    closes what the program left open."""
    if language in ("c", "cpp") and CONDITIONAL.search(code):
        return None
    opened: list[re.Match[str]] = []
    for token in re.finditer(rf"{COMMENT}|{LITERALS[language]}|(?P<bracket>[()\[\]{{}}])", code, re.DOTALL):
        bracket = token["bracket"]
        if not bracket:
            continue
        if bracket in "([{":
            opened.append(token)
        elif opened and opened[-1][0] == PAIRS[bracket]:
            opened.pop()
        elif opened or bracket != "}":
            return f"{bracket!r} in line {_line(code, token)} closes nothing"
    return f"{opened[-1][0]!r} in line {_line(code, opened[-1])} is never closed" if opened else None


def _line(code: str, token: re.Match[str]) -> int:
    return code.count("\n", 0, token.start()) + 1
