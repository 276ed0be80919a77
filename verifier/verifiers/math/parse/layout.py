r"""Commands that lay mathematics out: ``\frac``, ``\sqrt``, ``\sum``, ``\int``, ``\lim``, accents."""

from collections.abc import Callable

from verifier.verifiers.math.parse import commands
from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.environments import environment
from verifier.verifiers.math.parse.figures import vector
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.tree import (
    IMAGINARY,
    Apply,
    Constant,
    Group,
    Matrix,
    Node,
    Number,
    Relation,
    Symbol,
    children,
    integer,
    rebuild,
    walk,
)


def command(p: Cursor, name: str) -> Node:
    parser = _COMMANDS.get(name)
    if parser is not None:
        return parser(p)
    if name in commands.ACCENTS:
        return _accent(p, commands.ACCENTS[name])
    if name.startswith("vector "):
        return vector(name[7:])
    if name.startswith("begin "):
        return environment(p, name[6:])
    raise ParseError(f"unknown command \\{name}")


def _fraction(p: Cursor) -> Node:
    top, bottom = p.argument(), p.argument()
    match top, bottom:
        case Symbol("d"), Apply("*", (Symbol("d"), Symbol() as variable)):
            return Apply("derivative", (p.term(), variable))
        case Apply("*", (Symbol("d" | "partial"), Symbol(above))), Apply("*", (Symbol("d" | "partial"), Symbol(below))):
            return Symbol(f"d{above}/d{below}")
        case Number(a, None), Number(b, None) if b:
            return Number(a / b)
        case _:
            return Apply("/", (top, bottom))


def _root(p: Cursor) -> Node:
    if p.accept("["):
        index = p.fenced(p.additive)
        p.expect("]")
        return Apply("root", (_radicand(p), index)) if index != integer(2) else Apply("sqrt", (_radicand(p),))
    return Apply("sqrt", (_radicand(p),))


def _radicand(p: Cursor) -> Node:
    """TeX takes one digit of an unbraced number; people mean all of it."""
    return p.atom() if p.token.kind == "number" else p.argument()


def _binomial(p: Cursor) -> Node:
    return Apply("binomial", (p.argument(), p.argument()))


def _accent(p: Cursor, accent: str) -> Node:
    node = p.argument()
    if isinstance(node, Symbol):
        return Apply("conj", (node,)) if accent == "bar" else Symbol(f"{accent} {node.name}")
    return Apply("conj", (node,)) if accent == "bar" and IMAGINARY in walk(node) else node


def _negation(p: Cursor) -> Node:
    return Apply("not", (p.postfix(),))


def _bounds(p: Cursor) -> tuple[Node | None, Node | None]:
    lower: Node | None = None
    upper: Node | None = None
    while p.is_op("_", "^"):
        if p.next().text == "_":
            lower = p.braced("}") if p.accept("{") else p.argument()
        else:
            upper = p.argument()
    return lower, upper


def _repeated(head: str) -> Callable[[Cursor], Node]:
    def parse(p: Cursor) -> Node:
        lower, upper = _bounds(p)
        if p.is_op("="):
            return Symbol(head)
        body = p.term()
        match lower:
            case Relation((Symbol(name) as variable, start), ("=",)) if upper is not None:
                return Apply(head, (_indexed(body, name), variable, start, upper))
            case Relation((Constant("i"), start), ("=",)) if upper is not None:
                return Apply(head, (_indexed(_bound_i(body), "i"), Symbol("i"), start, upper))
            case Relation((start, Symbol(name) as variable, end), (("<" | "<=") as above, ("<" | "<=") as below)):
                first = start if above == "<=" else Apply("+", (start, integer(1)))
                last = end if below == "<=" else Apply("-", (end, integer(1)))
                return Apply(head, (_indexed(body, name), variable, first, last))
            case _:
                raise ParseError(f"a {head} without its range")

    return parse


def _bound_i(node: Node) -> Node:
    """An index i is a variable, and no imaginary unit."""
    if node == IMAGINARY:
        return Symbol("i")
    below = children(node)
    return rebuild(node, tuple(map(_bound_i, below))) if below else node


def _indexed(node: Node, index: str) -> Node:
    """``x_i`` under a sum over i is a function of i."""
    if isinstance(node, Symbol) and node.name.endswith(f"_{index}"):
        return Apply("call", (Symbol(node.name.removesuffix(f"_{index}")), Symbol(index)))
    below = children(node)
    return rebuild(node, tuple(_indexed(child, index) for child in below)) if below else node


def _integral(p: Cursor) -> Node:
    lower, upper = _bounds(p)
    p.integrals += 1
    starts = p.token.kind == "letter" and p.token.text == "d" and p.peek().kind == "letter"
    body = integer(1) if starts else p.fenced(p.additive)
    p.integrals -= 1
    if not (p.token.kind == "letter" and p.token.text == "d"):
        raise ParseError("an integral without its differential")
    p.at += 1
    variable = p.next()
    if variable.kind != "letter":
        raise ParseError("an integral without its variable")
    bounds = () if lower is None or upper is None else (lower, upper)
    return Apply("integral", (body, Symbol(variable.text), *bounds))


def _limit(p: Cursor) -> Node:
    lower, _ = _bounds(p)
    body = p.term()
    if isinstance(lower, Relation) and lower.operators == ("->",) and isinstance(lower.operands[0], Symbol):
        variable, point = lower.operands
        match point:
            case Apply("^", (at, Symbol("+" | "-") as side)) | Apply(
                "neg", (Apply("^", (at, Symbol("+" | "-") as side)),)
            ):
                at = at if point.head == "^" else Apply("neg", (at,))
                return Apply("limit", (body, variable, at, side))
            case _:
                return Apply("limit", (body, variable, point))
    raise ParseError("a limit without its point")


def _span(p: Cursor) -> Node:
    """The space that vectors span, in braces or brackets."""
    inside = p.postfix()
    vectors = inside.items if isinstance(inside, Group) and isinstance(inside.items[0], Group | Matrix) else (inside,)
    return Apply("span", vectors)


def _quantified(head: str) -> Callable[[Cursor], Node]:
    """``for all x in R, x^2 >= 0``: the variable with its set or bound, and what is said of it."""

    def parse(p: Cursor) -> Node:
        domain = p.relation()
        variable = domain.operands[0] if isinstance(domain, Relation) else domain
        while p.token.kind == "separator" or p.is_op(":"):
            p.at += 1
        if not isinstance(variable, Symbol):
            raise ParseError("a quantifier without its variable")
        return Apply(head, (p.relation(), variable, domain))

    return parse


_COMMANDS: dict[str, Callable[[Cursor], Node]] = {
    "frac": _fraction,
    "sqrt": _root,
    "binom": _binomial,
    "sum": _repeated("sum"),
    "prod": _repeated("product"),
    "int": _integral,
    "lim": _limit,
    "span": _span,
    "forall": _quantified("forall"),
    "exists": _quantified("exists"),
    "neg": _negation,
    "lnot": _negation,
}
