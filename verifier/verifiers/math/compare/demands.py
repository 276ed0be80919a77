"""What an expression demands of the points at which it is compared: whole numbers, real ones."""

from verifier.verifiers.math.evaluate.domains import integers
from verifier.verifiers.math.evaluate.exact import rational
from verifier.verifiers.math.tree import Apply, Cases, Constant, Node, Relation, Symbol, symbols, walk

_REAL_HEADS = frozenset(("floor", "ceil", "min", "max", "mod", "abs", "sgn"))
INDICES = frozenset("ijkmn")
"""Names of integers, where nothing else is said."""


def variables(node: Node) -> frozenset[str]:
    """The variables of ``node``, without the letters of the sets of integers that it says they are in."""
    domains = [part.operands[1] for part in walk(node) if isinstance(part, Relation) and part.operators == ("in",)]
    return symbols(node).difference(*(symbols(domain) for domain in domains if integers(domain) is not None))


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
    """Variables that only make sense as integers: in factorials, binomials, ranges, parities, and exponents of negative
    numbers; and those that are called like integers, in floors and in cases."""
    found: set[str] = set()
    for node in nodes:
        for part in walk(node):
            match part:
                case Apply("factorial" | "factorial2" | "binomial", args):
                    found.update(*map(symbols, args))
                case Apply("congruent", (left, *_)):
                    found.update(symbols(left))
                case Relation((Symbol(name), domain), ("in",)) if integers(domain) is not None:
                    found.add(name)
                case Apply("floor" | "ceil", args):
                    found.update(INDICES.intersection(*map(symbols, args)))
                case Cases(branches):
                    found.update(INDICES.intersection(*(symbols(when) for _, when in branches if when is not None)))
                case Apply("sum" | "product", (_, _, *bounds)):
                    found.update(*map(symbols, bounds))
                case Apply("^", (base, exponent)) if not symbols(base) and symbols(exponent):
                    value = rational(base)
                    if value is not None and value < 0:
                        found.update(symbols(exponent))
                case _:
                    pass
    return frozenset(found)
