"""Whether an output, or a value, is the expected one."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, cast

from verifier.schema import FunctionTests
from verifier.verifiers.code.dialogue import Rebuilt
from verifier.verifiers.code.harness.values import DECIMAL_CHARS
from verifier.verifiers.code.options import CodeOptions

# what numbers look like in problem statements: ASCII, no underscores, no nan, no inf
NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?")


def outputs_match(expected: bytes, got: bytes, how: str, tolerance: float | None) -> bool:
    """Compare by ``tokens``, ``lines`` or ``exact`` bytes; numbers within ``tolerance``, if one is given."""
    if how == "exact":
        return expected == got
    if how == "lines":
        return _lines_match(_lines(expected), _lines(got), tolerance)
    return _tokens_match(expected.split(), got.split(), tolerance)


def _lines(output: bytes) -> list[bytes]:
    return [line.rstrip() for line in output.rstrip().split(b"\n")]


def _lines_match(expected: list[bytes], got: list[bytes], tolerance: float | None) -> bool:
    if tolerance is None or len(expected) != len(got):
        return expected == got
    return all(a == b or _tokens_match(a.split(), b.split(), tolerance) for a, b in zip(expected, got, strict=True))


def _tokens_match(expected: list[bytes], got: list[bytes], tolerance: float | None) -> bool:
    if tolerance is None or len(expected) != len(got):
        return expected == got
    return all(a == b or _near(_number(a), _number(b), tolerance) for a, b in zip(expected, got, strict=True))


def _number(token: bytes) -> float | None:
    return float(token) if len(token) < 400 and NUMBER.fullmatch(token) else None


def _near(expected: float | None, got: float | None, tolerance: float) -> bool:
    if expected is None or got is None or not (math.isfinite(expected) and math.isfinite(got)):
        return False
    return abs(expected - got) <= tolerance * max(1.0, abs(expected))


@dataclass(frozen=True, slots=True)
class Rules:
    """How values are compared."""

    tolerance: float | None = None
    order: Literal["exact", "any", "any_deep"] = "exact"

    @classmethod
    def of(cls, tests: FunctionTests, options: CodeOptions) -> "Rules":
        own = tests.float_tolerance
        return cls(options.float_tolerance if own is None else own, tests.order)

    @property
    def inside(self) -> "Rules":
        """For the items of a list."""
        return self if self.order != "any" else Rules(self.tolerance)


STRICT = Rules()
PAIRED = 1_000
"""Longest lists whose items are paired off in any order where numbers may differ."""


def values_match(expected: Any, got: Any, rules: Rules = STRICT) -> bool:
    """Compare a JSON value with a value that a program returned.

    JSON has one kind of sequence, one kind of number, and text for keys; so a tuple may stand for a list, 2.0 for 2, and the
    key 1 for "1". True is never 1, and NaN is nothing's equal. A set has no order: it stands for a list where none is asked.
    """
    got = _plain(got)
    if isinstance(expected, bool) or isinstance(got, bool) or expected is None or got is None:
        return expected is got
    if isinstance(expected, int | float):
        return isinstance(got, int | float | Decimal | Fraction) and _numbers_match(expected, got, rules.tolerance)
    if isinstance(expected, str):
        return isinstance(got, str) and expected == got
    if isinstance(expected, list):
        unordered = rules.order != "exact"
        if not isinstance(got, (list, tuple, set, frozenset) if unordered else (list, tuple)):
            return False
        wanted, found = cast(list[Any], expected), list(cast(Sequence[Any], got))
        if len(wanted) != len(found):
            return False
        return _bags_match(wanted, found, rules) if unordered else _lists_match(wanted, found, rules)
    if isinstance(expected, dict) and isinstance(got, dict):
        return _dicts_match(cast(dict[str, Any], expected), cast(dict[Any, Any], got), rules)
    return False


def _plain(value: Any) -> Any:
    """What a value of the standard library is to JSON."""
    if not isinstance(value, Rebuilt):
        return value
    try:
        match value:
            case Rebuilt("scalar" | "deque" | "Counter" | "defaultdict" | "keys", (inner, *_)):
                return inner
            case Rebuilt("OrderedDict", ([*pairs],)):
                return dict(pairs)
            case Rebuilt("namedtuple", (_, _, items)):
                return items
            case Rebuilt("Decimal", (str(text),)) if len(text) <= DECIMAL_CHARS and NUMBER.fullmatch(text.encode()):
                return Decimal(text)
            case Rebuilt("Fraction", (int(above), int(below))):
                return Fraction(above, below)
            case _:
                return value
    except (ValueError, TypeError, ArithmeticError):
        return value


def _numbers_match(expected: float, got: float | Decimal | Fraction, tolerance: float | None) -> bool:
    near = tolerance is not None and _near(_finite(expected), _finite(got), tolerance)
    return near or (_written(expected) == _written(got) if isinstance(expected, float) else expected == got)


def _written(value: float | Decimal | Fraction) -> float | Decimal | Fraction:
    """The number that JSON writes for it: a fraction is the nearest float."""
    if isinstance(value, int | float) or value == int(value):
        return value
    near = _finite(value)
    return value if near is None else near


def _lists_match(expected: Sequence[Any], got: Sequence[Any], rules: Rules) -> bool:
    return all(values_match(a, b, rules) for a, b in zip(expected, got, strict=True))


def _bags_match(expected: list[Any], got: list[Any], rules: Rules) -> bool:
    """Whether the same items are in both, in any order."""
    deep = rules.order == "any_deep"
    if rules.tolerance is None:
        return Counter(_token(item, deep) for item in expected) == Counter(_token(item, deep) for item in got)
    if len(expected) > PAIRED:
        one, other = (sorted(items, key=lambda item: _token(item, deep)) for items in (expected, got))
        return _lists_match(one, other, rules.inside)
    left = list(got)
    for item in expected:
        at = next((n for n, other in enumerate(left) if values_match(item, other, rules.inside)), None)
        if at is None:
            return False
        del left[at]
    return True


def _token(value: Any, deep: bool) -> str:
    """A text that is the same for two values exactly when they match."""
    value = _plain(value)
    if isinstance(value, list | tuple | set | frozenset):
        items = [_token(item, deep) for item in cast(Sequence[Any], value)]
        loose = deep or isinstance(value, set | frozenset)
        return f"[{','.join(sorted(items) if loose else items)}]"
    if isinstance(value, dict):
        pairs = [f"{_key(key)!r}:{_token(item, deep)}" for key, item in cast(dict[Any, Any], value).items()]
        return f"{{{','.join(sorted(pairs))}}}"
    if isinstance(value, float | Decimal | Fraction) and value == value and abs(value) != math.inf:
        value = Fraction(_written(value))
        return f"{value.numerator:x}" + (f"/{value.denominator:x}" if value.denominator > 1 else "")
    if type(value) is int:
        return f"{value:x}"
    # what JSON has none of matches nothing, and may hold an integer with more digits than Python writes
    return repr(value) if isinstance(value, str | bool | None) else f"<{type(value).__name__}>"


def _dicts_match(expected: dict[str, Any], got: dict[Any, Any], rules: Rules) -> bool:
    by_text = {_key(key): value for key, value in got.items()}
    if len(by_text) != len(got) or by_text.keys() != expected.keys():
        return False
    return all(values_match(value, by_text[key], rules.inside) for key, value in expected.items())


def _key(key: Any) -> str:
    """A key as JSON writes it."""
    key = _plain(key)
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    try:
        return repr(key)
    except ValueError:  # an integer with more digits than Python writes, and JSON sends: what no UTF-8 holds
        return "\ud800"


def _finite(value: float | Decimal | Fraction) -> float | None:
    try:
        near = float(value)
    except OverflowError:
        return None
    return near if math.isfinite(near) else None
