"""``POST /v1/select`` over real HTTP, and through the client."""

import random
from collections import Counter
from typing import Any

import httpx
import pytest
from verifier_client import Client, NotFound

PROMPT = "What is half of eight? Give your reasoning first."


def reasoned(words: str, answer: str = "4") -> str:
    return f"<think>{words}</think>\\boxed{{{answer}}}"


GOOD = "Half of eight is what eight gives when it is shared between two people, and that is four."
LONG = "We think about it again and again in many ways, each of them new: " + " ".join(f"word{i}" for i in range(1_000))
COMPLETIONS = {
    "good": reasoned(GOOD),
    "again": reasoned(GOOD.replace(" ", "\n", 1)),
    "other": reasoned("Eight is two times four, so one half of it must be four."),
    "wrong": reasoned(GOOD, "5"),
    "mixed": reasoned("我们把八分成两份，每一份是四，所以答案就是四。" + GOOD),
    "long": reasoned(LONG),
    "code": reasoned(f"{GOOD}\n```python\nprint(8 / 2)\n```\n"),
    "loop": reasoned(f"{GOOD}\n\n" * 30),
}
GROUP = {"id": "q", "prompt": PROMPT, "completions": list(COMPLETIONS.values()), "answer": "4"}
INDEX = {name: index for index, name in enumerate(COMPLETIONS)}


def select(http: httpx.Client, *groups: Any, **extra: Any) -> dict[str, Any]:
    response = http.post("/v1/select", json={"groups": list(groups), **extra})
    assert response.status_code == 200, response.text
    return response.json()


def test_what_is_right_and_readable_is_selected_and_the_rest_has_its_reason(http: httpx.Client) -> None:
    answer = select(http, GROUP)
    (selection,) = answer["selections"]
    assert (selection["id"], selection["status"], selection["n"], selection["judged"]) == ("q", "ok", 8, 8)
    assert (selection["correct"], selection["pass_rate"]) == (7, 7 / 8)
    by = {each["index"]: each["by"] for each in selection["dropped"]}
    twins = {INDEX["good"], INDEX["again"]}
    (duplicate,) = [index for index, labels in by.items() if labels == ["duplicate"]]
    assert duplicate in twins
    assert {each["index"] for each in selection["selected"]} == (twins - {duplicate}) | {INDEX["other"]}
    assert by[INDEX["wrong"]] == ["accuracy"] and by[INDEX["mixed"]] == ["language"]
    assert by[INDEX["long"]] == ["readable.paragraphs"] and by[INDEX["code"]] == ["readable.code"]
    assert by[INDEX["loop"]] == ["readable.repetition"]
    assert all(each["why"] for each in selection["dropped"])
    assert answer["dropped"] == Counter(label for labels in by.values() for label in labels)
    messages = selection["selected"][-1]["messages"]
    assert messages == [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": COMPLETIONS["other"]}]


def test_order_does_not_matter_and_selection_is_idempotent(http: httpx.Client) -> None:
    rng = random.Random(0)
    texts = [*COMPLETIONS.values(), *(reasoned(f"{GOOD} Note {i}.") for i in range(6))]
    groups = [GROUP | {"completions": rng.sample(texts, len(texts))} for _ in range(6)]
    chosen = [
        {" ".join(each["messages"][-1]["content"].split()) for each in selection["selected"]}
        for selection in select(http, *groups, per_prompt=3)["selections"]
    ]
    assert all(each == chosen[0] for each in chosen) and len(chosen[0]) == 3
    (again,) = select(http, GROUP | {"completions": sorted(chosen[0])}, per_prompt=3)["selections"]
    assert {" ".join(each["messages"][-1]["content"].split()) for each in again["selected"]} == chosen[0]
    (other,) = select(http, groups[0], per_prompt=3, seed=1)["selections"]
    assert {each["index"] for each in other["selected"]} != set()


def test_a_cap_and_a_preference(http: httpx.Client) -> None:
    (selection,) = select(http, GROUP, per_prompt=1, prefer="shortest")["selections"]
    assert [each["index"] for each in selection["selected"]] == [INDEX["other"]]
    assert Counter(label for each in selection["dropped"] for label in each["by"])["cap"] == 1


def test_prompts_that_are_too_easy_or_too_hard_are_left_out(http: httpx.Client) -> None:
    answer = select(http, GROUP, max_pass_rate=0.5)
    assert answer["selections"][0]["selected"] == [] and answer["dropped"]["pass_rate"] == 3


def test_what_filters_can_be_asked_for(http: httpx.Client) -> None:
    (selection,) = select(http, GROUP, keep={"accuracy": 1})["selections"]
    assert {INDEX["mixed"], INDEX["loop"]} <= {each["index"] for each in selection["selected"]}
    (selection,) = select(http, GROUP, rubric="math")["selections"]
    assert [each["by"] for each in selection["dropped"]].count(["accuracy"]) == 1


def test_a_chat_prompt_stays_a_chat(http: httpx.Client) -> None:
    chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}]
    completion = [{"role": "assistant", "reasoning_content": GOOD, "content": "\\boxed{4}"}]
    (selection,) = select(http, {"prompt": chat, "completions": [completion], "answer": 4})["selections"]
    assert selection["selected"][0]["messages"] == [*chat, {"role": "assistant", "content": reasoned(GOOD)}]


