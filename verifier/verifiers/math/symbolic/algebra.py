"""What the symbolic worker does with sympy. Only ever imported there: sympy takes half a second to import.

Trees are built into sympy objects node by node; LaTeX goes through latex2sympy2_extended's grammar. No text is ever evaluated.
"""
# sympy has no types: everything that it returns is Any here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportMissingTypeStubs=false, reportAttributeAccessIssue=false

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

import latex2sympy2_extended.latex2sympy2 as latex_parser
import sympy
import sympy.codegen
import sympy.parsing.sympy_parser as text_parser

from verifier.verifiers.math.symbolic.plain import decode
from verifier.verifiers.math.tree import Apply, Constant, Node, Number, Symbol

_LITERAL = re.compile(r"(?P<name>[A-Za-z]\w{0,30})|(?P<top>\d{1,30})(?:/(?P<bottom>\d{1,30}))?")


def _refuse(*_: object, **__: object) -> None:
    raise ValueError("text is never evaluated")


def _read_literal(text: str, *_: object, **__: object) -> Any:
    """A name or a small fraction, which is all that sympy itself turns from text into an expression."""
    match = _LITERAL.fullmatch(text.strip())
    if match is None:
        raise ValueError("text is never evaluated")
    name = match.group("name")
    if name:
        return {"E": sympy.E, "I": sympy.I, "pi": sympy.pi, "oo": sympy.oo}.get(name) or sympy.Symbol(name)
    return sympy.Rational(int(match.group("top")), int(match.group("bottom") or 1))


def wall_off() -> None:
    """Cut the ways by which sympy evaluates text as Python, should any input find one; and those to what it would use were it
    there: its import is no part of a question, and the verdict is not to depend on what else is installed."""
    sys.modules.update(dict.fromkeys(("numpy", "scipy"), cast(Any, None)))
    for module, name in ((text_parser, "parse_expr"), (latex_parser, "parse_expr")):
        setattr(module, name, _read_literal)
    setattr(text_parser, "eval_expr", _refuse)  # noqa: B010  (the module has no such attribute to a type checker)


def warm_up() -> None:
    """Do a little of everything, so that workers are forked with sympy's tables loaded and its modules imported: a question
    that imports them pays for it."""
    for package in (sympy.integrals, sympy.polys, sympy.sets, sympy.functions, sympy.codegen):
        _import_all(package)
    x, n = sympy.symbols("x n")
    sympy.integrate(x**2 * sympy.sin(x), (x, 0, 1))
    sympy.integrate(sympy.exp(-(x**2)), (x, 0, sympy.oo))
    sympy.Sum(1 / n**2, (n, 1, sympy.oo)).doit()
    sympy.limit(sympy.sin(x) / x, x, 0)
    sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - sympy.sqrt(x**2))
    _latex(r"\frac{1}{2} + \sqrt{x}")


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not {"tests", "benchmarks"} & set(module.name.split(".")):
            importlib.import_module(module.name)


def _power(base: Any, exponent: Any) -> Any:
    """Sympy calls infinity to the power of zero 1, and 0^0 too."""
    return sympy.nan if exponent.is_zero and (base.is_zero or base.is_infinite) else base**exponent


_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "+": sympy.Add, "*": sympy.Mul, "^": _power, "-": lambda a, b: a - b, "/": lambda a, b: a / b, "neg": lambda a: -a,
    "percent": lambda a: a / 100, "sqrt": sympy.sqrt, "root": lambda a, n: a ** (1 / n), "abs": sympy.Abs, "ln": sympy.log,
    "exp": sympy.exp, "factorial": sympy.factorial, "factorial2": sympy.factorial2, "binomial": sympy.binomial,
    "floor": sympy.floor, "ceil": sympy.ceiling, "conj": sympy.conjugate, "re": sympy.re, "im": sympy.im,
    "arg": sympy.arg, "sgn": sympy.sign, "mod": sympy.Mod, "min": sympy.Min, "max": sympy.Max, "gamma": sympy.gamma,
    "zeta": sympy.zeta,
    "gcd": sympy.gcd, "lcm": sympy.lcm, "arcsin": sympy.asin, "arccos": sympy.acos, "arctan": sympy.atan,
    "arccot": sympy.acot, "arcsec": sympy.asec, "arccsc": sympy.acsc, "arcsinh": sympy.asinh, "arccosh": sympy.acosh,
    "arctanh": sympy.atanh,
    **{name: getattr(sympy, name) for name in "sin cos tan cot sec csc sinh cosh tanh coth sech csch".split()},
}  # fmt: skip


def _natural(body: Any) -> tuple[Any, dict[Any, Any]]:
    """``body`` with its powers of numbers as powers of e, whose limits sympy knows better; and the logarithms in them."""
    bases: dict[Any, Any] = {}

    def as_exponential(base: Any, exponent: Any) -> Any:
        if not base.is_positive or base == 1 or not base.is_number or not exponent.free_symbols:
            return base**exponent
        logarithm = sympy.Dummy(positive=True)
        bases[logarithm] = abs(sympy.log(base))
        return sympy.exp((logarithm if base > 1 else -logarithm) * exponent)

    return body.replace(sympy.Pow, as_exponential), bases


