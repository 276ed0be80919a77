"""Formulas of rubrics: their values are defined, their faults are named, and Python's evaluator never sees them."""

import ast
import builtins
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import RubricError
from verifier.formula import LARGEST, Formula

VALUES = {"a": 0.5, "b": 0.25, "zero": 0.0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a", 0.5),
        ("1 + 2 * 3 - 4 / 2", 5),
        ("(1 + 2) * 3", 9),
        ("8 / 4 / 2", 1),
        ("2 - 3 - 4", -5),
        ("-a + --b", -0.25),
        ("2 * -a", -1),
        ("1e2 + .5 + 2.", 102.5),
        ("a / zero", 0),
        ("a / (b - b)", 0),
        ("min(a, b, 1)", 0.25),
        ("max(a)", 0.5),
        ("abs(b - a)", 0.25),
        ("clip(3 * a, 0, 1)", 1),
        ("clip(a, 1, 0)", 0),
        ("if(a >= 0.5, 1, b)", 1),
        ("if(a > 0.5, 1, b)", 0.25),
        ("if(zero, 1, 2)", 2),
        ("(a == 0.5) + (a != 0.5) + (a < 1) + (a <= 0.5)", 3),
        ("1e300 * 1e300", LARGEST),
        ("-1e300 * 1e300", -LARGEST),
        ("1e12 * 1e12 - 1e12", 0),
        ("a*(1-0.2*(b<0.5))", 0.4),
    ],
)
def test_values(text: str, value: float) -> None:
    assert Formula(text).value(VALUES) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "column 1: expected a number"),
        ("a +", "column 4: expected a number"),
        ("a b", "column 3: expected an operator or the end, not 'b'"),
        ("(a", r"column 3: expected '\)', not the end"),
        ("a ** b", r"column 4: expected a number, a score, a function or '\(', not '\*'"),
        ("a % b", "column 3: expected an operator or the end, not '%'"),
        ("a = b", "column 3: expected an operator or the end, not '='"),
        ("a < b < 1", "column 7: expected an operator or the end"),
        ("sqrt(a)", "column 1: no function is named 'sqrt'; known: min, max"),
        ("clip(a, 1)", "column 1: 'clip' takes 3 arguments, not 2"),
        ("min()", "column 5: expected a number"),
        ("a.real", "column 2: expected an operator or the end, not '.'"),
        ("a[0]", r"column 2: expected an operator or the end, not '\['"),
        ("__import__('os')", "column 1: no function is named '__import__'"),
        ("lambda: 1", "column 7"),
        ("(" * 51 + "a" + ")" * 51, "nested deeper than 50"),
        ("a; b", "column 2"),
        ("'a'", "column 1"),
    ],
)
def test_a_fault_is_named_with_its_column(text: str, fault: str) -> None:
    with pytest.raises(RubricError, match=fault):
        Formula(text)


@given(st.text(alphabet="ab01.+-*/()<>=!, minxclf_\\'\"[]{}:;\n", max_size=60))
def test_any_text_has_a_finite_value_or_a_named_fault(text: str) -> None:
    try:
        formula = Formula(text)
    except RubricError:
        return
    assert math.isfinite(formula.value(dict.fromkeys(formula.names, 0.5)))


PYTHON = st.recursive(
    st.sampled_from(
        ["__import__('os').system('true')", "a", "1", "exec('1')", "[].__class__", "(lambda: 1)()", "f'{a}'"]
    ),
    lambda inner: st.builds("{} {} {}".format, inner, st.sampled_from(["+", "**", ";", "if 1 else", "and"]), inner),
    max_leaves=6,
)


@given(PYTHON)
def test_no_formula_reaches_the_evaluator_of_python(text: str) -> None:
    reached: list[Any] = []

    def note(*args: Any, **_: Any) -> None:
        reached.append(args)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("eval", "exec", "compile", "__import__"):
            patch.setattr(builtins, name, note)
        try:
            formula = Formula(text)
            formula.value(dict.fromkeys(formula.names, 1.0))
        except RubricError:
            pass
    assert not reached


def test_the_module_calls_no_evaluator() -> None:
    source = Path(str(Formula.__init__.__globals__["__file__"])).read_text(encoding="utf-8")
    called = {
        node.func.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__", "getattr"}


NUMBERS = st.floats(0.01, 1).map(lambda number: round(number, 3))
TREES = st.recursive(
    NUMBERS.map(str) | st.sampled_from(["a", "b"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner) | st.builds("(-{})".format, inner)
    ),
    max_leaves=20,
)


@given(TREES)
def test_arithmetic_is_that_of_floats(text: str) -> None:
    """Against Python's own arithmetic, walked over its syntax tree."""

    def walk(node: ast.expr) -> float:
        match node:
            case ast.Constant(value=int() | float() as value):
                return float(value)
            case ast.Name(id=name):
                return VALUES[name]
            case ast.UnaryOp(operand=operand):
                return -walk(operand)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return walk(left) + walk(right)
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return walk(left) - walk(right)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return walk(left) * walk(right)
            case _:
                raise AssertionError(ast.dump(node))

    assert Formula(text).value(VALUES) == walk(ast.parse(text, mode="eval").body)
