"""``POST /v1/vote`` over real HTTP."""

import random
from typing import Any

import httpx
import pytest


def vote(http: httpx.Client, *groups: Any, **extra: Any) -> list[dict[str, Any]]:
    response = http.post("/v1/vote", json={"rubric": "math", "groups": list(groups), **extra})
    assert response.status_code == 200, response.text
    return response.json()["votes"]


def boxed(*answers: str) -> list[str]:
    return [f"<think>so</think>\\boxed{{{answer}}}" for answer in answers]


HALVES = boxed("1/2", "0.5", "\\frac{1}{2}", "2", "1/3", "")


def test_equivalent_answers_vote_as_one(http: httpx.Client) -> None:
    (result,) = vote(http, {"id": "q", "completions": HALVES})
    assert (result["id"], result["status"], result["n"]) == ("q", "ok", 6)
    assert (result["count"], result["agreement"], result["tied"]) == (3, 0.5, 1)
    assert result["clusters"][0]["members"] == [0, 1, 2]
    assert set(result["clusters"][0]["forms"]) == {"1/2", "0.5", "\\frac{1}{2}"}
    assert [abstention["index"] for abstention in result["abstained"]] == [5]
    assert "no final answer" in result["abstained"][0]["why"]
    assert result["explanation"].startswith("3 of 6 completions answer ")
    assert (result["correct"], result["pass_at"], result["consensus"]) == (None, {}, None)


def test_a_reference_adds_pass_at_k_and_the_consensus(http: httpx.Client) -> None:
    (result,) = vote(http, {"completions": HALVES, "answer": "0.5"}, pass_at=[1, 2, 6, 7])
    assert result["correct"] == 3 and result["consensus"] == 1.0
    assert result["pass_at"] == {"1": 0.5, "2": pytest.approx(0.8), "6": 1.0, "7": None}
    assert [cluster["correct"] for cluster in result["clusters"]] == [True, False, False]
    (result,) = vote(http, {"completions": HALVES, "answer": "7"})
    assert (result["correct"], result["consensus"], result["pass_at"]) == (0, 0.0, {"1": 0.0, "2": 0.0, "4": 0.0})


def test_of_tied_answers_the_share_that_is_right_is_the_consensus(http: httpx.Client) -> None:
    (result,) = vote(http, {"completions": boxed("7", "8", "8", "7", "9"), "answer": "8"})
    assert (result["tied"], result["consensus"], result["answer"]) == (2, 0.5, "7")
    assert result["explanation"].endswith(", as many as another answer")


def test_the_order_of_the_completions_does_not_matter(http: httpx.Client) -> None:
    answers = ["50\\%", "0.5", "50", "50", "\\frac12", "x=50", "0.50", "7", "1,2", "\\{2,1\\}", "seven"]
    rng = random.Random(0)
    groups = [{"completions": boxed(*rng.sample(answers, len(answers)))} for _ in range(20)]
    results = vote(http, *groups)
    outcomes = {tuple((c["answer"], c["count"], *sorted(c["forms"])) for c in result["clusters"]) for result in results}
    assert len(outcomes) == 1


def test_every_member_is_equal_to_the_representative_though_equality_is_not_transitive(http: httpx.Client) -> None:
    (result,) = vote(http, {"completions": boxed("50\\%", "50\\%", "0.5", "50")})
    assert [(cluster["answer"], cluster["count"]) for cluster in result["clusters"]] == [("50\\%", 4)]
    (result,) = vote(http, {"completions": boxed("50\\%", "0.5", "50", "0.5", "50", "50")})
    assert [(cluster["answer"], cluster["count"]) for cluster in result["clusters"]] == [("50", 4), ("0.5", 2)]


def test_choices_and_texts_vote_too(http: httpx.Client) -> None:
    choice = {"completions": ["The answer is B.", "(b)", "Rome", "A", "B or A"], "choices": ["Paris", "Rome"]}
    text = {"completions": ["<answer>Paris</answer>", "'Paris'", "paris", ""], "kind": "text"}
    chosen, said = vote(http, choice, text, rubric="r1-zero")
    assert (chosen["answer"], chosen["count"], len(chosen["abstained"])) == ("B", 3, 1)
    assert (said["answer"], said["count"], len(said["clusters"]), len(said["abstained"])) == ("Paris", 2, 2, 1)