class NoLimit(Exception):
    """A limit that is not the same from both sides."""


class _Builder:
    def __init__(self, assumptions: dict[str, bool], whole: list[str]) -> None:
        self._assumptions = assumptions
        self._whole = whole

    def build(self, node: Node) -> Any:
        match node:
            case Number(value, _):
                return sympy.Rational(value.numerator, value.denominator)
            case Symbol(name):
                return self._symbol(name)
            case Constant(name) if name in _CONSTANTS:
                return _CONSTANTS[name]
            case Apply("integral", (body, Symbol() as variable, *bounds)):
                limits = (self.build(variable), *map(self.build, bounds))
                return sympy.Integral(self.build(body), limits if bounds else limits[0])
            case Apply("sum" | "product" as head, (body, variable, low, high)):
                series = sympy.Sum if head == "sum" else sympy.Product
                return series(self.build(body), (self.build(variable), self.build(low), self.build(high)))
            case Apply("derivative", (body, variable)):
                return sympy.Derivative(self.build(body), self.build(variable))
            case Apply("limit", (body, Symbol(name), point, *side)):
                return self._limit(self.build(body), self._symbol(name), self.build(point), side)
            case Apply("call", (Symbol(name), *args)):
                return sympy.Function(sympy.Symbol(name).name)(*map(self.build, args))
            case Apply(head, args) if head in _FUNCTIONS:
                return _FUNCTIONS[head](*map(self.build, args))
            case _:
                raise ValueError("no expression")

    @staticmethod
    def _limit(body: Any, variable: Any, point: Any, side: list[Node]) -> Any:
        """A limit from both sides, unless the point is infinite, or only one side is real."""
        real = sympy.Dummy(variable.name, real=True)
        body, bases = _natural(body.subs(variable, real))
        if side or point.is_infinite:
            return sympy.limit(body, real, point, "+" if Symbol("+") in side else "-" if side else "+").subs(bases)
        above, below = (sympy.limit(body, real, point, sign).subs(bases) for sign in ("+", "-"))
        if (
            above == below
            or sympy.simplify(above - below) == 0
            or (above.is_extended_real and below.is_extended_real is False)
        ):
            return above
        if below.is_extended_real and above.is_extended_real is False:
            return below
        raise NoLimit

    def _symbol(self, name: str) -> Any:
        if name in self._whole:
            return sympy.Symbol(name, integer=True, positive=True)
        return sympy.Symbol(name, **self._assumptions)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The reply to one request: ``{"equal": true, false or null, "why": ..}``."""
    if request["do"] == "understand":
        return {"equal": _latex(request["text"]) is not None, "why": "latex2sympy2_extended"}
    builder = _Builder(request.get("assumptions", {}), request.get("whole", []))
    try:
        left, right = (_side(builder, request[side]) for side in ("reference", "answer"))
    except NoLimit:
        return {"equal": False, "why": "a limit that does not exist"}
    return compare(left, right)


def _side(builder: _Builder, side: dict[str, Any]) -> Any:
    if "tree" in side:
        return builder.build(decode(side["tree"]))
    return _latex(side["latex"])


def _latex(text: str) -> Any:
    return latex_parser.latex2sympy(text)


def compare(left: Any, right: Any) -> dict[str, Any]:
    """Compare two sympy objects."""
    if left == right:
        return {"equal": True, "why": "the same expression"}
    if not (isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr)):
        return (
            {"equal": False, "why": "different objects"}
            if isinstance(left, type(right))
            else _undecided("different kinds")
        )
    left, right = left.doit(), right.doit()
    if left == right:
        return {"equal": True, "why": "the same value"}
    difference = sympy.simplify(left - right)
    if difference == 0:
        return {"equal": True, "why": "simplifying the difference gives zero"}
    if difference.has(sympy.nan, sympy.zoo) or difference.has(sympy.Integral, sympy.Limit):
        return _by_value(difference)
    if difference.is_number:
        return _by_value(difference)
    same = difference.equals(0)
    return (
        _undecided("simplification does not decide")
        if same is None
        else {"equal": bool(same), "why": "sympy's equality test"}
    )


def _by_value(difference: Any) -> dict[str, Any]:
    if difference.free_symbols or difference.has(sympy.nan, sympy.zoo):
        return _undecided("simplification does not decide")
    value = difference.evalf(30)
    if not value.is_number or value.has(sympy.Integral):
        return _undecided("no numeric value")
    small = bool(abs(value) < sympy.Float("1e-20"))
    return {"equal": small, "why": "their numeric values differ" if not small else "equal to 20 digits"}


def _undecided(why: str) -> dict[str, Any]:
    return {"equal": None, "why": why}
