# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false
"""Runs in the tests' sandbox: executes the tests, and asks for the candidate's part in them.

The candidate is never here. Its functions are :class:`Remote` objects; what they return is plain data, or again Remote. A
Remote compares by identity alone: no ``==`` of the candidate's making takes part in a test.
"""

import builtins
import sys

from channel import Channel

ONLY_AST = 0x400
channel = Channel()


class Unsupported(BaseException):
    """The tests pass what cannot be passed. No fault of the candidate's, so that no ``except Exception`` may take it."""


class Remote:
    """An object that lives with the candidate."""

    __slots__ = ("_name", "_number")

    def __init__(self, number, name):
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_name", name)

    def __call__(self, *args, **kwargs):
        packed = [list(args), kwargs]
        value, changed = ask("call", self, packed)
        last[:] = [self._name, args, kwargs, value]
        if changed is not None:
            update(packed, changed)
        return value

    def __getattr__(self, name):
        if name == "__name__":
            return self._name
        if name[:2] == "__":
            raise AttributeError(name)
        return ask("attr", self, name)

    def __iter__(self):
        return ask("iter", self)

    def __next__(self):
        return ask("next", self)

    def __setattr__(self, name, value):
        ask("setattr", self, name, value)

    def __len__(self):
        return ask("len", self)

    def __getitem__(self, key):
        return ask("item", self, key)

    def __str__(self):
        return ask("str", self)

    def __bool__(self):
        raise TypeError(f"a {self._name} object of the program is neither true nor false")

    def __repr__(self):
        return f"<{self._name} object of the program>"


last = []
raised = []


def held(value):
    if type(value) is Remote:
        return value._number, value._name
    raise Unsupported(f"they pass a {type(value).__name__}, which is no plain data")


def ask(*request):
    channel.send(["ask", *request], held)
    kind, *reply = channel.receive(Remote)
    if kind == "value":
        return reply[0]
    nearest, name, args, text = reply
    if nearest == "StopIteration" and request[0] != "next":
        nearest, args = "RuntimeError", []  # else it would end the tests' own loops early, and all() be true
    cls = vars(builtins)[nearest]
    try:
        error = cls(*args) if args or not text else cls(text)
    except TypeError:
        error = RuntimeError(text)
    raised[:] = [error, f"{name}: {text}" if text else name]
    raise error


def update(old, new):
    """Make ``old`` equal to ``new`` in place: the candidate changed its arguments."""
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


def settled(old, new):
    if type(old) is type(new) and type(old) in (list, dict, set):
        update(old, new)
        return old
    if type(old) is type(new) is tuple and len(old) == len(new):
        return tuple(map(settled, old, new))
    return old if isinstance(old, (list, dict, set)) and type(old) is not type(new) and old == new else new


def shown(value, size=200):
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= size else text[:size] + "…"


def last_call():
    if not last:
        return ""
    name, args, kwargs, value = last
    inside = [shown(arg) for arg in args] + [f"{key}={shown(item)}" for key, item in kwargs.items()]
    return f"{name}({', '.join(inside)}) returned {shown(value)}"


class Examiner:
    def __init__(self, source, scope, first, stop):
        self.lines = source.split("\n")
        self.scope = scope
        self.first, self.stop = first, stop
        self.count = 0

    def statement(self, tree, node):
        """One statement of the tests; each assertion at the top is a test of its own, the rest prepares."""
        code = compile(type(tree)([node], []), "<tests>", "exec")
        if type(node).__name__ == "Assert":
            return self.test(lambda: exec(code, self.scope), "\n".join(self.lines[node.lineno - 1 : node.end_lineno]))
        exec(code, self.scope)
        return True

    def test(self, run, label):
        """Whether to go on."""
        self.count += 1
        if self.count <= self.first:
            return True
        del last[:], raised[:]
        try:
            run()
        except Exception as error:
            if isinstance(error, ImportError) and error not in raised:
                raise
            kind, message = self.explain(error)
            channel.send(["failed", label, kind, message, last_call()])
            return not self.stop
        channel.send(["passed", label])
        return True

    def explain(self, error):
        if raised and error is raised[0]:
            return "memory limit" if isinstance(error, MemoryError) else "runtime error", raised[1]
        if isinstance(error, NameError) and error.name:
            return "runtime error", f"the program does not define {error.name}"
        place = error.__traceback__
        line = 0
        while place is not None:
            if place.tb_frame.f_code.co_filename == "<tests>":
                line = place.tb_lineno
            place = place.tb_next
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        if isinstance(error, AssertionError):
            return "wrong answer", str(error)[:200] or text
        return "wrong answer", f"{type(error).__name__}: {str(error)[:200]} at {text}"

    def suites(self):
        """Tests that were defined but not run: pytest's functions and unittest's classes."""
        unittest = sys.modules.get("unittest")
        for name, value in list(self.scope.items()):
            if name.startswith("test") and type(value) is type(shown) and value.__code__.co_argcount == 0:
                yield name, value
            elif not isinstance(value, type) or value.__module__ != "tests":
                continue
            elif unittest and issubclass(value, unittest.TestCase):
                for case in unittest.defaultTestLoader.loadTestsFromTestCase(value):
                    yield case.id().partition(".")[2], case.debug
            elif name.startswith("Test"):
                for method in [method for method in vars(value) if method.startswith("test")]:
                    yield f"{name}.{method}", lambda cls=value, method=method: getattr(cls(), method)()


def main():
    channel.send(["ready"])
    setup, source, names, modules, entry, check, first, stop = channel.receive(Remote)
    module = type(sys)("tests")
    scope = vars(module)
    scope.update(names)
    for alias in ("solution", "main"):
        sys.modules[alias] = type(sys)(alias)
        vars(sys.modules[alias]).update(names)
    sys.modules["tests"] = module
    examiner = Examiner(source, scope, first, stop)
    try:
        for name, path in modules.items():
            scope[name] = __import__(path)
        if entry:
            scope["candidate"] = eval(entry, scope)
        exec(compile(setup, "<setup>", "exec"), scope)
        tree = compile(source, "<tests>", "exec", ONLY_AST)
        going = all(examiner.statement(tree, node) for node in vars(tree)["body"])
        if going and check:
            going = examiner.test(lambda: scope["check"](scope.get("candidate")), "check")
        for name, run in examiner.suites() if going else ():
            if not examiner.test(run, name):
                break
    except BaseException as error:
        if isinstance(error, (ImportError, SystemExit, Unsupported)) and error not in raised:
            channel.send(["broken", f"{type(error).__name__}: {str(error)[:300]}"])
        else:
            channel.send(["failed", "", *examiner.explain(error), last_call()])
    channel.send(["done"])
