# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""What the tests hold of the candidate's: objects that stay with it, and the exceptions that it raises.

With what the tests hold themselves, a Remote compares by identity alone: no ``==``, ``<`` or ``-`` of the candidate's making
sees an expected value, or takes the place of a plain one.
"""

import builtins

import party
from party import ARITHMETIC, COMPARISONS, STAND_INS, UNARY, dunder, update

OPEN = ("__doc__", "__dict__", "__module__", "__annotations__")
OPEN_OF_CLASS = (*OPEN, "__bases__")  # by which it is a subclass of what is built in


class Remote:
    """An object that lives with the candidate."""

    __slots__ = ("__weakref__", "_name", "_nature", "_number")

    def __init__(self, number, name, nature=""):
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_nature", nature)

    def __call__(self, *args, **kwargs):
        packed = [list(args), kwargs]
        value, changed, printed = ask("call", self, packed)
        last[:] = [self._name, args, kwargs, value]
        if changed is not None:
            update(packed, changed)
        if printed:
            print(printed, end="")
        return value

    def __getattr__(self, name):
        if name in ("__name__", "__qualname__"):
            return self._name
        if name[:2] == "__" and name not in (OPEN_OF_CLASS if self._nature == "class" else OPEN):
            raise AttributeError(name)
        return ask("attr", self, name)

    def __setattr__(self, name, value):
        ask("setattr", self, name, value)

    def __iter__(self):
        return ask("iter", self)

    def __next__(self):
        return ask("next", self)

    def __len__(self):
        return ask("len", self)

    def __getitem__(self, key):
        return ask("item", self, key)

    def __setitem__(self, key, value):
        ask("setitem", self, key, value)

    def __delitem__(self, key):
        ask("delitem", self, key)

    def __contains__(self, item):
        if type(item) is Remote or self._nature == "sized":
            return ask("contains", self, item)
        return any(item is other or item == other for other in self)

    def __enter__(self):
        return ask("enter", self)

    def __exit__(self, *error):
        return ask("exit", self)

    def __str__(self):
        return ask("str", self)

    def __format__(self, spec):
        return format(str(self), spec)

    def __bool__(self):
        if self._nature == "bool":
            raise TypeError(f"a {self._name} object of the program is neither true nor false")
        return self._nature != "sized" or ask("len", self) > 0

    def __repr__(self):
        return ask("repr", self)

    def __eq__(self, other):
        if self is other:
            return True
        return ask("eq", self, other) is True if type(other) is Remote else NotImplemented

    def __ne__(self, other):
        return not self == other if type(other) is Remote else NotImplemented

    def __hash__(self):
        return ask("hash", self)

    def __instancecheck__(self, value):
        return type(value) is Remote and ask("instance", value, self) is True

    def __subclasscheck__(self, value):
        return type(value) is Remote and ask("subclass", value, self) is True


def between_remotes(name):
    def operation(self, other):
        return ask(name, self, other) if type(other) is Remote else NotImplemented

    return operation


def scaled(name):
    """By a plain number too, where what comes back is an object again: no comparison can be won by it."""

    def operation(self, other):
        if type(other) not in (Remote, int, float):
            return NotImplemented
        value = ask(name, self, other)
        if type(other) is not Remote and type(value) is not Remote:
            raise TypeError(f"{name} of a {self._name} object of the program and a number is no such object")
        return value

    return operation


for name in (*COMPARISONS[1:], *ARITHMETIC):
    setattr(Remote, dunder(name), between_remotes(name))
for name in ("mul", "rmul", "truediv"):
    setattr(Remote, dunder(name), scaled(name))
for name in UNARY:
    setattr(Remote, dunder(name), lambda self, name=name: ask(name, self))


class RemoteCoroutine(Remote):
    """Awaited by running it to its end where it lives."""

    __slots__ = ()

    def __await__(self):
        return self

    def __next__(self):
        raise StopIteration(ask("await", self))

    def send(self, _):
        raise StopIteration(ask("await", self))

    def throw(self, error, *_):
        raise error

    def close(self):
        pass


STAND_INS.update((Remote, RemoteCoroutine))
last = []
"""The last call: the function's name, its arguments, and what it returned."""
raised = []
"""The last exception of the candidate's, and how it is told."""
exceptions = {}
"""The candidate's own exception classes, by their numbers with it."""
us = None


def stand_in(_, number, told):
    """What represents an object of the candidate's, by what it says of it."""
    name, _, nature = told.rpartition(" ")
    if nature == "exception":  # a class that tests may name in an ``except``
        return exception_class(number)
    if nature not in ("class", "bool", "sized", "coroutine", "async_generator"):
        name, nature = told, ""
    return (RemoteCoroutine if nature == "coroutine" else Remote)(number, name, nature)


def exception_class(number):
    """A class of ours for one of the candidate's, so that tests can catch it."""
    if number not in exceptions:
        for told in ask("classes", number):
            define(*told)
    return exceptions.get(number, Exception)


def define(number, name, bases):
    if number in exceptions:
        return
    ours = tuple(exceptions[base] if type(base) is int else builtin_exception(base) for base in bases)
    try:
        exceptions[number] = type(name, ours, {})
    except TypeError:
        exceptions[number] = type(name, (Exception,), {})


def builtin_exception(name):
    cls = vars(builtins).get(name)
    return cls if isinstance(cls, type) and issubclass(cls, Exception) else Exception


def ask(*request):
    kind, reply = us.ask(*request)
    if kind == "value":
        return reply[0]
    error = rebuilt(reply[0], request[0])
    name, text = reply[0]["name"], reply[0].get("text")
    raised[:] = [error, f"{name}: {text}" if text else name, reply[0].get("trace", [])]
    raise error


def rebuilt(told, operation):
    """The exception that the candidate raised, of a class that tests can catch."""
    nearest, args, text = told["nearest"], told.get("args", []), told.get("text", "")
    if nearest == "StopIteration" and operation != "next":
        # else it would end the tests' own loops early, and all() be true
        return RuntimeError(text)
    cls = builtin_exception(nearest)
    for own in told.get("classes", []):
        define(*own)
        cls = exceptions[own[0]]
    try:
        error = cls(*args) if args or not text else cls(text)
    except Exception:
        error = RuntimeError(text)
    for name, value in told.get("attributes", {}).items():
        party.guarded(lambda name=name, value=value: setattr(error, name, value), None)
    return error


def last_call():
    if not last:
        return ""
    name, args, kwargs, value = last
    inside = [party.shown(arg) for arg in args] + [f"{key}={party.shown(item)}" for key, item in kwargs.items()]
    return f"{name}({', '.join(inside)}) returned {party.shown(value)}"
