"""What may follow an atom: powers, factorials, percent signs, degrees, bases."""

from verifier.verifiers.math import units
from verifier.verifiers.math.parse.arithmetic import negative
from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.names import subscript
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.tree import IMAGINARY, Apply, Based, Constant, E, Node, Number, Quantity, Symbol, integer


def suffix(p: Cursor, node: Node) -> Node | None:
    """``node`` with the power, factorial, percent sign, degree or subscript that follows it, or None."""
    if p.token.kind == "command" and p.token.text == "permil":
        p.at += 1
        return Apply("/", (node, integer(1000)))
    if p.token.kind != "op":
        return None
    match p.token.text:
        case "^":
            p.at += 1
            return _power(p, node)
        case "!":
            p.at += 1
            return Apply("factorial2" if p.accept("!") else "factorial", (node,))
        case "%":
            p.at += 1
            return Apply("percent", (node,))
        case "circ" if _is_composition(p, node):
            return None
        case "degree" | "circ":
            p.at += 1
            return _degrees(p, node)
        case "_":
            return _base(p, node)
        case "'" if isinstance(node, Number | Quantity):
            return _minutes(p, node)
        case _:
            return None


def _is_composition(p: Cursor, node: Node) -> bool:
    """``f \\circ g``: the sign stands between the names of functions."""
    after = p.peek()
    if after.text in ("(", "C", "F"):
        return after.text == "(" and isinstance(node, Symbol) and node.name[:1] in "fghFGHTS"
    return not isinstance(node, Number | Quantity | Constant) and after.kind == "letter"


def _power(p: Cursor, node: Node) -> Node:
    if p.is_op("circ", "degree"):
        p.at += 1
        return _degrees(p, node)
    if p.is_op("{") and p.peek().text in ("circ", "degree") and p.peek(2).text == "}":
        p.at += 3
        return _degrees(p, node)
    if p.is_op("'") or (p.is_op("{") and p.peek().text == "'"):
        while p.is_op("'", "{", "}"):
            p.at += 1
        return Symbol(f"{node.name}'") if isinstance(node, Symbol) else node
    if p.is_op("*"):
        p.at += 1
        return Apply("conj", (node,))
    if p.is_op("{") and p.peek().text == "*" and p.peek(2).text == "}":
        p.at += 3
        return Apply("conj", (node,))
    if p.is_op("{") and p.peek().kind == "word" and p.peek().text in ("th", "st", "nd", "rd"):
        p.at += 3
        return node
    return Apply("^", (node, exponent(p)))


def exponent(p: Cursor) -> Node:
    if p.is_op("{") and p.peek().text in ("+", "-") and p.peek(2).text == "}":
        p.at += 3
        return Symbol(p.peek(-2).text)
    if p.accept("{"):
        return p.braced("}")
    if p.is_op("+", "-") and (p.peek().kind in ("end", "separator") or p.peek().text in (")", "]", "}", "\\}")):
        return Symbol(p.next().text)
    if p.accept("-"):
        return negative(exponent(p))
    node = p.atom()
    if p.is_op("^"):
        p.at += 1
        return Apply("^", (node, exponent(p)))
    return node


def _degrees(p: Cursor, node: Node) -> Node:
    if (p.token.kind == "letter" and p.token.text in ("C", "F")) or (
        p.token.kind == "unit" and p.token.text in ("C", "F")
    ):
        return Quantity(node, units.CELSIUS if p.next().text == "C" else units.FAHRENHEIT)
    return Quantity(node, units.DEGREE)


def _minutes(p: Cursor, node: Node) -> Node | None:
    """Minutes and seconds of arc."""
    if isinstance(node, Quantity):
        return None
    p.at += 1
    if p.accept("'"):
        return Quantity(node, units.ARC_SECOND)
    return Quantity(node, units.ARC_MINUTE)


def _base(p: Cursor, node: Node) -> Node | None:
    """``(101)_2``; anything else with a subscript is a name."""
    if isinstance(node, Constant) and (node in (E, IMAGINARY) or node.name in "NZQRC"):
        p.at += 1
        return Symbol(f"{node.name}_{subscript(p)}")
    if not isinstance(node, Number) or node.value.denominator != 1:
        raise ParseError("a subscript")
    p.at += 1
    base = subscript(p)
    digits = str(node.value)
    if not base.isdigit() or not 2 <= int(base) <= 36 or any(int(d, 36) >= int(base) for d in digits.strip("-")):
        raise ParseError("no base")
    return Based(digits, int(base))
