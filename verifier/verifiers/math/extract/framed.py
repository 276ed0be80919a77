r"""The value of a box that says it in a sentence: ``\text{There are } 5 \text{ apples}``, ``k \text{ must be } 3``."""

import re
from collections.abc import Callable

CHARS = 120
"""Longest box that is read as a sentence."""
_TEXT = re.compile(r"\\(?:text|textbf|textrm|mathrm|mbox)\s*\{([^{}]*)\}")
_VERB = (
    r"(?:has|have|gets?|got|needs?|pays?|paid|earns?|earned|spends?|spent|sells?|sold|wins?|won|scores?|scored|makes?|made|"
    r"saves?|saved|buys?|bought|eats?|ate|reads?|walks?|walked|drives?|drove|costs?|weighs?|takes?|took|left|leaves)"
)
_FRAME = re.compile(
    rf"(?:(?i:so|thus|hence|therefore),?\s+)?(?i:there\s+(?:are|is|were|will\s+be)|(?:the\s+)?[A-Z]?[a-z]+\s+{_VERB}|(?i:it|this)\s+is|"
    r"(?P<name>[a-zA-Z])\s+(?:must\s+be|has\s+to\s+be|can\s+only\s+be|equals|is\s+equal\s+to|is))?\s*"
    r"(?i:exactly|precisely|only|just|(?:in\s+total|a\s+total\s+of)\b,?)?\s*"
    r"(?P<value>-?\$?\d[\d,./]*)(?P<noun>(?:\s+(?!(?:than|or|and|more|less|fewer|of|to|times|per|not?|if|else|dozen|hundred|"
    r"thousand|million|percent|too|short|away|but|out|in|at|by|before|when|squared|cubed|factorial)\b)[a-z]+(?<!ly)(?<!lder)(?<!rmer)){0,4})(?:\s+in\s+total|\s+altogether)?\s*\.?"
)
"""Words that only lead up to a value, the value, and what is counted."""


def framed(content: str, is_math: Callable[[str], bool]) -> str | None:
    """The value that ``content`` says in a plain sentence; None where it says it in any other way."""
    if len(content) > CHARS or "\\" not in content or is_math(content):
        return None
    plain = " ".join(_TEXT.sub(r" \1 ", content).replace("\\ ", " ").split())
    match = _FRAME.fullmatch(plain)
    if match is None:
        return None
    name, value, noun = match["name"], match["value"].rstrip("."), match["noun"].strip()
    said = f"{name} = {value}" if name else value
    said += rf" \text{{ {noun}}}" if noun else ""
    return said if is_math(said) else None
