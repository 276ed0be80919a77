# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""Runs tests and program in one process, where the tests need live objects of the program.

What can be kept apart here is kept apart: the tests arrive after the program is loaded; each verdict carries a word that follows
from a secret told before, and changes with each; what judges is put back, or seen to be changed; looking for the harness in
frames, in the collector's lists or in /proc ends the run. A program that is out to deceive has more room here all the same.
"""

import ast
import builtins
import functools
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
REACHES = (
    "sys._getframe",
    "sys._current_frames",
    "sys.settrace",
    "sys.setprofile",
    "sys.addaudithook",
    "code.__new__",
    "os.fork",
)
INSIDE = {"tb_frame", "gi_frame", "cr_frame", "ag_frame", "__code__", "gi_code", "cr_code"}
DISCREET = ("collections/__init__.py", "typing.py", "enum.py", "warnings.py", "types.py", "subprocess.py", "doctest.py")
"""Files of the standard library that look at frames and code, and give them to nobody."""
HALF_DISCREET = ("traceback.py", "inspect.py", "logging/__init__.py")
"""Those that do so for themselves, and also when they are asked."""
TELL = {"getmembers", "_getmembers", "stack", "trace"}
"""Functions of theirs that tell it to whoever called them."""
LIBRARY = os.path.dirname(os.__file__)


def opaque(function):
    """The same, with no way from it to its globals or its closure."""
    return functools._lru_cache_wrapper(function, 0, False, None)


def watch(channel):
    """Ends the run when the program's own code reaches for what judges it."""
    say, exit_now, frame_at = channel.send, channel._exit, sys._getframe
    own = (LIBRARY, sys.prefix, "<frozen")
    path, decoded, busy = os.path.realpath, os.fsdecode, []

    def heard(event, args):
        if busy:
            return
        busy.append(event)
        try:
            if reaches(event, args) and (event == "open" or by_program()):
                say(["reached", event])
                exit_now(3)
        finally:
            busy.clear()

    def reaches(event, args):
        if event == "open":
            return isinstance(args[0], (str, bytes)) and path(decoded(args[0])).startswith("/proc")
        if event == "compile":
            return isinstance(args[1], str) and (args[1] in FILES or args[1].startswith(("<tests", *own)))
        if event in ("object.__getattr__", "object.__setattr__"):
            return args[1] in INSIDE
        return event in REACHES or event.startswith(("gc.get_", "ctypes.", "sys.monitoring."))

    def by_program():
        frame = frame_at(1)
        while frame is not None and frame.f_code in mine:
            frame = frame.f_back
        if frame is not None and keeps_to_itself(frame):
            return False
        while frame is not None and frame.f_code.co_filename.startswith(own):
            frame = frame.f_back
        name = frame.f_code.co_filename if frame else ""
        return name not in FILES and not name.startswith(("<tests", "<setup"))

    def keeps_to_itself(frame):
        file = frame.f_code.co_filename
        if not file.startswith(own):
            return False
        if frame.f_code.co_name == "<module>":
            return True
        if file.startswith(("<frozen", LIBRARY + "/asyncio/")) or file.endswith(DISCREET):
            return True
        caller = frame.f_back
        return (
            file.endswith(HALF_DISCREET)
            and frame.f_code.co_name not in TELL
            and caller is not None
            and caller.f_code.co_filename == file
        )

    mine = {f.__code__ for f in (heard, reaches, by_program, keeps_to_itself)}
    return opaque(heard)


