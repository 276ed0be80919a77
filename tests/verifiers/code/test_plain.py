"""The codec: exact values one way, nothing but Malformed from bytes that are none."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.verifiers.code.harness.plain import DEPTH, INT_DIGITS, Malformed, decode, encode

ATOMS: Any = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary()
    | st.builds(range, st.integers(-99, 99), st.integers(-99, 99), st.integers(1, 9))
)
KEYS: Any = ATOMS | st.tuples(ATOMS) | st.frozensets(ATOMS, max_size=3)
VALUES: Any = st.recursive(
    KEYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.sets(KEYS, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if type(a) is not type(b) or a != b:
        return False
    if isinstance(a, dict):
        return all(same(x, y) for x, y in zip(a.items(), b.items(), strict=True))  # pyright: ignore - of anything
    if isinstance(a, list | tuple):
        return all(same(x, y) for x, y in zip(a, b, strict=True))  # pyright: ignore - of anything
    return True


@given(VALUES)
def test_there_and_back(value: Any) -> None:
    assert same(decode(encode(value)), value)


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "é", "\U0001f600"])
def test_any_text(text: str) -> None:
    assert decode(encode(text)) == text


def test_odd_floats() -> None:
    assert math.isnan(decode(encode(math.nan)))
    assert decode(encode([math.inf, -math.inf])) == [math.inf, -math.inf]
    assert math.copysign(1, decode(encode(-0.0))) == -1


def test_a_subclass_becomes_what_it_holds() -> None:
    class Equal(int):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = int.__hash__

    back = decode(encode([Equal(7), {Equal(1): (Equal(2),)}]))
    assert same(back, [7, {1: (2,)}])


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    try:
        decode(data)
    except Malformed:
        return


@given(VALUES, st.integers(0, 400), st.integers(0, 255))
def test_any_damage_is_a_value_or_malformed(value: Any, at: int, byte: int) -> None:
    data = bytearray(encode(value))
    data[at % len(data)] = byte
    try:
        decode(bytes(data))
    except Malformed:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"NN",
        b"l1\n",
        b"l-1\n",
        b"l99999999999999999999\n",
        b"s5:abc",
        b"s-1:",
        b"i\n",
        b"f1e5\n" * 2,
        b"S1\nl0\n",
        b"d1\nl0\nN",
        b"h1 x\n",
        b"l1\n" * (DEPTH + 2) + b"N",
        b"i" + b"f" * (INT_DIGITS + 2) + b"\n",
        b"r" + b"i0\n" * 3,
        b"rNNN",
        b"x",
        b"l999999999\n" + b"N" * 100,
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)


@pytest.mark.parametrize(
    "value", [object(), print, int, 1 << (4 * INT_DIGITS + 8)], ids=["object", "print", "int", "huge"]
)
def test_what_is_no_plain_data(value: Any) -> None:
    with pytest.raises(Malformed):
        encode(value)


def test_too_deep() -> None:
    value: list[Any] = []
    for _ in range(DEPTH + 1):
        value = [value]
    with pytest.raises(Malformed, match="deeper"):
        encode(value)


def test_objects_stay_behind() -> None:
    held: list[object] = []

    def hold(value: object) -> tuple[str, int, str]:
        held.append(value)
        return "h", len(held) - 1, "thing\nwith a newline"

    data = encode([1, print], hold)
    assert decode(data, lambda _, number, name: (held[number], name)) == [1, (print, "thing with a newline")]
