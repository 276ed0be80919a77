# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""Runs tests and program in one process, where the tests need live objects of the program.

What can be kept apart here is kept apart: the tests arrive after the program is loaded; each verdict carries a word that follows
from a secret told before, and changes with each; what judges is put back, or seen to be changed; looking for the harness in
frames, in the collector's lists or in /proc ends the run. A program that is out to deceive has more room here all the same.
"""

import ast
import hashlib
import os
import sys
import types
import unittest
from builtins import dict, isinstance, setattr, type, vars  # noqa: UP029 - as they are before the program comes

import candidate
import examiner
import party
from channel import Channel

HARNESS = ("plain", "values", "channel", "party", "remote", "examiner", "shapes", "candidate", "shared", "suites")
FILES = {f"{name}.py" for name in (*HARNESS, "pytest_like")} | {"harness"}
GUARDED = (
    "builtins math operator _operator json json.decoder json.encoder copy re collections itertools functools traceback "
    "decimal fractions statistics unittest.case unittest.result unittest.util unittest.mock contextlib"
)
PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
BASES = ((int, int.__int__), (str, str.__str__), *((kind, kind) for kind in PLAIN[3:5] + PLAIN[6:13]))
REACHES = ("sys._getframe", "sys._current_frames", "sys.settrace", "sys.setprofile", "code.__new__", "os.fork")
INSIDE = {"tb_frame", "gi_frame", "cr_frame", "ag_frame", "__code__", "gi_code", "cr_code"}


class Watch:
    """Ends the run when the program's own code reaches for what judges it."""

    def __init__(self, channel):
        self.say, self.exit = channel.send, channel._exit
        self.frame, self.path = sys._getframe, os.path.realpath
        self.own = (os.path.dirname(os.__file__), sys.prefix, "<frozen")
        self.busy = False

    def __call__(self, event, args):
        if self.busy:
            return
        self.busy = True
        try:
            if self.reaches(event, args) and (event == "open" or self.by_program()):
                self.say(["reached", event])
                self.exit(3)
        finally:
            self.busy = False

    def reaches(self, event, args):
        if event == "open":
            return isinstance(args[0], (str, bytes)) and self.path(os.fsdecode(args[0])).startswith("/proc")
        if event == "compile":
            return isinstance(args[1], str) and (args[1] in FILES or args[1].startswith(("<tests", *self.own)))
        if event in ("object.__getattr__", "object.__setattr__"):
            return args[1] in INSIDE
        return event in REACHES or event.startswith(("gc.get_", "ctypes."))

    def by_program(self):
        frame = self.frame(1)
        while frame is not None and frame.f_code in MINE:
            frame = frame.f_back
        name = frame.f_code.co_filename if frame else ""
        return name not in FILES and not name.startswith(("<tests", "<setup", *self.own))


MINE = {f.__code__ for f in vars(Watch).values() if isinstance(f, types.FunctionType)}


class Guard:
    """What the tests use, as it was before the program came."""

    def __init__(self):
        things = [sys.modules[name] for name in GUARDED.split() if name in sys.modules]
        things += [unittest.TestCase, unittest.TestResult, unittest.TestSuite]
        self.things = things
        self.take()

    def take(self):
        self.kept = [(thing, dict(vars(thing))) for thing in self.things]
        self.modules, self.finders, self.path = dict(sys.modules), [*sys.meta_path], [*sys.path]

    def changed(self):
        """The first name that is not what it was."""
        for thing, kept in self.kept:
            now = vars(thing)
            for name, value in kept.items():
                if now.get(name) is not value and name != "_":
                    return f"{thing.__name__}.{name}"
        return None

    def restore(self):
        for thing, kept in self.kept:
            for name, value in kept.items():
                if vars(thing).get(name) is not value:
                    setattr(thing, name, value)
        sys.modules.update(self.modules)
        sys.meta_path[:], sys.path[:] = self.finders, self.path


class Comparisons(ast.NodeTransformer):
    """``==`` and ``!=`` of the tests, with no ``__eq__`` of the program's where the other side is a plain value."""

    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            return node
        name = ast.Name("__same__", ast.Load())
        call = ast.copy_location(ast.Call(name, [node.left, node.comparators[0]], []), node)
        found = call if isinstance(node.ops[0], ast.Eq) else ast.UnaryOp(ast.Not(), call)
        return ast.fix_missing_locations(ast.copy_location(found, node))


def same(a, b):
    for one, other in ((a, b), (b, a)):
        if is_plain(one) and not is_plain(other):
            stripped = strip(other)
            return False if stripped is FOREIGN else one == stripped
    return a == b