def test_a_prompt_without_language_asks_for_none(http: httpx.Client) -> None:
    (selection,) = select(http, GROUP | {"prompt": "$8/2=$", "completions": [reasoned(GOOD)]})["selections"]
    assert len(selection["selected"]) == 1


@pytest.mark.parametrize(
    ("group", "named"),
    [
        ({"completions": ["x"], "answer": "4"}, "no prompt"),
        ({"prompt": "", "completions": ["x"], "answer": "4"}, "no prompt"),
        ({"prompt": PROMPT, "answer": "4"}, "completions"),
        (7, "not an object"),
    ],
)
def test_a_bad_group_is_unjudgeable(http: httpx.Client, group: Any, named: str) -> None:
    bad, good = select(http, group, GROUP)["selections"]
    assert bad["status"] == "unjudgeable" and named in bad["explanation"] and not bad["selected"]
    assert good["status"] == "ok"


def test_completions_without_a_verdict_are_neither_selected_nor_counted(http: httpx.Client) -> None:
    group = GROUP | {"completions": [5, COMPLETIONS["good"], COMPLETIONS["wrong"]]}
    hostile = {"scores": {"hostile": {"verifier": "hostile"}}}
    ours = {"prompt": PROMPT, "completions": ["good", "raise", "bad"]}
    (malformed,) = select(http, group)["selections"]
    (lost,) = select(http, ours, rubric=hostile)["selections"]
    for selection, status, by in ((malformed, "ok", "unjudgeable"), (lost, "error", "error")):
        assert (selection["status"], selection["judged"], selection["pass_rate"]) == (status, 2, 0.5)
        assert [each["by"] for each in selection["dropped"] if each["by"] == [by]] == [[by]]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"groups": [], "rubric": "none"}, 404),
        ({"groups": [], "keep": {"no-such": 1}}, 422),
        ({"groups": [], "per_prompt": 0}, 422),
        ({"groups": [], "prefer": "best"}, 422),
        ({"groups": [], "nonsense": 1}, 422),
        ({"groups": [], "min_pass_rate": 0.9, "max_pass_rate": 0.1}, 422),
    ],
)
def test_a_wrong_request_is_a_problem(http: httpx.Client, body: Any, status: int) -> None:
    response = http.post("/v1/select", json=body)
    assert response.status_code == status and response.json()["detail"], response.text


def test_the_client_selects(server: Any) -> None:
    with Client(server.url) as client:
        (selection,) = client.select([GROUP], per_prompt=1, keep={"accuracy": 1.0})
        assert selection.ok and selection.pass_rate == 7 / 8
        assert selection.selected[0].messages[0] == {"role": "user", "content": PROMPT}
        assert {label for each in selection.dropped for label in each.by} == {"accuracy", "cap", "duplicate"}
        with pytest.raises(NotFound):
            client.select([GROUP], "none")
