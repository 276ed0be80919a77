# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportGeneralTypeIssues=false
"""Runs in the tests' sandbox: executes the tests, and asks for the candidate's part in them.

The candidate is never here. Its functions are :class:`remote.Remote` objects; what they return is plain data, or again Remote.
"""

import sys
import types

import remote
from party import OPERATIONS, Party
from remote import last, last_call, raised

ONLY_AST = 0x400
TESTS, SETUP = "<tests>", "<setup>"
RECURSION = 1_000
"""Where tests stop that walk what the program gave them: the interpreter's own limit, with which they were written. Far beyond it
a thread of theirs would run out of stack, and who ends without a verdict looks broken."""
CLOSED = (types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, types.CellType)


class Examiner:
    """Runs tests one by one. ``report`` says how each ended; ``blame`` whether an exception is the program's own."""

    def __init__(self, source, scope, first, stop, report, blame):
        self.lines = source.split("\n")
        self.scope = scope
        self.first, self.stop = first, stop
        self.report, self.blame = report, blame
        self.count = 0

    def statement(self, tree, node):
        """One statement of the tests; each assertion at the top is a test of its own, the rest prepares."""
        code = compile(type(tree)([node], []), TESTS, "exec")
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
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ != "Skipped":
                raise
            if is_missing(error) and not self.blame(error):
                raise
            self.report(["failed", label, *self.explain(error), last_call(), self.trace(error)])
            return not self.stop
        self.report(["passed", label])
        return True

    def explain(self, error):
        told = self.blame(error)
        if told:
            return "memory limit" if isinstance(error, MemoryError) else "runtime error", told
        if isinstance(error, NameError) and error.name:
            return "runtime error", f"the program does not define {error.name}"
        if isinstance(error, ImportError):
            return "runtime error", f"the program does not define what the tests import: {str(error)[:200]}"
        place = error.__traceback__
        line = 0
        while place is not None:
            if place.tb_frame.f_code.co_filename == TESTS:
                line = place.tb_lineno
            place = place.tb_next
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        if isinstance(error, AssertionError):
            return "wrong answer", str(error)[:500] or text
        return "wrong answer", f"{type(error).__name__}: {str(error)[:200]} at {text}"

    def trace(self, error):
        return raised[2] if raised and error is raised[0] else []

    def parse(self, source):
        return compile(source, TESTS, "exec", ONLY_AST)

    def examine(self, setup, source, check):
        """Everything, in order. How many tests there were, or None where the first failure kept us from counting."""
        exec(compile(setup, SETUP, "exec"), self.scope)
        tree = self.parse(source)
        if not all(self.statement(tree, node) for node in vars(tree)["body"]):
            return None
        if check and not self.test(lambda: self.scope["check"](self.scope.get("candidate")), "check"):
            return None
        tests = []
        if "test" in source.lower():
            import suites

            tests = suites.collect(self.scope, self.is_ours)
        count = self.count + len(tests)
        for name, run in tests:
            if not self.test(run, name):
                break
        return count

    def is_ours(self, value):
        if isinstance(value, type):
            return value.__module__ == "__main__"
        return value.__code__.co_filename in (TESTS, SETUP)


PROGRAM = ("solution", "main", "candidate", "submission", "program", "your_module", "your_solution", "my_solution")
"""Names under which tests may import the program."""


def is_missing(error):
    """Whether a module is missing, that is not the program."""
    return isinstance(error, ImportError) and error.name not in PROGRAM


def prepare(names, modules, source):
    """The namespace in which tests run: as a script's, so that what they guard for scripts runs too."""
    module = type(sys)("__main__")
    scope = vars(module)
    scope.update(names)
    sys.modules["__main__"] = module
    for alias in PROGRAM:
        sys.modules[alias] = type(sys)(alias)
        vars(sys.modules[alias]).update(names)
    if "unittest" in source:
        import unittest

        unittest.main = lambda *_, **__: None  # whoever collects the tests runs them
    for name, path in modules.items():
        scope[name] = __import__(path, fromlist=["x"])
    return scope


def lent_attribute(value, name, *otherwise):
    """What the candidate may see of an object of the tests': what is public, and no way into the frames that run them."""
    if type(name) is not str or name[:1] == "_" or isinstance(value, CLOSED):
        raise AttributeError(f"{name} is not open to the program")
    found = getattr(value, name, *otherwise)
    if isinstance(found, CLOSED):
        raise AttributeError(f"{name} is not open to the program")
    return found


def lend_attribute(value, name, new):
    lent_attribute(value, name, None)
    setattr(value, name, new)


def allowed(operation):
    if operation == "call":
        return remote.us.call
    if operation in ("attr", "setattr"):
        return lent_attribute if operation == "attr" else lend_attribute
    return OPERATIONS[operation]


def told(error):
    return raised[1] if raised and error is raised[0] else ""


def main():
    sys.setrecursionlimit(RECURSION)
    us = remote.us = Party(remote.stand_in, allowed)
    us.send(["ready"])
    setup, source, names, modules, entry, check, first, stop = us.receive()
    count = None
    try:
        scope = prepare(names, modules, setup + source)
        examiner = Examiner(source, scope, first, stop, us.send, told)
        if entry:
            scope["candidate"] = eval(entry, scope)
        count = examiner.examine(setup, source, check)
    except BaseException as error:
        if (is_missing(error) or isinstance(error, SystemExit)) and not told(error):
            us.send(["broken", f"{type(error).__name__}: {str(error)[:300]}"])
        elif type(error) is LookupError and "fixture" in str(error) and not told(error):
            us.send(["broken", str(error)])
        else:
            us.send(["failed", "", *examiner.explain(error), last_call(), examiner.trace(error)])
    us.send(["done", count])