def is_plain(value, depth=0):
    """Whether nothing in it comes from a class of the program."""
    if depth > 50:
        return False
    if isinstance(value, (list, tuple, set, frozenset)) and type(value) in PLAIN:
        return all(is_plain(item, depth + 1) for item in value)
    if type(value) is dict:
        return all(is_plain(item, depth + 1) for pair in value.items() for item in pair)
    return type(value) in PLAIN or not of_program(value)


def of_program(value):
    return any(cls.__module__ in ("solution", "__main__") for cls in type(value).__mro__)


FOREIGN = object()


def strip(value):
    """A value without the program's classes, where plain values are under them."""
    if type(value) in (list, tuple, set, frozenset):
        items = [strip(item) for item in value]
        return FOREIGN if any(item is FOREIGN for item in items) else type(value)(items)
    if type(value) is dict:
        pairs = [(strip(key), strip(item)) for key, item in value.items()]
        return FOREIGN if any(part is FOREIGN for pair in pairs for part in pair) else dict(pairs)
    if not of_program(value):
        return value
    for base, plain in BASES:
        if isinstance(value, base):
            return plain(value)
    return FOREIGN


def assert_equal(self, first, second, msg=None):
    if not same(first, second):
        raise AssertionError(msg or f"{party.shown(first)} != {party.shown(second)}")


class SharedExaminer(examiner.Examiner):
    def __init__(self, guard, *more):
        super().__init__(*more)
        self.guard = guard

    def parse(self, source):
        return Comparisons().visit(super().parse(source))

    def test(self, run, label):
        def guarded():
            try:
                run()
            finally:
                changed = self.guard.changed()
                self.guard.restore()
            if changed:
                raise AssertionError(f"the program changed {changed}")

        return super().test(guarded, label)

    def trace(self, error):
        return party.trace(error)


def blamed(error):
    """How the program's own exception is told: the innermost frame is its own, and the assertion is not the tests'."""
    place, inner = error.__traceback__, ""
    while place is not None:
        name = place.tb_frame.f_code.co_filename
        inner = name if name in ("main.py", examiner.TESTS) else inner
        place = place.tb_next
    return f"{type(error).__name__}: {str(error)[:300]}" if inner == "main.py" else ""


def words(secret):
    """One for each verdict. They follow from the secret, which crossed before there was a program to see it."""
    number = 0
    while True:
        number += 1
        yield hashlib.sha256(b"%s %d" % (secret, number)).hexdigest()


def main():
    channel = Channel()
    channel.send(["ready"])
    secret, needed, source, supplied = channel.receive()
    spoken = words(secret)
    send, exit_now, receive = channel.send, channel._exit, channel.receive

    def report(message):
        send([next(spoken), *message])

    broken = missing(needed)
    if broken:
        report(["broken", broken])
        exit_now(0)
    ours = candidate.Candidate.__new__(candidate.Candidate)
    ours.module = type(sys)("solution")
    ours.scope = vars(ours.module)
    guard = Guard()
    loaded = load(ours, source, supplied, channel, guard)
    report(loaded)
    if loaded[0] == "value":
        judge(ours, receive(), guard, report)
    exit_now(0)


def missing(needed):
    """Why the tests cannot have a module that they import: found out before a program can have to do with it."""
    for name in needed:
        try:
            __import__(name)
        except ImportError as error:
            return f"{type(error).__name__}: {error}"
    return ""


def load(ours, source, supplied, channel, guard):
    for name in HARNESS:
        if name not in ("suites", "shapes"):
            sys.modules.pop(name, None)
    guard.take()
    sys.addaudithook(Watch(channel))
    try:
        ours.do_load(source, supplied)
        return ["value", None]
    except SyntaxError as error:
        return ["uncompiled", party.describe(error)]
    except BaseException as error:
        return ["raised", party.describe(error)]
    finally:
        guard.restore()


def judge(ours, brief, guard, report):
    setup, source, wanted, modules, entry, check, first, stop = brief
    tests = SharedExaminer(guard, source, {}, first, stop, report, blamed)
    count = None
    try:
        names = {name: ours.scope[name] for name in wanted if name in ours.scope}
        if entry and entry.isidentifier():
            names[entry] = ours.do_entry(entry)
        scope = tests.scope = examiner.prepare(names, modules, setup + source)
        scope["__same__"] = same
        for name in ("assertEqual", "assertListEqual", "assertTupleEqual", "assertDictEqual", "assertSetEqual"):
            setattr(unittest.TestCase, name, assert_equal)
        guard.take()
        if entry:
            scope["candidate"] = eval(entry, scope)
        count = tests.examine(setup, source, check)
    except BaseException as error:
        report(["failed", "", *tests.explain(error), "", tests.trace(error)])
    report(["done", count])
