# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""Values of the standard library (and numpy's arrays) as their kind and plain parts, and back: the rest of what may cross.

Whoever rebuilds one trusts no part of it: each constructor here is total, cheap for its size, and runs nobody's code.
"""

import builtins
import sys

KINDS = {
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "datetime": ("date", "time", "datetime", "timedelta"),
    "collections": ("deque", "Counter", "OrderedDict", "defaultdict"),
    "uuid": ("UUID",),
    "pathlib": ("PosixPath", "PurePosixPath"),
}
DECIMAL_CHARS = 10_000
EXPONENT = 100_000
# of functions only those that run no code that they are given
NAMED = {
    "builtins": {"abs", "all", "any", "bin", "chr", "divmod", "hash", "hex", "len", "max", "min", "oct", "ord", "pow"}
    | {"print", "repr", "reversed", "round", "sorted", "sum"}
    | {name for name, value in vars(builtins).items() if isinstance(value, type)},
    "math": {"sqrt", "sin", "cos", "tan", "exp", "log", "log2", "log10", "floor", "ceil", "gcd", "fabs", "factorial"},
    "operator": {"add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "neg", "not_", "and_", "or_", "xor"}
    | {"eq", "ne", "lt", "le", "gt", "ge"},
}
tuples = {}


def pack(value):
    """A kind and its parts, or None for what has no kind."""
    kind = type(value)
    name, module = kind.__name__, kind.__module__
    if isinstance(value, tuple) and kind is not tuple and isinstance(getattr(kind, "_fields", None), tuple):
        return "namedtuple", (name, tuple(map(str, kind._fields)), tuple(value))
    if module == "numpy" or name == "ndarray":
        return pack_numpy(value)
    if name in KINDS.get(module, ()) and getattr(sys.modules.get(module), name, None) is kind:
        return PACKERS[name](value)
    if kind is bytearray:
        return "bytearray", (bytes(value),)
    if kind is VIEWS["keys"] or kind is VIEWS["items"]:
        return ("keys" if kind is VIEWS["keys"] else "items"), (list(value),)
    if value is ... or value is NotImplemented:
        return "constant", (repr(value),)
    return pack_named(value)


def pack_named(value):
    """What everyone has under the same name: built-in types, and functions that run nothing but themselves."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    module = {"_operator": "operator"}.get(module, module)
    known = NAMED.get(module) if isinstance(module, str) else None
    if known and name in known and getattr(sys.modules.get(module), name, None) is value:
        return "named", (module, name)
    return None


def pack_datetime(value):
    offset = value.utcoffset()
    zone = () if offset is None else (offset.days, offset.seconds)
    first = (value.year, value.month, value.day) if hasattr(value, "year") else ()
    return type(value).__name__, (
        (*first, value.hour, value.minute, value.second, value.microsecond),
        zone,
    )


def pack_numpy(value):
    name = type(value).__name__
    if name != "ndarray":
        item = getattr(value, "item", None)
        plain = item() if callable(item) else None
        return ("scalar", (plain,)) if type(plain) in (bool, int, float, complex, str, bytes) else None
    if value.dtype.kind not in "biufcSU":
        return ("array", ("O", tuple(value.shape), value.reshape(-1).tolist())) if value.dtype.kind == "O" else None
    return "array", (value.dtype.str, tuple(value.shape), value.tobytes())


PACKERS = {
    "Decimal": lambda v: ("Decimal", (str(v),)),
    "Fraction": lambda v: ("Fraction", (v.numerator, v.denominator)),
    "date": lambda v: ("date", (v.year, v.month, v.day)),
    "time": pack_datetime,
    "datetime": pack_datetime,
    "timedelta": lambda v: ("timedelta", (v.days, v.seconds, v.microseconds)),
    "deque": lambda v: ("deque", (list(v), v.maxlen)),
    "Counter": lambda v: ("Counter", (dict(v),)),
    "OrderedDict": lambda v: ("OrderedDict", (list(v.items()),)),
    "defaultdict": lambda v: ("defaultdict", (dict(v),)),
    "UUID": lambda v: ("UUID", (v.int,)),
    "PosixPath": lambda v: ("path", (str(v),)),
    "PurePosixPath": lambda v: ("path", (str(v),)),
}
VIEWS = {"keys": type({}.keys()), "items": type({}.items())}


def make(kind, parts):
    """The value of a kind from its parts. Raises ValueError, TypeError, LookupError or ArithmeticError for what is none."""
    return MAKERS[kind](*parts)


def exactly(kind, value):
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} wanted")
    return value


def make_decimal(text):
    import decimal

    value = decimal.Decimal(exactly(str, text)[:DECIMAL_CHARS])
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) > EXPONENT:
        raise ValueError("a decimal with a very large exponent")
    return value


def make_fraction(numerator, denominator):
    import fractions

    return fractions.Fraction(exactly(int, numerator), exactly(int, denominator))


def make_datetime(kind):
    def of(fields, zone=()):
        import datetime

        when = getattr(datetime, kind)(*(exactly(int, field) for field in fields))
        if not zone:
            return when
        return when.replace(tzinfo=datetime.timezone(datetime.timedelta(*(exactly(int, part) for part in zone))))

    return of


def make_of_ints(kind):
    def of(*fields):
        import datetime

        return getattr(datetime, kind)(*(exactly(int, field) for field in fields))

    return of


def of_collections(kind):
    def of(items, *more):
        import collections

        cls = getattr(collections, kind)
        return cls(None, exactly(dict, items)) if kind == "defaultdict" else cls(items, *more)

    return of


def make_namedtuple(name, fields, items):
    import collections

    key = exactly(str, name), tuple(exactly(str, field) for field in fields)
    if key not in tuples:
        tuples[key] = collections.namedtuple(key[0], key[1], rename=True)
    return tuples[key](*exactly(tuple, items))


def make_uuid(number):
    import uuid

    return uuid.UUID(int=exactly(int, number))


def make_path(text):
    import pathlib

    return pathlib.Path(exactly(str, text))


def make_array(dtype, shape, data):
    import math

    import numpy

    shape = tuple(exactly(int, size) for size in shape)
    if dtype == "O":
        flat = numpy.empty(len(exactly(list, data)), dtype=object)
        flat[:] = data
        return flat.reshape(shape)
    dtype = numpy.dtype(exactly(str, dtype))
    if dtype.kind not in "biufcSU" or min(shape, default=1) < 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError("an array of another size than its shape says")
    return numpy.frombuffer(exactly(bytes, data), dtype).reshape(shape).copy()


def make_named(module, name):
    if name not in NAMED[module]:
        raise LookupError(name)
    return getattr(__import__(module), name)


MAKERS = {
    "Decimal": make_decimal,
    "Fraction": make_fraction,
    "date": make_of_ints("date"),
    "timedelta": make_of_ints("timedelta"),
    "time": make_datetime("time"),
    "datetime": make_datetime("datetime"),
    **{kind: of_collections(kind) for kind in ("deque", "Counter", "OrderedDict", "defaultdict")},
    "UUID": make_uuid,
    "path": make_path,
    "bytearray": lambda data: bytearray(exactly(bytes, data)),
    "keys": lambda items: dict.fromkeys(exactly(list, items)).keys(),
    "items": lambda pairs: dict(exactly(list, pairs)).items(),
    "namedtuple": make_namedtuple,
    "scalar": lambda value: value,
    "array": make_array,
    "constant": lambda name: {"Ellipsis": ..., "NotImplemented": NotImplemented}[name],
    "named": make_named,
}
