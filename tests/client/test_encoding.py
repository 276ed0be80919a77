"""What is sent: any text a policy can write, and nothing that is not JSON."""

import json
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from verifier_client import Client

from tests.client.conftest import Connect
from tests.client.scripted import Scripted


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_not_json_are_refused_before_anything_is_sent(
    connect: Connect, scripted: Scripted, number: float
) -> None:
    samples = [{"completion": "fine"}] * 3 + [{"completion": "", "metadata": {"x": [number]}}]
    with pytest.raises(ValueError, match=r"samples\[3\] cannot be sent: .*not JSON compliant"):
        connect(max_batch=1).rewards(samples)
    assert scripted.requests == []


@pytest.mark.parametrize(
    ("samples", "error", "match"),
    [
        ([{"completion": object()}], TypeError, r"samples\[0\] cannot be sent: a value of type object"),
        ([{"completion": b"bytes"}], TypeError, r"samples\[0\] cannot be sent: a value of type bytes"),
        (["text"], TypeError, r"samples\[0\] is neither a Sample nor a dict: str"),
        ({"completion": "alone"}, TypeError, "samples must be a list"),
        ("text", TypeError, "samples must be a list"),
        (None, TypeError, "samples must be a list"),
    ],
)
def test_what_is_no_sample_is_refused(
    connect: Connect, scripted: Scripted, samples: Any, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        connect().rewards(samples)
    assert scripted.requests == []


@pytest.mark.parametrize("rubric", [["math"], [("scores", "none")], None, 3, b"math"])
def test_what_is_no_rubric_is_refused(connect: Connect, scripted: Scripted, rubric: Any) -> None:
    with pytest.raises(TypeError, match=f"a rubric is a name or a dict, not {type(rubric).__name__}"):
        connect().rewards([{"completion": ""}], rubric)
    assert scripted.requests == []


def test_nesting_beyond_measure_is_refused(connect: Connect) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested too deeply"):
        connect().rewards([{"completion": "", "metadata": {"x": deep}}])


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\U0001f600\ud83d", "\U0001f600\ufffd"),
        ("\x00\u2028\x7f\ufffe", "\x00\u2028\x7f\ufffe"),
    ],
)
def test_halves_of_characters_are_made_whole_or_replaced(
    connect: Connect, scripted: Scripted, written: str, sent: str
) -> None:
    connect().rewards([{"completion": written, "answer": ""}])
    assert scripted.posts[0].samples[0]["completion"] == sent


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_reaches_the_service(scripted: Scripted, text: str) -> None:
    with Client(scripted.url) as client:
        assert client.rewards([{"completion": text, "answer": ""}])[0].ok
    sent = scripted.posts[-1].samples[0]["completion"]
    assert len(sent.encode()) >= len(text)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert sent == text


def test_arrays_scalars_and_mappings_are_taken_for_what_they_hold(connect: Connect, scripted: Scripted) -> None:
    array = SimpleNamespace(tolist=lambda: [1, 2.5])  # as of numpy or torch
    sample = MappingProxyType({"completion": "x", "metadata": MappingProxyType({"a": array, "b": range(2), "c": (1,)})})
    connect().rewards([sample], on_error="mask")
    assert scripted.posts[0].samples[0]["metadata"] == {"a": [1, 2.5], "b": [0, 1], "c": [1]}


def test_text_is_sent_as_utf_8_and_not_escaped(connect: Connect, scripted: Scripted) -> None:
    connect().rewards([{"completion": "héé 思考", "answer": ""}])
    assert "héé 思考".encode() in scripted.posts[0].raw
    assert json.loads(scripted.posts[0].raw)["samples"][0]["completion"] == "héé 思考"


def test_the_key_is_sent(connect: Connect, scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted.key = "s3cret"
    sample = {"completion": "1", "answer": "1"}
    with pytest.raises(Exception, match="401 Scripted: a valid key is needed"):
        connect().rewards([sample])
    assert connect(api_key="s3cret").rewards([sample])[0].ok
    monkeypatch.setenv("VERIFIER_API_KEY", "s3cret")
    assert connect().rewards([sample])[0].ok
    assert "s3cret" not in repr(connect())


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "127.0.0.1:8000"},
        {"base_url": "ftp://host"},
        {"base_url": [","]},
        {"base_url": []},
        {"api_key": "a\nb"},
        {"timeout_s": 0},
        {"timeout_s": float("nan")},
        {"timeout_s": float("inf")},
        {"deadline_s": -1},
        {"read_timeout_s": 0},
        {"max_retries": -1},
        {"backoff_s": -1},
        {"max_batch": 0},
        {"max_bytes": 0},
        {"concurrency": 0},
        {"on_error": "skip"},
        {"on_error": True},
        {"timeout_s": "60"},
        {"on_error": None},
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERIFIER_URL", " , ")
    with pytest.raises(ValueError, match=r"must|no base URL|not the base URL|API key"):
        Client(**options)


def test_a_call_refuses_an_on_error_that_makes_no_sense(connect: Connect) -> None:
    options: dict[str, Any] = {"on_error": "zero"}
    with pytest.raises(ValueError, match="on_error must be"):
        connect().rewards([{"completion": ""}], **options)
