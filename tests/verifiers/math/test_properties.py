"""What must hold of any expression: rewriting keeps it equal, a changed digit, sign, variable, unit or base does not."""

from contextlib import suppress
from fractions import Fraction
from typing import Any, TypeAlias

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from verifier.schema import Sample
from verifier.verifiers.math import Math, MathOptions
from verifier.verifiers.math.judge import NotUnderstood, judge

OPTIONS = MathOptions(symbolic=False)
Tree: TypeAlias = "int | str | tuple[str, Tree, Tree]"
"""A number, a variable name, or (operator, left, right)."""


def equal(reference: str, answer: str, **options: Any) -> bool | None:
    return judge(reference, answer, MathOptions(symbolic=False, **options)).verdict.equal


def trees() -> st.SearchStrategy[Tree]:
    leaves = st.one_of(st.integers(1, 40), st.sampled_from("xyz"))
    grown = st.recursive(leaves, lambda t: st.tuples(st.sampled_from("+-*/"), t, t), max_leaves=7)
    return st.one_of(grown, st.tuples(st.just("^"), grown, st.integers(2, 4)))


def latex(tree: Tree) -> str:
    """Standard LaTeX."""
    if not isinstance(tree, tuple):
        return str(tree)
    operator, left, right = tree
    if operator == "/":
        return rf"\frac{{{latex(left)}}}{{{latex(right)}}}"
    if operator == "^":
        return rf"\left({latex(left)}\right)^{{{right}}}"
    a, b = (rf"\left({latex(side)}\right)" if isinstance(side, tuple) else latex(side) for side in (left, right))
    return rf"{a} \cdot {b}" if operator == "*" else f"{a} {operator} {b}"


def plain(tree: Tree) -> str:
    """What a program would print."""
    if not isinstance(tree, tuple):
        return str(tree)
    operator, left, right = tree
    return f"({plain(left)}){'**' if operator == '^' else operator}({plain(right)})"


def commuted(tree: Tree) -> Tree:
    """Sums and products turned around, differences as sums with the negative."""
    if not isinstance(tree, tuple):
        return tree
    operator, left, right = tree[0], commuted(tree[1]), commuted(tree[2])
    if operator in "+*":
        return operator, right, left
    return ("+", ("*", ("-", 0, 1), right), left) if operator == "-" else (operator, left, right)


def expanded(tree: Tree) -> Tree:
    """Products multiplied out over sums, powers over products."""
    if not isinstance(tree, tuple):
        return tree
    operator, left, right = tree[0], expanded(tree[1]), expanded(tree[2])
    if operator == "*" and isinstance(right, tuple) and right[0] in "+-":
        return right[0], expanded(("*", left, right[1])), expanded(("*", left, right[2]))
    if operator == "^" and right == 2:
        return "*", left, left
    return operator, left, right


def with_common_factor(tree: Tree, factor: Tree) -> Tree:
    return "/", ("*", tree, factor), factor


def value(tree: Tree, at: dict[str, Fraction]) -> Fraction:
    if not isinstance(tree, tuple):
        return at[tree] if isinstance(tree, str) else Fraction(tree)
    operator, left, right = tree[0], value(tree[1], at), value(tree[2], at)
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case _:
            return Fraction(left ** int(right))


POINTS = [
    dict(zip("xyz", map(Fraction, values), strict=True)) for values in ((2, 3, 7), ("1/3", -5, 11), (-4, "9/7", 13))
]


def defined(tree: Tree) -> bool:
    try:
        for point in POINTS:
            value(tree, point)
    except ZeroDivisionError:
        return False
    return True


@given(trees())
def test_every_expression_equals_itself(tree: Tree) -> None:
    assert equal(latex(tree), latex(tree)) is True


@given(trees())
def test_notations_of_one_expression_are_equal(tree: Tree) -> None:
    assume(defined(tree))
    assert equal(latex(tree), plain(tree)) is True
    assert equal(plain(tree), latex(tree)) is True
    assert equal(latex(tree), f"$${latex(tree)}$$.") is True


@given(trees(), st.sampled_from([2, "x", ("+", "y", 1)]))
def test_rewriting_keeps_the_value(tree: Tree, factor: Tree) -> None:
    assume(defined(tree))
    for rewritten in (commuted(tree), expanded(tree), with_common_factor(tree, factor)):
        assert equal(latex(tree), latex(rewritten)) is True


@given(trees(), trees())
def test_equality_is_that_of_rational_functions_and_symmetric(left: Tree, right: Tree) -> None:
    assume(defined(left) and defined(right))
    same = all(value(left, point) == value(right, point) for point in POINTS)
    found = equal(latex(left), latex(right))
    if not same:
        assert found is False
    assert found == equal(latex(right), latex(left))


def with_changed_leaf(tree: Tree, path: int) -> Tree:
    if isinstance(tree, int):
        return tree + 1 + path
    if isinstance(tree, str):
        return {"x": "y", "y": "z", "z": "x"}[tree]
    return (
        (tree[0], with_changed_leaf(tree[1], path), tree[2])
        if path % 2
        else (tree[0], tree[1], with_changed_leaf(tree[2], path))
    )


@given(trees(), st.integers(0, 3))
def test_a_changed_digit_or_variable_is_seen(tree: Tree, path: int) -> None:
    changed = with_changed_leaf(tree, path)
    assume(defined(tree) and defined(changed))
    assume(any(value(tree, point) != value(changed, point) for point in POINTS))
    assert equal(latex(tree), latex(changed)) is False


