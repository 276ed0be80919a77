r"""Names that are made of points: ``\overrightarrow{AB}``, ``\angle ABC``, ``\triangle ABC``. They are no products of letters."""

import re

from verifier.verifiers.math.tree import Apply, Node, Relation, Symbol

NAMED = frozenset(("overrightarrow", "vec", "angle", "triangle", "widehat"))
_POINT = r"[A-Z](?:'|_\{?\d\}?)?"
FIGURE = re.compile(
    rf"\\(?:(?P<two>overrightarrow|vec)\s*\{{\s*(?P<ends>(?:{_POINT}\s*){{2}})\}}"
    rf"|(?P<arc>widehat)\s*\{{\s*(?P<on>(?:{_POINT}\s*){{2,3}})\}}"
    rf"|(?P<three>angle|triangle)(?![a-z])\s*(?:\{{\s*(?P<braced>(?:{_POINT}\s*){{3}})\}}|(?P<bare>(?:{_POINT}\s*){{3}})(?![A-Za-z])))"
)
"""The command and the points, in braces or not."""
CORRESPOND = ("\\cong", "\\sim", "\\backsim")
"""Signs between triangles whose vertices are named in the order in which they correspond."""
_LETTERS = re.compile(_POINT)


def named(match: re.Match[str], *, ordered: bool) -> tuple[str, str]:
    """The kind and text of the token for a figure. An angle may be read backwards, and a triangle from anywhere, unless
    its vertices are ``ordered`` by those of another."""
    points = next(filter(None, (match["ends"], match["on"], match["braced"], match["bare"]))).replace(" ", "")
    letters = _LETTERS.findall(points)
    if match["two"]:
        return "command", f"vector {points}"
    kind = match["three"] or ("arc" if len(letters) == 2 else "angle")
    if kind == "triangle":
        return "letter", f"triangle {points if ordered else ''.join(sorted(letters))}"
    return "letter", f"{kind} {''.join(min(letters, letters[::-1]))}"


def vector(points: str) -> Node:
    """The vector between two points."""
    start, end = _LETTERS.findall(points)[:2]
    return Apply("vector", (Symbol(f"point {start}"), Symbol(f"point {end}")))


def corresponding(relation: Relation) -> Relation:
    """Congruent or similar triangles with their vertices in the one order that all ways of stating it share."""
    names = [operand.name for operand in relation.operands
             if isinstance(operand, Symbol) and operand.name.startswith("triangle ")]  # fmt: skip
    triangles = sorted((_LETTERS.findall(name[9:]) for name in names), key=sorted)
    if len(names) < len(relation.operands) or any(len(letters) != 3 for letters in triangles):
        return relation
    order = sorted(range(3), key=triangles[0].__getitem__)
    renamed = (Symbol(f"triangle {''.join(letters[i] for i in order)}") for letters in triangles)
    return Relation(tuple(renamed), relation.operators)


def is_same_vector(left: Node, right: Node) -> bool:
    """Whether one of them is a vector, and the other its name without an arrow: AB, and not BA."""
    match left, right:
        case (Apply("vector", ends), Apply("*", letters)) | (Apply("*", letters), Apply("vector", ends)):
            return [f"point {part.name}" for part in letters if isinstance(part, Symbol)] == [
                end.name for end in ends if isinstance(end, Symbol)
            ]
        case _:
            return False
