"""The algorithm of a call, shared by both clients: what is sent, tried again, split, given up, and how it ends.

:meth:`Call.plan` judges one chunk of samples. Its steps are carried out by a client, in a thread or a task of its own;
the results of all chunks come together in :meth:`Call.accept` and :meth:`Call.finish`.
"""

import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeAlias, cast

from verifier_client._encoding import Rubric, chunks, encode, encode_items, encode_rubric
from verifier_client._endpoints import Endpoint
from verifier_client._errors import BadAnswer, RewardsFailed, TooLarge, VerifierClientError, is_callers
from verifier_client._exchange import ACCEPT, Exchange, Judged, Result, Sleep
from verifier_client._retry import Tries
from verifier_client._state import Options, State
from verifier_client._types import Reward, Sample

Plan: TypeAlias = Generator[Exchange | Sleep | Result, None, None]

_log = logging.getLogger("verifier_client")


class Batch(ABC):
    """What one call sends, and how: items of JSON that the service judges independently, in requests of several."""

    path: ClassVar[str]
    """Where they are posted."""
    key: ClassVar[str]
    """Under which name the answer lists what became of them."""

    def __init__(self, options: Options, state: State[Any], bodies: list[bytes], weights: list[int]) -> None:
        """``weights``: how many completions each item holds."""
        self.options, self.state = options, state
        self.deadline = time.monotonic() + options.deadline_s
        self._bodies, self._weights = bodies, weights
        self.errors: dict[int, Judged] = {}
        """The last answer to items that were answered ``error``."""
        state.count(samples=sum(weights))

    @staticmethod
    @abstractmethod
    def parse(raw: object) -> Judged:
        """What the service says of one item. Raises ValueError where that makes no sense."""

    @abstractmethod
    def envelope(self, wait_s: float) -> bytes:
        """The body of a request, up to its items."""

    @property
    def chunks(self) -> list[list[int]]:
        """The indexes of the items, as they are sent together."""
        sizes = [len(body) for body in self._bodies]
        return chunks(sizes, self._weights, self.options.max_batch, self.options.max_bytes)

    def plan(self, pending: list[int]) -> Plan:
        """Judges these items: yields the steps to carry out, and one result for every index.

        Raises the error of a request that the caller must change. An item without an answer from the service, after
        all tries, results in the fault; one that the service answered ``error`` every time, in its last answer.
        """
        tries = Tries(self.options.retry, self.state.endpoints, self.deadline)
        while True:
            post = Post(self, pending)
            yield from post.steps(tries.tried)
            progressed, pending, fault = len(post.pending) < len(pending), post.pending, post.fault
            if not pending:
                return
            if isinstance(fault, TooLarge) and len(pending) > 1:
                middle = len(pending) // 2
                yield from self.plan(pending[:middle])
                yield from self.plan(pending[middle:])
                return
            if fault is not None and is_callers(fault):
                raise fault
            wait = tries.wait(fault, progressed=progressed)
            if wait is None:
                yield from ((index, self._last(index, fault)) for index in pending)
                return
            _log.debug("%d items again in %.1f s: %s", len(pending), wait, fault or "answered with errors")
            yield Sleep(wait)
            self.state.count(retries=1)

    def body(self, indexes: Sequence[int]) -> bytes:
        """The request that posts these items."""
        wait_s = max(0.001, min(self.options.timeout_s, self.deadline - time.monotonic()))
        return self.envelope(wait_s) + b",".join(self._bodies[i] for i in indexes) + b"]}"

    def _last(self, index: int, fault: VerifierClientError | None) -> Judged | VerifierClientError:
        """What is known of an item given up: the service's last ``error``, or else the fault of the request."""
        return self.errors.get(index) or fault or BadAnswer("no answer for this one")


