"""Every function of docs/frameworks.md, against a real service, called as its framework calls it."""

import asyncio
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Generic, TypeVar

import pytest
from verifier_client import Client

PAGE = Path(__file__).parents[2] / "docs/frameworks.md"
RIGHT, WRONG = (f"<think>2 + 2</think><answer>\\boxed{{{n}}}</answer>" for n in (4, 5))
BROKEN = "\\frac{"
"""A reference that is none."""
DOWN = "http://127.0.0.1:9"


def section(title: str) -> list[str]:
    text = re.split(rf"^## {re.escape(title)}$", PAGE.read_text(encoding="utf-8"), flags=re.M)[1]
    return re.findall(r"^```python\n(.*?)^```", text.split("\n## ")[0], re.M | re.S)


def module(name: str, **names: Any) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(names)
    return made


@pytest.fixture
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs a program of the page, with the service that it asks, or with none; gives its names."""
    opened: list[Client] = []

    def run(program: str, *, up: bool = True, **modules: ModuleType) -> dict[str, Any]:
        server: Any = request.getfixturevalue("server")
        monkeypatch.setenv("VERIFIER_URL", server.url if up else DOWN)
        for name, made in modules.items():
            monkeypatch.setitem(sys.modules, name.replace("__", "."), made)
        names: dict[str, Any] = {"__name__": "rewards"}
        exec(compile(program if up else program.replace("max_retries=20", "max_retries=0"), "rewards", "exec"), names)
        if isinstance(names["client"], Client):
            opened.append(names["client"])
        return names

    yield run
    for client in opened:
        client.close()


def test_every_section_is_under_test() -> None:
    titles = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.M)
    assert [title for title in titles if section(title)] == ["TRL", "verl", "OpenRLHF", "SkyRL", "verifiers, prime-rl"]


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize("program", section("TRL"))
def test_trl(run: Any, program: str, chat: bool) -> None:
    completions: list[Any] = [RIGHT, WRONG, RIGHT]
    if chat:
        completions = [[{"role": "assistant", "content": text}] for text in completions]
    logged: dict[str, float] = {}
    call: dict[str, Any] = {
        "prompts": ["2 + 2?"] * 3,
        "completions": completions,
        "completion_ids": [[1, 2]] * 3,
        "answer": ["4", "4", BROKEN],
        "source": ["gsm8k"] * 3,
        "trainer_state": SimpleNamespace(global_step=1),
        "log_extra": print,
        "log_metric": logged.__setitem__,
    }
    assert run(program)["verified"](**call) == [2.0, 1.0, None]
    if "log_metric" in program:
        assert logged["verifier/accuracy"] == 0.5 and logged["verifier/without_verdict"] == pytest.approx(1 / 3)
    assert run(program, up=False)["verified"](**call) == [None, None, None]


def test_verl(run: Any) -> None:
    (program,) = section("verl")

    async def score(names: dict[str, Any], text: str, reference: str) -> Any:
        extra: dict[str, Any] = {"index": 1, "num_turns": 2, "rollout_reward_scores": {}}
        call: dict[str, Any] = {
            "data_source": "gsm8k",
            "solution_str": text,
            "ground_truth": reference,
            "extra_info": extra,
        }
        return await names["compute_score"](**call, reward_router_address="host:1", reward_model_tokenizer=None)

    assert inspect.iscoroutinefunction(run(program)["compute_score"])
    assert asyncio.run(score(run(program), RIGHT, "4")) == {"score": 2.0, "acc": 1.0, "pred": "4"}
    assert asyncio.run(score(run(program), WRONG, "4")) == {"score": 1.0, "acc": 0.0, "pred": "5"}
    assert asyncio.run(score(run(program), RIGHT, BROKEN)) == {"score": 0.0, "acc": 0.0, "pred": ""}
    with pytest.raises(RuntimeError, match="no answer from"):
        asyncio.run(score(run(program, up=False), RIGHT, "4"))


def test_openrlhf(run: Any) -> None:
    (program,) = section("OpenRLHF")
    torch = module("torch", tensor=list)
    prompt = "<|im_start|>user\n2 + 2?<|im_end|>\n<|im_start|>assistant\n"

    async def score(names: dict[str, Any], text: str, reference: str) -> Any:
        return await asyncio.to_thread(names["reward_func"], [f"{prompt}{text}<|im_end|>"], [prompt], [reference])

    def paid(reward: float, accuracy: float) -> dict[str, Any]:
        return {"rewards": [reward], "scores": [accuracy], "extra_logs": {"accuracy": [accuracy]}}

    assert asyncio.run(score(run(program, torch=torch), RIGHT, "4")) == paid(2.0, 1.0)
    assert asyncio.run(score(run(program, torch=torch), WRONG, "4")) == paid(1.0, 0.0)
    assert asyncio.run(score(run(program, torch=torch), RIGHT, BROKEN)) == paid(0.0, 0.0)
    with pytest.raises(RuntimeError, match="no answer from"):
        asyncio.run(score(run(program, torch=torch, up=False), RIGHT, "4"))


def test_skyrl(run: Any) -> None:
    (program,) = section("SkyRL")
    base = module("base_text_env", BaseTextEnv=type("BaseTextEnv", (), {}), BaseTextEnvStepOutput=dict)
    rooms = {
        "skyrl_gym": module("skyrl_gym"),
        "skyrl_gym__envs": module("envs"),
        "skyrl_gym__envs__base_text_env": base,
    }

    def step(names: dict[str, Any], text: str, reference: str) -> Any:
        extras = {"reward_spec": {"method": "rule", "ground_truth": reference}}
        return names["Verified"](env_config={}, extras=extras).step(text)

    ended: dict[str, Any] = {"observations": [], "done": True, "metadata": {}}
    assert step(run(program, **rooms), RIGHT, "4") == {**ended, "reward": 2.0}
    assert step(run(program, **rooms), RIGHT, BROKEN) == {**ended, "reward": 0.0}
    with pytest.raises(RuntimeError, match="no answer from"):
        step(run(program, up=False, **rooms), RIGHT, "4")


DataT = TypeVar("DataT")


class Task(Generic[DataT]):
    """What the tasks of verifiers derive from, as far as they need it here."""

    def __init__(self, data: Any) -> None:
        self.data = data


def test_verifiers(run: Any) -> None:
    (program,) = section("verifiers, prime-rl")
    v1 = module("v1", Task=Task, TaskData=SimpleNamespace, reward=lambda function: function)  # pyright: ignore
    rooms = {"verifiers": module("verifiers", v1=v1), "verifiers__v1": v1}

    async def score(names: dict[str, Any], text: str, reference: str) -> Any:
        return await names["MathTask"](names["MathData"](answer=reference)).verified(SimpleNamespace(last_reply=text))

    assert asyncio.run(score(run(program, **rooms), RIGHT, "4")) == 2.0
    for up, reference in ((True, BROKEN), (False, "4")):
        with pytest.raises(Exception, match=r"no reward|no answer from"):
            asyncio.run(score(run(program, up=up, **rooms), RIGHT, reference))
