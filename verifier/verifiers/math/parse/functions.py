r"""Named functions and their arguments: ``\sin 2x``, ``\log_2 8``, ``\sin^2(x)``."""

from fractions import Fraction

from verifier.verifiers.math.parse.arithmetic import negative
from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.parse.suffixes import exponent
from verifier.verifiers.math.tree import IMAGINARY, Apply, Constant, Group, Node, Number, Symbol, integer


def function(p: Cursor, head: str) -> Node:
    base: Node | None = None
    power: Node | None = None
    while p.is_op("_", "^"):
        if p.next().text == "_":
            base = p.argument()
        else:
            power = exponent(p)
    if head == "log" and base is None and p.is_kind("number") and not p.token.space and p.peek().text == "(":
        base = p.atom()
    if p.is_op("=") and power is None:
        return Symbol(head)
    argument = _arguments(p, head)
    node = _applied(p, head, base, argument)
    if power is None:
        return node
    if power == Number(Fraction(-1)):
        inverse = f"arc{head}" if not head.startswith("arc") else head[3:]
        return Apply(inverse, argument)
    return Apply("^", (node, power))


def _applied(p: Cursor, head: str, base: Node | None, argument: tuple[Node, ...]) -> Node:
    first = argument[0]
    if head == "log":
        if base is not None:
            return Apply("/", (Apply("ln", (first,)), Apply("ln", (base,))))
        p.ambiguous.add("log10")
        head = "lg" if p.notation.log10 else "ln"
    if head in ("lg", "lb"):
        return Apply("/", (Apply("ln", (first,)), Apply("ln", (integer(10 if head == "lg" else 2),))))
    if head == "cis":
        return Apply("+", (Apply("cos", (first,)), Apply("*", (IMAGINARY, Apply("sin", (first,))))))
    if head == "sqrt":
        return Apply("sqrt", (first,))
    if head == "cbrt":
        return Apply("root", (first, integer(3)))
    return Apply(head, argument)


def _arguments(p: Cursor, head: str) -> tuple[Node, ...]:
    if p.is_op("\\{") and head in ("max", "min", "gcd", "lcm"):
        inside = p.postfix()
        return inside.items if isinstance(inside, Group) else (inside,)
    if p.is_op("("):
        p.at += 1
        inside = p.bracketed("(")
        if isinstance(inside, Group) and (inside.closing != ")" or not inside.items):
            raise ParseError("brackets that do not match")
        return inside.items if isinstance(inside, Group) else (inside,)
    if p.is_op("{") or head in ("sqrt", "cbrt"):
        return (p.postfix(),)
    return (_bare_argument(p),)


def _bare_argument(p: Cursor) -> Node:
    r"""The argument of ``\sin 2x``: the product up to the next sign, dot or function."""
    node = negative(p.postfix()) if p.accept("-") else p.postfix()
    while p.token.kind in ("letter", "constant") or p.token.text in ("frac", "sqrt", "|", "{"):
        if not _continues(p):
            break
        node = Apply("*", (node, p.postfix()))
    if p.is_op("/") and p.peek().kind == "number" and _is_angle(node):
        p.at += 1
        node = Apply("/", (node, p.postfix()))
    return node


def _continues(p: Cursor) -> bool:
    if p.token.text == "|" and p.bars:
        return False
    return not (p.integrals and p.token.text == "d")


def _is_angle(node: Node) -> bool:
    return isinstance(node, Constant | Number) or (isinstance(node, Apply) and all(map(_is_angle, node.args)))
