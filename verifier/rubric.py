"""Rubrics: loaded from YAML, and checked against the verifiers they name. :mod:`verifier.combine` makes rewards of scores."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ValidationError

from verifier.combine import Combination
from verifier.errors import RubricError, Unjudgeable
from verifier.faults import located, nearest, shown, written
from verifier.registry import Verifier, registered
from verifier.schema import Check, Reward, Rubric, RubricRef, Sample, Score, ScoreSpec


def packaged_dir() -> Path:
    """The rubrics that come with the service: inside the package when installed, beside it in a checkout."""
    installed = Path(__file__).parent / "rubrics"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "rubrics"


SUFFIXES = (".yaml", ".yml")
"""What files of rubrics end in."""
MAX_CHARS = 100_000
"""Most characters of a rubric's file."""
MAX_VALUES = 10_000
"""Most values in it, each counted as often as an alias repeats it."""
_LISTED = 100
"""Most names that are listed for one that is not known."""


class Recipe:
    """A rubric made ready: its verifiers built with their options.

    Raises :class:`RubricError` for an unknown verifier or a bad option, naming the key.
    """

    def __init__(self, rubric: Rubric, source: str = "inline rubric") -> None:
        self.rubric = rubric
        self.source = source
        self._checks = {name: _build(spec, source, ("scores", name)) for name, spec in rubric.scores.items()}
        self._combination = _combination(rubric, source)
        self.ref = RubricRef(name=rubric.name, digest=self._digest())
        self.ref_json = self.ref.model_dump_json().encode()
        self.rubric_json = rubric.model_dump_json()

    def _digest(self) -> str:
        """A name for how this rubric judges: its scores, with every option at the value it takes."""
        judging = self.rubric.model_dump_json(exclude={"name", "description", "keep"})
        hasher = hashlib.sha256(judging.encode())
        for name, checks in self._checks.items():
            for kind, check in checks.items():
                hasher.update(f"{name}/{kind}/{check.name}/{check.options.model_dump_json()}".encode())
        return hasher.hexdigest()[:16]

    @property
    def score_names(self) -> tuple[str, ...]:
        return tuple(self._checks)

    def only(self, score: str) -> "Recipe":
        """The rubric of one score alone, with nothing to weigh it or to keep it from counting."""
        spec = self.rubric.scores[score].model_copy(update={"weight": 1.0, "requires": {}})
        return Recipe(
            Rubric(name=self.rubric.name, scores={score: spec.model_copy(update={"on_null": None})}), self.source
        )

    def verifier_for(self, score: str, sample: Sample) -> Verifier[Any]:
        """The verifier that judges ``sample`` for ``score``. Raises :class:`Unjudgeable` if its kind has none."""
        checks = self._checks[score]
        if None in checks:
            return checks[None]
        kind = sample.inferred_kind
        if kind is None:
            raise Unjudgeable("the sample has no reference: no answer, tests or choices, and no kind")
        if kind not in checks:
            raise Unjudgeable(
                f"rubric {self.rubric.name!r} has no {shown(score)} for kind {kind!r}, only for {_known(kind, checks)}"
            )
        return checks[kind]

    def combine(self, sample_id: str | int | None, scores: dict[str, Score]) -> Reward:
        """The reward of a sample from its scores, one for each of :attr:`score_names`."""
        return self._combination.reward(sample_id, scores)

    def uniform(self, sample_id: str | int | None, score: Score) -> Reward:
        """The reward of a sample for which every score is the same: refused as a whole, or not judged at all."""
        scores = {name: score.model_copy(update={"detail": dict(score.detail)}) for name in self._checks}
        for name, spec in self.rubric.scores.items():
            scores[name].verifier = spec.verifier or ""
        return self.combine(sample_id, scores)


def _combination(rubric: Rubric, source: str) -> Combination:
    try:
        combination = Combination(rubric)
    except RubricError as error:
        raise _fault(source, ("formula",), str(error)) from None
    if unknown := sorted(combination.reads - set(rubric.scores)):
        raise _fault(
            source, ("formula",), f"no score is named {shown(unknown[0])!r}; known: {_known(unknown[0], rubric.scores)}"
        )
    return combination


def _fault(source: str, place: tuple[str, ...], message: str) -> RubricError:
    """A fault at a key of a rubric, which the error remembers for whoever knows the lines."""
    error = RubricError(f"{source}: {written(place)}: {message}")
    error.place = place
    return error


def _build(spec: ScoreSpec, source: str, place: tuple[str, ...]) -> dict[str | None, Verifier[Any]]:
    if spec.by_kind is None:
        return {None: _verifier(Check(verifier=spec.verifier or "", options=spec.options), source, place)}
    return {kind: _verifier(check, source, (*place, "by_kind", kind)) for kind, check in spec.by_kind.items()}