@given(st.integers(-(10**60), 10**60))
def test_integers_of_any_size_are_exact(number: int) -> None:
    assert equal(str(number), f"{number:,}") is True
    assert equal(str(number), f"{number:,}".replace(",", r"\,")) is True
    assert equal(str(number), f"{number}.0") is True
    assert equal(str(number), str(number + 1)) is False
    assert number == 0 or equal(str(number), str(-number)) is False


@given(st.fractions(min_value=-1000, max_value=1000, max_denominator=500))
def test_fractions_in_five_notations(number: Fraction) -> None:
    top, bottom = number.numerator, number.denominator
    sign, whole, rest = "-" if top < 0 else "", abs(top) // bottom, abs(top) % bottom
    notations = [
        f"{top}/{bottom}",
        rf"\frac{{{top}}}{{{bottom}}}",
        rf"\dfrac{{{3 * top}}}{{{3 * bottom}}}",
        f"{top}⁄{bottom}",
    ]
    notations += [rf"{sign}{whole}\frac{{{rest}}}{{{bottom}}}"] if whole and rest else []
    for notation in notations:
        assert equal(f"{top}/{bottom}", notation) is True
    assert equal(f"{top}/{bottom}", f"{top + 1}/{bottom}") is False


@given(st.integers(0, 9999), st.integers(1, 4))
def test_a_decimal_reference_accepts_its_own_precision_and_no_more(digits: int, places: int) -> None:
    number = Fraction(digits, 10**places) + 1
    assume(digits % 10)
    stated = f"{float(number):.{places}f}"
    unit = Fraction(1, 10**places)
    precise = max(places, 1)
    inside, outside = number + unit / 3, number + unit
    if precise >= 1 and len(stated.replace(".", "")) >= 2:
        assert equal(stated, f"{inside.numerator}/{inside.denominator}") is True
    assert equal(stated, f"{outside.numerator}/{outside.denominator}") is False
    assert equal(f"{inside.numerator}/{inside.denominator}", stated) is False


@given(st.integers(0, 10**12), st.integers(2, 16), st.integers(2, 16))
def test_bases_are_told_apart(number: int, base: int, other: int) -> None:
    digits = in_base(number, base)
    assert equal(f"{digits}_{{{base}}}", f"{digits}_{base}") is True
    assert equal(f"{digits}_{{{base}}}", f"{in_base(number, other)}_{{{other}}}") is True
    if base != other and int(digits, 36) >= max(base, other) and all(int(d, 36) < other for d in digits):
        assert equal(f"{digits}_{{{base}}}", f"{digits}_{{{other}}}") is False


def in_base(number: int, base: int) -> str:
    digits = ""
    while number:
        digits = "0123456789ABCDEF"[number % base] + digits
        number //= base
    return digits or "0"


LENGTHS, MASSES, TIMES = {"m": 1000, "cm": 10, "mm": 1}, {"kg": 1000, "g": 1}, {"h": 3600, "min": 60, "s": 1}
UNITS = {name: (kind, scale) for kind, names in enumerate((LENGTHS, MASSES, TIMES)) for name, scale in names.items()}


@given(st.integers(1, 500), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_units_are_checked_in_dimension_and_scale(number: int, unit: str, other: str) -> None:
    (dimension, scale), (other_dimension, other_scale) = UNITS[unit], UNITS[other]
    stated, same_number = rf"{number} \text{{ {unit}}}", rf"{number} \text{{ {other}}}"
    assert equal(stated, same_number) is (unit == other)
    if dimension == other_dimension:
        converted = Fraction(number * scale, other_scale)
        assert equal(stated, rf"\frac{{{converted.numerator}}}{{{converted.denominator}}}\ \mathrm{{{other}}}") is True
    assert equal(stated, str(number)) is True
    assert equal(stated, str(number), units="required") is False


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_order_counts_in_tuples_and_not_in_sets(numbers: list[int], random: Any) -> None:
    shuffled = random.sample(numbers, len(numbers))
    left, right = (", ".join(map(str, side)) for side in (numbers, shuffled))
    assert equal(rf"\{{{left}\}}", rf"\{{{right}\}}") is True
    assert equal(left, right) is True
    assert equal(f"({left})", f"({right})") is (numbers == shuffled)
    assert equal(left, right, list_order="given") is (numbers == shuffled)


COMMANDS = r"\frac \sqrt \boxed{ \left( \right) \text{ \begin{pmatrix} \end{pmatrix} \int \sum \pm \cup \infty \% \\ \overline{3}"
WORDS = "and or cm ** </think> <answer> 答案 sin 10^{99} _2 ####".split()
PIECES = st.sampled_from(
    [*"0123456789xyzabe+-*/^_=<>()[]{}|,.;:!%&$ √²½∞≤π°三'\n\\", *COMMANDS.split(), *WORDS, "the answer is "]
)
SOUP = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))


@settings(max_examples=400)
@given(SOUP, SOUP)
def test_no_text_raises(reference: str, answer: str) -> None:
    with suppress(NotUnderstood):
        judge(reference, answer, OPTIONS)


@settings(max_examples=400)
@given(SOUP)
def test_no_completion_raises_and_its_status_is_never_bought(completion: str) -> None:
    score = Math(OPTIONS).verify(Sample(answer="1729", completion=completion))
    assert score.value in (0.0, 1.0)
    assert score.explanation


@given(SOUP)
def test_the_same_input_has_the_same_verdict(text: str) -> None:
    sample = Sample(answer=r"\frac{\pi}{3}", completion=text)
    first, second = (Math(OPTIONS).verify(sample) for _ in range(2))
    assert first == second
