"""One reference against one answer: the tiers in order, cheapest first."""

import re
from itertools import permutations
from typing import NamedTuple

from verifier.verifiers.math.budgets import OverBudget
from verifier.verifiers.math.compare.labels import compare_labels
from verifier.verifiers.math.compare.notations import compare_notations
from verifier.verifiers.math.compare.qualifiers import contradict, other_units
from verifier.verifiers.math.compare.structure import Comparison
from verifier.verifiers.math.compare.verdict import Verdict, different, equal, undecided
from verifier.verifiers.math.compare.words import normalize
from verifier.verifiers.math.evaluate.numeric import Steps
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.reading import Reading, read
from verifier.verifiers.math.symbolic.client import Allowance
from verifier.verifiers.math.symbolic.tier import compare, understands
from verifier.verifiers.math.tree import Apply, Based, Group, Node, Number, Quantity, Words, symbols, walk

_LETTERS = re.compile(r"[A-J]{2,8}")
_CHOICE_SEPARATORS = re.compile(r"[\s,;、，()&]|\\text\s*\{\s*and\s*\}|and|和")
_CHOICE_LIST = re.compile(r"[A-J](?:\s*(?:[,;、&\s]|\band\b|和)\s*[A-J])+")
_MEASURED = re.compile(r"(-?\d[\d,.]*)\s?([mhsgL])")
"""A number with a letter that is a unit or a variable: a unit where the reference is a plain number."""
_GLUED = re.compile(r"(-?\d[\d,.]*(?:\s?\\times\s?10\^\{?-?\d+\}?)?)\s?([A-Zmsghd])")
"""A number with the letter of its unit, where the reference is measured: 300K."""
_THOUSANDS = re.compile(r"(-?\d[\d,.]*)\s?([kK])")
_WORDS = re.compile(r"[^\W\d_]{2,}(?: [^\W\d_]{2,})*")
_FLOORS = re.compile(r"\[|floor")
_PARTS = re.compile(r"\W*(?:text\s*\{\s*)?\(a\)")
"""How the answers to (a), (b) and so on begin: they keep their order, unless the reference is a set."""
_SIDE = re.compile(r"\\times(?![a-z])|\s+x\s+(?=\d)")
_LENGTH = (("length", 1),)
_OR = re.compile(r"\\text\s*\{\s*or\s*\}|\\lor(?![a-z])|\bor\b|或")


class Judgement(NamedTuple):
    """The verdict on one answer, with how both sides were read."""

    verdict: Verdict
    reference: Reading
    answer: Reading


class NotUnderstood(Exception):
    """The reference is neither words nor mathematics that any tier can read; the message says why."""


def judge(reference: str, answer: str, options: MathOptions, allowance: Allowance | None = None) -> Judgement:
    """Compare an answer with one accepted reference. Raises :class:`NotUnderstood` for a malformed reference."""
    left, right = read(reference), read(answer)
    allowance = allowance or Allowance(options.symbolic_cpu_s)
    verdict = _verdict(left, right, options, allowance)
    if verdict.equal and left.key != right.key and contradict(left.cleaned, right.cleaned):
        verdict = different("words", "the same value, but words beside it contradict each other")
    if verdict.equal and other_units(reference, answer):
        verdict = different("words", "square units are not cubic ones")
    return Judgement(verdict, left, right)


def _verdict(left: Reading, right: Reading, options: MathOptions, allowance: Allowance) -> Verdict:
    if left.key == right.key and left.key:
        return equal("string", "the same text")
    if not left.cleaned:
        raise NotUnderstood("the reference is empty")
    if not right.cleaned:
        return different("string", "the answer is empty")
    if (labelled := compare_labels(left.text, right.text)) is not None:
        return labelled
    if isinstance(left.node, Based) and right.cleaned.upper() == left.node.digits:
        return equal("exact", "the same digits, with the base left out")
    if (chosen := _choices(left, right)) is not None:
        return chosen
    if not isinstance(left.node, Number) and (notation := compare_notations(left.text, right.text)) is not None:
        return notation
    if (
        isinstance(left.node, Words)
        and not isinstance(right.node, Words)
        and _same_letters(left.cleaned, right.cleaned)
    ):
        return equal("words", "the same words")
    steps = Steps()
    if isinstance(left.node, Quantity) and (sides := _sides(left)):
        return _same_sides(sides, _sides(right), options, steps)
    verdict = _trees(left.node, right.node, options, steps)
    if verdict.equal is not True:
        verdict = _alternatives(left, right, options, verdict, allowance, steps)
    if verdict.equal is True or not (left.fault or right.fault or verdict.equal is None):
        return verdict
    return _last_resort(left, right, options, verdict, allowance)


