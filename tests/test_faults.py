"""What is wrong with input, in words: each fault at the key that was written, with the key that was meant."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from verifier import jsontext, registry
from verifier.errors import RubricError, Unjudgeable
from verifier.faults import describe, nearest
from verifier.rubric import Recipe
from verifier.schema import Rubric, Sample, Score, Status
from verifier.schema.reward import EXPLANATION_CHARS
from verifier.server.body import RewardsEnvelope

STDIO = {"type": "stdio", "cases": [{"stdin": "1", "stdout": "2"}]}
SAMPLE_KEYS = "id, prompt, completion, kind, answer, tests, choices, language, length, metadata"


def sample(**keys: Any) -> dict[str, Any]:
    return {"completion": "x", **keys}


def with_tests(**keys: Any) -> dict[str, Any]:
    return sample(tests={**STDIO, **keys})


CASES: list[tuple[type[BaseModel], Any, str]] = [
    (Sample, sample(anwser="4"), "anwser: unknown key; did you mean answer?"),
    (Sample, {"compltion": "x"}, "completion: missing; compltion: unknown key; did you mean completion?"),
    (
        Sample,
        {"response": "x", "ground_truth": "4"},
        f"completion: missing; response: unknown key; ground_truth: unknown key (known: {SAMPLE_KEYS})",
    ),
    (Sample, sample(length={"token": 3}), "length.token: unknown key; did you mean tokens?"),
    (
        Sample,
        with_tests(type="stdoi"),
        "tests.type: must be one of 'stdio', 'function', 'assert', 'unittest', 'pytest'; did you mean stdio?",
    ),
    (
        Sample,
        sample(tests={"cases": []}),
        "tests.type: must be one of 'stdio', 'function', 'assert', 'unittest', 'pytest'",
    ),
    (Sample, with_tests(langauge="python"), "tests.langauge: unknown key; did you mean language?"),
    (
        Sample,
        with_tests(cases=[{"input": "1", "stdin": "1", "stdout": "2"}]),
        "tests.cases.0.input: unknown key (known: stdin, stdout)",
    ),
    (Sample, with_tests(limits={"cpu": 1}), "tests.limits.cpu: unknown key; did you mean cpu_s?"),
    (Sample, with_tests(compare="token"), "tests.compare: must be 'tokens', 'lines' or 'exact'; did you mean tokens?"),
    (Sample, sample(choices="A,B"), "choices: must be a list"),
    (Sample, sample(id=1.5), "id: must be an integer or a string"),
    (Sample, {"completion": 3}, "completion: must be a string or a list"),
    (Sample, {"completion": ["x"]}, "completion.0: must be an object"),
    (Sample, {"completion": [{"rol": "x"}]}, "completion.0.role: missing"),
    (RewardsEnvelope, {"rubrik": "math", "samples": []}, "rubric: missing; rubrik: unknown key; did you mean rubric?"),
    (RewardsEnvelope, {"rubric": 3, "samples": []}, "rubric: must be a string or an object"),
    (
        RewardsEnvelope,
        {"rubric": {"scores": {"a": {"by_kind": {"math": {"verifer": "math", "verifier": "x"}}}}}, "samples": []},
        "rubric.scores.a.by_kind.math.verifer: unknown key; did you mean verifier?",
    ),
    (Rubric, {"scores": {"a": {"verifier": "math", "on_null": "skp"}}}, "scores.a.on_null: must be 'skip' or a number"),
    (Rubric, {"scores": {"a": {"verifier": "math", "weight": "x"}}}, "scores.a.weight: must be a number"),
]


@pytest.mark.parametrize(("model", "value", "fault"), CASES)
def test_a_fault_names_the_key_and_its_mend(model: type[BaseModel], value: Any, fault: str) -> None:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(value)
    assert describe(raised.value, model) == fault


def test_no_more_faults_are_told_than_are_read() -> None:
    with pytest.raises(ValidationError) as raised:
        Sample.model_validate(sample(**{f"zzz{n}": n for n in range(7)}))
    assert describe(raised.value, Sample).count("unknown key") == 5
    assert "; and 2 more" in describe(raised.value, Sample)


def test_nothing_is_suggested_where_nothing_comes_near() -> None:
    assert nearest("xyz", ["answer", "tests"]) == ""


LONG = "z" * 1_000_000
TOLD = 1_000
"""More characters than any fault has that names what is long."""


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (Sample, sample(**{LONG: 1})),
        (Sample, with_tests(type=LONG)),
        (Sample, with_tests(compare=LONG)),
        (Sample, with_tests(compare=[LONG])),
        (Sample, with_tests(files={LONG: 1})),
        (Rubric, {"scores": {LONG: {"verifier": "math"}}}),
        (Rubric, {"scores": {"a": {"verifier": "math"}}, "keep": {LONG: 1}}),
        (Rubric, {"scores": {"a": {"verifier": "math", "requires": [LONG]}}}),
    ],
)
def test_of_what_is_long_a_fault_repeats_the_beginning(model: type[BaseModel], value: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        model.model_validate(value)
    assert "z" * 90 in (told := describe(raised.value, model)) or LONG[:2] not in told
    assert len(told) < TOLD


def test_what_is_too_long_to_be_misspelt_is_compared_with_nothing() -> None:
    assert nearest("answer" * 20, ["answer" * 20]) == ""
    assert nearest("answers", ["answers" * 20, *map(str, range(2_000)), "answer"]) == ""  # among too many
    assert nearest("answers", ["answer" * 20, "answer"]) == "; did you mean answer?"


def test_a_rubric_of_many_long_names_is_refused_in_few_words() -> None:
    registry.load()
    kinds = {f"{LONG[:60]}{n}": {"verifier": "math"} for n in range(100)}
    recipe = Recipe(Rubric.model_validate({"scores": {"a": {"by_kind": kinds}}}))
    with pytest.raises(Unjudgeable) as raised:
        recipe.verifier_for("a", Sample(completion="x", kind="math"))
    assert len(str(raised.value)) < 7_000
    with pytest.raises(RubricError) as refused:
        Recipe(Rubric.model_validate({"scores": {"a": {"verifier": LONG}}}))
    assert len(str(refused.value)) < 10 * TOLD


def test_a_score_explains_itself_in_bounded_length() -> None:
    for score in (Score.of(0, LONG), Score.none(Status.UNJUDGEABLE, LONG)):
        assert len(score.explanation) == EXPLANATION_CHARS + 1


def test_a_place_that_cannot_be_read_is_told_in_bounded_length() -> None:
    items = jsontext.read(b'{"samples": [{"%s": 9%s}]}' % (LONG.encode(), b"9" * 5_000), items=("samples",))["samples"]
    assert len(items[0].why) < TOLD
