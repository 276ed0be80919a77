"""Units, scale words and counted nouns behind a value."""

from verifier.verifiers.math import units
from verifier.verifiers.math.parse import numerals
from verifier.verifiers.math.parse.arithmetic import combined, unmeasured
from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.prose import NOISE, ParseError, noun_phrase
from verifier.verifiers.math.parse.tokens import Token
from verifier.verifiers.math.tree import Apply, Node, Number, Quantity, Symbol, Unit, Words, integer, walk


def is_unit(p: Cursor, left: Node) -> bool:
    token = p.token
    if token.kind == "unit":
        return True
    if token.kind != "letter" or token.text not in units.KNOWN or isinstance(left, Symbol):
        return False
    after = p.peek()
    ends = after.kind in ("end", "separator", "word", "unit") or after.text in (
        "^",
        "/",
        ")",
        "]",
        "}",
        "\\}",
        "*",
        "=",
    )
    if not token.upright and not (token.space and (ends or _goes_on(p)) and numeric(left)):
        return False
    if not token.upright:
        p.ambiguous.add("letters")
    return token.upright or p.notation.letters


def _goes_on(p: Cursor) -> bool:
    """Whether more of a unit or of a compound follows the unit here: ``5 N m``, ``2 h 30 min``."""
    after = p.peek()
    return after.space and (_is_factor(after) or (after.kind == "number" and p.peek(2).kind == "unit"))


def _is_factor(token: Token) -> bool:
    return token.kind == "letter" and token.space and token.text in units.KNOWN


def measured(p: Cursor, left: Node) -> Node | None:
    """``left`` with the unit, scale word or noun that follows it; None if the words belong to something else."""
    token = p.token
    if token.kind == "word" and token.text in numerals.ENGLISH_SCALES:
        p.at += 1
        return Apply("*", (left, integer(numerals.ENGLISH_SCALES[token.text])))
    if token.kind == "word" and token.text in ("times", "plus", "minus", "mod"):
        p.at += 1
        right = p.unary() if token.text in ("times", "mod") else p.term()
        return Apply({"times": "*", "plus": "+", "minus": "-", "mod": "mod"}[token.text], (left, right))
    if token.kind == "word" and token.text == "分之":
        p.at += 1
        return Apply("/", (p.unary(), left))
    if any(isinstance(node, Symbol) for node in walk(left)) and token.kind == "word":
        return None
    found = unit(p)
    match left:
        case Apply("*" | "/" as operator, (Quantity() as first, last)) if whole := combined(
            operator, first, Quantity(last, found)
        ):
            return whole
        case _:
            return left if found == units.NO_UNIT else Quantity(unmeasured(left), found)


def unit(p: Cursor) -> Unit:
    unit = _unit_factor(p, 1)
    while True:
        token = p.token
        if token.text in ("/", "*", "per") and p.peek().text == "(" and _names_unit(p, p.peek(2)):
            unit = _in_brackets(p, unit)
        elif token.text in ("/", "per", "每", "a", "an", "each", "every") and _names_unit(p, p.peek()):
            p.at += 1
            unit = units.multiply(unit, _unit_factor(p, 1), -1)
        elif token.kind == "op" and token.text == "*" and _names_unit(p, p.peek()):
            p.at += 1
            unit = units.multiply(unit, _unit_factor(p, 1))
        elif (
            (token.kind == "unit" and token.text not in units.CURRENCY)
            or (token.upright and _names_unit(p, token))
            or _is_factor(token)
            or (token.kind == "word" and token.space and units.known_unit(token.text) is not None)
        ):
            unit = units.multiply(unit, _unit_factor(p, 1))
        else:
            return unit


def _in_brackets(p: Cursor, left: Unit) -> Unit:
    """``J/(mol K)``: all that stands in the brackets divides."""
    sign = 1 if p.token.text == "*" else -1
    p.at += 2
    inside = unit(p)
    p.expect(")")
    return units.multiply(left, inside, sign * _unit_power(p))


def _names_unit(p: Cursor, token: Token) -> bool:
    return token.kind in ("unit", "word") or (token.kind == "letter" and token.text in units.KNOWN)


def _unit_factor(p: Cursor, power: int) -> Unit:
    token = p.token
    if token.kind == "word":
        if token.text.lower() in ("square", "sq", "cubic", "cu") and _names_unit(p, p.peek()):
            p.at += 1
            dimension = 3 if token.text.lower() in ("cubic", "cu") else 2
            return units.multiply(units.NO_UNIT, _unit_factor(p, 1), dimension * power)
        known = units.known_unit(token.text)
        if known is not None:
            p.at += 1
            return units.multiply(units.NO_UNIT, known, _unit_power(p) * power)
        words, p.at = noun_phrase(p.tokens, p.at)
        return units.multiply(units.NO_UNIT, units.noun(words), power) if words not in NOISE else units.NO_UNIT
    p.at += 1
    base = token.value if isinstance(token.value, Unit) else units.KNOWN[token.text]
    exponent = _unit_power(p)
    return units.multiply(units.NO_UNIT, base, exponent * power)


def _unit_power(p: Cursor) -> int:
    if p.is_op("^"):
        p.at += 1
        exponent = p.argument()
        if isinstance(exponent, Apply) and exponent.head == "neg" and isinstance(exponent.args[0], Number):
            exponent = Number(-exponent.args[0].value)
        if isinstance(exponent, Number) and exponent.value.denominator == 1 and abs(exponent.value) < 10:
            return int(exponent.value)
        raise ParseError("a unit to a power that is no small integer")
    if p.token.kind == "number" and not p.token.space and p.token.text in ("2", "3"):
        return int(p.next().text)
    return 1


def numeric(node: Node) -> bool:
    return not any(isinstance(part, Symbol | Words) for part in walk(node))
