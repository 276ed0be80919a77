"""Words beside a value that contradict each other: 60 N to the left is not 60 N to the right, 12 red balls are no blue ones.

A word that only one side has says nothing: 5 m/s east is 5 m/s.
"""

import re
from functools import lru_cache

from verifier.verifiers.math import units

_COMPASS = "|".join(f"{way} {way}ward {way}wards {way}ern" for way in ("north", "south", "east", "west"))
_OPPOSITES = (
    _COMPASS,
    "left leftward leftwards izquierda gauche links|right rightward rightwards derecha droite rechts",
    "up upward upwards above upper|down downward downwards below lower beneath",
    "clockwise|counterclockwise anticlockwise counter-clockwise anti-clockwise",
    "even|odd",
    "red|blue|green|yellow|white|black|orange|purple|pink|brown|gray grey|violet|silver|gold golden",
    "large big larger bigger|small little smaller|medium",
    "tall taller|short shorter|long longer",
    "hot hotter warm warmer|cold colder cool cooler",
    "male|female",
    "adult|child senior",
    "inside inner interior internal|outside outer exterior external",
    "before earlier|after later",
    "positive|negative",
    "increase increased increases increasing rise rises|decrease decreased decreases decreasing fall falls",
    "gain gained profit|loss lost",
    "more greater|less fewer",
    "maximum max|minimum min",
    "prime|composite",
    "rational|irrational",
    "horizontal horizontally|vertical vertically",
    "absorbed absorb endothermic|released release exothermic",
    "attractive attraction attract|repulsive repulsion repel",
    "向左 左侧 左边|向右 右侧 右边",
    "向上 上方 上升 升高|向下 下方 下降 降低",
    "向东 偏东 正东 东方|向西 偏西 正西 西方|向南 偏南 正南 南方|向北 偏北 正北 北方 北偏",
    "顺时针|逆时针",
    "奇数|偶数",
    "红|蓝|绿|黄|白|黑",
    "盈利 赚|亏损 亏",
    "增加|减少",
    "男|女",
    "最大|最小",
)
_MEANS: dict[str, tuple[int, int]] = {
    word: (group, side)
    for group, sides in enumerate(_OPPOSITES)
    for side, words in enumerate(sides.split("|"))
    for word in words.split()
}
_DIAGONAL = re.compile(r"\b(north|south)[- ]?(east|west)", re.IGNORECASE)
_OTHER = "|".join(sorted((word for word in _MEANS if not word.isascii()), key=len, reverse=True))
_WORD = re.compile(rf"(?<![\\A-Za-z-])[A-Za-z][A-Za-z-]+|{_OTHER}|\d[\d.,]*")
_ANY_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2}|[\u2e80-\u9fff]")
_COUNTED = re.compile(r"(?<![\w.])\d[\d.,]*\s*(?:\\?\s|\\text\s*\{)*\s*([A-Za-z]+(?:[ -][A-Za-z]+){1,4})(?![A-Za-z])")
_BOUNDARY = frozenset(
    "in of for per from to with on at by than the a an that which who if when where and or is are".split()
)
_NEUTRAL = frozenset(
    "total more extra additional different distinct possible remaining whole full complete such other valid unique separate "
    "individual identical equal same single new consecutive available required square sq cubic us".split()
)
"""Adjectives that leave a count as it is, or belong to a unit."""
_DIRECTION = re.compile(
    r"[\s,]*(?:(?:in|to|towards?|due)\s+(?:the\s+)?)*\b(?:left|right|(?:north|south)?[- ]?(?:east|west)|north|south|(?:up|down|"
    r"left|right|north|south|east|west)wards?|clockwise|(?:counter|anti)-?clockwise)(?:\s+direction)?(?=\s*\}*\s*$)",
    re.IGNORECASE,
)

_POWERS = re.compile(
    r"\b(?P<word>sq|cu)(?:uare|bic)?\b\.?\s*units?\b|\bunits?\s*\}?\s*\^?\s*\{?\s*(?P<power>[23²³])", re.IGNORECASE
)
"""Units without a name, with their power."""
_SUPERSCRIPTS = str.maketrans("²³", "23")
_DIRECTION_CHARS = 24
_TAIL_CHARS = 60
_DIRECTIONS = ("left", "right", "north", "south", "east", "west", "ward", "wise")
"""What the end of a text holds that ends with a direction."""

Qualifiers = dict[int, list[tuple[int, str]]]


def contradict(reference: str, answer: str) -> bool:
    """Whether words of the two texts exclude each other, though their values are equal."""
    if not (_ANY_WORD.search(reference) and _ANY_WORD.search(answer)):
        return False
    left, right = _qualifiers(reference), _qualifiers(answer)
    if any(_excludes(group, left[group], right[group]) for group in left.keys() & right.keys()):
        return True
    mine, theirs = _counted(reference), _counted(answer)
    if mine is None or theirs is None or mine[0] != theirs[0]:
        return False
    return bool(mine[1] and theirs[1]) and mine[1].isdisjoint(theirs[1])


def other_units(reference: str, answer: str) -> bool:
    """Whether one text speaks of square units, and the other of cubic ones."""
    if "unit" not in reference or "unit" not in answer:
        return False
    left, right = (_POWERS.search(text) for text in (reference, answer))
    return left is not None and right is not None and _power(left) != _power(right)


def _power(match: re.Match[str]) -> str:
    word = match["word"]
    return ("2" if word.lower() == "sq" else "3") if word else match["power"].translate(_SUPERSCRIPTS)


def without_direction(text: str) -> str:
    """``5 m/s east`` without the direction behind its unit."""
    end = text[-_DIRECTION_CHARS:].lower()
    if not any(part in end for part in _DIRECTIONS) or not any(c.isdigit() for c in text):
        return text
    return text[:-_TAIL_CHARS] + _DIRECTION.sub("", text[-_TAIL_CHARS:])


@lru_cache(maxsize=4_096)
def _qualifiers(text: str) -> Qualifiers:
    """The words of each kind in order, each with the number that stands before it."""
    found: Qualifiers = {}
    number = ""
    for match in _WORD.finditer(_DIAGONAL.sub(r"\1 \2", text)):
        word = match.group().lower()
        if word[0].isdigit():
            number = word
        elif word in _MEANS:
            group, side = _MEANS[word]
            found.setdefault(group, []).append((side, number))
    return found


def _excludes(group: int, left: list[tuple[int, str]], right: list[tuple[int, str]]) -> bool:
    mine, theirs = [side for side, _ in left], [side for side, _ in right]
    if not group:  # 30 degrees north of east are not east of north
        return mine != theirs
    if set(mine).isdisjoint(theirs):
        return True
    if len(mine) != len(theirs):
        return False
    numbers = [sorted(number for _, number in side) for side in (left, right)]
    return numbers[0] == numbers[1] and sorted(left) != sorted(right)


@lru_cache(maxsize=4_096)
def _counted(text: str) -> tuple[str, frozenset[str]] | None:
    """The noun that the first number counts, and its adjectives."""
    match, *others = [*_COUNTED.finditer(text), None]
    if match is None or len(others) > 1:
        return None
    words: list[str] = []
    for word in re.split(r"[ -]", match.group(1).lower()):
        if word in _BOUNDARY:
            break
        words.append(word)
    if len(words) < 2 or units.known_unit(words[-1]) or units.known_unit(words[0]):
        return None
    return units.noun(words[-1]).dimension[0][0], frozenset(words[:-1]) - _NEUTRAL
