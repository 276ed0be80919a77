"""The loop: roll out, judge under the reference while rewards come in, and learn. R1's schedule, one process or many.

A step is one rollout of ``questions * outputs`` completions, split at random into ``minibatches``; each of these is one
optimizer step, accumulated over micro-batches (DeepSeek-R1, arXiv 2501.12948, section 2.1 and supplement).
"""

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from grpo import checkpoint, data, engine, metrics, models, parallel, runs, sharding
from grpo.advantage import without_variance
from grpo.completion import Completion, of_rows, rows
from grpo.config import Config, TrainConfig
from grpo.curriculum import Curriculum
from grpo.errors import DataError, DivergedError, GrpoError, UnrewardedError
from grpo.learner import Learner
from grpo.metrics import Metrics, Observer
from grpo.models import Policy
from grpo.prompts import Prompt
from grpo.remote import Server
from grpo.rewards import Grader
from grpo.rollout import Rollout, Sampler, roll_out
from grpo.sampling import Sampling
from grpo.signals import Stop, stopping
from grpo.verdicts import Verdicts

FREE = {
    "model": {"dtype", "attention", "checkpoint_activations"},
    "rewards": {"url", "batch", "concurrency", "timeout_s", "patience_s"},
    "train": set(TrainConfig.model_fields) - {"seed"},
    **dict.fromkeys(("rollout", "algorithm", "curriculum", "optimizer", "watch"), True),
}
"""What of a recipe may change when a run goes on: what is tuned on the way, not what is trained on what."""


