"""The prompts of a recipe: from files, or generated; what is held out is never trained on."""

from grpo import tasks
from grpo.config import DataConfig
from grpo.errors import DataError
from grpo.offline import sets
from grpo.offline.sets import SetConfig
from grpo.prompts import Prompt

TASKS = "tasks:"


def training(config: DataConfig) -> list[Prompt]:
    """The prompts to train on, without those that are held out."""
    held = {prompt.question for prompt in heldout(config)}
    some = [p for p in _load(config.train, config, config.size, heldout=False) if p.question not in held]
    if not some:
        raise DataError(f"data.train: all prompts of {config.train} are held out")
    return some


def heldout(config: DataConfig) -> list[Prompt]:
    """The prompts to evaluate on; none if the recipe names none."""
    return _load(config.heldout, config, config.heldout_size, heldout=True) if config.heldout else []


def _load(source: str, config: DataConfig, size: int, *, heldout: bool) -> list[Prompt]:
    if source.startswith(TASKS):
        return tasks.generate(source.removeprefix(TASKS), size, config.seed, heldout=heldout)
    return sets.load(SetConfig(path=source, language=config.language))
