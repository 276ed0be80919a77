"""A sampler behind an OpenAI-compatible server: vLLM, SGLang, or any other.

Before each rollout the server is given the policy's weights, in the way it knows (``rollout.sync``). Prompts go as tokens.
A server that answers with tokens and their log-probabilities (vLLM with ``return_token_ids``) is taken at its word; of
others the text is tokenized again, and the learner computes the log-probabilities itself. Tried against a small HTTP
server in the tests, never against vLLM or SGLang themselves.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
from torch import Tensor

from grpo.completion import Completion
from grpo.config import RolloutConfig
from grpo.errors import GrpoError
from grpo.models import Policy, bare
from grpo.prompts import Prompt
from grpo.sampling import Sampling

Answer = TypeVar("Answer")
Request = Callable[[httpx.AsyncClient], Coroutine[Any, Any, Answer]]

CONCURRENCY = 64
"""Prompts with the server at a time; it batches them itself."""

OVERLOADED = (429, 503)
"""Answers of a server that has too much to do, or is not quite ready."""

DOWN = (httpx.NetworkError, httpx.ConnectTimeout, httpx.RemoteProtocolError)
"""Faults of a server that is not there: it may be starting again."""

PAUSES = (1, 2, 4, 8, 15)
"""Seconds before each further try; the last again and again, as long as patience lasts."""

POLL_S = 0.1
"""Seconds between two looks at whether the run was asked to stop."""

ADAPTER = "grpo"
"""The adapter's name on a vLLM server."""


_log = logging.getLogger("grpo")


