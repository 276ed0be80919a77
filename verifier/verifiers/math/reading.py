"""How a text is read: its tree, and the other trees that it could mean. Readings are cached over a group of rollouts."""

import re
from functools import lru_cache
from typing import NamedTuple

from verifier.verifiers.math.budgets import ANSWER_CHARS, CACHED, CACHED_CHARS, OverBudget
from verifier.verifiers.math.compare.notations import is_notation
from verifier.verifiers.math.compare.qualifiers import without_direction
from verifier.verifiers.math.compare.words import known_words, phrase
from verifier.verifiers.math.parse import numerals, special
from verifier.verifiers.math.parse.arithmetic import negative, together
from verifier.verifiers.math.parse.basis import in_axes
from verifier.verifiers.math.parse.bounds import in_symbols
from verifier.verifiers.math.parse.commas import with_points
from verifier.verifiers.math.parse.endless import endless
from verifier.verifiers.math.parse.grammar import parse
from verifier.verifiers.math.parse.literals import decimal
from verifier.verifiers.math.parse.normalize import clean, key
from verifier.verifiers.math.parse.permutations import permuted, without_permutations
from verifier.verifiers.math.parse.prose import ParseError, is_program
from verifier.verifiers.math.parse.simplify import simplify
from verifier.verifiers.math.parse.special import Choice
from verifier.verifiers.math.parse.spelled import spelled
from verifier.verifiers.math.parse.tokens import Notation
from verifier.verifiers.math.render import render
from verifier.verifiers.math.tree import Group, Listing, Node, Relation, Words, integer

_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_AND_FRACTION = re.compile(r"(-?\d+)\s+and\s+(\d+\s*/\s*\d+)")
_FEET = re.compile(r"(\d+)\s*'\s*(\d+(?:\.\d+)?)\s*(?:''|\")")
_COUNTED = re.compile(r"(\d{1,2})\s+(?:[a-z]+\s+){0,3}[a-z]+\s*:\s*([^:]+)")
_WORD = re.compile(r"[A-Za-z]{3,}")
_LETTERS = re.compile(r"[^\W\d_]{2,}|[^\W\d_\x00-\u036f\u0370-\u03ff]|[\u2e80-\u9fff\uac00-\ud7af]")


class Reading(NamedTuple):
    """One text, understood."""

    text: str
    cleaned: str
    key: str
    """Equal for notations that differ in style only."""
    node: Node
    """Its tree; :class:`Words` where it is no mathematics."""
    alternatives: tuple[Node, ...] = ()
    """What its notation could also mean."""
    decimal: Node | None = None
    """Its tree if its commas are decimal ones; None where they cannot be."""
    choice: Choice | None = None
    fault: str | None = None
    """Why it could not be read as mathematics, where it looks like some."""
    over_budget: bool = False
    """Whether that is because it is too large."""

    @property
    def shown(self) -> str:
        """How it was read, in one line."""
        return _shown(self.node) if len(self.text) <= CACHED_CHARS else render(self.node)


@lru_cache(maxsize=CACHED)
def _shown(node: Node) -> str:
    return render(node)


def read(text: str) -> Reading:
    """Read one answer or reference. What is no mathematics is words, and no error."""
    return _read_cached(text) if len(text) <= CACHED_CHARS else _read(text)


@lru_cache(maxsize=CACHED)
def _read_cached(text: str) -> Reading:
    return _read(text)


def _read(text: str) -> Reading:
    if _PLAIN.fullmatch(text):
        number = decimal(text.lstrip("-"))
        return Reading(text, text, text, _signed(text, number))
    if len(text) > ANSWER_CHARS:
        return Reading(text, text, text, Words(text), fault=f"longer than {ANSWER_CHARS} characters", over_budget=True)
    cleaned = clean(text)
    meant = known_words(cleaned)
    if meant is not None:
        return Reading(text, cleaned, key(cleaned), meant)
    special_form = special.date(cleaned) or _clock(cleaned)
    if special_form is not None:
        return Reading(
            text, cleaned, key(cleaned), special_form, _alternatives(cleaned, frozenset()), decimal_comma(cleaned)
        )
    return _parsed(text, cleaned)


def _clock(cleaned: str) -> Node | None:
    """A time of day; ``3:30`` alone is one only where it cannot be a ratio in lowest terms, such as ``3:05``."""
    node = special.clock(cleaned)
    return None if node is None or re.fullmatch(r"\d+:[1-9]\d", cleaned) else node


def _signed(text: str, number: Node) -> Node:
    return negative(number) if text.startswith("-") else number