def guard():
    """``take``, ``changed`` and ``restore``: what the tests and we use, as it was before the program came.

    Closures, for the program can find every class.
    """
    things = [sys.modules[name] for name in GUARDED.split() if name in sys.modules]
    things += [unittest.TestCase, unittest.TestResult, unittest.TestSuite]
    ours = [sys.modules[name] for name in HARNESS if name in sys.modules]
    ours += [thing for module in ours for thing in vars(module).values() if type(thing) is type]
    ours = [thing for thing in ours if type(thing) is not type or thing.__module__ in HARNESS]
    if "suites" in sys.modules:
        ours.append(sys.modules["suites"].outcome_class(unittest))
    kept, before = [], {}
    set_to, remove, contents, copied = setattr, delattr, vars, dict

    def take():
        kept[:] = [(thing, copied(contents(thing)), thing in ours) for thing in [*things, *ours]]
        before.update(modules=copied(sys.modules), finders=[*sys.meta_path], path=[*sys.path])

    def changed():
        """The first name that is not what it was."""
        for thing, was, exact in kept:
            now = contents(thing)
            for name in [*was, *(now if exact else ())]:
                if name != "_" and now.get(name, kept) is not was.get(name, kept):
                    return f"{thing.__name__}.{name}"
        return None

    def restore():
        for thing, was, exact in kept:
            now = contents(thing)
            for name in [name for name in now if exact and name not in was]:
                remove(thing, name)
            for name, value in was.items():
                if now.get(name) is not value:
                    set_to(thing, name, value)
        sys.modules.update(before["modules"])
        sys.meta_path[:], sys.path[:] = before["finders"], before["path"]

    take()
    return types.SimpleNamespace(take=opaque(take), changed=opaque(changed), restore=opaque(restore))


def guard_of_tests(scope):
    """Tells what of the tests' own functions, classes and modules is not what it is now."""
    function, module = types.FunctionType, types.ModuleType
    names, spaces = dict(vars(builtins)), [(scope, {})]
    spaces += [(vars(cls), {}) for cls in scope.values() if isinstance(cls, type) and cls.__module__ == "__main__"]
    for space, kept in spaces:
        kept.update({name: value for name, value in space.items() if callable(value) or type(value) is module})
    shadows = {name for name in scope if name in names}

    def changed():
        for space, kept in spaces:
            for name, value in kept.items():
                if type(value) in (function, type, module) and space.get(name, kept) is not value:
                    return f"{name} of the tests"
        if scope.get("__same__") is not spaces[0][1]["__same__"]:
            return "how the tests compare"
        return next((f"{name} of the tests" for name in scope if name in names and name not in shadows), None)

    return opaque(changed)


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
    def __init__(self, guarding, *more):
        super().__init__(*more)
        self.guard = guarding

    def parse(self, source):
        return Comparisons().visit(super().parse(source))

    def test(self, run, label):
        changed, restore, of_tests = self.guard.changed, self.guard.restore, guard_of_tests(self.scope)

        def guarded():
            try:
                run()
            finally:
                found = changed() or of_tests()
                restore()
            if found:
                raise AssertionError(f"the program changed {found}")

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
    guarding = guard()
    loaded = load(ours, source, supplied, channel, guarding)
    report(loaded)
    if loaded[0] == "value":
        judge(ours, receive(), guarding, report)
    exit_now(0)


def missing(needed):
    """Why the tests cannot have a module that they import: found out before a program can have to do with it."""
    for name in needed:
        try:
            __import__(name)
        except ImportError as error:
            return f"{type(error).__name__}: {error}"
    return ""


def load(ours, source, supplied, channel, guarding):
    restore = guarding.restore
    for name in HARNESS:
        if name not in ("suites", "shapes"):
            sys.modules.pop(name, None)
    guarding.take()
    sys.addaudithook(watch(channel))
    try:
        ours.do_load(source, supplied)
        return ["value", None]
    except SyntaxError as error:
        return ["uncompiled", party.describe(error)]
    except BaseException as error:
        return ["raised", party.describe(error)]
    finally:
        restore()


def judge(ours, brief, guarding, report):
    setup, source, wanted, modules, entry, check, first, stop = brief
    tests = SharedExaminer(guarding, source, {}, first, stop, report, blamed)
    count = None
    try:
        names = {name: ours.scope[name] for name in wanted if name in ours.scope}
        if entry and entry.isidentifier():
            names[entry] = ours.do_entry(entry)
        scope = tests.scope = examiner.prepare(names, modules, setup + source)
        scope["__same__"] = opaque(same)
        for name in ("assertEqual", "assertListEqual", "assertTupleEqual", "assertDictEqual", "assertSetEqual"):
            setattr(unittest.TestCase, name, opaque(assert_equal))
        guarding.take()
        if entry:
            scope["candidate"] = eval(entry, scope)
        count = tests.examine(setup, source, check)
    except BaseException as error:
        report(["failed", "", *tests.explain(error), "", tests.trace(error)])
    report(["done", count])
