r"""Bounds in words: ``x \ge -1`` of "x is at least -1" and of "all real numbers greater than or equal to -1"."""

import re

_SIGNS = {
    r"\ge": "greater than or equal to|at least|no less than|not less than",
    r"\le": "less than or equal to|at most|no more than|not more than|no greater than|not greater than",
    ">": "strictly greater than|greater than|more than|larger than|above",
    "<": "strictly less than|less than|smaller than|below",
    r"\ne": "except for|except|other than|not equal to|different from",
}
_SIGN = {words: sign for sign, names in _SIGNS.items() for words in names.split("|")}
_VALUE = (
    r"\$[^$]{1,40}\$|-?\d+(?:[./]\d+)?|-?(?:\d+/)?(?:\\?pi|e)\b(?:/\d+)?|-?\\(?:d?frac|sqrt)(?:\{[^{}]{1,20}\}){1,2}"
)
_WORDS = "|".join(sorted(_SIGN, key=len, reverse=True))
_BOUND = rf"(?:{_WORDS})\s+(?:{_VALUE})"
_STATED = re.compile(
    r"(?:(?:so|thus|hence|therefore),?\s+)?(?:(?:all|any|every|the)\s+)?"
    r"(?P<kind>(?:positive\s+)?(?:real\s+(?:numbers?|values?)|reals?|numbers?|values|integers?)\s+)?(?:of\s+)?\$?(?P<name>\b[a-z]\b)?\$?\s*"
    r"(?:(?:that|which)\s+)?(?:(?:is|are|must\s+be|can\s+be|should\s+be)\s+)?(?:(?:any|all)\s+(?:real\s+)?numbers?\s+)?"
    rf"(?P<bounds>{_BOUND}(?:,?\s+(?:and|but|or)\s+(?:\$?(?P=name)\$?\s+)?(?:(?:is|are)\s+)?(?:{_BOUND}|(?:{_VALUE})))?)\.?",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"(?:\b(?P<joint>and|but|or)\s+(?:\$?[a-zA-Z]\$?\s+)?(?:(?:is|are)\s+)?)?"
    rf"(?:(?P<words>{_WORDS})\s+)?(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?:all|any|every)\s+(?P<kind>(?:positive\s+)?integers?|real\s+numbers?|reals)\s+"
    r"(?P<bounds>[^,;]*[<>≤≥].*|[^,;]*\\[gl]eq?(?![a-z]).*)",
    re.IGNORECASE,
)
_TEXT = re.compile(r"\\(?:text|mathrm|textrm|mbox)\s*\{([^{}]*)\}")
_MARKS = ("than", "least", "most", "except", "equal to", "different", "below", "above", "integer", "real")
_LETTER = re.compile(r"(?<![a-zA-Z\\])[a-z](?![a-zA-Z])")
_WHOLE = frozenset("kmn")
"""Names of integers, where nothing else is said."""
CHARS = 120


def in_symbols(text: str) -> str | None:
    """The condition that ``text`` states in words, and in nothing but words; None where it states none."""
    if len(text) > CHARS or not any(mark in text for mark in _MARKS):
        return None
    text = " ".join(_TEXT.sub(r" \1 ", text).split())
    if match := _RANGE.fullmatch(text):
        return _of_kind(match["kind"], match["bounds"].strip(" $"), "")
    match = _STATED.fullmatch(text)
    if match is None or not (match["kind"] or match["name"]):
        return None
    name = match["name"] or "x"
    return _of_kind(match["kind"] or "", _conditions(match["bounds"], name), name)


def _conditions(bounds: str, name: str) -> str:
    """Each bound of ``name``; a value alone has the words of the one before it: "except 1 and 2"."""
    conditions, words = "", ""
    for match in _EACH.finditer(bounds):
        words = (match["words"] or words).lower()
        joint = (match["joint"] or "").lower()
        sign = _SIGN[words]
        either = joint == "or" and sign != r"\ne"
        conditions += (r" \text{ or } " if either else ", ") if joint else ""
        conditions += f"{name} {sign} {match['value'].strip('$')}"
    return conditions


def _of_kind(kind: str, conditions: str, name: str) -> str | None:
    if "integer" not in kind.lower():
        return conditions
    name = name or next(iter(_LETTER.findall(conditions)), "")
    if name in _WHOLE and "positive" not in kind.lower():
        return conditions
    numbers = r"\mathbb{Z}^+" if "positive" in kind.lower() else r"\mathbb{Z}"
    return rf"{conditions}, {name} \in {numbers}" if name else None