def _parsed(text: str, cleaned: str) -> Reading:
    choice = special.choice(cleaned)
    if is_program(cleaned):
        return Reading(text, cleaned, key(cleaned), Words(cleaned), choice=choice)
    try:
        tree, ambiguous = parse(without_direction(cleaned), Notation())
        node = simplify(tree)
        if "dots" in cleaned or "..." in cleaned:
            node = endless(node)
    except ParseError as reason:
        if (stated := _in_words(cleaned)) is not None:
            return Reading(text, cleaned, key(cleaned), stated)
        meant = phrase(cleaned)
        others = _alternatives(cleaned, frozenset())
        fault = None if is_notation(text) else _fault(cleaned, meant, str(reason))
        return Reading(text, cleaned, key(cleaned), meant, others, decimal_comma(cleaned), choice, fault)
    except OverBudget as reason:
        return Reading(text, cleaned, key(cleaned), Words(cleaned), (), None, choice, str(reason), True)
    others = _alternatives(cleaned, ambiguous)
    if (whole := together(node)) is not None:
        others = (*others, whole)
    return Reading(text, cleaned, key(cleaned), node, others, decimal_comma(cleaned), choice)


def _in_words(cleaned: str) -> Node | None:
    """Mathematics that is said in words: bounds, and points with their permutations."""
    if (bounds := in_symbols(cleaned)) is not None:
        return _tree(bounds, Notation())
    if (points := without_permutations(cleaned)) is not None and (node := _tree(points[0], Notation())) is not None:
        return permuted(node, cyclic=points[1])
    return None


def _fault(cleaned: str, meant: Node, reason: str) -> str | None:
    """Words are no fault; mathematics that the parser does not know is one."""
    if not isinstance(meant, Words):
        return None
    if cleaned.count("\\begin") != cleaned.count("\\end"):
        return reason
    if cleaned.count("{") == cleaned.count("}") and _WORD.search(re.sub(r"\\[a-zA-Z]+", " ", cleaned)):
        return None
    formula = re.sub(r"\\(?:text|mathrm|mbox|textbf|operatorname)\s*\{[^{}]*\}", "", cleaned)
    wordy = len(_LETTERS.findall(re.sub(r"\\[a-zA-Z]+", "", cleaned))) >= 1 and not re.search(
        r"\\(?!text)[a-zA-Z]|[\^_=<>]", formula
    )
    return None if wordy else reason


def _alternatives(cleaned: str, ambiguous: frozenset[str]) -> tuple[Node, ...]:
    """The trees of the other notations that the text could be in."""
    texts = [(cleaned, notation) for notation in _notations(ambiguous)]
    if (roman := numerals.roman(cleaned)) is not None:
        return (integer(roman),)
    if "时" in cleaned and (time := special.hour(cleaned)) is not None:
        return (time,)
    if (value := spelled(cleaned)) is not None:
        return (integer(value),)
    if (vector := in_axes(cleaned)) is not None:
        texts += [(text, Notation(basis=True)) for text in vector]
    if feet := _FEET.fullmatch(cleaned):
        texts.append((rf"{feet[1]} \text{{ft}} {feet[2]} \text{{in}}", Notation()))
    if counted := _COUNTED.fullmatch(cleaned):
        return _counted(int(counted[1]), _tree(counted[2], Notation()))
    if mixed := _AND_FRACTION.fullmatch(cleaned):
        texts.append((" ".join(mixed.groups()), Notation()))
    found: list[Node] = []
    for candidate, notation in texts:
        if (node := _tree(candidate, notation)) is not None:
            found.append(node)
    return tuple(found)


def _counted(count: int, listed: Node | None) -> tuple[Node, ...]:
    """What is counted, and how many that are, where it is as many: ``3 solutions: 1, 2, 5``."""
    items = listed.operands[-1] if isinstance(listed, Relation) else listed
    if listed is None or not isinstance(items, Listing | Group) or len(items.items) != count:
        return ()
    return (integer(count), listed)


def _tree(text: str, notation: Notation) -> Node | None:
    try:
        return simplify(parse(text, notation)[0])
    except (ParseError, OverBudget):
        return None


def decimal_comma(cleaned: str) -> Node | None:
    """The tree of ``cleaned`` with its commas as decimal points, or None."""
    points = with_points(cleaned)
    return None if points is None else _tree(points, Notation(comma="decimal"))


def _notations(ambiguous: frozenset[str]) -> list[Notation]:
    plain = Notation()
    flipped = {
        "comma": plain._replace(comma="separator"),
        "exponent": plain._replace(exponent=False),
        "tight": plain._replace(tight=True),
        "letters": plain._replace(letters=False),
        "imaginary_j": plain._replace(imaginary_j=True),
        "basis": plain._replace(basis=True),
        "floor": plain._replace(floor=True),
        "counts": plain._replace(counts=False),
        "log10": plain._replace(log10=True),
    }
    return [notation for name, notation in flipped.items() if name in ambiguous]
