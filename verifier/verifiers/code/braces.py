"""Braces of C and its descendants."""

import re

TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'|[{}]", re.DOTALL)


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
