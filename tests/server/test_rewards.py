"""``POST /v1/rewards`` over real HTTP: rewards for good samples, a status for bad ones, a problem for bad requests."""

import json
from typing import Any

import httpx
import pytest

R1 = "<think>Two and two.</think>\n<answer>\\boxed{4}</answer>"
GOOD = {"id": "good", "completion": R1, "answer": "4"}


def post(http: httpx.Client, samples: list[Any], rubric: Any = "r1-zero", **extra: Any) -> httpx.Response:
    return http.post("/v1/rewards", json={"rubric": rubric, "samples": samples, **extra})


def rewards(http: httpx.Client, samples: list[Any], rubric: Any = "r1-zero") -> list[dict[str, Any]]:
    response = post(http, samples, rubric)
    assert response.status_code == 200, response.text
    return response.json()["rewards"]


def test_the_answer_has_the_shape_of_the_contract(http: httpx.Client) -> None:
    body = post(http, [GOOD]).json()
    assert set(body) == {"rewards", "rubric", "elapsed_ms"}
    assert set(body["rubric"]) == {"name", "digest"} and body["rubric"]["name"] == "r1-zero"
    (reward,) = body["rewards"]
    assert (reward["id"], reward["status"], reward["reward"]) == ("good", "ok", 2.0)
    assert list(reward["scores"]) == ["accuracy", "format"]
    score = reward["scores"]["accuracy"]
    assert (score["verifier"], score["status"], score["value"], score["weight"]) == ("math", "ok", 1.0, 1.0)
    assert score["extracted"] == "4" and score["explanation"] and score["elapsed_ms"] >= 0 and "detail" in score


def test_order_is_kept_over_a_large_batch(http: httpx.Client) -> None:
    samples = [{"id": i, "completion": f"\\boxed{{{i}}}", "answer": str(i - i % 2)} for i in range(500)]
    graded = rewards(http, samples, "math")
    assert [reward["id"] for reward in graded] == list(range(500))
    assert [reward["reward"] for reward in graded] == [1.0, 0.0] * 250


def test_an_empty_batch_is_a_batch(http: httpx.Client) -> None:
    assert rewards(http, []) == []


@pytest.mark.parametrize(
    ("sample", "named"),
    [
        ({"id": "x", "answer": "4"}, "completion: missing"),
        ({"id": "x", "completion": R1, "anwser": "4"}, "anwser: unknown key"),
        ({"id": "x", "completion": 7, "answer": "4"}, "completion"),
        ({"id": "x", "completion": R1}, "no reference"),
        ({"id": "x", "completion": R1, "answer": "4", "kind": "astrology"}, "'astrology'"),
        ({"id": "x", "completion": R1, "tests": {"type": "oracle"}}, "tests"),
        ({"id": "x", "completion": [{"role": "user", "content": "hi"}], "answer": "4"}, "assistant"),
    ],
)
def test_a_bad_sample_is_unjudgeable_says_why_and_harms_no_other(http: httpx.Client, sample: Any, named: str) -> None:
    bad, good = rewards(http, [sample, GOOD])
    assert (bad["id"], bad["status"], bad["reward"]) == ("x", "unjudgeable", None)
    assert named in bad["scores"]["accuracy"]["explanation"]
    assert set(bad["scores"]) == set(good["scores"])
    assert good["reward"] == 2.0


def test_what_is_no_object_has_no_id(http: httpx.Client) -> None:
    *bad, good = rewards(http, [3, "x", None, GOOD])
    assert [(each["id"], each["status"]) for each in bad] == [(None, "unjudgeable")] * 3
    assert "must be an object" in bad[0]["scores"]["accuracy"]["explanation"] and good["reward"] == 2.0


def test_chat_messages_are_read(http: httpx.Client) -> None:
    chat = [
        {"role": "user", "content": "2+2?"},
        {"role": "assistant", "content": [{"type": "text", "text": R1}], "name": "policy"},
    ]
    assert rewards(http, [{"prompt": chat[:1], "completion": chat, "answer": 4}])[0]["reward"] == 2.0


def test_reasoning_kept_apart_is_put_back(http: httpx.Client) -> None:
    message = {"role": "assistant", "reasoning_content": "Two and two.", "content": "<answer>4</answer>"}
    assert rewards(http, [{"completion": [message], "answer": 4}])[0]["reward"] == 2.0


def test_a_number_as_reference_is_its_shortest_notation(http: httpx.Client) -> None:
    samples = [{"completion": "\\boxed{27}", "answer": answer} for answer in (27, 27.0, "27")]
    assert [reward["reward"] for reward in rewards(http, samples, "math")] == [1.0] * 3


def test_ndjson_streams_each_reward_with_its_index(http: httpx.Client) -> None:
    samples = [{"completion": f"\\boxed{{{i}}}", "answer": str(i)} for i in range(100)]
    request = {"rubric": "math", "samples": samples}
    with http.stream("POST", "/v1/rewards", json=request, headers={"Accept": "application/x-ndjson"}) as response:
        assert response.headers["content-type"].startswith("application/x-ndjson")
        assert response.headers["x-rubric-name"] == "math"
        lines = [json.loads(line) for line in response.iter_lines()]
    assert sorted(line["index"] for line in lines) == list(range(100))
    assert {line["reward"] for line in lines} == {1.0}


def test_ndjson_does_not_wait_for_the_slow(http: httpx.Client) -> None:
    samples = [{"completion": "sleep"}, *({"completion": "good"} for _ in range(50))]
    request = {"rubric": {"scores": {"hostile": {"verifier": "hostile"}}}, "samples": samples}
    with http.stream("POST", "/v1/rewards", json=request, headers={"Accept": "application/x-ndjson"}) as response:
        indexes = [json.loads(line)["index"] for line in response.iter_lines()]
    assert indexes[-1] == 0 and len(indexes) == 51


