"""How a verifier is made known, and what it must be.

    class Options(BaseModel): ...

    @verifier("starts-with")
    class StartsWith(Verifier[Options]):
        "One line of help."
        Options = Options

        def verify(self, sample: Sample) -> Score: ...

Other people's verifiers are found through the entry point group ``verifier.verifiers`` or the setting ``plugins``.
"""

import importlib
import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from importlib.metadata import entry_points
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, cast

from pydantic import BaseModel

from verifier.errors import SettingsError
from verifier.schema import Sample, Score

ENTRY_POINT_GROUP = "verifier.verifiers"
BUILT_IN = (
    "verifier.verifiers.math",
    "verifier.verifiers.code",
    "verifier.verifiers.choice",
    "verifier.verifiers.text",
    "verifier.verifiers.similarity",
    "verifier.verifiers.logic",
    "verifier.verifiers.format",
    "verifier.verifiers.template",
    "verifier.verifiers.fence",
    "verifier.verifiers.shaping",
    "verifier.verifiers.language",
    "verifier.verifiers.readable",
)

OptionsT = TypeVar("OptionsT", bound=BaseModel)


class Budget(NamedTuple):
    """What judging one sample may cost. Over it, the worker is killed; :meth:`Verifier.over_budget` says what that is worth."""

    cpu_s: float = 2.0
    """CPU seconds of the worker process: a measure that load on the machine does not change."""
    wall_s: float = 20.0
    """Seconds from start to end, for work that sleeps; generous, because load stretches it."""


class Verifier(ABC, Generic[OptionsT]):
    """One check of a completion. An instance is made once for each set of options and judges many samples.

    ``verify`` may raise :class:`~verifier.errors.Unjudgeable` (the sample is malformed) and
    :class:`~verifier.errors.ServiceFault` (we failed). Any other exception counts as ours.
    """

    name: ClassVar[str]
    Options: ClassVar[type[BaseModel]]

    def __init__(self, options: OptionsT) -> None:
        self.options = options

    @classmethod
    def prepare(cls) -> None:
        """Read what every worker would have to read, and start the processes that all will ask. Called once, where workers are
        forked from: they share it. No thread may be left running, for it would not survive a fork."""

    @abstractmethod
    def verify(self, sample: Sample) -> Score:
        """Judge one sample. Nothing in the completion may be trusted: not its text, not its code, not its output."""

    def budget(self, sample: Sample) -> Budget:
        """What judging this sample may cost."""
        return Budget()

    def over_budget(self, sample: Sample, excess: str) -> Score:
        """What a completion is worth that exceeded the budget twice, the second time alone on a fresh worker."""
        return Score.of(0.0, f"worth 0: it costs more than its budget to judge ({excess})")


class Answer(NamedTuple):
    """The final answer of a completion, as it votes."""

    text: str
    """As it was written; empty when there is none."""
    key: str | None
    """A normal form: answers of one key are the same without further comparison. None: there is no answer."""
    why: str
    """Where it was found, or why there is none."""


class Comparison:
    """Compares the answers of one group with each other. Here: answers with different keys are different.

    Both methods are given answers with different keys; None is no verdict. What they say must hold in both directions.
    """

    def quick(self, one: Answer, other: Answer) -> bool | None:
        """Whether they are the same, in microseconds: every answer may be compared with every other."""
        return False

    def thorough(self, one: Answer, other: Answer) -> bool | None:
        """The same, at greater cost, where :meth:`quick` gave no verdict. It bounds what it spends on the whole group."""
        return None


class Votes(ABC):
    """What a :class:`Verifier` is as well whose answers can be compared with each other, without any reference."""

    @abstractmethod
    def final_answer(self, sample: Sample) -> Answer:
        """The final answer of a completion; the sample's reference is not looked at. May raise as ``verify`` may."""

    def comparison(self) -> Comparison:
        """What compares the answers of one group."""
        return Comparison()


_registered: dict[str, type[Verifier[Any]]] = {}

VerifierT = TypeVar("VerifierT", bound=type[Verifier[Any]])


def verifier(name: str) -> Callable[[VerifierT], VerifierT]:
    """Make a verifier known by ``name``, under which rubrics ask for it. Raises TypeError for what is no verifier."""
    if not isinstance(cast(object, name), str):
        raise TypeError("a verifier needs a name: @verifier('brief')")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise ValueError(f"a verifier's name is lower case letters, digits, '-' and '_', not {name!r}")

    def register(cls: VerifierT) -> VerifierT:
        if lacking := _lacking(cls):
            raise TypeError(f"verifier {name!r} {lacking}")
        known = _registered.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"two verifiers are named {name!r}: {known.__module__} and {cls.__module__}")
        cls.name = name
        _registered[name] = cls
        return cls

    return register


def _lacking(candidate: object) -> str | None:
    """What keeps something from being a verifier."""
    if not (isinstance(candidate, type) and issubclass(candidate, Verifier)):
        return "is no class derived from Verifier"
    known = cast("type[Verifier[Any]]", candidate)
    options = getattr(known, "Options", None)
    if not (isinstance(options, type) and issubclass(options, BaseModel)):
        return "names no Options: a pydantic model, as in 'Options = Options'"
    if inspect.isabstract(known):
        return f"does not define {', '.join(sorted(known.__abstractmethods__))}"
    if inspect.iscoroutinefunction(known.verify):
        return "verify is async: define it without, for a worker judges one sample at a time"
    return None


def load(plugins: Iterable[str] = ()) -> None:
    """Import every verifier: our own, those of installed entry points, and the modules named in ``plugins``.

    Raises :class:`SettingsError` for one that cannot be imported, whatever is wrong with it.
    """
    for module in BUILT_IN:
        importlib.import_module(module)
    others = {name: lambda name=name: importlib.import_module(name) for name in plugins}
    others |= {entry_point.value: entry_point.load for entry_point in entry_points(group=ENTRY_POINT_GROUP)}
    for name, load_one in others.items():
        try:
            load_one()
        except Exception as error:
            raise SettingsError(f"verifiers of {name!r} cannot be loaded: {type(error).__name__}: {error}") from error


def prepare() -> None:
    """Let every known verifier read what its workers will share."""
    for known in _registered.values():
        known.prepare()


def registered() -> dict[str, type[Verifier[Any]]]:
    """Every known verifier by name, sorted. Call :func:`load` first."""
    return dict(sorted(_registered.items()))