class Server:
    """The server of a recipe."""

    def __init__(self, config: RolloutConfig, policy: Policy, shared: Path) -> None:
        """``shared``: a directory that the server reads too, for weights."""
        self.config, self.policy, self.shared = config, policy, shared.absolute()
        self.url = str(config.url).rstrip("/")
        self._model, self._said = config.model, False
        self._vocabulary = cast("int", bare(policy.model).config.vocab_size)

    def update(
        self,
        stopping: Callable[[], bool] = lambda: False,
        weights: dict[str, Tensor] | None = None,
        *,
        main: bool = True,
    ) -> None:
        """Gives the server the policy's weights as they are now; ``stopping`` abandons that. All processes call it.

        Args:
            weights: Those of a sharded model, gathered.
            main: Whether this is the process that does it for all.

        Raises:
            GrpoError: it does not take them.
        """
        if self.config.sync == "vllm-lora":
            self._model = ADAPTER
        if self.config.sync == "none" or not main:
            return
        self.policy.save(self.shared, weights)
        if self.config.sync == "sglang":
            url = f"{self.url.removesuffix('/v1')}/update_weights_from_disk"
            body: dict[str, Any] = {"model_path": str(self.shared)}
        else:
            url = f"{self.url}/load_lora_adapter"
            body = {"lora_name": ADAPTER, "lora_path": str(self.shared), "load_inplace": True}
        list(_answers([partial(self._ask, method="POST", url=url, body=body)], stopping))

    def generate(
        self, prompts: Sequence[Prompt], outputs: int, how: Sampling, stopping: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        """As :func:`grpo.engine.generate`; one request a prompt. ``stopping`` abandons those that are under way.

        Raises:
            GrpoError: the server cannot be reached, or refuses a request.
        """
        for name in _answers([] if self._model else [self._first_model], stopping):
            self._model = name
        requests = [partial(self._complete, prompt, group, outputs, how) for group, prompt in enumerate(prompts)]
        for completions in _answers(requests, stopping):
            yield from completions

    async def _complete(
        self, prompt: Prompt, group: int, outputs: int, how: Sampling, http: httpx.AsyncClient
    ) -> list[Completion]:
        tokens = self.policy.encode_prompt(prompt.asked)
        body: dict[str, Any] = {
            "model": self._model,
            "prompt": tokens,
            "n": outputs,
            "max_tokens": how.max_new_tokens,
            "temperature": how.temperature,
            "top_p": how.top_p,
            "logprobs": 0,
        }
        if how.stop:
            body |= {"stop": list(how.stop), "include_stop_str_in_output": True}
        if self.config.token_ids:
            body |= {"return_token_ids": True, "skip_special_tokens": False}
        answer = await self._ask(http, "POST", f"{self.url}/completions", body)
        try:
            completions = [self._completion(prompt, group, tokens, choice, how) for choice in answer["choices"]]
        except (LookupError, TypeError, AttributeError) as error:
            raise GrpoError(f"rollout.url: {self.url} answered what is no completion: {error!r}") from error
        if len(completions) != outputs:
            raise GrpoError(f"rollout.url: {self.url} gave {len(completions)} completions of a prompt, not {outputs}")
        if max((token for each in completions for token in each.tokens), default=0) >= self._vocabulary:
            raise GrpoError(f"rollout.url: {self.url} gave tokens that model.path has not: it serves another model")
        return completions

    def _completion(
        self, prompt: Prompt, group: int, prompt_tokens: list[int], choice: dict[str, Any], how: Sampling
    ) -> Completion:
        stopped = choice.get("finish_reason") != "length"
        tokens = cast("list[int] | None", choice.get("token_ids"))
        logprobs = cast("list[float] | None", (choice.get("logprobs") or {}).get("token_logprobs"))
        if not tokens:
            tokens, logprobs = self.policy.encode_completion(choice["text"]), None
            tokens = tokens if stopped else tokens[:-1]
        if logprobs is not None and len(logprobs) != len(tokens):
            logprobs = None
        tokens, logprobs = tokens[: how.max_new_tokens], (logprobs or [])[: how.max_new_tokens]
        return Completion(
            prompt, group, prompt_tokens, tokens, logprobs, self.policy.decode(tokens), "stop" if stopped else "length"
        )

    async def _ask(
        self, http: httpx.AsyncClient, method: str, url: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer; of a server that is down or has too much to do, as long as patience lasts.

        Raises:
            GrpoError: there is none, or a refusal.
        """
        ends, pauses = time.monotonic() + self.config.patience_s, chain(PAUSES, repeat(PAUSES[-1]))
        while isinstance(answer := await _tried(http, method, url, body), str):
            if (left := ends - time.monotonic()) <= 0:
                raise GrpoError(f"rollout.url: {answer}, for rollout.patience_s={self.config.patience_s:g}")
            self._say(answer)
            await asyncio.sleep(min(next(pauses), left))
        self._said = False
        return _checked(answer)

    def _say(self, why: str) -> None:
        """Once, until there is an answer again."""
        if not self._said:
            _log.warning("rollout.url: %s: it is waited for, up to rollout.patience_s=%g", why, self.config.patience_s)
        self._said = True

    async def _first_model(self, http: httpx.AsyncClient) -> str:
        try:
            return (await self._ask(http, "GET", f"{self.url}/models"))["data"][0]["id"]
        except (LookupError, TypeError) as error:
            raise GrpoError(f"rollout.url: {self.url}/models names no model: set rollout.model") from error


def _answers(requests: Sequence[Request[Answer]], stopping: Callable[[], bool]) -> Iterator[Answer]:
    """What the requests come to, as they are answered; ``stopping`` abandons the others.

    In a thread of its own: the caller's may have an event loop that runs.
    """
    answers, over = queue.SimpleQueue[tuple[Answer] | None](), threading.Event()
    with ThreadPoolExecutor(1, "remote") as pool:
        asking = pool.submit(lambda: asyncio.run(_ask_all(requests, answers.put, over.is_set)))
        asking.add_done_callback(lambda _: answers.put(None))
        try:
            while not stopping():
                try:
                    answer = answers.get(timeout=POLL_S)
                except queue.Empty:
                    continue
                if answer is None:
                    return asking.result()
                yield answer[0]
        finally:
            over.set()


async def _ask_all(
    requests: Sequence[Request[Answer]], put: Callable[[tuple[Answer]], None], over: Callable[[], bool]
) -> None:
    """Gives each answer to ``put`` until all are there, one cannot be had, or it is ``over``."""
    waiting, tasks = iter(requests), set[asyncio.Task[Answer]]()
    no_limits = httpx.Limits(max_connections=None)  # but that of tasks, which may be waiting for another try
    async with httpx.AsyncClient(timeout=httpx.Timeout(3600, connect=30), limits=no_limits) as http:
        try:
            while not over():
                tasks |= {asyncio.create_task(ask(http)) for ask in islice(waiting, CONCURRENCY - len(tasks))}
                if not tasks:
                    return
                done, _ = await asyncio.wait(tasks, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    put((task.result(),))
                tasks -= done
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _tried(http: httpx.AsyncClient, method: str, url: str, body: dict[str, Any] | None) -> httpx.Response | str:
    """The answer; or why there is none yet."""
    try:
        answer = await http.request(method, url, json=body)
    except DOWN as error:
        return f"{url}: {error or type(error).__name__}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise GrpoError(f"rollout.url: {url}: {error or type(error).__name__}") from error
    return f"{url} answered {answer.status_code}" if answer.status_code in OVERLOADED else answer


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise GrpoError(f"rollout.url: {answer.url} answered {answer.status_code}: {answer.text[:300]}")
    try:
        return cast("dict[str, Any]", answer.json() if answer.text.startswith("{") else {})
    except ValueError as error:
        raise GrpoError(f"rollout.url: {answer.url} answered what is no JSON: {error}") from error
