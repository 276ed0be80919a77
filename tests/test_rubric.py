"""Rubrics: loaded and checked, and what they make of scores."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier import registry
from verifier.errors import RubricError, Unjudgeable
from verifier.rubric import Recipe, RubricBook, load, parse
from verifier.schema import Rubric, Sample, Score, Status

registry.load()

GATED = {
    "scores": {
        "accuracy": {"verifier": "math", "weight": 2.0, "requires": {"format": 0.5}},
        "format": {"verifier": "format", "weight": 0.0},
    }
}


def recipe(data: Any) -> Recipe:
    return Recipe(Rubric.model_validate(data))


def test_every_packaged_rubric_loads_and_describes_itself() -> None:
    recipes = RubricBook.open().recipes
    assert {"math", "code", "format", "language", "r1-zero", "r1"} <= set(recipes)
    assert all(recipe.rubric.description for recipe in recipes.values())


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("scores: {a: {verifier: math, wieght: 2}}", "scores.a.wieght: unknown key"),
        ("nmae: x\nscores: {a: {verifier: math}}", "nmae: unknown key"),
        ("scores: {a: {verifier: math, options: {no_such: 1}}}", "scores.a.options.no_such: unknown key"),
        ("scores: {a: {by_kind: {math: {verifier: math, opts: {}}}}}", "scores.a.by_kind.math.opts: unknown key"),
        ("scores: {a: {by_kind: {math: {verifier: maths}}}}", "no verifier is named 'maths'"),
        ("scores: {a: {verifier: math, weight: .nan}}", "weight"),
        ("scores: {a: {verifier: math, weight: 1.0e+300}}", "weight"),
        ("scores: {a: {verifier: math, requires: {b: .inf}}, b: {verifier: format}}", "requires"),
        ("scores: {a: {verifier: math, options: {x: .inf}}}", "options"),
        ("scores: {a: {verifier: math, by_kind: {math: {verifier: math}}}}", "either 'verifier' or 'by_kind'"),
        ("scores: {a: {by_kind: {}}}", "scores.a.by_kind: must have at least 1 item, not 0"),
        ("scores: {a: {by_kind: {%s: {verifier: math}}}}" % ("k" * 65), "at most 64 char"),
        ("scores: {a: {by_kind: {" + ", ".join(f"k{n}: {{verifier: math}}" for n in range(101)) + "}}}", "at most 100"),
        ("scores: {a: {}}", "either 'verifier' or 'by_kind'"),
        ("scores: {a: {verifier: math, requires: {a: 1}}}", "no other score"),
        ("scores: {a: {verifier: math}, a: {verifier: format}}", "'a' is written twice"),
        ("scores: [", "not YAML"),
        ("scores: {a: !!python/object/apply:os.system [ls]}", "not YAML"),
        ("", "must be an object"),
        ("scores: " + "[" * 5_000, "nested too deeply"),
        ("scores: {a: {verifier: math, weight: 2026-13-45}}", "not YAML"),
        ("name: ../../etc/passwd\nscores: {a: {verifier: math}}", "name"),
        ("scores: {a: {verifier: math},\n  a: {verifier: math}}", ":2: not YAML: key 'a' is written twice"),
        ("scores: {a: {verifier: math}}\nx: *nobody", ":2: not YAML: found undefined alias 'nobody'"),
        ("scores: {a: {verifier: math, on_null: no-number}}", ":1: scores.a.on_null: must be 'skip' or a number"),
        ("scores: {a: {verifier: math, on_null: no}}", ":1: scores.a.on_null: must be 'skip' or a number"),
        ("scores: {a: {verifier: math, weight: yes}}", ":1: scores.a.weight: must be a number"),
        ("scores: {a: {verifier: math}}\nclip: [no, yes]", ":2: clip.0: must be a number"),
        ("scores: {on: {verifier: math}}", "scores.1: the key must be a string"),
        ("scores: {'': {verifier: math}}", "at least 1 char"),
        ("scores: {%s: {verifier: math}}" % ("a" * 65), "at most 64 char"),
        ('scores: {"a\\nb": {verifier: math}}', r"scores.'a\nb': the key: may hold no control characters"),
        ("scores: {" + ", ".join(f"a{n}: {{verifier: math}}" for n in range(101)) + "}", "at most 100"),
        ("scores: {a: {verifier: math, requires: {b: 2}}, b: {verifier: format}}", "requires.b: must be less than"),
        ("scores: {a: {verifier: math}}\nkeep: {a: 1.5}", ":2: keep.a: must be less than or equal to 1"),
    ],
)
def test_a_fault_is_named_with_its_file_and_key(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RubricError) as raised:
        load(path)
    assert str(path) in str(raised.value) and fault in str(raised.value)
    assert "\n" not in str(raised.value)


def _repeated(last: str, step: str) -> str:
    """Aliases of aliases of aliases: few characters that say as much as a library."""
    return "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {step.format(n - 1)}\n" for n in range(1, 10)) + last


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            _repeated("scores: {a: {verifier: math, options: {x: *a9}}}", "[{}]".format(", ".join(["*a{0}"] * 9))),
            "10,000 values",
        ),
        (_repeated("scores: {a: {verifier: math}}", "{{<<: [" + ", ".join(["*a{0}"] * 9) + "]}}"), "10,000 values"),
        ("scores: {a: {verifier: math, options: &o {x: *o}}}", "10,000 values"),
        ("".join(f"k{n}: 1\n" for n in range(4_000)), "unknown key"),
        ("".join(f"k{n}: 1\n" for n in range(9_000)), "10,000 values"),
        ("#" * 1_000_000, "longer than the 100,000 characters"),
    ],
)
def test_a_file_that_would_take_long_to_read_is_refused_at_once(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RubricError) as raised:
        load(path)
    assert fault in str(raised.value) and len(str(raised.value)) < 1_000


def test_an_alias_may_be_used_again_and_overridden() -> None:
    text = "scores: {b: &b {<<: &a {verifier: math, weight: 2}, weight: 3}, c: {<<: *b, weight: 4}, a: *a}"
    scores = parse(text, "mine.yaml").rubric.scores
    assert {name: spec.weight for name, spec in scores.items()} == {"a": 2, "b": 3, "c": 4}


def test_a_rubric_as_large_as_may_be_makes_rewards() -> None:
    names = [f"a{n}" for n in range(100)]
    scores = {name: {"verifier": "format"} for name in names}
    for more in ({"combine": "minimum"}, {"formula": "(" * 49 + "a0" + ")" * 49}):
        made = recipe({"scores": scores, "clip": [0, 1], **more}).combine(
            "x", {name: Score.of(1.0, "") for name in names}
        )
        assert made.reward == 1


def test_a_directory_of_rubrics_adds_to_the_packaged_ones(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nscores: {a: {verifier: math}}", encoding="utf-8")
    (tmp_path / "short.yml").write_text("name: short\nscores: {a: {verifier: math}}", encoding="utf-8")
    assert {"mine", "short", "r1-zero"} <= set(RubricBook.open(tmp_path).recipes)
    (tmp_path / "other.yaml").write_text("name: mine\nscores: {a: {verifier: math}}", encoding="utf-8")
    with pytest.raises(RubricError, match=r"other\.yaml: name: must be 'other'"):
        RubricBook.open(tmp_path)
    with pytest.raises(RubricError, match="no such directory"):
        RubricBook.open(tmp_path / "none")


def test_the_reward_is_the_weighted_sum_of_what_counts() -> None:
    made = recipe(GATED).combine("x", {"accuracy": Score.of(0.5, ""), "format": Score.of(1.0, "")})
    assert (made.status, made.reward) == (Status.OK, 1.0)


def test_a_closed_gate_takes_the_weight_away_and_says_so() -> None:
    made = recipe(GATED).combine("x", {"accuracy": Score.of(1.0, ""), "format": Score.of(0.0, "")})
    assert (made.status, made.reward) == (Status.OK, 0.0)
    assert made.scores["accuracy"].value == 1.0 and made.scores["accuracy"].weight == 0.0
    assert "must be at least 0.5" in made.scores["accuracy"].detail["gate"]


def test_a_gate_that_could_not_be_judged_makes_the_reward_null() -> None:
    scores = {"accuracy": Score.of(1.0, ""), "format": Score.none(Status.ERROR, "lost")}
    made = recipe(GATED).combine("x", scores)
    assert (made.status, made.reward) == (Status.ERROR, None)


def test_a_score_that_does_not_count_cannot_make_the_reward_null() -> None:
    watched = {"scores": {"accuracy": {"verifier": "math"}, "watched": {"verifier": "format", "weight": 0}}}
    made = recipe(watched).combine("x", {"accuracy": Score.of(1.0, ""), "watched": Score.none(Status.ERROR, "lost")})
    assert (made.status, made.reward) == (Status.OK, 1.0)


def test_an_error_outranks_an_unjudgeable_sample_because_it_may_be_retried() -> None:
    rubric = {"scores": {"a": {"verifier": "math"}, "b": {"verifier": "format"}}}
    scores = {"a": Score.none(Status.UNJUDGEABLE, ""), "b": Score.none(Status.ERROR, "")}
    assert recipe(rubric).combine("x", scores).status is Status.ERROR


def test_a_rubric_in_which_nothing_counts_still_pays_nobody_for_a_failure() -> None:
    rubric = {"scores": {"a": {"verifier": "math", "weight": 0}}}
    assert recipe(rubric).combine("x", {"a": Score.none(Status.ERROR, "")}).reward is None


def test_the_kind_routes() -> None:
    r1_zero = RubricBook.open().get("r1-zero")
    by_sample = {
        "math": Sample(completion="", answer="4"),
        "choice": Sample(completion="", answer="A", choices=["x", "y"]),
        "code": Sample.model_validate({"completion": "", "tests": {"type": "assert", "code": "assert 1"}}),
        "text": Sample(completion="", answer="x", kind="text"),
        "format": Sample(completion=""),
    }
    for kind, sample in by_sample.items():
        score = "format" if kind == "format" else "accuracy"
        assert r1_zero.verifier_for(score, sample).name == kind
    with pytest.raises(Unjudgeable, match="no accuracy for kind 'x'"):
        r1_zero.verifier_for("accuracy", Sample(completion="", kind="x"))


def test_the_digest_changes_with_what_is_judged_and_with_nothing_else() -> None:
    base = recipe({"name": "a", "scores": {"m": {"verifier": "math"}}}).ref.digest
    assert recipe({"name": "b", "description": "d", "scores": {"m": {"verifier": "math"}}}).ref.digest == base
    assert recipe({"scores": {"m": {"verifier": "math", "weight": 2}}}).ref.digest != base
    assert recipe({"scores": {"m": {"verifier": "format"}}}).ref.digest != base


@given(st.text(max_size=200))
def test_any_text_is_a_rubric_or_a_named_fault(text: str) -> None:
    try:
        parse(text, "rubric.yaml")
    except RubricError as error:
        assert str(error).startswith("rubric.yaml:")


weights = st.floats(-10, 10, allow_subnormal=False)
values = st.floats(0, 1, allow_subnormal=False)


@given(st.lists(st.tuples(weights, values), min_size=1, max_size=6))
def test_what_is_shown_adds_up_to_the_reward(parts: list[tuple[float, float]]) -> None:
    rubric = {"scores": {f"s{i}": {"verifier": "format", "weight": weight} for i, (weight, _) in enumerate(parts)}}
    made = recipe(rubric).combine("x", {f"s{i}": Score.of(value, "") for i, (_, value) in enumerate(parts)})
    assert made.reward == pytest.approx(sum(score.weight * (score.value or 0) for score in made.scores.values()))
