"""Brackets of every kind where an expression may start: groups, bars, floors, vectors, outward intervals."""

from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.tree import DOTS, Apply, Group, Listing, Node


def bracket(p: Cursor) -> Node:
    token = p.next()
    match token.text:
        case "(" | "[" | "\\{" | "{" | "langle":
            return p.bracketed(token.text)
        case "<":
            p.tokens[p.at - 1] = token._replace(text="langle")
            return _angled(p)
        case "|" | "||":
            return _bars(p, token.text)
        case "lfloor" | "lceil":
            inside = p.fenced(p.additive)
            p.expect("r" + token.text[1:])
            return Apply(token.text[1:], (inside,))
        case "]":
            return _outward(p)
        case "...":
            return DOTS
        case "_":
            return _prefixed(p)
        case _:
            raise ParseError(f"unexpected {token.text!r}")


def _angled(p: Cursor) -> Node:
    items = [p.additive()]
    while p.token.kind == "separator":
        p.at += 1
        items.append(p.additive())
    p.expect(">", "rangle")
    return Group("(", ")", tuple(items))


def _bars(p: Cursor, bar: str) -> Node:
    if bar == "||" and not p.is_op("|", "||") and not any(t.text == "||" for t in p.tokens[p.at :]):
        raise ParseError("a bar that is never closed")
    p.bars += 1
    inside = p.additive()
    p.expect(bar)
    p.bars -= 1
    return Apply("abs", (inside,))


def _outward(p: Cursor) -> Node:
    """``]a, b[``: the French open interval."""
    p.outward = True
    inside = p.fenced(p.listing)
    p.outward = False
    closing = p.expect("[", "]")
    if not isinstance(inside, Listing):
        raise ParseError("brackets that do not match")
    return Group("(", ")" if closing == "[" else "]", inside.items)


def _prefixed(p: Cursor) -> Node:
    """``_5C_2``."""
    total = p.argument()
    letter = p.next().text
    if letter not in ("C", "P") or not p.accept("_"):
        raise ParseError("a subscript of nothing")
    chosen = p.argument()
    count = Apply("binomial", (total, chosen))
    return count if letter == "C" else Apply("*", (count, Apply("factorial", (chosen,))))
