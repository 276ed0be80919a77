"""The symbolic tier: what is asked of sympy, and what its replies mean."""

from typing import Any

from verifier.verifiers.math.compare.verdict import Verdict, undecided
from verifier.verifiers.math.evaluate import NotEvaluable
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.reading import Reading
from verifier.verifiers.math.symbolic.client import CLIENT, Allowance, Spent
from verifier.verifiers.math.symbolic.plain import encode
from verifier.verifiers.math.tree import Node, Relation

_ASSUMPTIONS: dict[str, dict[str, bool]] = {"complex": {}, "real": {"real": True}, "positive": {"positive": True}}


def compare(reference: Reading, answer: Reading, options: MathOptions, allowance: Allowance) -> Verdict:
    """Ask sympy whether two readings are equal. Raises ServiceFault when the worker is broken."""
    request = {
        "do": "compare",
        "reference": _side(reference),
        "answer": _side(answer),
        "assumptions": _ASSUMPTIONS[options.domain],
    }
    try:
        reply = CLIENT.ask(request, allowance)
    except Spent as reason:
        return undecided("symbolic", str(reason))
    return Verdict(reply["equal"], "symbolic", reply["why"])


def understands(text: str, allowance: Allowance) -> bool:
    """Whether latex2sympy2_extended can read what our own parser cannot."""
    try:
        return bool(CLIENT.ask({"do": "understand", "text": text}, allowance)["equal"])
    except Spent:
        return False


def _side(reading: Reading) -> dict[str, Any]:
    """A tree where there is one; else the text, for latex2sympy2_extended to read."""
    if reading.fault is None:
        try:
            return {"tree": encode(_value(reading.node))}
        except NotEvaluable:
            pass
    return {"latex": reading.cleaned}


def _value(node: Node) -> Node:
    return node.operands[-1] if isinstance(node, Relation) and node.operators == ("=",) else node