def _sides(reading: Reading) -> list[Node]:
    r"""The lengths of ``10 cm \times 6 cm``, which are dimensions and no area; empty for all else."""
    parts = _SIDE.split(reading.cleaned)
    sides = [read(part).node for part in parts] if 2 <= len(parts) <= 3 else []
    lengths = all(isinstance(side, Quantity) and side.unit.dimension == _LENGTH for side in sides)
    return sides if lengths else []


def _same_sides(wanted: list[Node], given: list[Node], options: MathOptions, steps: Steps) -> Verdict:
    for order in permutations(given):
        if len(order) == len(wanted) and all(
            _trees(a, b, options, steps).equal for a, b in zip(wanted, order, strict=True)
        ):
            return equal("structure", "the same dimensions")
    return different("structure", "other dimensions")


def _same_letters(reference: str, answer: str) -> bool:
    """Whether two texts are words that differ in style alone, though one may also be read as a product of letters: EVEN."""
    left, right = normalize(reference), normalize(answer)
    return left == right and _WORDS.fullmatch(left) is not None


def _choices(left: Reading, right: Reading) -> Verdict | None:
    """A reference that is a choice letter is answered by a letter, and where it also has a text, by that text."""
    wanted_letters = _letters(left.cleaned) if _lists_choices(left.cleaned) else frozenset[str]()
    if wanted_letters and _OR.search(right.cleaned) and _letters(_OR.sub(" ", right.cleaned)):
        return different("words", "one choice or another is not both")
    if wanted_letters and (given := _letters(right.cleaned)):
        same = given == wanted_letters
        return equal("words", "the same choices") if same else different("words", "other choices")
    wanted = left.choice
    if wanted is None or not wanted.plain:
        return None
    given = right.choice
    if given is None or (not given.plain and wanted.letter > "E"):
        return None
    if given.letter == wanted.letter and _contradict(wanted.text, given.text):
        return different("words", f"{wanted.letter} is {wanted.text}, and not {given.text}")
    if given.letter == wanted.letter:
        return equal("words", f"both choose {wanted.letter}")
    return different("words", f"{given.letter} is not {wanted.letter}") if not wanted.text or given.text else None


def _contradict(wanted: str, given: str) -> bool:
    """Whether two texts behind the same letter are different mathematics."""
    if not wanted or not given or any(isinstance(read(text).node, Words) for text in (wanted, given)):
        return False
    return judge(wanted, given, MathOptions()).verdict.equal is False


def _lists_choices(text: str) -> bool:
    return (_LETTERS.fullmatch(text) or _CHOICE_LIST.fullmatch(text)) is not None


def _letters(text: str) -> frozenset[str]:
    """The choices that ``text`` lists, if it does nothing else."""
    plain = _CHOICE_SEPARATORS.sub("", text)
    return frozenset(plain) if _LETTERS.fullmatch(plain) and len(set(plain)) == len(plain) else frozenset()


def _trees(left: Node, right: Node, options: MathOptions, steps: Steps) -> Verdict:
    try:
        return Comparison(options, steps).compare(left, right)
    except OverBudget as reason:
        return undecided("budget", str(reason))
    except RecursionError:
        return undecided("structure", "nested too deeply")


