"""Names: variables with subscripts and primes, functions that are called, and counts such as C(5, 2)."""

from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.tree import IMAGINARY, Apply, E, Group, Node, Number, Symbol, integer

_CALLED = frozenset("fghFGH")


def name(p: Cursor, name: str) -> Node:
    while p.accept("'"):
        name += "'"
    if p.is_op("_"):
        return _subscripted(p, name)
    if p.token.kind == "number" and p.token.text.isdigit() and not p.token.space and p.peek().text != "^":
        digits = p.next().text
        return Apply("*", (IMAGINARY, integer(int(digits)))) if name == "i" else Symbol(f"{name}_{digits}")
    if name in _CALLED and [p.token.text, *(p.peek(i).text for i in range(1, 6))] == ["^", "{", "-", "1", "}", "("]:
        p.at += 5
        return _call(p, f"{name}^-1")
    if p.is_op("(") and name in ("C", "P") and (counted := _counted(p, name)) is not None:
        return counted
    if p.is_op("(") and (name[0] in _CALLED or _is_definition(p)):
        return _call(p, name)
    return {"i": IMAGINARY, "e": E}.get(name, Symbol(name))


def _counted(p: Cursor, name: str) -> Node | None:
    """``C(5, 2)`` and ``P(5, 2)`` with numbers count combinations and permutations; ``P(2, 3)`` is a point."""
    if (symbolic := _symbolic_count(p, name)) is not None:
        return symbolic
    kinds = [p.peek(ahead).kind for ahead in range(1, 4)]
    if kinds != ["number", "separator", "number"] or p.peek(4).text != ")":
        return None
    total, chosen = p.peek(1).value, p.peek(3).value
    if not (isinstance(total, Number) and isinstance(chosen, Number)) or chosen.value > total.value:
        return None
    p.ambiguous.add("counts")
    if not p.notation.counts:
        return None
    p.at += 5
    return _count(name, total, chosen)


def _count(name: str, total: Node, chosen: Node) -> Node:
    """Combinations, or arrangements of them."""
    count = Apply("binomial", (total, chosen))
    return count if name == "C" else Apply("*", (count, Apply("factorial", (chosen,))))


def _symbolic_count(p: Cursor, name: str) -> Node | None:
    """``C(n + 1, 2)``, in the other of its two readings."""
    closing = next((i for i in range(p.at, len(p.tokens)) if p.tokens[i].text == ")"), p.at)
    inside = p.tokens[p.at + 1 : closing]
    if sum(token.kind == "separator" for token in inside) != 1 or not any(token.kind == "letter" for token in inside):
        return None
    p.ambiguous.add("counts")
    if p.notation.counts:
        return None
    p.at += 1
    pair = p.bracketed("(")
    return _count(name, *pair.items) if isinstance(pair, Group) and len(pair.items) == 2 else pair


def _is_definition(p: Cursor) -> bool:
    """Whether the bracket that opens here closes before an equals sign at the beginning: ``W(n) = ..``."""
    if p.at != 1 and p.tokens[p.at - 2].kind != "separator":
        return False
    depth = 0
    for index in range(p.at, len(p.tokens)):
        text = p.tokens[index].text
        depth += (text == "(") - (text == ")")
        if not depth:
            return p.tokens[index + 1].text in ("=", "~", "equiv")
    return False


def _call(p: Cursor, name: str) -> Node:
    p.at += 1
    inside = p.bracketed("(")
    if isinstance(inside, Group) and inside.closing != ")":
        raise ParseError("brackets that do not match")
    arguments = inside.items if isinstance(inside, Group) else (inside,)
    return Apply("call", (Symbol(name), *arguments))


def _subscripted(p: Cursor, name: str) -> Node:
    p.at += 1
    below = subscript(p)
    if name in ("C", "A", "P") and below.isdigit() and p.is_op("^"):
        return _combination(p, name, int(below))
    symbol = Symbol(f"{name}_{below}")
    return _call(p, symbol.name) if p.is_op("(") and _is_definition(p) else symbol


def _combination(p: Cursor, name: str, total: int) -> Node:
    """``C_5^2`` is 5 over 2, and ``A_5^2`` counts arrangements."""
    p.at += 1
    chosen = p.argument()
    return _count(name, integer(total), chosen)


def subscript(p: Cursor) -> str:
    """The text of a subscript, without spaces and braces."""
    if not p.accept("{"):
        return p.next().text
    parts: list[str] = []
    depth = 1
    while depth:
        token = p.next()
        if token.kind == "end":
            raise ParseError("a subscript that never ends")
        depth += token.text == "{"
        depth -= token.text == "}"
        if token.text not in ("{", "}"):
            parts.append(token.text)
    return "".join(parts)
