"""Votes, selections and decontamination on golden cases: right, wrong, borderline and hostile."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from verifier.decontaminate import TestGrams

GOLDEN = Path(__file__).parent.parent / "golden"


def cases(name: str) -> list[Any]:
    lines = (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=f"{number}-{case['why']}") for number, case in enumerate(map(json.loads, lines), 1)]


@pytest.mark.parametrize("case", cases("vote"))
def test_vote(http: httpx.Client, case: dict[str, Any]) -> None:
    body = {"rubric": "r1-zero", "score": "accuracy", "groups": [case["group"]]}
    (vote,) = http.post("/v1/vote", json=body).json()["votes"]
    assert vote["status"] == case.get("status", "ok"), vote["explanation"]
    assert [[cluster["answer"], cluster["count"]] for cluster in vote["clusters"]] == case["clusters"]
    assert vote["explanation"]


@pytest.mark.parametrize("case", cases("select"))
def test_select(http: httpx.Client, case: dict[str, Any]) -> None:
    (selection,) = http.post("/v1/select", json={"groups": [case["group"]], **case.get("policy", {})}).json()[
        "selections"
    ]
    assert selection["status"] == case.get("status", "ok"), selection["explanation"]
    by = {each["index"]: each["by"] for each in selection["dropped"]}
    by |= {each["index"]: [] for each in selection["selected"]}
    assert [by[index] for index in sorted(by)] == case["dropped"], selection["dropped"]


@pytest.mark.parametrize("case", cases("decontaminate"))
def test_decontaminate(case: dict[str, Any]) -> None:
    grams = TestGrams(10)
    grams.add("test", 1, case["test"])
    hit = grams.find(case["train"])
    assert (hit.gram if hit else None) == case["gram"]
