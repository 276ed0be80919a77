# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""Tests that were defined but not run: pytest's functions and classes with their fixtures, and unittest's classes."""

import contextlib
import functools
import io
import itertools
import sys


def collect(scope, ours):
    """``(label, run)`` of each test, in the order in which they are defined. ``ours`` tells what the tests themselves define."""
    unittest = sys.modules.get("unittest")
    fixtures = Fixtures({}, None)
    fixtures.add(scope)
    found = []
    for name, value in list(scope.items()):
        if isinstance(value, type) and ours(value):
            if unittest and issubclass(value, unittest.TestCase):
                found += cases_of(unittest, value)
            elif name.startswith("Test"):
                found += methods_of(name, value, fixtures)
        elif name.startswith("test") and hasattr(value, "__code__") and ours(value):
            found += variants(name, value, fixtures, value, marks_of(scope))
    return found


# ---- unittest ----


def cases_of(unittest, cls):
    names = unittest.defaultTestLoader.getTestCaseNames(cls)
    shared = Class(unittest, cls, len(names))
    for name in names:
        case = cls(name)
        if not getattr(getattr(case, name), "__unittest_skip__", getattr(cls, "__unittest_skip__", False)):
            yield f"{cls.__name__}.{name}", lambda case=case: shared.run(case)


class Class:
    """What the tests of one class share."""

    def __init__(self, unittest, cls, count):
        self.unittest, self.cls, self.left = unittest, cls, count
        self.ready = False

    def run(self, case):
        if not self.ready:
            self.cls.setUpClass()
            self.ready = True
        case(result := outcome_class(self.unittest)())
        self.left -= 1
        if not self.left:
            self.cls.tearDownClass()
            self.cls.doClassCleanups()
        if result.wrong:
            raise result.wrong[0]


@functools.cache
def outcome_class(unittest):
    class Outcome(unittest.TestResult):
        def __init__(self):
            super().__init__()
            self.wrong = []

        def addError(self, test, err):
            self.wrong.append(err[1])

        addFailure = addError

        def addSubTest(self, test, subtest, err):
            if err is not None:
                self.wrong.append(err[1])

        def addSkip(self, test, reason):
            self.wrong.append(AssertionError(f"skipped as it ran: {reason}"))

        def addUnexpectedSuccess(self, test):
            self.wrong.append(AssertionError("it was expected to fail"))

    return Outcome


# ---- pytest ----


def marks_of(thing):
    marks = thing.get("pytestmark", []) if isinstance(thing, dict) else getattr(thing, "pytestmark", [])
    return list(marks) if isinstance(marks, (list, tuple)) else [marks]


def methods_of(name, cls, fixtures):
    inner = Fixtures({}, fixtures)
    for base in reversed(cls.__mro__):
        inner.add(vars(base))
    shared = inner.lifetime("class")
    for method in [m for base in reversed(cls.__mro__) for m in vars(base) if m.startswith("test")]:
        function = getattr(cls, method)
        if callable(function):
            yield from variants(f"{name}.{method}", function, inner, cls, marks_of(cls), shared)


def variants(label, function, fixtures, owner, more=(), shared=None):
    marks = [*marks_of(function), *more]
    if any(skips(mark) for mark in marks):
        return
    tables = [table(mark) for mark in reversed(marks) if mark.name == "parametrize"]
    tables += [
        [({name: value}, str(value), []) for value in fixtures.find(name).params or []]
        for name in fixtures.closure(function, marks)
        if fixtures.find(name).params
    ]
    for row in itertools.product(*tables):
        if any(skips(mark) for _, _, own in row for mark in own):
            continue
        values = {name: value for chosen, _, _ in row for name, value in chosen.items()}
        title = label + (f"[{'-'.join(text for _, text, _ in row)}]" if row else "")
        fails = any(mark.name == "xfail" for mark in [*marks, *(mark for _, _, own in row for mark in own)])
        yield (
            title[:200],
            lambda values=values, fails=fails: Call(function, fixtures, owner, marks, values, fails).run(),
        )


def skips(mark):
    return mark.name == "skip" or (mark.name == "skipif" and bool(mark.args and mark.args[0]))


def table(mark):
    """The rows of a ``parametrize``: values by name, a title, and marks of their own."""
    names, rows = [*mark.args, *(mark.kwargs[k] for k in ("argnames", "argvalues") if k in mark.kwargs)][:2]
    names = [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)
    for row in rows:
        own = getattr(row, "marks", []) if type(row).__name__ == "Param" else []
        values = row.values if type(row).__name__ == "Param" else (row,) if len(names) == 1 else row
        values = tuple(values)
        yield dict(zip(names, values)), "-".join(map(str, values))[:60], own  # noqa: B905 - as pytest's own


