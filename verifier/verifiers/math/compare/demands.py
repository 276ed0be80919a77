"""What an expression demands of the points at which it is compared: whole numbers, real ones."""

from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.tree import Apply, Cases, Constant, Node, symbols, walk

_REAL_HEADS = frozenset(("floor", "ceil", "min", "max", "mod", "abs", "sgn"))


def has_heads(heads: frozenset[str], *nodes: Node) -> bool:
    """Whether any of these functions occurs."""
    return any(isinstance(part, Apply) and part.head in heads for node in nodes for part in walk(node))


def needs_reals(*nodes: Node) -> bool:
    """Whether it speaks of real numbers: pieces, floors, absolute values, the greater of two."""
    return has_heads(_REAL_HEADS, *nodes) or any(isinstance(part, Cases) for node in nodes for part in walk(node))


def sums_unending(*nodes: Node) -> bool:
    """Whether it has sums of endlessly many terms, which converge at some points and not at others."""
    return any(
        isinstance(part, Apply) and part.head == "sum" and part.args[-1] == Constant("oo")
        for node in nodes
        for part in walk(node)
    )


def whole_variables(*nodes: Node) -> frozenset[str]:
    """Variables that only make sense as integers: in factorials, binomials, ranges, and exponents of negative numbers."""
    found: set[str] = set()
    for node in nodes:
        for part in walk(node):
            match part:
                case Apply("factorial" | "factorial2" | "binomial", args):
                    found.update(*map(symbols, args))
                case Apply("sum" | "product", (_, _, *bounds)):
                    found.update(*map(symbols, bounds))
                case Apply("^", (base, exponent)) if not symbols(base) and symbols(exponent):
                    value = rational(base)
                    if value is not None and value < 0:
                        found.update(symbols(exponent))
                case _:
                    pass
    return frozenset(found)
