"""The prompts of a recipe: from files, or generated; what is held out is never trained on."""

import logging
from collections.abc import Sequence

from grpo import tasks
from grpo.columns import Columns
from grpo.config import DataConfig
from grpo.errors import ConfigError, DataError
from grpo.models import Policy, positions
from grpo.offline import sets
from grpo.offline.sets import SetConfig
from grpo.parallel import World
from grpo.prompts import Prompt

TASKS = "tasks:"

_log = logging.getLogger("grpo")


def training(config: DataConfig) -> list[Prompt]:
    """The prompts to train on, without those that are held out."""
    held = {repr(prompt.asked) for prompt in heldout(config)}
    loaded = _load(config.train, config, config.size, config.columns, heldout=False)
    some = [prompt for prompt in loaded if repr(prompt.asked) not in held]
    if not some:
        raise DataError(f"data.train: all prompts of {config.train} are held out")
    return some


def heldout(config: DataConfig) -> list[Prompt]:
    """The prompts to evaluate on; none if the recipe names none."""
    if not config.heldout:
        return []
    columns = config.columns if config.heldout_columns is None else config.heldout_columns
    return _load(config.heldout, config, config.heldout_size, columns, heldout=True)


def fitting(prompts: Sequence[Prompt], policy: Policy, most: int, new: int, key: str, world: World) -> list[Prompt]:
    """Those of at most ``most`` tokens in their template; the main process logs how many are left out of ``key``.

    Raises:
        DataError: all are longer.
        ConfigError: the model has no room for ``new`` tokens after the longest.
    """
    lengths = _lengths(prompts, policy, world)
    kept = [prompt for prompt, length in zip(prompts, lengths, strict=True) if length <= most]
    longer = f"longer than data.max_prompt_tokens={most} and left out"
    if prompts and not kept:
        raise DataError(f"{key}: all prompts are {longer}: the shortest has {min(lengths)} tokens")
    if world.main and len(kept) < len(prompts):
        _log.warning("%s: %d of %d prompts are %s", key, len(prompts) - len(kept), len(prompts), longer)
    check_room(policy, max((length for length in lengths if length <= most), default=0), new, "data.max_prompt_tokens")
    return kept


def _lengths(prompts: Sequence[Prompt], policy: Policy, world: World) -> list[int]:
    """Of each prompt; every process counts its share."""
    parts = world.gather(policy.lengths(world.share(prompts)))
    return [parts[index % world.size][index // world.size] for index in range(len(prompts))]


def check_room(policy: Policy, longest: int, new: int, otherwise: str) -> None:
    """Raises ConfigError where a prompt of ``longest`` tokens and ``new`` ones are more than the model has positions for."""
    room = positions(policy.model)
    if room is not None and longest + new > room:
        raise ConfigError(
            f"a prompt of {longest} tokens and rollout.max_new_tokens={new} are more than the {room} positions of model.path: "
            f"lower rollout.max_new_tokens or {otherwise}"
        )


def _load(source: str, config: DataConfig, size: int, columns: Columns, *, heldout: bool) -> list[Prompt]:
    if source.startswith(TASKS):
        return tasks.generate(source.removeprefix(TASKS), size, config.seed, heldout=heldout)
    return sets.load(SetConfig(path=source, columns=columns, language=config.language))
