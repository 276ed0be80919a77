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


LITERALS = {
    "cpp": r"""R"(?P<d>[^()\\\s]{0,16})\(.{0,2000}?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""",
    "java": r"""\"{3}.*?\"{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""",
    "go": r"""`[^`]*`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""",
    "rust": r"""\br(?P<h>#*)".*?"(?P=h)|"(?:\\.|[^"\\])*"|'(?:\\[^\n]{1,9}?|[^'\\\n])'""",
}
"""Text and characters, in which brackets are none; of Rust, a lifetime is no character."""
PAIRS = {")": "(", "]": "[", "}": "{"}
CONDITIONAL = re.compile(r"^[ \t]*#[ \t]*(?:if|el)", re.MULTILINE)


def fault(language: str, code: str) -> str | None:
    """What is wrong with the brackets of tests, which no program could mend; None where nothing is. A ``}`` that closes nothing
    closes what the program left open."""
    language = "cpp" if language == "c" else language
    if language == "cpp" and CONDITIONAL.search(code):
        return None
    opened: list[re.Match[str]] = []
    for token in re.finditer(rf"//[^\n]*|/\*.*?\*/|{LITERALS[language]}|(?P<bracket>[()\[\]{{}}])", code, re.DOTALL):
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
