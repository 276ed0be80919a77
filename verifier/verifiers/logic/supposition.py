"""What a sentence only supposes: "If Alice is a knight, then Bob is a knave".

A supposition goes on to the end of its sentence, but for what says that it is over, or none: "consistent only if Alice is a
knight", "consistent if we assume the following: ..", "we can assume that ..", "unless stated otherwise, ..", "if Bob says
otherwise, he lies: ..".
"""

import re
from bisect import bisect_left

_WORD = re.compile(
    r"\b(?:(?P<concluded>(?:can|may|must)(?: safely)? assume)|(?P<only>(?:if and )?only if)|(?P<unless>unless)|(?P<if>if)"
    r"|(?P<once>(?:at first|first|initially|originally) (?:i |we )?(?:thought|believed|guessed|assumed|suspected))"
    r"|suppose|assume|assuming|(?:false|untrue|not true|not the case|impossible) that|cannot be(?= :|:)"
    r"|wrong (?:answer|solution)"
    r"|если|предположим|допустим|wenn|falls|angenommen|(?<!\w )(?:si|se(?! \w+ que)|s il)|supposons|supongamos"
    r"|suponiendo|supponiamo"
    r"|suponha|nếu|giả sử|jika|misalkan|eğer|अगर|यदि|إذا|لو|jeśli)\b"
    r"|如果|假如|假设|假定|倘若|若(?!干)|もし|仮に|만약|만일"
)
ASIDE = re.compile(r"\((?:if|unless|suppose|assuming)\b[^()]*\)", re.IGNORECASE)
"""What is supposed in brackets, and nothing else: "Alice is a knight (if not, she would lie), and .."."""
_CONNECTIVES = frozenset("so then now and but or also hence thus therefore first next case".split())
_PERSON = re.compile(r"\b(?:he|she|it|they|this|that)\b")
_CONSEQUENCE = re.compile(r",\s(?:then\s)?(?:he|she|they)\b")


def supposed(text: str, start: int, end: int, rows: list[int], values: list[int]) -> list[int]:
    """Where suppositions start and end, in turns, in a sentence of lower-case text with its commas and colons.

    ``rows`` and ``values`` are the places, in order, at which the sentence names one.
    """
    bounds: list[int] = []
    at = start
    while word := _WORD.search(text, at, end):
        at = _end(text, at, word, end, rows, values)
        bounds += [word.start(), at]
    return bounds


def _end(text: str, start: int, word: re.Match[str], end: int, rows: list[int], values: list[int]) -> int:
    """Where a supposition ends: at its word if it is none, at the end of its clause, or with the sentence."""
    if word["concluded"] or (word["only"] and _follows_clause(text, start, word.start(), rows, values)):
        return word.end()
    if word["once"]:
        but = text.find(" but ", word.end(), end)
        return but if but >= 0 else end
    mark = text.find("," if word["unless"] else ":", word.end(), end)
    if mark < 0 or word.lastgroup is None or any_within(values, word.end(), mark):
        return end
    if any_within(rows, word.end(), mark):
        over = word["if"] and _CONSEQUENCE.search(text, word.end(), mark)
    elif word["unless"]:
        over = not _PERSON.search(text, word.end(), mark)
    else:
        over = _follows_clause(text, start, word.start(), rows, values)
    return mark if over else end


def _follows_clause(text: str, start: int, end: int, rows: list[int], values: list[int]) -> bool:
    """Whether a clause stands before that speaks of no row or value: "this is consistent", but not "Alice is a knight"."""
    clause = max(start, text.rfind(",", start, end), text.rfind(":", start, end))
    named = any_within(rows, clause, end) or any_within(values, clause, end)
    return not named and not _CONNECTIVES.issuperset(re.findall(r"[^\W\d]+", text[clause:end]))


def any_within(places: list[int], start: int, end: int) -> bool:
    """Whether one of the places, in order, lies between."""
    return bisect_left(places, start) < bisect_left(places, end)