def test_programs_have_no_votes_but_pass_at_k(http: httpx.Client) -> None:
    tests = {"type": "stdio", "cases": [{"stdin": "", "stdout": "4"}]}
    programs = ["```python\nprint(4)\n```", "```python\nprint(2+2)\n```", "```python\nprint(5)\n```", "none"]
    judged, alone = vote(
        http, {"completions": programs, "tests": tests}, {"completions": programs, "kind": "code"}, rubric="r1-zero"
    )
    assert (judged["status"], judged["answer"], judged["agreement"], judged["consensus"]) == ("ok", None, None, None)
    assert judged["correct"] == 2 and judged["pass_at"] == {"1": 0.5, "2": pytest.approx(5 / 6), "4": 1.0}
    assert "cannot be compared" in judged["explanation"]
    assert alone["status"] == "unjudgeable" and "no reference" in alone["explanation"]


@pytest.mark.parametrize(
    ("group", "named"),
    [
        (7, "not an object"),
        ({"id": "x"}, "completions"),
        ({"id": "x", "completions": []}, "completions"),
        ({"id": "x", "completion": "4", "completions": ["4"]}, "a group has 'completions'"),
        ({"id": "x", "completions": ["4"], "anwser": "4"}, "anwser: unknown key"),
        ({"id": "x", "completions": ["4", 5]}, "completion 1: malformed sample: completion"),
        ({"id": "x", "completions": ["4"], "kind": "astrology"}, "'astrology'"),
        ({"id": "x", "completions": ["4"], "kind": 4}, "kind"),
        ({"id": "x", "completions": ["4"], "answer": "  "}, "completion 0: the sample has no reference answer"),
    ],
)
def test_a_bad_group_is_unjudgeable_says_why_and_harms_no_other(http: httpx.Client, group: Any, named: str) -> None:
    bad, good = vote(http, group, {"id": "good", "completions": boxed("4")}, rubric="r1-zero")
    assert (bad["status"], bad["answer"], bad["agreement"], bad["pass_at"]) == ("unjudgeable", None, None, {})
    assert named in bad["explanation"]
    assert (good["id"], good["status"], good["answer"]) == ("good", "ok", "4")


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"groups": [], "rubric": "no-such"}, 404, "no-such"),
        ({"groups": [], "score": "no-such"}, 422, "no-such"),
        ({"groups": [], "rubric": {"scores": {"a": {"verifier": "math"}, "b": {"verifier": "math"}}}}, 422, "a, b"),
        ({"groups": [], "pass_at": [0]}, 422, "pass_at"),
        ({"groups": {}}, 422, "groups"),
        ({"samples": []}, 422, "groups"),
        ([], 422, "'groups'"),
        ({"groups": [{"completions": ["x"] * 20_000}]}, 413, "20,000 completions"),
    ],
)
def test_a_wrong_request_is_a_problem(http: httpx.Client, body: Any, status: int, named: str) -> None:
    response = http.post("/v1/vote", json=body)
    assert response.status_code == status and named in response.json()["detail"], response.text
    assert response.headers["content-type"] == "application/problem+json"


def test_an_empty_request_is_a_request(http: httpx.Client) -> None:
    assert vote(http) == []


def test_chat_completions_vote(http: httpx.Client) -> None:
    chat = [{"role": "assistant", "reasoning_content": "hm", "content": "\\boxed{4}"}]
    assert vote(http, {"completions": [chat, "\\boxed{4}"], "prompt": "2+2?"})[0]["count"] == 2


def test_what_is_too_long_does_not_vote(http: httpx.Client) -> None:
    (result,) = vote(http, {"completions": [*boxed("4"), "4" * 1_000_001], "answer": "4"})
    assert (result["count"], result["agreement"], result["pass_at"]["1"]) == (1, 0.5, 0.5)
    assert "at most 1,000,000 are judged" in result["abstained"][0]["why"]
