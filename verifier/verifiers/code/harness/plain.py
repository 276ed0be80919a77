"""Plain data as bytes, and back as exact built-in types: all that ever crosses between a program and what judges it.

Used on both sides of the sandbox's wall, so it imports nothing. A value is a letter and what the letter announces:
``N T F`` for None, True and False; ``i<hex>\\n``, ``f<hex>\\n``, ``c<hex> <hex>\\n`` for numbers; ``s<bytes>:`` and ``b<bytes>:`` for
text and bytes; ``l t S Z d`` and ``<count>\\n`` for list, tuple, set, frozenset and dict; ``r`` for the three numbers of a range;
``h<number> <type>\\n`` for an object that stays where it is, of which only the number is told.
"""

DEPTH = 200
"""Deepest nesting."""
INT_DIGITS = 100_000
"""Most hexadecimal digits of an integer."""
NAME_CHARS = 100
SEQUENCES = ((list, b"l"), (tuple, b"t"), (set, b"S"), (frozenset, b"Z"))
LETTERS = {b"l": list, b"t": tuple, b"S": set, b"Z": frozenset}


class Malformed(ValueError):
    """Bytes that are no plain data, or a value that cannot become it."""


def refuse(value):
    raise Malformed(f"{type(value).__name__} is no plain data")


def encode(value, hold=refuse):
    """The bytes of a value. What is not plain goes through ``hold``, which returns its number and type."""
    parts = []
    _encode(value, hold, parts.append, 0)
    return b"".join(parts)


def _encode(value, hold, add, depth):
    kind = type(value)
    if depth > DEPTH:
        raise Malformed(f"nested deeper than {DEPTH}")
    if kind is str:
        data = value.encode("utf-8", "surrogatepass")
        add(b"s%d:" % len(data))
        add(data)
    elif kind is int:
        digits = b"%x" % value
        if len(digits) > INT_DIGITS:
            raise Malformed(f"an integer of more than {INT_DIGITS} digits")
        add(b"i" + digits + b"\n")
    elif value is None:
        add(b"N")
    elif value is True:
        add(b"T")
    elif value is False:
        add(b"F")
    elif kind is float:
        add(b"f" + value.hex().encode() + b"\n")
    elif kind is dict:
        add(b"d%d\n" % len(value))
        for key, item in value.items():
            _encode(key, hold, add, depth + 1)
            _encode(item, hold, add, depth + 1)
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
        for exact, letter in SEQUENCES:
            if kind is exact:
                add(letter + b"%d\n" % len(value))
                for item in value:
                    _encode(item, hold, add, depth + 1)
                return
        _other(value, hold, add, depth)


def _other(value, hold, add, depth):
    """A subclass of a plain type is sent as the plain value that it holds; all else stays behind."""
    if isinstance(value, bytearray):
        return _encode(bytes(value), hold, add, depth)
    for exact in (int, float, complex, str, bytes, tuple, list, dict, frozenset, set):
        if isinstance(value, exact) and type(value) is not exact:
            plain = str.__str__(value) if exact is str else int.__int__(value) if exact is int else exact(value)
            if type(plain) is exact:
                return _encode(plain, hold, add, depth)
    number, name = hold(value)
    add(f"h{number} {name[:NAME_CHARS]}\n".encode("utf-8", "replace"))


def decode(data, find=None):
    """The value of these bytes. Raises Malformed. ``find(number, type)`` yields the object that a number stands for."""
    try:
        value, end = _decode(data, 0, find, 0)
    except Malformed:
        raise
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise Malformed(str(error)) from None
    if end != len(data):
        raise Malformed("more bytes than one value")
    return value


def _line(data, at):
    end = data.index(b"\n", at)
    return data[at:end], end + 1


def _decode(data, at, find, depth):
    if depth > DEPTH:
        raise Malformed(f"nested deeper than {DEPTH}")
    letter = data[at : at + 1]
    at += 1
    if letter == b"i":
        digits, at = _line(data, at)
        if len(digits) > INT_DIGITS:
            raise Malformed("an integer of too many digits")
        return int(digits, 16), at
    if letter == b"s" or letter == b"b":
        colon = data.index(b":", at, at + 20)
        size = int(data[at:colon])
        at = colon + 1
        if size < 0 or at + size > len(data):
            raise Malformed("it ends early")
        text = data[at : at + size]
        return (text.decode("utf-8", "surrogatepass") if letter == b"s" else text), at + size
    if letter == b"N":
        return None, at
    if letter == b"T":
        return True, at
    if letter == b"F":
        return False, at
    if letter == b"f":
        number, at = _line(data, at)
        return float.fromhex(number.decode()), at
    if letter == b"c":
        numbers, at = _line(data, at)
        real, imag = numbers.decode().split(" ")
        return complex(float.fromhex(real), float.fromhex(imag)), at
    if letter == b"r":
        ends = []
        for _ in range(3):
            item, at = _decode(data, at, find, depth + 1)
            ends.append(item)
        return range(*ends), at
    if letter == b"h" and find is not None:
        line, at = _line(data, at)
        number, _, name = line.decode("utf-8", "replace").partition(" ")
        return find(int(number), name), at
    if letter == b"d":
        return _decode_dict(data, at, find, depth)
    if letter in LETTERS:
        count, at = _line(data, at)
        items = []
        for _ in range(int(count)):
            item, at = _decode(data, at, find, depth + 1)
            items.append(item)
        return (items if letter == b"l" else LETTERS[letter](items)), at
    raise Malformed(f"no value begins with {letter!r}")


def _decode_dict(data, at, find, depth):
    count, at = _line(data, at)
    value = {}
    for _ in range(int(count)):
        key, at = _decode(data, at, find, depth + 1)
        value[key], at = _decode(data, at, find, depth + 1)
    return value, at