def test_an_inline_rubric_with_a_gate(http: httpx.Client) -> None:
    rubric = {
        "scores": {
            "accuracy": {"verifier": "math", "weight": 3, "requires": {"format": 1}},
            "format": {"verifier": "format", "weight": 0.5},
        }
    }
    inside, outside = rewards(http, [GOOD, {"completion": "\\boxed{4}", "answer": "4"}], rubric)
    assert (inside["reward"], outside["reward"]) == (3.5, 0.0)
    closed = outside["scores"]["accuracy"]
    assert closed["value"] == 1.0 and closed["weight"] == 0.0 and "format" in closed["detail"]["gate"]


@pytest.mark.parametrize(
    ("content", "status", "detail"),
    [
        (b'{"rubric": "math", "samples": [', 400, "not JSON"),
        (b'{"rubric": "math", "samples": [{"completion": "x", "answer": NaN}]}', 400, "not JSON"),
        (b'{"rubric": "math", "samples": [{"completion": "\xff"}]}', 400, "UTF-8"),
        (b"[" * 100_000, 400, "nested"),
        (b'{"rubric": ' + b"[" * 100_000 + b"]" * 100_000 + b', "samples": []}', 400, "rubric.0.0.0.0.…: nested"),
        (b"", 400, "not JSON"),
        (b"[]", 422, "object"),
        (b"{}", 422, "rubric: missing"),
        (b'{"rubric": "math", "samples": {}}', 422, "samples"),
        (b'{"rubric": "math", "samples": [], "timeout": 3}', 422, "timeout: unknown key"),
        (b'{"rubric": "math", "samples": [], "timeout_s": -1}', 422, "timeout_s"),
        (b'{"rubric": "math", "samples": [], "timeout_s": 1e9}', 422, "timeout_s"),
        (b'{"rubric": "maths", "samples": []}', 404, "'maths'"),
        (b'{"rubric": {"scores": {}}, "samples": []}', 422, "rubric.scores: "),
        (b'{"rubric": 5, "samples": []}', 422, "rubric: must be"),
        (b'{"rubric": {"scores": {"a": {"verifier": "astrology"}}}, "samples": []}', 422, "astrology"),
        (
            b'{"rubric": {"scores": {"a": {"verifier": "math", "options": {"optoin": 1}}}}, "samples": []}',
            422,
            "optoin",
        ),
        (b'{"rubric": {"scores": {"a": {"verifier": "math", "wieght": 1}}}, "samples": []}', 422, "wieght"),
        (b'{"rubric": {"scores": {"a": {"verifier": "math", "requires": {"b": 1}}}}, "samples": []}', 422, "'b'"),
    ],
)
def test_a_bad_request_is_a_problem_that_names_the_fault(
    http: httpx.Client, content: bytes, status: int, detail: str
) -> None:
    response = http.post("/v1/rewards", content=content)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert detail in problem["detail"], problem
    assert problem["status"] == status and problem["retryable"] is False
    assert problem["instance"] == "/v1/rewards" and problem["type"].startswith("urn:")
    assert problem["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/v1/reward", "/v1/rewards/", "/rewards", "/v1/v1/rewards"])
def test_a_path_that_is_none_is_answered_with_the_one_that_was_meant(http: httpx.Client, path: str) -> None:
    problem = http.post(path, json={"rubric": "math", "samples": []}).json()
    assert problem["status"] == 404 and problem["detail"].endswith("; did you mean /v1/rewards?")


@pytest.mark.parametrize(
    "completion",
    [
        "x" * 10_000_000,
        "{" * 100_000,
        "\\boxed{" + "{" * 100_000 + "}" * 100_001,
        "\\frac{" * 20_000,
        "(" * 50_000 + "1" + ")" * 50_000,
        "<think>" * 100_000,
        "\\boxed{" + "9^" * 1_000 + "9}",
        "\\boxed{" + "9" * 200_000 + "!}",
        "\\boxed{\0}",
        "\\boxed{" * 50_000,
    ],
)
def test_a_hostile_completion_is_worth_0_and_never_an_error(http: httpx.Client, completion: str) -> None:
    for rubric in ("r1-zero", "r1"):
        hostile, good = rewards(
            http, [{"completion": completion, "answer": "4", "language": "en"}, GOOD | {"language": "en"}], rubric
        )
        assert hostile["scores"]["accuracy"]["value"] == 0.0 and hostile["scores"]["format"]["value"] == 0.0
        assert hostile["status"] == "ok"
        assert good["scores"]["accuracy"]["value"] == 1.0


def test_a_lone_surrogate_costs_the_batch_nothing(http: httpx.Client) -> None:
    samples = rb'{"completion": "\ud800 \\boxed{4}", "answer": "4"}, {"completion": "\ud83d\ude00 4", "answer": "4"}'
    content = b'{"rubric": "math", "samples": [%s]}' % samples
    response = http.post("/v1/rewards", content=content)
    assert [reward["reward"] for reward in response.json()["rewards"]] == [1.0, 1.0]


def test_a_large_number_is_read_exactly(http: httpx.Client) -> None:
    number = "1234567890123456789012345678901234567890"
    content = b'{"rubric": "math", "samples": [{"completion": "\\\\boxed{%s}", "answer": %s}]}' % (
        (number.encode(),) * 2
    )
    assert http.post("/v1/rewards", content=content).json()["rewards"][0]["reward"] == 1.0


def test_metadata_is_never_read_and_never_echoed(http: httpx.Client) -> None:
    response = post(http, [GOOD | {"metadata": {"secret": "s3cr3t", "answer": "5"}}])
    assert "s3cr3t" not in response.text and response.json()["rewards"][0]["reward"] == 2.0
