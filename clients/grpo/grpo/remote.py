"""A sampler behind an OpenAI-compatible server: vLLM, SGLang, or any other.

Before each rollout the server is given the policy's weights, in the way it knows (``rollout.sync``). Prompts go as tokens.
A server that answers with tokens and their log-probabilities (vLLM with ``return_token_ids``) is taken at its word; of
others the text is tokenized again, and the learner computes the log-probabilities itself. Tried against a small HTTP
server in the tests, never against vLLM or SGLang themselves.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, cast

import httpx

from grpo.completion import Completion
from grpo.config import RolloutConfig
from grpo.errors import GrpoError
from grpo.models import Policy, bare
from grpo.prompts import Prompt
from grpo.sampling import Sampling

CONCURRENCY = 64
"""Prompts with the server at a time; it batches them itself."""

OVERLOADED = (429, 503)
"""Answers of a server that has too much to do, or is not quite ready."""

RETRIES = (1, 2, 4, 8, 15, 30)
"""Seconds before each further try after such an answer."""

ADAPTER = "grpo"
"""The adapter's name on a vLLM server."""


class Server:
    """The server of a recipe."""

    def __init__(self, config: RolloutConfig, policy: Policy, shared: Path) -> None:
        """``shared``: a directory that the server reads too, for weights."""
        self.config, self.policy, self.shared = config, policy, shared.absolute()
        self.url = str(config.url).rstrip("/")
        self._http = httpx.Client(timeout=httpx.Timeout(3600, connect=30))
        self._model = config.model
        self._vocabulary = cast("int", bare(policy.model).config.vocab_size)

    def update(self) -> None:
        """Gives the server the policy's weights as they are now.

        Raises:
            GrpoError: it does not take them.
        """
        if self.config.sync == "none":
            return
        self.policy.save(self.shared)
        if self.config.sync == "sglang":
            self._post(f"{self.url.removesuffix('/v1')}/update_weights_from_disk", {"model_path": str(self.shared)})
            return
        self._post(
            f"{self.url}/load_lora_adapter", {"lora_name": ADAPTER, "lora_path": str(self.shared), "load_inplace": True}
        )
        self._model = ADAPTER

    def generate(self, prompts: Sequence[Prompt], outputs: int, how: Sampling) -> Iterator[Completion]:
        """As :func:`grpo.engine.generate`; one request a prompt.

        Raises:
            GrpoError: the server cannot be reached, or refuses a request.
        """
        with ThreadPoolExecutor(min(CONCURRENCY, len(prompts)), "remote") as pool:
            futures = [pool.submit(self._complete, prompt, group, outputs, how) for group, prompt in enumerate(prompts)]
            for future in as_completed(futures):
                yield from future.result()

    def _complete(self, prompt: Prompt, group: int, outputs: int, how: Sampling) -> list[Completion]:
        tokens = self.policy.encode_prompt(prompt.question)
        body: dict[str, Any] = {
            "model": self._name(),
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
        answer = self._post(f"{self.url}/completions", body)
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

    def _name(self) -> str:
        if self._model is None:
            try:
                self._model = cast("str", self._ask("GET", f"{self.url}/models")["data"][0]["id"])
            except (LookupError, TypeError) as error:
                raise GrpoError(f"rollout.url: {self.url}/models names no model: set rollout.model") from error
        return self._model

    def _post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._ask("POST", url, body)

    def _ask(self, method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer; of a server that has too much to do, after some more tries."""
        try:
            for pause in RETRIES:
                answer = self._http.request(method, url, json=body)
                if answer.status_code not in OVERLOADED:
                    return _checked(answer)
                time.sleep(pause)
            return _checked(self._http.request(method, url, json=body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise GrpoError(f"rollout.url: {url}: {error or type(error).__name__}") from error


def _checked(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise GrpoError(f"rollout.url: {answer.url} answered {answer.status_code}: {answer.text[:300]}")
    return cast("dict[str, Any]", answer.json() if answer.text.startswith("{") else {})
