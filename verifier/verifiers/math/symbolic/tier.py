"""The symbolic tier: what is asked of sympy, and what its replies mean."""

import json
from functools import lru_cache
from typing import Any, TypeGuard

from verifier.verifiers.math.compare.verdict import Verdict, undecided
from verifier.verifiers.math.evaluate import NotEvaluable
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.reading import Reading
from verifier.verifiers.math.symbolic.client import CLIENT, Allowance, Spent
from verifier.verifiers.math.symbolic.plain import encode
from verifier.verifiers.math.tree import Apply, Constant, Node, Relation, Symbol, symbols, walk

QUESTIONS = 4_096
"""Questions whose answers are kept."""
REFERENCE_CPU_S = 2.0
"""CPU seconds in which sympy must have read a reference that our own parser does not know."""
_ASSUMPTIONS: dict[str, dict[str, bool]] = {"complex": {}, "real": {"real": True}, "positive": {"positive": True}}


def compare(reference: Reading, answer: Reading, options: MathOptions, allowance: Allowance) -> Verdict:
    """Ask sympy whether two readings are equal. Raises ServiceFault when the worker is broken."""
    if any(_is_hopeless(part) for side in (reference, answer) for part in walk(side.node)):
        return undecided("symbolic", "an integral of a function that has no antiderivative in sympy")
    request = {
        "do": "compare",
        "reference": _side(reference),
        "answer": _side(answer),
        "assumptions": _ASSUMPTIONS[options.domain],
    }
    question = json.dumps(request)
    if allowance.left < options.symbolic_cpu_s:
        return _ask(question, allowance)
    verdict, spent = _ask_once(question, options.symbolic_cpu_s)
    allowance.left -= spent
    return verdict


@lru_cache(maxsize=QUESTIONS)
def _ask_once(question: str, cpu_s: float) -> tuple[Verdict, float]:
    """The verdict on a question with a full allowance, and what it cost: a group of rollouts asks the same."""
    allowance = Allowance(cpu_s)
    return _ask(question, allowance), cpu_s - allowance.left


def _ask(question: str, allowance: Allowance) -> Verdict:
    try:
        reply = CLIENT.ask(json.loads(question), allowance)
    except Spent as reason:
        return undecided("symbolic", str(reason))
    return Verdict(reply["equal"], "symbolic", reply["why"])


@lru_cache(maxsize=QUESTIONS)
def understands(text: str) -> bool:
    """Whether latex2sympy2_extended can read a reference that our own parser cannot."""
    try:
        return bool(CLIENT.ask({"do": "understand", "text": text}, Allowance(REFERENCE_CPU_S))["equal"])
    except Spent:
        return False


def _is_hopeless(node: Node) -> bool:
    """An improper integral over ``x^x``, or several over ``x^{y^z}``: sympy spends all of its seconds on it, and never finds a
    value."""
    match node:
        case Apply("integral", (body, Symbol(name), low, high)):
            towers = [part for part in walk(body) if _is_power(part) and all(map(symbols, part.args))]
            if any(isinstance(part, Apply) and part.head == "integral" for part in walk(body)):
                return any(_is_power(part) and symbols(part) for tower in towers for part in walk(tower.args[1]))
            endless = any(Constant("oo") in walk(bound) for bound in (low, high))
            return endless and any(all(name in symbols(arg) for arg in tower.args) for tower in towers)
        case _:
            return False


def _is_power(node: Node) -> TypeGuard[Apply]:
    return isinstance(node, Apply) and node.head == "^"


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
