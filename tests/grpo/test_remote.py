"""Sampling from an OpenAI-compatible server: a real one over HTTP, with our own sampler behind it."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from grpo import engine
from grpo.config import Config, ModelConfig, load
from grpo.errors import GrpoError
from grpo.models import Policy
from grpo.models import load as load_model
from grpo.prompts import Prompt
from grpo.remote import Server
from grpo.sampling import Sampling
from grpo.tasks import generate

from tests.conftest import RunningServer
from tests.grpo.running import Recorder, assert_same, run

PROMPTS = generate("mixed", 3, seed=0)
HOW = Sampling(max_new_tokens=6, temperature=0.7)


class Handler(BaseHTTPRequestHandler):
    """Completions as vLLM gives them, from a local model; ``plain`` servers know no token ids."""

    policy: ClassVar[Policy]
    plain: ClassVar[bool]
    seen: ClassVar[list[tuple[str, dict[str, Any]]]]
    busy: ClassVar[list[int]] = []
    """What the next requests are answered instead."""

    def do_GET(self) -> None:
        self.answer(200, {"data": [{"id": "the-model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, body))
        if self.busy:
            self.answer(self.busy.pop(), {"error": "busy"})
        elif self.path.endswith("completions"):
            self.answer(200, {"choices": self.choices(body)})
        else:
            self.answer(200 if "weights" in self.path else 404, {})

    def choices(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        how = Sampling(body["max_tokens"], body["temperature"], body["top_p"])
        prompt = Prompt("", self.policy.decode(body["prompt"]))
        plain = replace(self.policy, template="{question}")
        found = engine.generate(plain, [prompt], body["n"], how, torch.Generator().manual_seed(0))
        rows = [
            {"text": c.text, "finish_reason": c.finish, "ids": c.tokens, "logprobs": {"token_logprobs": c.logprobs}}
            for c in found
        ]
        for row in rows:
            ids = row.pop("ids")
            if not self.plain:
                row["token_ids"] = ids
        return rows

    def answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(BrokenPipeError):  # who asked is gone
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(params=[False, True], ids=["tokens", "text"])
def plain(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def policy() -> Policy:
    return load_model(ModelConfig(), torch.device("cpu"), seed=1)


@pytest.fixture
def url(policy: Policy, plain: bool) -> Iterator[str]:
    handler = type("Serving", (Handler,), {"policy": policy, "plain": plain, "seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Handler.seen = handler.seen
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def connect(policy: Policy, url: str, shared: Path, *changes: str) -> Server:
    config = load(Config, None, ["rollout.engine=openai", f"rollout.url={url}", *changes])
    return Server(config.rollout, policy, shared)


def test_completions_come_with_tokens_where_the_server_has_them(
    policy: Policy, url: str, plain: bool, tmp_path: Path
) -> None:
    completions = sorted(connect(policy, url, tmp_path).generate(PROMPTS, 2, HOW), key=lambda c: c.group)
    assert [c.prompt for c in completions] == [p for p in PROMPTS for _ in range(2)]
    for completion in completions:
        assert 0 < len(completion.tokens) <= 6
        assert len(completion.logprobs) == (0 if plain else len(completion.tokens))
        assert completion.text == policy.decode(completion.tokens)


def test_sglang_is_given_the_weights(policy: Policy, url: str, tmp_path: Path) -> None:
    connect(policy, url, tmp_path, "rollout.sync=sglang").update()
    assert Handler.seen[-1] == ("/update_weights_from_disk", {"model_path": str(tmp_path)})
    assert (tmp_path / "model.safetensors").exists()


def test_of_several_processes_one_gives_the_adapter_and_all_ask_for_it(
    policy: Policy, url: str, tmp_path: Path
) -> None:
    other = connect(policy, url, tmp_path, "model.lora.rank=2", "rollout.sync=vllm-lora")
    other.update(main=False)
    assert list(other.generate(PROMPTS[:1], 2, HOW))
    assert [(path, body["model"]) for path, body in Handler.seen] == [("/v1/completions", "grpo")]


def test_a_run_evaluates_what_it_has_learned(url: str, server: RunningServer, tmp_path: Path) -> None:
    remote = ("rollout.engine=openai", f"rollout.url={url}", "rollout.sync=sglang", "train.steps=2")
    run(tmp_path, server.url, *remote, "data.heldout=tasks:words", "data.heldout_size=2", "train.eval_every=1")
    asked = [(path, len(list(each))) for path, each in groupby(path for path, _ in Handler.seen)]
    weights = ("/update_weights_from_disk", 1)
    assert asked == [part for prompts in (2, 3, 2, 3, 2) for part in (weights, ("/v1/completions", prompts))]


def test_a_server_that_is_not_there_is_waited_for_and_named(
    policy: Policy, url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = connect(policy, "http://127.0.0.1:9/v1", tmp_path, "rollout.model=x", "rollout.patience_s=1.5")
    began = time.monotonic()
    with pytest.raises(GrpoError, match=r"rollout\.url: http://127\.0\.0\.1:9/v1.*, for rollout\.patience_s=1\.5"):
        list(gone.generate(PROMPTS, 1, HOW))
    assert time.monotonic() - began >= 1.5
    (line,) = caplog.messages  # once, for all requests
    assert "it is waited for" in line


@pytest.mark.parametrize("cut", [True, False], ids=["in an answer", "between two"])
def test_a_server_that_restarts_costs_nothing(
    policy: Policy, plain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: bool
) -> None:
    monkeypatch.setattr("grpo.remote.PAUSES", (0.05,))
    handler, choices = type("Serving", (Handler,), {"policy": policy, "plain": plain, "seen": []}), Handler.choices
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as first:
        port = first.server_port
        threading.Thread(target=first.serve_forever, daemon=True).start()
        server = connect(policy, f"http://127.0.0.1:{port}/v1", tmp_path, "rollout.patience_s=20")
        before = list(server.generate(PROMPTS, 2, HOW))

        def cut_off(self: Handler, body: dict[str, Any]) -> Any:
            monkeypatch.setattr(Handler, "choices", choices)
            self.connection.close()
            raise ConnectionError

        def quietly(*_: object) -> None: ...

        monkeypatch.setattr(first, "handle_error", quietly)
        if cut:
            monkeypatch.setattr(Handler, "choices", cut_off)
            assert len(list(server.generate(PROMPTS, 2, HOW))) == len(before)
        first.shutdown()

    def again() -> None:
        time.sleep(0.5)
        second.server_bind()
        second.server_activate()
        second.serve_forever()

    with ThreadingHTTPServer(("127.0.0.1", port), handler, bind_and_activate=False) as second:
        threading.Thread(target=again, daemon=True).start()
        assert len(list(server.generate(PROMPTS, 2, HOW))) == len(before)
        second.shutdown()


@pytest.mark.parametrize("busy", [[503], [429, 503]])
def test_a_server_with_too_much_to_do_is_asked_again(
    policy: Policy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, busy: list[int]
) -> None:
    monkeypatch.setattr("grpo.remote.PAUSES", (0,))
    monkeypatch.setattr(Handler, "busy", busy)
    assert len(list(connect(policy, url, tmp_path).generate(PROMPTS[:1], 2, HOW))) == 2


def test_who_waits_for_another_try_keeps_the_place(
    policy: Policy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grpo.remote.CONCURRENCY", 1)
    monkeypatch.setattr("grpo.remote.PAUSES", (0,))
    monkeypatch.setattr(Handler, "busy", [503])
    assert len(list(connect(policy, url, tmp_path).generate(PROMPTS, 1, HOW))) == 3
    first, second, third = (policy.encode_prompt(prompt.question) for prompt in PROMPTS)
    assert [body["prompt"] for _, body in Handler.seen] == [first, first, second, third]


def test_who_asks_may_have_an_event_loop_that_runs(policy: Policy, url: str, tmp_path: Path) -> None:
    async def ask() -> int:
        return len(list(connect(policy, url, tmp_path).generate(PROMPTS, 2, HOW)))

    assert asyncio.run(ask()) == 6


def test_half_an_answer_is_named(policy: Policy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def halve(self: Handler, status: int, body: dict[str, Any]) -> None:
        self.send_response(status)
        self.end_headers()
        with suppress(BrokenPipeError):  # one who has heard the first needs no other
            self.wfile.write(b'{"choices": [')

    monkeypatch.setattr(Handler, "answer", halve)
    with pytest.raises(GrpoError, match=r"rollout\.url: .*answered what is no JSON"):
        list(connect(policy, url, tmp_path, "rollout.model=x").generate(PROMPTS, 1, HOW))


UNUSABLE: list[tuple[Any, str]] = [
    ([{"text": "a", "finish_reason": "stop"}], "gave 1 completions of a prompt, not 2"),
    ([{"text": "a", "finish_reason": "stop", "token_ids": [10**6]}] * 2, "another model"),
    ([{}, {}], "what is no completion"),
    (None, "what is no completion"),
]


@pytest.mark.parametrize(("choices", "says"), UNUSABLE)
def test_an_answer_that_cannot_be_used_is_named(
    policy: Policy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choices: Any, says: str
) -> None:
    def given(self: Handler, body: dict[str, Any]) -> Any:
        return choices

    monkeypatch.setattr(Handler, "choices", given)
    with pytest.raises(GrpoError, match=rf"rollout\.url: .*{says}"):
        list(connect(policy, url, tmp_path).generate(PROMPTS[:1], 2, HOW))


def test_a_server_without_a_list_of_models_is_named(policy: Policy, url: str, tmp_path: Path) -> None:
    with pytest.raises(GrpoError, match=r"rollout\.url: "):
        list(connect(policy, "http://127.0.0.1:9/v1", tmp_path, "rollout.patience_s=0").generate(PROMPTS, 1, HOW))


def test_a_refusal_is_passed_on(policy: Policy, url: str, tmp_path: Path) -> None:
    with pytest.raises(GrpoError, match="load_lora_adapter answered 404"):
        connect(policy, url, tmp_path, "model.lora.rank=2", "rollout.sync=vllm-lora").update()


def test_asked_to_stop_it_waits_for_no_answer(
    policy: Policy, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def late(self: Handler, body: dict[str, Any]) -> Any:
        over.wait()
        return []

    monkeypatch.setattr(Handler, "choices", late)
    assert not list(connect(policy, url, tmp_path).generate(PROMPTS, 2, HOW, lambda: bool(Handler.seen)))
    over.set()


def test_a_run_stopped_while_the_server_writes_equals_an_uninterrupted_one(
    url: str, server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = ("rollout.engine=openai", f"rollout.url={url}", "data.heldout=tasks:words", "data.heldout_size=2")
    whole = run(tmp_path / "whole", server.url, *remote)
    stuck, over, choices = threading.Event(), threading.Event(), Handler.choices
    signals: list[int] = []  # one a run: a request that is read late must not hit what comes after it

    def stick() -> None:
        signals.append(signal.SIGTERM)
        stuck.set()

    def late(self: Handler, body: dict[str, Any]) -> Any:
        if stuck.is_set():
            with suppress(IndexError):
                os.kill(os.getpid(), signals.pop())
            over.wait()
        return choices(self, body)

    monkeypatch.setattr(Handler, "choices", late)
    parts: list[Recorder] = []
    for at in ((2, "generate"), (4, "evaluate"), None):
        stuck.clear()
        parts.append(run(tmp_path / "parts", server.url, *remote, recorder=Recorder(at, stick)))
    over.set()
    assert [part.last for part in parts] == [1, 3, 4]
    assert {step: metrics for part in parts for step, metrics in part.metrics.items()} == whole.metrics
    assert_same(tmp_path / "whole", tmp_path / "parts")


def test_a_run_that_cannot_go_on_waits_for_no_rollout(
    url: str, server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, choices = threading.Event(), Handler.choices

    def late(self: Handler, body: dict[str, Any]) -> Any:
        if len(Handler.seen) > 3:  # of the rollout after the first
            over.wait()
        return choices(self, body)

    monkeypatch.setattr(Handler, "choices", late)
    remote = ("rollout.engine=openai", f"rollout.url={url}", "train.off_policy=true")
    with pytest.raises(GrpoError, match="no-such-rubric"):
        run(tmp_path, server.url, *remote, "rewards.rubric=no-such-rubric")
    over.set()
