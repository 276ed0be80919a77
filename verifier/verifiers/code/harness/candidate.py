# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false
"""Runs in the candidate's sandbox: loads the program, and does to it what the other side asks.

Nothing here is trusted: it shares its process with the program. It sees arguments, never what is expected.
"""

import builtins
import sys

from channel import Channel
from plain import encode

# what sites that ask for functions import for their users
IMPLIED = {
    "typing": "Any Callable Counter DefaultDict Deque Dict FrozenSet Generator Generic Iterable Iterator List Literal Mapping "
    "MutableMapping NamedTuple Optional OrderedDict Sequence Set Tuple Type TypeVar Union",
    "collections": "defaultdict deque namedtuple ChainMap",
    "functools": "cache lru_cache reduce cmp_to_key partial total_ordering",
    "itertools": "accumulate chain combinations count cycle groupby islice pairwise permutations product zip_longest repeat",
    "heapq": "heapify heappop heappush heappushpop heapreplace nlargest nsmallest",
    "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
    "math": "ceil comb factorial floor gcd inf lcm log2 prod sqrt",
}
MODULES = (
    "array bisect collections copy datetime functools heapq itertools json math operator random re string sys time"
)


def implied(code, bound):
    """Where the names come from that a program uses but nowhere defines, as far as they are customary."""
    names = set(code.co_names)
    for const in code.co_consts:
        if type(const) is type(code):
            names |= implied(const, bound)
    return names - bound


def supply(code, scope):
    names = implied(code, {*vars(builtins)})
    for module, members in IMPLIED.items():
        for name in names.intersection(members.split()):
            scope[name] = getattr(__import__(module), name)
    for name in names.intersection(MODULES.split()):
        scope.setdefault(name, __import__(name))


class Candidate:
    def __init__(self):
        self.objects = []
        self.numbers = {}
        self.module = type(sys)("solution")
        self.scope = vars(self.module)

    def hold(self, value):
        """The number under which the other side may speak of an object, and the name of its type."""
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return number, getattr(value, "__name__", None) or type(value).__name__

    def find(self, number, _):
        return self.objects[number]

    def load(self, source, supplied):
        code = compile(source, "main.py", "exec", dont_inherit=True)
        if supplied:
            supply(code, self.scope)
        sys.modules["solution"] = self.module
        exec(code, self.scope)

    def names(self, wanted):
        return {name: self.scope[name] for name in wanted if name in self.scope}

    def entry(self, name):
        """A function of the program, or a method of one of its classes: of Solution, when no class is named."""
        first, *path = name.split(".")
        if first not in self.scope and not path:
            first, path = "Solution", [first]
        value = self.scope[first]
        for part in path:
            value = getattr(value() if isinstance(value, type) else value, part)
        return value

    def call(self, function, packed):
        args, kwargs = packed
        before = encode(packed, self.hold)
        value = function(*args, **kwargs)
        return [value, packed if encode(packed, self.hold) != before else None]


OPERATIONS = {
    "iter": iter,
    "next": next,
    "len": len,
    "str": str,
    "attr": getattr,
    "setattr": setattr,
    "item": lambda o, k: o[k],
}


def answer(candidate, name, operands):
    try:
        value = (OPERATIONS.get(name) or getattr(candidate, name))(*operands)
        return ["value", value]
    except SyntaxError as error:
        return ["uncompiled" if name == "load" else "raised", *describe(error)]
    except Exception as error:
        return ["raised", *describe(error)]


def describe(error):
    """The nearest built-in class of an exception, its own name, and its arguments where they are plain."""
    nearest = next(c.__name__ for c in type(error).__mro__ if vars(builtins).get(c.__name__) is c)
    try:
        encode(list(error.args))
        args = list(error.args)
    except Exception:
        args = []
    try:
        text = str(error)[:500]
    except Exception:
        text = ""
    return [nearest, type(error).__name__, args, text]


def main():
    channel, candidate = Channel(), Candidate()
    receive, send, exit_now = channel.receive, channel.send, channel._exit
    channel.send(["ready"])
    try:
        while True:
            name, *operands = receive(candidate.find)
            reply = answer(candidate, name, operands)
            try:
                send(reply, candidate.hold)
            except Exception as error:  # what the program returned may do anything while it is read
                send(["raised", "ValueError", "ValueError", [], f"the value returned: {error}"])
    except BaseException as error:
        # sys.exit() and its like: the program is over, whatever its exit hooks would say
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.stderr.flush()
    exit_now(3)
