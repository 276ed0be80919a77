"""Plain data as bytes, and back as exact built-in types: all that ever crosses between a program and what judges it.

Used on both sides of the sandbox's wall, so it imports nothing. A value is a letter, and what the letter announces:

* ``N T F``      None, True, False
* ``i f c``      int, float and complex in hexadecimal, ended by a newline
* ``s b``        text and bytes: their size in bytes, a colon, and they
* ``l t S Z d``  list, tuple, set, frozenset and dict: their size, a newline, and their items
* ``r``          range: three numbers
* ``h``          an object that stays where it is: its number, a space, and the name of its type, ended by a newline
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeAlias

    Hold: TypeAlias = Callable[[Any], tuple[int, str]]
    Find: TypeAlias = Callable[[int, str], Any]
    Add: TypeAlias = Callable[[bytes], None]

DEPTH = 200
"""Deepest nesting."""
INT_DIGITS = 100_000
"""Most hexadecimal digits of an integer."""
NAME_CHARS = 100
kind_of: "Callable[[object], object]" = type
SEQUENCES: "dict[object, bytes]" = {list: b"l", tuple: b"t", set: b"S", frozenset: b"Z"}
LETTERS: "dict[bytes, Any]" = {letter: kind for kind, letter in SEQUENCES.items()}
# how an object of a plain type's subclass is stripped to the plain value that it holds
BASES: "tuple[tuple[Any, Any], ...]" = (
    (int, int.__int__),
    (str, str.__str__),
    (bytearray, bytes),
    *((kind, kind) for kind in (float, complex, bytes, tuple, list, dict, frozenset, set)),
)


class Malformed(ValueError):
    """Bytes that are no plain data, or a value that cannot become it."""


def refuse(value: object) -> "NoReturn":
    raise Malformed(f"{type(value).__name__} is no plain data")


def encode(value: object, hold: "Hold" = refuse) -> bytes:
    """The bytes of a value. What is not plain goes through ``hold``, which returns its number and the name of its type."""
    parts: list[bytes] = []
    _encode(value, hold, parts.append, 0)
    return b"".join(parts)


def _encode(value: "Any", hold: "Hold", add: "Add", depth: int) -> None:
    kind = kind_of(value)
    if depth > DEPTH:
        raise Malformed(f"nested deeper than {DEPTH}")
    if kind is str:
        data = value.encode("utf-8", "surrogatepass")
        add(b"s%d:" % len(data))
        add(data)
    elif kind is int:
        digits = b"%x" % value
        if len(digits) > INT_DIGITS:
            raise Malformed(f"an integer of more than {INT_DIGITS} hexadecimal digits")
        add(b"i" + digits + b"\n")
    elif value is None or kind is bool:
        add(b"N" if value is None else b"T" if value else b"F")
    elif kind in SEQUENCES:
        add(SEQUENCES[kind] + b"%d\n" % len(value))
        for item in value:
            _encode(item, hold, add, depth + 1)
    elif kind is dict:
        add(b"d%d\n" % len(value))
        for pair in value.items():
            for item in pair:
                _encode(item, hold, add, depth + 1)
    else:
        _encode_rarer(value, kind, hold, add, depth)


def _encode_rarer(value: "Any", kind: object, hold: "Hold", add: "Add", depth: int) -> None:
    if kind is float:
        add(b"f" + value.hex().encode() + b"\n")
    elif kind is bytes:
        add(b"b%d:" % len(value))
        add(value)
    elif kind is complex:
        add(f"c{value.real.hex()} {value.imag.hex()}\n".encode())
    elif kind is range:
        add(b"r")
        for item in (value.start, value.stop, value.step):
            _encode(item, hold, add, depth + 1)
    else:
        for base, strip in BASES:
            if isinstance(value, base):
                return _encode(strip(value), hold, add, depth + 1)
        number, name = hold(value)
        name = name[:NAME_CHARS].replace("\n", " ")
        add(f"h{number} {name}\n".encode("utf-8", "replace"))


def decode(data: bytes, find: "Find | None" = None) -> "Any":
    """The value of these bytes. Raises Malformed. ``find(number, type)`` yields the object that a number stands for."""
    try:
        value, end = _decode(data, 0, find, 0)
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise Malformed(str(error)) from None
    if end != len(data):
        raise Malformed("more bytes than one value")
    return value


def _decode(data: bytes, at: int, find: "Find | None", depth: int) -> "tuple[Any, int]":
    if depth > DEPTH:
        raise Malformed(f"nested deeper than {DEPTH}")
    letter = data[at : at + 1]
    if letter in (b"N", b"T", b"F"):
        return (None if letter == b"N" else letter == b"T"), at + 1
    if letter in (b"s", b"b"):
        text, at = _sized(data, at + 1)
        return (text.decode("utf-8", "surrogatepass") if letter == b"s" else text), at
    if letter == b"r":
        ends, at = _items(data, at + 1, find, depth, 3)
        return range(*ends), at
    line, at = _line(data, at + 1)
    if letter == b"i":
        return _integer(line), at
    if letter in LETTERS:
        items, at = _items(data, at, find, depth, _count(line))
        return (items if letter == b"l" else LETTERS[letter](items)), at
    if letter == b"d":
        items, at = _items(data, at, find, depth, 2 * _count(line))
        return dict(zip(items[::2], items[1::2])), at  # noqa: B905 - an even number of items
    return _rarer(letter, line.decode(), find), at


def _rarer(letter: bytes, line: str, find: "Find | None") -> "Any":
    if letter == b"f":
        return float.fromhex(line)
    if letter == b"c":
        real, imag = line.split(" ")
        return complex(float.fromhex(real), float.fromhex(imag))
    if letter == b"h" and find is not None:
        number, _, name = line.partition(" ")
        return find(_count(number.encode()), name[:NAME_CHARS])
    raise Malformed(f"no value begins with {letter!r}")


def _items(data: bytes, at: int, find: "Find | None", depth: int, count: int) -> "tuple[list[Any], int]":
    items: list[Any] = []
    for _ in range(count):
        item, at = _decode(data, at, find, depth + 1)
        items.append(item)
    return items, at


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.index(b"\n", at)
    return data[at:end], end + 1


def _sized(data: bytes, at: int) -> tuple[bytes, int]:
    colon = data.index(b":", at, at + 20)
    start, size = colon + 1, _count(data[at:colon])
    if start + size > len(data):
        raise Malformed("it ends early")
    return data[start : start + size], start + size


def _count(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 18:
        raise Malformed("no count")
    return int(digits)


def _integer(digits: bytes) -> int:
    if len(digits) > INT_DIGITS + 1:
        raise Malformed(f"an integer of more than {INT_DIGITS} hexadecimal digits")
    return int(digits, 16)