def _alternatives(
    left: Reading, right: Reading, options: MathOptions, verdict: Verdict, allowance: Allowance, steps: Steps
) -> Verdict:
    """Other meanings of an ambiguous notation: any of them may be the one that was meant."""
    for mine, theirs in _pairs(left, right):
        if isinstance(mine, Words) or isinstance(theirs, Words):
            continue
        other = _trees(mine, theirs, options, steps)
        if other.equal:
            return other
    if _decimals_agree(left, right, options, steps):
        return equal("exact", "the same decimal, with a comma for its point")
    if isinstance(left.node, Number) and (measured := _MEASURED.fullmatch(right.cleaned)):
        return _trees(left.node, read(f"{measured[1]} \\text{{{measured[2]}}}").node, options, steps)
    if isinstance(left.node, Quantity) and (glued := _GLUED.fullmatch(right.cleaned)):
        return _trees(left.node, read(f"{glued[1]} \\text{{{glued[2]}}}").node, options, steps)
    if isinstance(left.node, Number) and (scaled := _THOUSANDS.fullmatch(right.cleaned)):
        return _trees(left.node, read(f"{scaled[1]} \\times 1000").node, options, steps)
    for mine, theirs in ((left.choice, None), (None, right.choice)):
        chosen = mine or theirs
        if chosen is None or not chosen.text or not chosen.plain:
            continue
        sides = (read(chosen.text), right) if mine else (left, read(chosen.text))
        other = _verdict(*sides, options, allowance)
        if other.equal:
            return other
    return verdict


def _pairs(left: Reading, right: Reading) -> list[tuple[Node, Node]]:
    theirs = [node for node in right.alternatives if _FLOORS.search(left.cleaned) or not _rounds_off(node)]
    if isinstance(left.node, Group) and left.node.is_set and isinstance(right.node, Group) and _PARTS.match(right.text):
        theirs.append(Group("{", "}", right.node.items))
    pairs = [(left.node, node) for node in theirs] + [(node, right.node) for node in left.alternatives]
    return pairs + [(a, b) for a in left.alternatives for b in theirs]


def _rounds_off(node: Node) -> bool:
    r"""Whether it takes the floor of a constant: brackets around ``\sqrt{5}`` are no 2, unless the reference speaks of floors."""
    return any(isinstance(part, Apply) and part.head == "floor" and not symbols(part) for part in walk(node))


def _decimals_agree(left: Reading, right: Reading, options: MathOptions, steps: Steps) -> bool:
    """Whether they agree once commas are read as decimal points. The commas of a reference may as well separate, and so
    stand for a decimal of that very value alone: rounding would accept what is equal to neither reading."""
    if options.decimal_comma == "never":
        return False
    if right.decimal is not None and _trees(left.node, right.decimal, options, steps).equal:
        return True
    if left.decimal is None:
        return False
    exactly = options if options.decimal_comma == "always" else options.model_copy(update={"rounding": "none"})
    theirs = right.node if right.decimal is None else right.decimal
    unsure = options.decimal_comma == "auto" and not left.cleaned.startswith("-0,")
    if unsure and isinstance(left.decimal, Number) and not _is_decimal(theirs):
        return False
    return bool(_trees(left.decimal, theirs, exactly, steps).equal)


def _is_decimal(node: Node) -> bool:
    """Whether a value is written with a decimal point, or else is a whole number."""
    value = node.value if isinstance(node, Quantity) else node
    return isinstance(value, Number) and (value.places is not None or value.value.denominator == 1)


def _last_resort(
    left: Reading, right: Reading, options: MathOptions, verdict: Verdict, allowance: Allowance
) -> Verdict:
    """Ask sympy; where the reference is at fault, first whether it can read that at all."""
    if left.over_budget:
        raise NotUnderstood(f"it is too large: {left.fault}")
    if left.fault and not (options.symbolic and understands(left.cleaned)):
        raise NotUnderstood(left.fault)
    if verdict.tier == "budget" and not left.fault:
        return verdict
    if right.fault and not right.over_budget and not right.fault.startswith("unknown"):
        return different("structure", f"the answer cannot be read: {right.fault}")
    if right.over_budget:
        return undecided("structure", right.fault or "too large")
    if not options.symbolic:
        return verdict if verdict.equal is None else undecided("structure", right.fault or "not understood")
    symbolic = compare(left, right, options, allowance)
    return symbolic if symbolic.equal is not None or verdict.equal is None else verdict
