"""Braces of C and its descendants."""

import re

SILENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'", re.DOTALL)
"""Comments, text and characters."""
TOKEN = re.compile(rf"{SILENT.pattern}|[{{}}]", re.DOTALL)


def closing(code: str, start: int) -> int:
    """Where the brace is that closes the first one after ``start``; the end of the code when none does."""
    depth = 0
    for token in TOKEN.finditer(code, start):
        if token[0] == "{":
            depth += 1
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                return token.start()
    return len(code)


def unclosed(code: str) -> int:
    """How many braces are opened and not closed."""
    return sum((token[0] == "{") - (token[0] == "}") for token in TOKEN.finditer(code))


def joined(source: str, tests: str, within: int = 0) -> tuple[str, str]:
    """Both, where the tests begin with what closes the function of a completion that stops before: such a brace is moved to
    the program, or dropped where that is whole. ``within``: braces that stay open, of a class that the tests go on in."""
    if not tests.lstrip().startswith("}"):
        return source, tests
    return source + ("\n}" if unclosed(source) > within else ""), tests.lstrip()[1:]
