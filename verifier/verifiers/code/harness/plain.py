"""Plain data as bytes, and back as exact built-in types: all that ever crosses between a program and what judges it.

Used on both sides of the sandbox's wall, so it imports nothing. A value is a letter, and what the letter announces:

* ``N T F``      None, True, False
* ``i f c``      int, float and complex in hexadecimal, ended by a newline
* ``s b``        text and bytes: their size in bytes, a colon, and they
* ``l t S Z d``  list, tuple, set, frozenset and dict: their size, a newline, and their items
* ``r``          range: three numbers
* ``h H``        an object that stays where it is, with the sender or with the receiver: its number, a space, and the name of
  its type, ended by a newline
* ``x``          a value of the standard library (:mod:`values`): the name of its kind, and a tuple of what it is made from
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeAlias

    Hold: TypeAlias = Callable[[Any], tuple[str, int, str]]
    Find: TypeAlias = Callable[[str, int, str], Any]
    Pack: TypeAlias = Callable[[Any], "tuple[str, tuple[Any, ...]] | None"]
    Make: TypeAlias = Callable[[str, tuple[Any, ...]], Any]
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


def nothing(value: object) -> None:
    """No value has a kind of its own."""


def encode(value: object, hold: "Hold" = refuse, pack: "Pack" = nothing) -> bytes:
    """The bytes of a value.

    What is not plain goes through ``pack``, which returns its kind and what it is made from, or None; and then through
    ``hold``, which returns ``h`` or ``H``, its number and the name of its type.
    """
    parts: list[bytes] = []
    _encode(value, (hold, pack), parts.append, 0)
    return b"".join(parts)


def _encode(value: "Any", how: "tuple[Hold, Pack]", add: "Add", depth: int) -> None:
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
            _encode(item, how, add, depth + 1)
    elif kind is dict:
        add(b"d%d\n" % len(value))
        for pair in value.items():
            for item in pair:
                _encode(item, how, add, depth + 1)
    else:
        _encode_rarer(value, kind, how, add, depth)


def _encode_rarer(value: "Any", kind: object, how: "tuple[Hold, Pack]", add: "Add", depth: int) -> None:
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
            _encode(item, how, add, depth + 1)
    elif (packed := how[1](value)) is not None:
        add(b"x")
        for item in packed:
            _encode(item, how, add, depth + 1)
    else:
        for base, strip in BASES:
            if isinstance(value, base):
                return _encode(strip(value), how, add, depth + 1)
        letter, number, name = how[0](value)
        name = name[:NAME_CHARS].replace("\n", " ")
        add(f"{letter}{number} {name}\n".encode("utf-8", "replace"))


def unmade(kind: str, parts: "tuple[Any, ...]") -> "NoReturn":
    raise Malformed(f"no value of kind {kind[:NAME_CHARS]!r} is wanted here")


def decode(data: bytes, find: "Find | None" = None, make: "Make" = unmade) -> "Any":
    """The value of these bytes. Raises Malformed.

    ``find(letter, number, type)`` yields the object that a number stands for; ``make(kind, parts)`` a value of that kind.
    """
    try:
        value, end = _decode(data, 0, (find, make), 0)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise Malformed(str(error)) from None
    if end != len(data):
        raise Malformed("more bytes than one value")
    return value


def _decode(data: bytes, at: int, how: "tuple[Find | None, Make]", depth: int) -> "tuple[Any, int]":
    if depth > DEPTH:
        raise Malformed(f"nested deeper than {DEPTH}")
    letter = data[at : at + 1]
    if letter in (b"N", b"T", b"F"):
        return (None if letter == b"N" else letter == b"T"), at + 1
    if letter in (b"s", b"b"):
        text, at = _sized(data, at + 1)
        return (text.decode("utf-8", "surrogatepass") if letter == b"s" else text), at
    if letter in (b"r", b"x"):
        items, at = _items(data, at + 1, how, depth, 3 if letter == b"r" else 2)
        return (range(*items) if letter == b"r" else _made(how[1], *items)), at
    line, at = _line(data, at + 1)
    if letter == b"i":
        return _integer(line), at
    if letter in LETTERS:
        items, at = _items(data, at, how, depth, _count(line))
        return (items if letter == b"l" else LETTERS[letter](items)), at
    if letter == b"d":
        items, at = _items(data, at, how, depth, 2 * _count(line))
        return dict(zip(items[::2], items[1::2])), at  # noqa: B905 - an even number of items
    return _rarer(letter, line.decode(), how[0]), at


def _made(make: "Make", kind: object, parts: object) -> "Any":
    if kind_of(kind) is not str or kind_of(parts) is not tuple:
        raise Malformed("a kind is a text, and its parts are a tuple")
    return make(kind, parts)  # pyright: ignore[reportArgumentType] - the line above looked


def _rarer(letter: bytes, line: str, find: "Find | None") -> "Any":
    if letter == b"f":
        return float.fromhex(line)
    if letter == b"c":
        real, imag = line.split(" ")
        return complex(float.fromhex(real), float.fromhex(imag))
    if letter in (b"h", b"H") and find is not None:
        number, _, name = line.partition(" ")
        return find(letter.decode(), _count(number.encode()), name[:NAME_CHARS])
    raise Malformed(f"no value begins with {letter!r}")


def _items(data: bytes, at: int, how: "tuple[Find | None, Make]", depth: int, count: int) -> "tuple[list[Any], int]":
    items: list[Any] = []
    for _ in range(count):
        item, at = _decode(data, at, how, depth + 1)
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