class Trainer:
    """One run of a recipe. ``run()`` resumes by itself from the last checkpoint under ``train.output``, if there is one."""

    def __init__(self, config: Config, observers: Sequence[Observer] = ()) -> None:
        """Loads the model and the data; asks nothing of the service yet.

        Raises:
            ConfigError, DataError: the recipe names a model, data or a directory that cannot be used.
        """
        self.config = config
        self.world = parallel.connect()
        if self.world.main:
            runs.claim(config.train.output, config, FREE, kept=checkpoint.latest(self.directory) is not None)
        self.observers = list(observers) if self.world.main else []
        self.policy = models.load(runs.resolved(config.model), self.world.device, config.train.seed)
        torch.manual_seed(config.train.seed * 1000 + self.world.rank)  # of dropout, where a model has it
        self.learner = Learner(config, self.policy, self.world)
        self.curriculum = Curriculum(
            self._fitting(data.training(config.data), "data.train"), config.curriculum, config.train.seed
        )
        self.heldout = self._fitting(data.heldout(config.data), "data.heldout")
        self.generator = torch.Generator(self.world.device).manual_seed(config.train.seed * 1000 + self.world.rank)
        self.grader = Grader(config.rewards)
        self.verdicts = Verdicts(len(self.curriculum.prompts))
        self.server = None
        if config.rollout.engine == "openai":
            self.server = Server(config.rollout, self.policy, config.train.output / "served")
        self.step = 0
        """Steps that are done."""
        self.stop = Stop()
        """Says whether the run was asked to stop: it saves, and ends."""
        self.ahead: Future[Rollout] | None = None
        """With ``off_policy``: the next rollout, being sampled or done."""
        self.sampled = checkpoint.position(self)
        """With ``off_policy``: where the run stood when the step's rollout was done, and the next not begun."""
        self.learned: tuple[Metrics, list[Completion]] | None = None
        """What a step came to that is done, but neither evaluated nor told yet."""
        self.saved: tuple[int, bool] | None = None
        """The step of the last checkpoint, and whether it was told."""
        self.pool = ThreadPoolExecutor(1, "sampler")
        self.over = threading.Event()
        """Nobody waits for the next rollout any more."""

    def run(self) -> None:
        """Trains until ``train.steps``, or until SIGTERM or SIGINT, and saves.

        Raises:
            GrpoError: the service refuses the requests (no such rubric, a wrong key), or gives no rewards any more. What was
                learned before is saved.
            DataError: none of the first prompts can be judged.
        """
        self.resume()
        with ExitStack() as stack:
            self.stop = stack.enter_context(stopping())
            stack.enter_context(self.grader)
            stack.callback(self.pool.shutdown)
            stack.callback(self.over.set)
            stack.callback(lambda: self._tell("ended", self._told))
            self._tell("started", self.config.model_dump(mode="json"), self._told)
            if self.step == 0 and self.heldout and self.config.train.eval_every:
                self.learned = {}, []
            if self.learned is not None:
                self._finish_step()
            while self.step < self.config.train.steps and not self.world.most(self.stop()):
                self._one_step()
            self._save_last()  # asked to stop

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return self._told >= self.config.train.steps

    @property
    def _told(self) -> int:
        return max(0, self.step - (self.learned is not None))

    @property
    def directory(self) -> Path:
        return self.config.train.output / "checkpoints"

    def resume(self) -> bool:
        """Goes on from the last checkpoint, exactly; whether there was one."""
        last = checkpoint.latest(self.directory)
        if last is not None:
            checkpoint.load(last, self)
            self.saved = self.step, self.learned is None
        return last is not None

    def save(self) -> Path:
        """Writes a checkpoint of all that :meth:`resume` needs; the model in it loads with transformers."""
        self._tell("phase", "save")
        self.saved = self.step, self.learned is None
        return checkpoint.save(self.directory, self, keep=self.config.train.keep)

    def _fitting(self, prompts: Sequence[Prompt], key: str) -> list[Prompt]:
        most, new = self.config.data.max_prompt_tokens, self.config.rollout.max_new_tokens
        return data.fitting(prompts, self.policy, most, new, key, self.world)

    def _one_step(self) -> None:
        before, started = checkpoint.position(self), time.perf_counter()
        self.grader.reset()
        rollout = Rollout()
        try:
            rollout = self._rollout()
            measured = None if self.world.most(self._asked_to_stop()) else self._learn(rollout)
        except GrpoError as error:
            if self._keeps(error):
                self._go_back(before, rollout)
                self._save_last()
            raise
        if measured is None:  # as if the step had not begun
            self._go_back(before, rollout)
            return
        self.curriculum.record(self._of_all(rollout.completions))
        self.step += 1
        self.learner.stepped(self.step)
        measured["time/step"] = time.perf_counter() - started
        self.learned = measured, rollout.completions
        try:
            self._finish_step()
        except GrpoError as error:
            if self._keeps(error):
                self._save_last()
            raise
        if self._is_due(self.config.train.save_every):
            self.save()

    def _finish_step(self) -> None:
        """Evaluates if it is time to, and tells; asked to stop meanwhile, it leaves both to when the run goes on."""
        assert self.learned is not None
        measured, completions = self.learned
        if self.heldout and self._is_due(self.config.train.eval_every):
            if (found := self.evaluate()) is None:
                return
            measured |= found
        self.learned = None
        self._tell("stepped", self.step, measured, completions)

    def _keeps(self, error: GrpoError) -> bool:
        """Whether all before what could not be done is saved: a sampler or a service that refuses costs nothing else.

        Several processes have to fail alike, and a rollout ahead has to be there.
        """
        if isinstance(error, (DivergedError, DataError)) or not self.step:
            return False
        return isinstance(error, UnrewardedError) or (self.world.size == 1 and not self.config.train.off_policy)

    def _go_back(self, before: dict[str, Any], rollout: Rollout) -> None:
        """To where a step began; with ``off_policy``, to where its rollout was there and the next one not begun."""
        if self.config.train.off_policy:
            self.over.set()
            wait([self.ahead] if self.ahead is not None else [])
            before, self.ahead = self.sampled, _done(rollout)
        checkpoint.move(self, before)

    def _save_last(self) -> None:
        if self.saved != (self.step, self.learned is None):
            self.save()

    def _is_due(self, every: int) -> bool:
        return self.step == self.config.train.steps or (every > 0 and self.step % every == 0)

    def evaluate(self) -> Metrics | None:
        """Held-out prompts under the current policy; takes nothing from the training's random numbers.

        None if any process was asked to stop meanwhile.
        """
        self._tell("phase", "evaluate")
        self._serve(self.stop)
        train, rollout = self.config.train, self.config.rollout
        how = replace(Sampling.of(rollout), temperature=train.eval_temperature, top_p=train.eval_top_p)
        generator = torch.Generator(self.world.device).manual_seed(1_000_003 * self.step + self.world.rank)
        sample, prompts = self._sampler(self.policy, how, generator, self.stop), self.world.share(self.heldout)
        completions = roll_out(sample, self.grader, prompts, train.eval_samples, self.stop).completions
        self.grader.wait(completions, self.stop)
        if self.world.most(self.stop()):
            return None
        if self.world.most(self.grader.lost):
            raise UnrewardedError("no rewards of held-out completions: the service is down")
        return metrics.of_heldout(self._of_all(completions))

    def _rollout(self) -> Rollout:
        """This step's completions, all submitted for grading. With ``off_policy``, those of the last step's policy."""
        self._tell("phase", "generate")
        self._serve(self._asked_to_stop)
        if not self.config.train.off_policy:
            return self._groups()
        rollout = self.ahead.result() if self.ahead is not None else self._start().result()
        self.sampled = checkpoint.position(self)
        self.ahead = self._start() if self.step + 1 < self.config.train.steps else None
        return rollout

    def _serve(self, stopping: Callable[[], bool]) -> None:
        """Gives a remote sampler the policy as it is now: nobody samples before it has that, nor while it changes."""
        if self.server is None or self.config.rollout.sync == "none":
            return
        if self.ahead is not None:
            self.ahead.result()
        self.server.update(stopping, sharding.weights(self.policy.model), main=self.world.main)
        self.world.sum([0.0])

    def _start(self) -> Future[Rollout]:
        """Begins a rollout beside the training, under a copy of the policy as it is now."""
        frozen = self.policy
        if self.server is None:
            frozen = replace(self.policy, model=copy.deepcopy(self.policy.model))
        prompts = self.world.share(self.curriculum.draw(self.config.rollout.questions))
        over = self.over.is_set
        sample = self._sampler(frozen, Sampling.of(self.config.rollout), self.generator, over)
        return self.pool.submit(roll_out, sample, self.grader, prompts, self.config.rollout.outputs, over)

    def under_way(self) -> str:
        """What a checkpoint has of steps that are not done: the rollout of the next one, graded, if it was begun, and what
        the last one came to, if that was not told.
        """
        ahead = self.ahead.result().completions if self.ahead is not None else []
        self.grader.wait(ahead, self.stop)
        learned = self.learned and (self.learned[0], rows(self.learned[1]))
        return json.dumps({"ahead": rows(ahead), "learned": learned})

    def put_under_way(self, saved: str) -> None:
        """Puts back what :meth:`under_way` gave."""
        found = json.loads(saved)
        if found["ahead"]:
            self.ahead = _done(Rollout(of_rows(found["ahead"])))
            self.grader.again(self.ahead.result().completions)
        if found["learned"]:
            measured, completions = found["learned"]
            self.learned = measured, of_rows(completions)

    def _groups(self) -> Rollout:
        """Rolls out the next prompts; with dynamic sampling, further ones in place of groups without variance.

        DAPO (arXiv 2503.14476, section 3.2) samples on until the batch is full; here at most ``dynamic_sampling`` times.
        """
        config, rollout = self.config, Rollout()
        sample = self._sampler(self.policy, Sampling.of(config.rollout), self.generator, self._asked_to_stop)
        wanted = config.rollout.questions
        for further in range(config.curriculum.dynamic_sampling, -1, -1):
            prompts = self.world.share(self.curriculum.draw(wanted))
            rollout.extend(roll_out(sample, self.grader, prompts, config.rollout.outputs, self._asked_to_stop))
            if not further or not self._graded(rollout.completions):
                break
            equal = _equal(rollout)
            wanted = round(self.world.sum([sum(equal.values())])[0])
            if not wanted:
                break
            self.curriculum.record(self._of_all([c for c in rollout.completions if equal[c.group]]))
            rollout.completions = [c for c in rollout.completions if not equal[c.group]]
        return rollout

    def _sampler(
        self,
        policy: Policy,
        how: Sampling,
        generator: torch.Generator,
        stopping: Callable[[], bool],
    ) -> Sampler:
        if self.server is not None:
            return partial(self.server.generate, how=how, stopping=stopping)

        def sample(prompts: Sequence[Prompt], outputs: int) -> Iterator[Completion]:
            with sharding.whole(policy.model):
                if prompts:
                    yield from engine.generate(policy, prompts, outputs, how, generator, stopping)

        return sample

    def _learn(self, rollout: Rollout) -> Metrics | None:
        """One pass over the rollout: the reference judges before the last rewards are waited for.

        None, with nothing learned, if the run was asked to stop before all was graded.
        """
        started = time.perf_counter()
        self._tell("phase", "reference")
        judged = self.learner.judge(rollout.completions)
        referred = time.perf_counter()
        self._tell("phase", "rewards")
        if not self._graded(rollout.completions):
            return None
        self.verdicts.check(
            self._of_all(rollout.completions),
            drawn=(self.step + 1) * self.config.rollout.questions,
            ever=bool(self.curriculum.rates),
            lost=bool(self.world.most(self.grader.lost)),
        )
        self._tell("phase", "train")
        graded = time.perf_counter()
        measured = self.learner.learn(judged, self.step)
        trained = time.perf_counter()
        measured |= {
            "time/generate": rollout.generate_s,
            "time/reference": referred - started,
            "time/reward": self.grader.in_flight_s,
            "time/reward_wait": self.grader.waited_s,
            "time/train": trained - graded,
            "reward/latency_hidden": self.grader.hidden,
            "reward/zero_variance": sum(_equal(rollout).values()) / max(1, len(_equal(rollout))),
            "throughput/generate": rollout.tokens / max(1e-9, rollout.generate_s),
            "throughput/train": rollout.tokens / max(1e-9, trained - graded),
            "curriculum/skipped": float(self.curriculum.skipped),
        }
        measured |= metrics.of_completions(rollout.completions)
        return metrics.mean_of(self.world.gather(measured))

    def _graded(self, completions: Sequence[Completion]) -> bool:
        """Waits for the rewards; False if any process was asked to stop, and lacks some."""
        return not self.world.most(not self.grader.wait(completions, self.stop))

    def _asked_to_stop(self) -> bool:
        # A rollout ahead is finished: it could not be repeated, for the policy that it was begun with is gone.
        return self.stop() and not self.config.train.off_policy

    def _of_all(self, completions: list[Completion]) -> list[Completion]:
        return [c for each in self.world.gather(completions) for c in each]

    def _tell(self, what: str, *details: object) -> None:
        for observer in self.observers:
            getattr(observer, what)(*details)


def _done(rollout: Rollout) -> Future[Rollout]:
    future = Future[Rollout]()
    future.set_result(rollout)
    return future


def _equal(rollout: Rollout) -> dict[int, bool]:
    """Of each group, whether it is without variance."""
    completions = rollout.completions
    return without_variance([c.reward for c in completions], [c.group for c in completions])
