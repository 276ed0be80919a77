"""Groups of completions in a JSONL file: one line a prompt, in the words of ``/v1/vote``, ``/v1/select``.

A line is written when all completions of its prompt are there, so a run that is stopped goes on with the prompts that are
missing. What the service does not read (tokens, why each ended) is under ``metadata``.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from grpo import engine, models
from grpo.completion import Completion
from grpo.config import ModelConfig, RolloutConfig
from grpo.data import check_room
from grpo.errors import ConfigError
from grpo.models import Policy
from grpo.prompts import Prompt
from grpo.remote import Server
from grpo.rollout import Sampler
from grpo.sampling import Sampling
from grpo.watch.files import append, mend, stream
from grpo.watch.progress import Told

Group = dict[str, Any]


class Writer:
    """Has completions written as a recipe says. The model is loaded when the first one is asked for."""

    def __init__(self, model: ModelConfig, rollout: RolloutConfig, seed: int) -> None:
        if rollout.engine == "openai" and not rollout.url:
            raise ConfigError("rollout.engine=openai needs rollout.url")
        self._model, self._rollout, self._seed = model, rollout, seed
        self._policy: Policy | None = None

    def fill(self, path: Path, prompts: Sequence[Prompt], told: Told, stop: Callable[[], bool]) -> bool:
        """Adds to the file the groups it lacks; False if ``stop`` came first.

        Raises:
            ConfigError: no such model, or its positions are fewer than a prompt and its completion need.
        """
        mend(path)
        missing = _missing(path, prompts)
        if missing:
            policy = self._loaded()
            longest = max(policy.lengths(missing))
            check_room(policy, longest, self._rollout.max_new_tokens, "take out longer prompts")
        done = len(prompts) - len(missing)
        for first in range(0, len(missing), self._rollout.questions):
            some = missing[first : first + self._rollout.questions]
            for group in _groups(some, self._sampler(done, stop), self._rollout.outputs):
                append(path, [group])
                done += 1
                told(f"sample {path.stem}", done, len(prompts))
            if stop():
                return False
        return True

    def _sampler(self, place: int, stop: Callable[[], bool]) -> Sampler:
        """One whose random numbers depend on the seed and the place in the data alone; ``stop`` ends it between two tokens."""
        policy = self._loaded()
        how = Sampling.of(self._rollout)
        if self._rollout.engine == "openai":  # it serves the model itself: no weights are sent
            return partial(Server(self._rollout, policy, Path()).generate, how=how, stopping=stop)
        generator = torch.Generator(policy.device).manual_seed(self._seed * 1_000_003 + place)
        return lambda prompts, outputs: engine.generate(policy, prompts, outputs, how, generator, stop)

    def _loaded(self) -> Policy:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._policy = self._policy or models.load(self._model, device)
        return self._policy


def read(path: Path, prompts: Sequence[Prompt]) -> list[Group]:
    """The groups of these prompts, in their order, with what they are graded against today."""
    found = {_key(group): group for group in stream(path)}
    return [
        {**group, **{key: value for key, value in prompt.sample.items() if key != "metadata"}}
        for prompt in prompts
        if (group := found.get(_key(_named(prompt)))) is not None
    ]


def posted(group: Group) -> Group:
    """A group as it goes to the service."""
    return {key: value for key, value in group.items() if key != "metadata"}


def _missing(path: Path, prompts: Sequence[Prompt]) -> list[Prompt]:
    done = {_key(group) for group in stream(path)}
    return [prompt for prompt in prompts if _key(_named(prompt)) not in done]


def _key(group: Group) -> tuple[str, str]:
    return group["id"], json.dumps(group["prompt"], sort_keys=True)


def _named(prompt: Prompt) -> Group:
    return {"id": prompt.id, "prompt": prompt.asked}


def _groups(prompts: Sequence[Prompt], sample: Sampler, outputs: int) -> Iterator[Group]:
    """Each group when its last completion is finished."""
    finished: dict[int, list[Completion]] = {}
    for completion in sample(prompts, outputs):
        group = finished.setdefault(completion.group, [])
        group.append(completion)
        if len(group) == outputs:
            yield _group(prompts[completion.group], finished.pop(completion.group))


def _group(prompt: Prompt, completions: Iterable[Completion]) -> Group:
    written = list(completions)
    return {
        **_named(prompt),
        "completions": [c.text for c in written],
        **{key: value for key, value in prompt.sample.items() if key != "metadata"},
        "metadata": {"tokens": [len(c.tokens) for c in written], "finish": [c.finish for c in written]},
    }
