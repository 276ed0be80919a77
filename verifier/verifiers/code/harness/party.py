# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""One side of a conversation between two processes: each may ask the other to do things, also while it is being asked.

What is plain crosses as data. What is not stays where it is; the other side gets a stand-in, and asks through it.
"""

import builtins
import operator

from channel import Channel
from plain import encode
from values import pack

SHOWN = 200


class Party:
    """Keeps what this side lends out, and the stand-ins for what it was lent."""

    def __init__(self, stand_in, allowed):
        self.channel = Channel()
        self.objects, self.numbers = [], {}
        self.stand_ins = {}
        self.stand_in = stand_in
        self.allowed = allowed

    def hold(self, value):
        """How the other side may speak of an object, which of the two has it, and the name of its type."""
        if type(value) in STAND_INS:
            return "H", number_of(value), name_of(value)
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return "h", number, nature(value)

    def find(self, letter, number, name):
        if letter == "H":
            return self.objects[number]
        if number not in self.stand_ins:
            self.stand_ins[number] = self.stand_in(self, number, name)
        return self.stand_ins[number]

    def send(self, message):
        self.channel.send(message, self.hold)

    def receive(self):
        return self.channel.receive(self.find)

    def ask(self, operation, *operands):
        """What the other side replies: its kind, and the rest. Meanwhile it may ask in its turn."""
        self.send(["ask", operation, *operands])
        return self.attend()

    def attend(self):
        """Serve the other side until it says something else than a wish."""
        while True:
            kind, *rest = self.receive()
            if kind != "ask":
                return kind, rest
            self.reply(rest)

    def reply(self, request):
        answer = self.answer(*request)
        try:
            self.send(answer)
        except Exception as error:  # what was returned may do anything while it is read
            self.send(
                ["raised", {"nearest": "ValueError", "name": "ValueError", "text": f"the value returned: {error}"}]
            )

    def answer(self, operation, *operands):
        try:
            return ["value", self.allowed(operation)(*operands)]
        except SyntaxError as error:
            return ["uncompiled" if operation == "load" else "raised", describe(error, self)]
        except Exception as error:
            return ["raised", describe(error, self)]

    def call(self, function, packed):
        """What a function returns, and its arguments where it changed them."""
        args, kwargs = packed
        before = encode(packed, self.hold, pack)
        value = function(*args, **kwargs)
        return [value, packed if encode(packed, self.hold, pack) != before else None]


STAND_INS = set()
"""Types of the objects that stand for another side's."""


def number_of(stand_in):
    return object.__getattribute__(stand_in, "_number")


def name_of(stand_in):
    return object.__getattribute__(stand_in, "_name")


def nature(value):
    """The name of an object's type; of a class or a function, its own; and a sign where it has a truth or life of its own."""
    kind = type(value)
    name = getattr(value, "__name__", None)
    name = name if isinstance(name, str) else kind.__name__
    if kind.__name__ in ("coroutine", "async_generator"):
        return name + " " + kind.__name__
    if isinstance(value, type):
        return name + (" exception" if issubclass(value, BaseException) else " class")
    if hasattr(kind, "__bool__"):
        return name + " bool"
    return name + (" sized" if hasattr(kind, "__len__") else "")


def truth(value):
    return True if value else False  # noqa: SIM210 - bool may be patched


OPERATIONS = {
    "iter": iter,
    "next": next,
    "len": len,
    "str": str,
    "repr": repr,
    "bool": truth,
    "hash": hash,
    "attr": getattr,
    "setattr": setattr,
    "item": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": lambda value, item: truth(item in value),
    "instance": isinstance,
    "subclass": issubclass,
    "enter": lambda value: value.__enter__(),
    "exit": lambda value, *error: truth(value.__exit__(*(error or (None, None, None)))),
}
COMPARISONS = ("eq", "lt", "le", "gt", "ge")
ARITHMETIC = (
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
)
UNARY = ("neg", "pos", "abs", "invert")
OPERATIONS["rmul"] = lambda value, factor: factor * value
OPERATIONS.update({name: getattr(operator, name) for name in (*COMPARISONS, *ARITHMETIC, *UNARY)})


def dunder(name):
    return f"__{name.strip('_')}__"


def describe(error, party=None):
    """An exception: the nearest built-in class, its own classes, its arguments and attributes where they are plain."""
    kinds = type(error).__mro__
    nearest = next(c.__name__ for c in kinds if vars(builtins).get(c.__name__) is c)
    return {
        "nearest": nearest if issubclass(vars(builtins)[nearest], Exception) else "Exception",
        "name": type(error).__name__,
        "args": plain_or(list(error.args), []),
        "text": guarded(lambda: str(error)[:500], ""),
        "classes": own_classes(type(error), party) if party else [],
        "attributes": plain_or({k: v for k, v in vars(error).items() if isinstance(k, str)}, {}),
        "trace": guarded(lambda: trace(error), []),
    }


def own_classes(kind, party):
    """Its classes that are not built in, each with the names of its bases' numbers or built-in classes."""
    found = []
    for cls in reversed(kind.__mro__):
        if vars(builtins).get(cls.__name__) is not cls and issubclass(cls, BaseException):
            bases = [
                base.__name__ if vars(builtins).get(base.__name__) is base else party.hold(base)[1]
                for base in cls.__bases__
                if issubclass(base, BaseException)
            ]
            found.append([party.hold(cls)[1], cls.__name__, bases])
    return found


def trace(error):
    """The frames of the program itself, as line and function, the innermost last."""
    found, place = [], error.__traceback__
    while place is not None:
        if place.tb_frame.f_code.co_filename == "main.py":
            found.append([place.tb_lineno, place.tb_frame.f_code.co_name])
        place = place.tb_next
    if not found and isinstance(error, SyntaxError) and error.lineno:
        found = [[error.lineno, "<module>"]]
    return found[-8:]


def plain_or(value, otherwise):
    return guarded(lambda: encode(value) and value, otherwise)


def guarded(run, otherwise):
    try:
        return run()
    except Exception:
        return otherwise


def update(old, new):
    """Make ``old`` equal to ``new`` in place: the other side changed its copy."""
    if type(old) is list:
        for at in range(min(len(old), len(new))):
            old[at] = settled(old[at], new[at])
        old[len(new) :] = new[len(old) :]
    elif type(old) is dict:
        merged = {key: settled(old[key], item) if key in old else item for key, item in new.items()}
        old.clear()
        old.update(merged)
    elif type(old) is set:
        old.clear()
        old.update(new)
    elif type(old).__module__ == "numpy":
        old[...] = new
    elif type(old).__name__ == "bytearray":
        old[:] = new
    elif type(old).__name__ == "deque":
        old.clear()
        old.extend(new)
    elif isinstance(old, dict):
        old.clear()
        old.update(new)


CHANGEABLE = (list, dict, set, bytearray)


def settled(old, new):
    if type(old) is type(new) and (type(old) in CHANGEABLE or type(old).__name__ in ("deque", "Counter", "ndarray")):
        if old is not new:
            update(old, new)
        return old
    if type(old) is type(new) is tuple and len(old) == len(new):
        return tuple(map(settled, old, new))
    return old if isinstance(old, CHANGEABLE) and type(old) is not type(new) and same(old, new) else new


def same(old, new):
    try:
        return truth(old == new)
    except Exception:
        return False


def shown(value, size=SHOWN):
    try:
        text = f"<{name_of(value)} object of the program>" if type(value) in STAND_INS else repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= size else text[:size] + "…"