def _verifier(check: Check, source: str, place: tuple[str, ...]) -> Verifier[Any]:
    known = registered()
    if check.verifier not in known:
        why = f"no verifier is named {shown(check.verifier)!r}; known: {_known(check.verifier, known)}"
        raise _fault(source, (*place, "verifier"), why)
    cls = known[check.verifier]
    try:
        json.dumps(check.options, allow_nan=False)  # they cross to the workers, and back in /v1/rubrics
    except (ValueError, TypeError) as error:
        raise _fault(source, (*place, "options"), str(error)) from None
    try:
        return cls(_options(cls.Options, check.options))
    except ValidationError as error:
        inner, message = located(error, cls.Options)
        raise _fault(source, (*place, "options", *inner), message) from None


def _options(cls: type[BaseModel], options: dict[str, Any]) -> BaseModel:
    """The options of a verifier. An unknown key is an error, unless the verifier says what becomes of it."""
    return cls.model_validate(options, extra=None if "extra" in cls.model_config else "forbid")


def _known(name: str, mapping: Mapping[Any, Any]) -> str:
    """All names, and which of them may have been meant by another."""
    names = [str(key) for key in mapping]
    listed = ", ".join(map(shown, names[:_LISTED])) + (f" and {len(names) - _LISTED} more" if names[_LISTED:] else "")
    return (listed or "none") + nearest(name, names)


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key written twice, where plain YAML would quietly keep the last, and what aliases make too large."""

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _size(node, {}) > MAX_VALUES:
            raise RubricError(f"more than {MAX_VALUES:,} values, with every alias written out")
        return node


def _size(node: yaml.Node, sizes: dict[int, float]) -> float:
    """How many values a node holds with every alias written out; infinitely many where it holds itself."""
    if id(node) not in sizes:
        sizes[id(node)] = math.inf  # until it is known: an alias of the node that it stands in
        sizes[id(node)] = 1 + sum(_size(part, sizes) for part in _parts(node))
    return sizes[id(node)]


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        known = set[str]()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in known:
                problem = f"key {shown(key.value)!r} is written twice"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
            known.add(key.value)
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def parse(text: str, source: str) -> Recipe:
    """A rubric from YAML text. Raises :class:`RubricError`, naming ``source`` and the key."""
    if len(text) > MAX_CHARS:
        raise RubricError(f"{source}: longer than the {MAX_CHARS:,} characters that are read of a rubric")
    try:
        data = yaml.load(text, Loader=_Loader)  # a SafeLoader
        return Recipe(_rubric(data, source), source)
    except RecursionError:
        raise RubricError(f"{source}: nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        where = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RubricError(
            f"{source}{where}: not YAML: {' '.join(filter(None, (error.context, error.problem)))}"
        ) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date or a number that is none
        raise RubricError(f"{source}: not YAML: {' '.join(str(error).split())}") from None
    except RubricError as error:
        line = _line(text, error.place)
        where = f"{source}:{line}: " if line else f"{source}: "
        raise RubricError(where + str(error).removeprefix(f"{source}: ")) from None


def _rubric(data: Any, source: str) -> Rubric:
    try:
        return Rubric.model_validate(data)
    except ValidationError as error:
        place, message = located(error, Rubric)
        raise (_fault(source, place, message) if place else RubricError(f"{source}: {message}")) from None


def _line(text: str, place: Sequence[str]) -> int | None:
    """The line of YAML text on which the key at ``place`` stands, or the innermost one around it that is there."""
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    line = None
    for part in place:
        pairs: list[Any] = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((key, value) for key, value in pairs if key.value == part), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def load(path: Path) -> Recipe:
    """A rubric from a file. Raises :class:`RubricError`."""
    try:
        with path.open(encoding="utf-8") as file:
            return parse(file.read(MAX_CHARS + 1), str(path))
    except OSError as error:
        raise RubricError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise RubricError(f"{path}: not UTF-8: byte {error.start} is invalid") from None


class RubricBook(NamedTuple):
    """Every rubric known by name."""

    recipes: dict[str, Recipe]

    @classmethod
    def open(cls, *directories: Path) -> "RubricBook":
        """Load the packaged rubrics and those in ``directories``; a later one replaces an earlier one of its name."""
        recipes: dict[str, Recipe] = {}
        for directory in (packaged_dir(), *directories):
            if not directory.is_dir():
                raise RubricError(f"{directory}: no such directory of rubrics")
            for path in sorted(path for path in directory.iterdir() if path.suffix in SUFFIXES):
                recipe = load(path)
                if recipe.rubric.name != path.stem:
                    raise RubricError(f"{path}: name: must be {path.stem!r}, as the file, not {recipe.rubric.name!r}")
                recipes[recipe.rubric.name] = recipe
        return cls(recipes)

    def get(self, rubric: str | Rubric) -> Recipe:
        """A rubric by name, or made ready from an inline one. Raises :class:`RubricError`."""
        if isinstance(rubric, Rubric):
            return Recipe(rubric)
        if rubric not in self.recipes:
            raise RubricError(f"no rubric is named {shown(rubric)!r}; known: {_known(rubric, self.recipes)}")
        return self.recipes[rubric]