class Fixtures:
    """What fixtures there are, and what those of longer scopes made."""

    def __init__(self, known, outside):
        self.known, self.outside = known, outside
        self.made = {}

    def add(self, scope):
        for value in list(scope.values()):
            if type(value).__name__ == "Fixture":
                self.known[value.name] = value

    def lifetime(self, _):
        self.made = {}

    def find(self, name):
        found = self.known.get(name) or (self.outside.find(name) if self.outside else BUILT_IN.get(name))
        if found is None:
            raise LookupError(f"fixture {name!r} not found")
        return found

    def all(self):
        return {**(self.outside.all() if self.outside else {}), **self.known}

    def closure(self, function, marks):
        """Names of the fixtures that a test uses, directly or not."""
        given = {name for mark in marks if mark.name == "parametrize" for row in table(mark) for name in row[0]}
        waiting = [*used_by(marks), *(name for name, f in self.all().items() if f.autouse), *arguments(function)]
        found = []
        while waiting:
            name = waiting.pop(0)
            if name not in found and name not in given and name not in ("self", "request"):
                found.append(name)
                waiting += arguments(self.find(name).function)
        return found

    def keep(self, scope):
        """Where what a fixture of this scope makes is kept."""
        return self.outside.keep(scope) if self.outside and scope in ("module", "session", "package") else self.made


def used_by(marks):
    return [name for mark in marks if mark.name == "usefixtures" for name in mark.args]


def arguments(function):
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    if code is None:
        return []
    defaults = len(getattr(function, "__defaults__", None) or ())
    names = code.co_varnames[: code.co_argcount - defaults]
    return [*names, *code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]]


class Request:
    def __init__(self, call, param):
        self.call, self.param = call, param
        self.node = self

    name = "test"

    def addfinalizer(self, function):
        self.call.stack.callback(function)

    def getfixturevalue(self, name):
        return self.call.value(name)


class Call:
    """One run of one test."""

    def __init__(self, function, fixtures, owner, marks, values, fails):
        self.function, self.fixtures, self.marks, self.values, self.fails = (
            function,
            fixtures,
            marks,
            dict(values),
            fails,
        )
        self.instance = owner() if isinstance(owner, type) else None
        self.stack = contextlib.ExitStack()

    def run(self):
        try:
            with self.stack:
                self.go()
        except Exception:
            if not self.fails:
                raise
            return
        if self.fails:
            return

    def go(self):
        if self.instance is not None:
            self.around("setup_class", "teardown_class", once=True)
            self.around("setup_method", "teardown_method")
        for name in self.fixtures.closure(self.function, self.marks):
            self.value(name)
        names = [name for name in arguments(self.function) if name != "self"]
        function = getattr(self.instance, self.function.__name__) if self.instance is not None else self.function
        waits(function(**{name: self.value(name) for name in names}))

    def around(self, before, after, once=False):
        if once:
            if before in self.fixtures.made:
                return
            self.fixtures.made[before] = True
        for name, later in ((before, False), (after, True)):
            method = getattr(self.instance, name, None)
            if method is not None and not (once and later):
                needs = len(arguments(method)) > 1
                act = (lambda m=method: m(None)) if needs else method
                self.stack.callback(act) if later else act()

    def value(self, name):
        if name == "request":
            return Request(self, None)
        if name in self.values and (not self.known(name) or not self.fixtures.find(name).params):
            return self.values[name]
        fixture = self.fixtures.find(name)
        made = self.values if fixture.scope == "function" else self.fixtures.keep(fixture.scope)
        key = ("made", name, repr(self.values.get(name)) if fixture.params else "")
        if key not in made:
            made[key] = self.make(fixture, self.values.get(name))
        return made[key]

    def known(self, name):
        try:
            return self.fixtures.find(name)
        except LookupError:
            return None

    def make(self, fixture, param):
        given = {}
        for name in arguments(fixture.function):
            if name == "self":
                given[name] = self.instance
            else:
                given[name] = Request(self, param) if name == "request" else self.value(name)
        made = fixture.function(**given)
        if type(made).__name__ == "generator":
            value = next(made)
            if fixture.scope == "function":
                self.stack.callback(lambda: next(made, None))
            return value
        return waits(made)


def waits(value):
    if type(value).__name__ == "coroutine":
        import asyncio

        return asyncio.run(value)
    return value


# ---- fixtures that are always there ----


class Captured:
    """What is printed while a test runs: by the tests, and by the program in answer to them."""

    def __init__(self):
        self.out, self.err = io.StringIO(), io.StringIO()

    def readouterr(self):
        import collections

        result = collections.namedtuple("CaptureResult", "out err")(self.out.getvalue(), self.err.getvalue())
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return result


def capsys():
    captured = Captured()
    with contextlib.redirect_stdout(captured.out), contextlib.redirect_stderr(captured.err):
        yield captured


def tmp_path():
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)


def monkeypatch():
    from unittest import mock

    patch = Patch(mock)
    yield patch
    patch.undo()


class Patch:
    def __init__(self, mock):
        self.mock, self.stack = mock, contextlib.ExitStack()

    def setattr(self, target, name, *value, raising=True):
        patcher = self.mock.patch(target, name) if isinstance(target, str) else None
        self.stack.enter_context(patcher or self.mock.patch.object(target, name, *value, create=not raising))

    def setitem(self, mapping, name, value):
        self.stack.enter_context(self.mock.patch.dict(mapping, {name: value}))

    def setenv(self, name, value, prepend=None):
        import os

        self.setitem(os.environ, name, str(value))

    def delenv(self, name, raising=True):
        import os

        kept = os.environ.pop(name, None)
        if kept is not None:
            self.stack.callback(os.environ.__setitem__, name, kept)

    def undo(self):
        self.stack.close()


class BuiltIn:
    scope, params, autouse = "function", None, False

    def __init__(self, function):
        self.function, self.name = function, function.__name__


BUILT_IN = {f.__name__: BuiltIn(f) for f in (capsys, tmp_path, monkeypatch)}
