"""Trees as short plain text: how an answer was read, for people."""

from fractions import Fraction

from verifier.verifiers.math.tree import (
    Apply,
    Based,
    Cases,
    Constant,
    Group,
    Listing,
    Matrix,
    Node,
    Number,
    Quantity,
    Ratio,
    Relation,
    Symbol,
    Unit,
    Words,
)  # fmt: skip

LENGTH = 200
"""Longest rendering; longer ones are cut and end in an ellipsis."""
_INFIX = {
    "+": (1, " + "),
    "-": (1, " - "),
    "*": (2, "*"),
    "/": (2, "/"),
    "^": (4, "^"),
    "+-": (1, " ± "),
    "mod": (2, " mod "),
}
_SETS = {"union": " ∪ ", "intersection": " ∩ ", "minus": " \\ "}


def render(node: Node) -> str:
    """``node`` in one line."""
    text = _render(node, 0)
    return text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"


def _render(node: Node, binding: int) -> str:
    match node:
        case Number(value, places):
            return _number(value, places, binding)
        case Apply():
            return _apply(node, binding)
        case Symbol(name) | Constant(name):
            return name
        case Quantity(value, unit):
            return f"{_render(value, 2)} {_unit(unit)}"
        case Based(digits, base):
            return f"{digits}_{base}"
        case Words(text):
            return f"“{text}”"
        case _:
            return _structure(node)


def _number(value: Fraction, places: int | None, binding: int) -> str:
    if value.numerator.bit_length() + value.denominator.bit_length() > 4 * LENGTH:
        return "…"
    text = (
        str(value) if places is None or places < 0 else f"{value.numerator * 10**places // value.denominator}e-{places}"
    )
    if places is not None and places >= 0:
        digits = text.partition("e")[0].lstrip("-").rjust(places + 1, "0")
        text = f"{'-' if value < 0 else ''}{digits[:-places] if places else digits}{'.' + digits[-places:] if places else ''}"
    return f"({text})" if binding > 2 and ("/" in text or "-" in text) else text


def _apply(node: Apply, binding: int) -> str:
    head, args = node.head, node.args
    if head in _INFIX and len(args) == 2:
        level, sign = _INFIX[head]
        text = f"{_render(args[0], level)}{sign}{_render(args[1], level + (head in '-/^'))}"
        return f"({text})" if binding > level else text
    if head in ("neg", "+-", "-+") and len(args) == 1:
        text = f"{'-' if head == 'neg' else '±'}{_render(args[0], 2)}"
        return f"({text})" if binding > 1 else text
    if head == "percent":
        return f"{_render(args[0], 3)}%"
    if head in _SETS:
        return _SETS[head].join(_render(arg, 0) for arg in args)
    if head == "call":
        head, args = _render(args[0], 0), args[1:]
    return f"{head}({', '.join(_render(arg, 0) for arg in args)})"


def _structure(node: Node) -> str:
    match node:
        case Group(opening, closing, items):
            return f"{opening}{', '.join(_render(item, 0) for item in items)}{closing}"
        case Listing(items, joint):
            return f" {joint} ".join(_render(i, 0) for i in items) if joint else ", ".join(_render(i, 0) for i in items)
        case Relation(operands, operators):
            return " ".join(
                part for pair in zip(map(render, operands), (*operators, ""), strict=True) for part in pair
            ).strip()
        case Matrix(rows):
            return f"[{'; '.join(', '.join(_render(cell, 0) for cell in row) for row in rows)}]"
        case Ratio(items):
            return ":".join(_render(item, 2) for item in items)
        case Cases(branches):
            return "; ".join(
                f"{render(value)} if {'else' if when is None else render(when)}" for value, when in branches
            )
        case _:
            return str(node)


def _unit(unit: Unit) -> str:
    scale = "" if unit.scale == 1 and not unit.pi_power else f"{unit.scale}{' pi' if unit.pi_power else ''} "
    return scale + " ".join(name if power == 1 else f"{name}^{power}" for name, power in unit.dimension)