class Call(Batch):
    """One call of ``rewards`` or ``stream``."""

    path, key = "/v1/rewards", "rewards"

    def __init__(
        self,
        options: Options,
        state: State[Any],
        samples: Iterable[Sample | Mapping[str, Any]],
        rubric: Rubric,
    ) -> None:
        bodies, self._ids = encode_items(samples, "samples")
        super().__init__(options, state, bodies, [1] * len(bodies))
        self._rubric = encode_rubric(rubric)
        self._keys = _score_names(rubric)
        self._judged: dict[int, Reward] = {}
        self._faults: dict[int, VerifierClientError] = {}

    @staticmethod
    def parse(raw: object) -> Reward:
        return Reward.parse(raw)

    def envelope(self, wait_s: float) -> bytes:
        head = b'{"rubric":' + self._rubric + b',"timeout_s":' + encode(round(wait_s, 3), "timeout_s")
        return head + b',"samples":['

    def accept(self, result: Result) -> tuple[int, Reward] | None:
        """Keeps a result, and gives what may be shown of it now: nothing, where it is to be raised in the end."""
        index, found = result
        if isinstance(found, Reward):
            self._keys = self._keys or tuple(found.scores)
            self._judged[index] = found
        elif isinstance(found, VerifierClientError):
            self._faults[index] = found
        reward = self._reward(index)
        return None if not reward.ok and self.options.on_error == "raise" else (index, self._settled(reward))

    def finish(self) -> list[Reward]:
        """All rewards, in the order of the samples. Raises what ``on_error`` asks to raise."""
        rewards = [self._reward(index) for index in range(len(self._ids))]
        failed = [index for index, reward in enumerate(rewards) if not reward.ok]
        if not failed:
            return rewards
        self._count([rewards[index] for index in failed])
        fault = next(iter(self._faults.values()), None)
        if self.options.on_error == "raise":
            if fault is not None and not self._judged and not isinstance(fault, TooLarge):
                raise fault
            raise RewardsFailed(rewards, failed) from fault
        first = rewards[failed[0]]
        _log.warning(
            "%d of %d samples have no reward, and get %s; the first is #%d, %s: %s",
            *(len(failed), len(rewards), self._stand_in, failed[0], first.status, first.explanation),
        )
        return [self._settled(reward) for reward in rewards]

    @property
    def _stand_in(self) -> float | None:
        return None if isinstance(self.options.on_error, str) else float(self.options.on_error)

    def _settled(self, reward: Reward) -> Reward:
        return reward if reward.ok else replace(reward, reward=self._stand_in)

    def _reward(self, index: int) -> Reward:
        if index in self._judged:
            return self._judged[index]
        return Reward.failed(self._ids[index], str(self._faults[index]), self._keys)

    def _count(self, failed: list[Reward]) -> None:
        for reward in failed:
            self.state.count_error(reward.status)
        if self.options.on_error == "mask":
            self.state.count(masked=len(failed))
        elif self.options.on_error != "raise":
            self.state.count(replaced=len(failed))


class Post:
    """One request of a batch. Afterwards, ``pending`` are the indexes that want another, and ``fault`` may say why."""

    def __init__(self, call: Batch, indexes: list[int]) -> None:
        self.fault: VerifierClientError | None = None
        self._call = call
        self._indexes = indexes
        self._answers: dict[int, Judged] = {}

    @property
    def pending(self) -> list[int]:
        """The indexes without a verdict: not answered, or answered ``error``."""
        answers = self._answers
        return [index for index in self._indexes if index not in answers or answers[index].status == "error"]

    def steps(self, tried: set[Endpoint]) -> Plan:
        """Carries it out, and yields every verdict as it comes. The replica used is added to ``tried``."""
        call = self._call
        with call.state.endpoints.lease(tried) as lease:
            tried.add(lease.endpoint)
            exchange = Exchange(
                *("POST", f"{lease.endpoint.url}{call.path}"),
                headers={**call.options.headers, "Content-Type": "application/json", "Accept": ACCEPT},
                content=call.body(self._indexes),
                read_s=call.options.read_s,
                deadline=call.deadline,
                take_line=self._line,
            )
            call.state.count(requests=1)
            yield exchange
            verdicts = exchange.finish()
            if exchange.fault is None:
                try:
                    verdicts += self._settle(exchange)
                except (ValueError, TypeError, KeyError, RecursionError) as error:
                    exchange.fault = exchange.bad(error)
            self.fault = lease.fault = exchange.fault
        yield from verdicts

    def _settle(self, exchange: Exchange) -> list[Result]:
        """The verdicts of an answer in one piece; of a stream there are none left, but all must have come."""
        if exchange.streams:
            if missing := len(self._indexes) - len(self._answers):
                raise ValueError(f"the stream ended before {missing} of {len(self._indexes)} rewards")
            return []
        key, parse = self._call.key, self._call.parse
        found = [parse(raw) for raw in cast("list[object]", json.loads(exchange.body)[key])]
        if len(found) != len(self._indexes):
            raise ValueError(f"{len(found)} {key} for {len(self._indexes)}")
        return [result for place, judged in enumerate(found) for result in self._answer(place, judged)]

    def _line(self, line: bytes) -> list[Result]:
        """The verdict in one line of a stream. Lines that are about no sample are none of our business."""
        raw = json.loads(line)
        place = raw.get("index")
        return self._answer(place, self._call.parse(raw)) if isinstance(place, int) else []

    def _answer(self, place: int, judged: Judged) -> list[Result]:
        """Takes the answer to the item at ``place`` of the request; gives it on if it is a verdict, once."""
        if not 0 <= place < len(self._indexes):
            raise ValueError(f"an answer for item {place} of {len(self._indexes)}")
        index = self._indexes[place]
        if index in self._answers:
            raise ValueError(f"two answers for item {place}")
        self._answers[index] = judged
        if judged.status != "error":
            return [(index, judged)]
        self._call.errors[index] = judged
        return []


def _score_names(rubric: Rubric) -> tuple[str, ...]:
    scores = None if isinstance(rubric, str) else rubric.get("scores")
    return tuple(str(name) for name in cast("Mapping[str, Any]", scores)) if isinstance(scores, Mapping) else ()
