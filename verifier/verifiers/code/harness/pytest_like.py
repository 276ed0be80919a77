# Inside the sandbox its neighbours are top-level modules, and whatever it handles may be anything.
# pyright: basic, reportMissingImports=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false, reportOptionalIterable=false, reportGeneralTypeIssues=false
"""The part of pytest that tests of small programs use, under its name: pytest itself is slow to start, and need not be there.

``raises``, ``warns``, ``approx``, ``fixture``, ``param``, ``mark`` (``parametrize``, ``skip``, ``skipif``, ``xfail`` and
``usefixtures``; others are ignored), ``skip``, ``fail``, ``xfail``, ``importorskip``; :mod:`suites` runs what they mark.
"""

import re
import sys
import warnings as python_warnings


class Skipped(BaseException):
    pass


class Failed(AssertionError):
    pass


class Mark:
    def __init__(self, name, args=(), kwargs=None):
        self.name, self.args, self.kwargs = name, args, kwargs or {}

    def __call__(self, *args, **kwargs):
        alone = len(args) == 1 and not kwargs and callable(args[0]) and self.name not in ("skipif", "parametrize")
        if alone or ((self.args or self.kwargs) and len(args) == 1 and callable(args[0])):
            marked = args[0]
            # a copy, so that a class does not mark its base
            marked.pytestmark = [*vars(marked).get("pytestmark", []), self]
            return marked
        return Mark(self.name, args, kwargs)

    @property
    def mark(self):
        return self


class Marks:
    def __getattr__(self, name):
        return Mark(name)


class Param:
    def __init__(self, values, marks=(), id=None):
        self.values, self.id = values, id
        self.marks = list(marks) if isinstance(marks, (list, tuple)) else [marks]


def param(*values, marks=(), id=None):
    return Param(values, marks, id)


class Fixture:
    def __init__(self, function, scope="function", params=None, autouse=False, name=None, ids=None):
        self.function, self.scope, self.params, self.autouse = function, scope, params, autouse
        self.name = name or function.__name__

    def __get__(self, instance, owner=None):
        return self


def fixture(function=None, **how):
    how.pop("ids", None)
    return Fixture(function, **how) if callable(function) else lambda f: Fixture(f, **how)


class ExceptionInfo:
    value = None

    @property
    def type(self):
        return type(self.value)

    @property
    def typename(self):
        return type(self.value).__name__

    @property
    def tb(self):
        return self.value.__traceback__

    def match(self, pattern):
        assert re.search(pattern, str(self.value)), f"{str(self.value)!r} does not match {pattern!r}"
        return True

    def __str__(self):
        return repr(self.value)


class Raises:
    def __init__(self, kinds, match=None, check=None):
        self.kinds, self.match, self.check, self.info = kinds, match, check, ExceptionInfo()

    def __enter__(self):
        return self.info

    def __exit__(self, kind, error, _):
        if error is None:
            raise Failed(f"DID NOT RAISE {self.kinds}")
        if not isinstance(error, self.kinds):
            return False
        self.info.value = error
        if self.match is not None:
            self.info.match(self.match)
        assert self.check is None or self.check(error)
        return True


def raises(expected_exception, *args, match=None, check=None, **kwargs):
    context = Raises(expected_exception, match, check)
    if not args:
        return context
    function, *rest = args
    with context as info:
        function(*rest, **kwargs)
    return info


class Warns(python_warnings.catch_warnings):
    def __init__(self, kinds=Warning, match=None):
        super().__init__(record=True)
        self.kinds, self.match = kinds, match

    def __enter__(self):
        self.seen = super().__enter__()
        python_warnings.simplefilter("always")
        return self.seen

    def __exit__(self, kind, error, place):
        super().__exit__(kind, error, place)
        if error is None:
            right = [w for w in self.seen if issubclass(w.category, self.kinds)]
            assert any(self.match is None or re.search(self.match, str(w.message)) for w in right), "DID NOT WARN"


def warns(kinds=Warning, *, match=None):
    return Warns(kinds, match)


def deprecated_call(*, match=None):
    return Warns((DeprecationWarning, PendingDeprecationWarning, FutureWarning), match)


class Approx:
    __array_ufunc__ = None
    __array_priority__ = 100

    def __init__(self, expected, rel=None, abs=None, nan_ok=False):
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok

    def __eq__(self, got):
        return self.near(self.expected, got)

    def __ne__(self, got):
        return not self == got

    def __repr__(self):
        return f"approx({self.expected!r})"

    def near(self, expected, got):
        if hasattr(expected, "tolist"):
            expected = expected.tolist()
        if hasattr(got, "tolist") and type(got).__module__ == "numpy":
            got = got.tolist()
        if isinstance(expected, dict):
            return (
                isinstance(got, dict)
                and expected.keys() == got.keys()
                and all(self.near(item, got[key]) for key, item in expected.items())
            )
        if isinstance(expected, (list, tuple)):
            return isinstance(got, (list, tuple)) and len(expected) == len(got) and all(map(self.near, expected, got))
        if not is_number(expected) or not is_number(got):
            return type(expected) is type(got) and expected == got
        return self.near_number(expected, got)

    def near_number(self, expected, got):
        if expected == got:
            return True
        if expected != expected or got != got:
            return self.nan_ok and expected != expected and got != got
        if abs(expected) == float("inf") or abs(got) == float("inf"):
            return False
        relative = abs(type(expected)(0) + expected) * type(abs(expected))(self.rel if self.rel is not None else 1e-6)
        absolute = self.abs if self.abs is not None else 1e-12
        bound = absolute if self.abs is not None and self.rel is None else max(relative, type(relative)(absolute))
        return abs(expected - got) <= bound


def is_number(value):
    return type(value) in (int, float, complex) or type(value).__name__ in ("Decimal", "Fraction")


def approx(expected, rel=None, abs=None, nan_ok=False):
    return Approx(expected, rel, abs, nan_ok)


def skip(reason="", **_):
    raise Skipped(reason)


def fail(reason="", **_):
    raise Failed(reason)


def importorskip(name, *_, **__):
    try:
        return __import__(name, fromlist=["x"])
    except ImportError:
        raise Skipped(name) from None


def main(*_, **__):
    """Whoever runs the tests collects them; there is nothing left to do for those that would run themselves."""
    return 0


mark, xfail = Marks(), skip
skip.Exception = Skipped
fail.Exception = Failed
sys.modules["pytest"] = sys.modules[__name__]
