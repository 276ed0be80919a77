"""Rejection sampling: k samples a prompt from a checkpoint, and of these what is right and readable, to fine-tune on.

R1's third stage (DeepSeek-R1, arXiv 2501.12948, section 2.3.3). All completions are in ``samples.jsonl``, one group a line;
what is kept, in chat form, in ``selected.jsonl``, which ``grpo sft`` reads. A run that is stopped goes on where it was.
"""

import json
from collections.abc import Callable

from grpo import runs
from grpo.offline import groups, sets
from grpo.offline.config import REPORT, SAMPLES, SELECTED, SampleConfig
from grpo.offline.select import select
from grpo.offline.service import connect
from grpo.watch.files import append
from grpo.watch.progress import Told, silent

FREE = {"data": {"limit", "language", "columns"}, "rewards": True, "select": True, "output": True}
"""What of a recipe may change without the completions becoming others."""


def sample(config: SampleConfig, told: Told = silent, stop: Callable[[], bool] = lambda: False) -> bool:
    """Generates, selects and reports; False if ``stop`` came first.

    Raises:
        ConfigError, DataError: a model, data or directory that cannot be used.
        GrpoError: no service answers.
        VerifierClientError: the service gave no answer. The completions are kept: run it again.
    """
    config = config.model_copy(update={"model": runs.resolved(config.model)})
    prompts = sets.load(config.data, heldout=False)
    path = config.output / SAMPLES
    runs.claim(config.output, config, FREE, kept=path.exists())
    with connect(config.rewards) as client:
        if not groups.Writer(config.model, config.rollout, config.seed).fill(path, prompts, told, stop):
            return False
        chosen = select(client, groups.read(path, prompts), config)
    partial = config.output / f".{SELECTED}"
    partial.unlink(missing_ok=True)
    append(partial, chosen.rows)
    partial.rename(config.output / SELECTED)
    (config.output / REPORT).write_text(json.dumps(chosen.report, indent=2) + "\n", encoding="utf-8")
    return True
