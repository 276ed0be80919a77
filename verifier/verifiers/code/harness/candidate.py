# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""Runs in the candidate's sandbox: loads the program, and does to it what the other side asks.

Nothing here is trusted: it shares its process with the program. It sees arguments, never what is expected.
"""

import builtins
import io
import sys

import shapes
from party import ARITHMETIC, COMPARISONS, OPERATIONS, STAND_INS, UNARY, Party, dunder, own_classes, update

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
    "shapes": "ListNode TreeNode",
}
MODULES = frozenset(
    "array bisect collections copy datetime functools heapq itertools json math operator random re string sys time".split()
)
MODULE_OF = {name: module for module, names in IMPLIED.items() for name in names.split()}
PRINTED_BYTES = 100_000


class Printed(io.BytesIO):
    """What a call prints, for tests that look at it; beyond a bound it is dropped."""

    def write(self, data):
        if self.tell() < PRINTED_BYTES:
            super().write(data)
        return len(data)


def implied(code):
    """The names that a program uses and nowhere defines, those of the interpreter apart.

    One by one: to take a set of all that are bound would be to touch them all, and the memory that they lie in.
    """
    names = {name for name in code.co_names if name not in vars(builtins)}
    for const in code.co_consts:
        if type(const) is type(code):
            names |= implied(const)
    return names


def supply(code, scope):
    """Give the program those that are customary, from where they come."""
    for name in implied(code):
        if name in MODULE_OF:
            scope[name] = getattr(__import__(MODULE_OF[name]), name)
        elif name in MODULES:
            scope[name] = __import__(name)


class Borrowed:
    """An object of the tests', which lives with them: what is done to it is done there."""

    def __init__(self, number, name):
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "__name__", name.partition(" ")[0])

    def __call__(self, *args, **kwargs):
        packed = [list(args), kwargs]
        value, changed = ask("call", self, packed)
        if changed is not None:
            update(packed, changed)
        return value

    def __getattr__(self, name):
        if name[:2] == "__":
            raise AttributeError(name)
        return ask("attr", self, name)

    def __iter__(self):
        return ask("iter", self)

    def __setattr__(self, name, value):
        ask("setattr", self, name, value)

    def __bool__(self):
        return ask("bool", self)

    def __hash__(self):
        return ask("hash", self)

    def __exit__(self, *_):
        return ask("exit", self)

    def __ne__(self, other):
        return not self == other


def forwarded(operation):
    def method(self, *operands):
        return ask(operation, self, *operands)

    return method


for operation in ("next", "len", "str", "repr", "contains", "enter", *COMPARISONS, *ARITHMETIC, *UNARY):
    setattr(Borrowed, dunder(operation), forwarded(operation))
for operation in ("getitem", "setitem", "delitem"):
    setattr(Borrowed, dunder(operation), forwarded(operation.replace("getitem", "item")))
STAND_INS.add(Borrowed)


def ask(*request):
    kind, reply = candidate.ask(*request)
    if kind == "value":
        return reply[0]
    told = reply[0]
    cls = vars(builtins).get(told["nearest"], Exception)
    try:
        raise cls(*told.get("args") or [told.get("text", "")])
    except TypeError:
        raise RuntimeError(told.get("text", "")) from None


class Candidate(Party):
    def __init__(self):
        super().__init__(lambda _, number, name: Borrowed(number, name), self.operation)
        self.module = type(sys)("solution")
        self.scope = vars(self.module)

    def operation(self, name):
        return OPERATIONS.get(name) or getattr(self, f"do_{name}")

    def do_load(self, source, supplied):
        code = compile(source, "main.py", "exec", dont_inherit=True)
        if supplied:
            supply(code, self.scope)
        sys.modules["solution"] = self.module
        exec(code, self.scope)

    def do_names(self, wanted):
        return {name: self.scope[name] for name in wanted if name in self.scope}

    def do_entry(self, name):
        """A function of the program, or a method of one of its classes: of Solution, when no class is named."""
        first, *path = name.split(".")
        if first not in self.scope and not path:
            first, path = "Solution", [first]
        value = self.scope[first]
        for part in path:
            value = getattr(value() if isinstance(value, type) else value, part)
        return value

    def do_classes(self, number):
        """An exception class and its bases, as far as they are the program's."""
        return own_classes(self.objects[number], self)

    def do_call(self, function, packed):
        printed, kept = Printed(), sys.stdout
        sys.stdout = stream = io.TextIOWrapper(printed, "utf-8", "backslashreplace", write_through=True)
        try:
            value, changed = self.call(function, packed)
        finally:
            sys.stdout = kept
        text = "" if stream.closed else printed.getvalue().decode(errors="replace")
        return [value, changed, text]

    def do_await(self, coroutine):
        import asyncio

        return asyncio.run(coroutine)

    def do_apply(self, name, packed, how):
        """One case of a ``function`` test: its result, shaped as JSON would have it."""
        function = self.do_entry(name)
        return shapes.apply(function, name, packed, how, self.scope)


def main():
    global candidate
    candidate = Candidate()
    exit_now = candidate.channel._exit
    candidate.send(["ready"])
    try:
        while True:
            candidate.attend()
    except BaseException as error:
        # sys.exit() and its like: the program is over, whatever its exit hooks would say
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.stderr.flush()
    exit_now(3)
