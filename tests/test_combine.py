"""What rubrics make of scores: every reward follows from what the response shows."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier import registry
from verifier.errors import RubricError
from verifier.formula import Formula
from verifier.rubric import Recipe, parse
from verifier.schema import Reward, Rubric, Score, Status

registry.load()

NULL = Score.none(Status.UNJUDGEABLE, "no reference")
LOST = Score.none(Status.ERROR, "lost")


def combined(rubric: dict[str, Any], **values: float | Score) -> Reward:
    scores = {name: value if isinstance(value, Score) else Score.of(value, "") for name, value in values.items()}
    rubric["scores"] = {name: {"verifier": "format"} for name in scores} | rubric.get("scores", {})
    rubric["scores"] = {name: {"verifier": "format", **spec} for name, spec in rubric["scores"].items()}
    scores = {name: score.model_copy(update={"detail": {}}) for name, score in scores.items()}
    return Recipe(Rubric.model_validate(rubric)).combine("x", scores)


def recomputed(reward: Reward) -> float:
    """The reward from the answer alone."""
    formula = Formula(reward.formula)
    return formula.value({name: reward.scores[name].value or 0.0 for name in formula.names})


WEIGHTED = {"a": {"weight": 2}, "b": {"weight": 0.5}}
GATED = {"a": {"requires": {"b": 0.5}}}


@pytest.mark.parametrize(
    ("rubric", "values", "reward", "formula"),
    [
        ({"scores": WEIGHTED}, {"a": 0.5, "b": 1.0}, 1.5, "2 * a + 0.5 * b"),
        ({"combine": "product"}, {"a": 0.5, "b": 0.5}, 0.25, "a * b"),
        ({"combine": "product", "scores": WEIGHTED}, {"a": 0.5, "b": 1.0}, 0.5, "2 * a * 0.5 * b"),
        ({"combine": "minimum"}, {"a": 0.5, "b": 0.75}, 0.5, "min(a, b)"),
        ({"combine": "minimum", "scores": {"b": {"weight": 0}}}, {"a": 0.5, "b": 0.0}, 0.5, "min(a)"),
        ({"combine": "product", "scores": GATED}, {"a": 1.0, "b": 0.25}, 0.0, "0 * b"),
        ({"scores": GATED}, {"a": 1.0, "b": 0.25}, 0.25, "0 + b"),
        ({"clip": [0, 1]}, {"a": 1.0, "b": 0.5}, 1.0, "clip(a + b, 0, 1)"),
        ({"clip": [0.5, 1], "combine": "minimum"}, {"a": 0.0}, 0.5, "clip(min(a), 0.5, 1)"),
        ({"formula": "a * (0.5 + 0.5 * b)"}, {"a": 1.0, "b": 0.5}, 0.75, "a * (0.5 + 0.5 * b)"),
        ({"formula": "if(a >= 1, 1, -0.5)", "clip": [0, 1]}, {"a": 0.5}, 0.0, "clip(if(a >= 1, 1, -0.5), 0, 1)"),
        ({"formula": "a + b / 2", "scores": GATED}, {"a": 1.0, "b": 0.25}, 0.125, "0 + b / 2"),
        ({"scores": {"a": {"on_null": "skip"}}}, {"a": NULL, "b": 0.5}, 0.5, "b"),
        ({"scores": {"a": {"on_null": "skip"}}}, {"a": LOST, "b": 0.5}, 0.5, "b"),
        ({"scores": {"a": {"on_null": 0.3}}}, {"a": NULL, "b": 0.5}, 0.8, "0.3 + b"),
        ({"formula": "max(a, b)", "scores": {"a": {"on_null": 0.3}}}, {"a": NULL, "b": 0.1}, 0.3, "max(0.3, b)"),
        ({"scores": {"a": {"on_null": "skip"}, "b": {"requires": {"a": 1}}}}, {"a": NULL, "b": 1.0}, 1.0, "b"),
    ],
)
def test_rewards_and_how_they_follow(rubric: Any, values: Any, reward: float, formula: str) -> None:
    made = combined(rubric, **values)
    assert (made.status, made.reward, made.formula) == (Status.OK, pytest.approx(reward), formula)
    assert recomputed(made) == made.reward


@pytest.mark.parametrize(
    ("rubric", "values", "status"),
    [
        ({"combine": "product"}, {"a": 0.0, "b": LOST}, Status.ERROR),
        ({"combine": "minimum"}, {"a": 0.0, "b": NULL}, Status.UNJUDGEABLE),
        ({"formula": "a"}, {"a": LOST}, Status.ERROR),
        ({"scores": {"a": {"on_null": 0}}}, {"a": LOST, "b": 1.0}, Status.ERROR),
        ({"scores": {"a": {"on_null": "skip"}}}, {"a": LOST}, Status.ERROR),
    ],
)
def test_a_failure_is_never_a_number(rubric: Any, values: Any, status: Status) -> None:
    made = combined(rubric, **values)
    assert (made.status, made.reward, made.formula) == (status, None, "")


def test_a_score_that_the_formula_does_not_read_is_only_watched() -> None:
    made = combined({"formula": "a"}, a=0.5, watched=LOST)
    assert made.reward == 0.5 and made.scores["watched"].weight == 0 and made.scores["a"].weight == 1


def test_what_a_null_score_counted_as_is_said() -> None:
    made = combined({"scores": {"a": {"on_null": 0.5}, "b": {"on_null": "skip"}}}, a=NULL, b=LOST, c=1.0)
    assert made.scores["a"].detail["on_null"] == "counts as 0.5: it cannot be judged"
    assert made.scores["b"].detail["on_null"] == "does not count: it has no value" and made.scores["b"].weight == 0


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("scores:\n  a:\n    verifier: maths\n", 3, "scores.a.verifier: no verifier is named 'maths'"),
        ("scores:\n  a:\n    verifier: math\n    wieght: 2\n", 4, "scores.a.wieght: unknown key"),
        (
            "scores:\n  a:\n    verifier: math\n    options:\n      no_such: 1\n",
            5,
            "scores.a.options.no_such: unknown key",
        ),
        ("scores: {a: {verifier: math}}\nformula: a + b\n", 2, "formula: no score is named 'b'; known: a"),
        ("scores: {a: {verifier: math}}\n\nformula: a +\n", 3, "formula: column 4: expected a number"),
        ("scores: {a: {verifier: math}}\nclip: [1]\n", 2, "clip: "),
        ("scores: {a: {verifier: math}}\ncombine: mean\n", 2, "combine: "),
        ("scores:\n  a:\n    by_kind:\n      math: {verifier: nope}\n", 4, "scores.a.by_kind.math.verifier"),
    ],
)
def test_a_fault_is_named_with_key_and_line(text: str, line: int, fault: str) -> None:
    with pytest.raises(RubricError) as raised:
        parse(text, "mine.yaml")
    assert str(raised.value).startswith(f"mine.yaml:{line}: ") and fault in str(raised.value)


@pytest.mark.parametrize(
    ("rubric", "fault"),
    [
        ({"formula": "a", "combine": "product"}, "either 'combine' or 'formula'"),
        ({"formula": "a", "scores": {"a": {"weight": 2}}}, "scores.a.weight means nothing beside a formula"),
        ({"clip": [1, 0]}, "clip: 1 is more than 0"),
        ({"keep": {"b": 1}}, "keep names 'b'"),
        ({"scores": {"a": {"on_null": "zero"}}}, "on_null"),
    ],
)
def test_contradictions_are_refused(rubric: Any, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        combined(rubric, a=1.0)


def test_the_digest_changes_with_how_scores_are_combined_and_not_with_what_selection_keeps() -> None:
    def digest(**more: Any) -> str:
        return Recipe(Rubric.model_validate({"scores": {"a": {"verifier": "math"}}, **more})).ref.digest

    digests = [digest(), digest(combine="product"), digest(formula="a"), digest(clip=[0, 1])]
    assert len(set(digests)) == 4 and digest(keep={"a": 1}) == digests[0]


SPECS = st.fixed_dictionaries(
    {"weight": st.sampled_from([0, 1, -0.5, 2.25]), "on_null": st.sampled_from([None, "skip", 0.5])}
)
SCORES = st.floats(0, 1).map(lambda value: Score.of(value, "")) | st.sampled_from([NULL, LOST])


@given(
    st.lists(st.tuples(SPECS, SCORES), min_size=1, max_size=5),
    st.sampled_from(["sum", "product", "minimum"]),
    st.sampled_from([None, [0, 1]]),
    st.booleans(),
)
def test_the_shown_formula_gives_the_reward(parts: Any, combine: str, clip: Any, odd_names: bool) -> None:
    names = [f"s-{i}" if odd_names else f"s{i}" for i in range(len(parts))]
    specs = {name: dict(spec) for name, (spec, _) in zip(names, parts, strict=True)}
    if len(parts) > 1:
        specs[names[0]]["requires"] = {names[1]: 0.5}
    scores = {name: score for name, (_, score) in zip(names, parts, strict=True)}
    made = combined({"combine": combine, "clip": clip, "scores": specs}, **scores)
    assert (made.reward is None) == (made.status is not Status.OK)
    if made.reward is not None:
        assert recomputed(made) == made.reward
