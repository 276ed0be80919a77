"""Everything that can be set: one frozen tree, read from a YAML recipe and ``--set a.b=c``.

An unknown key is an error that names it. ``grpo config`` prints the tree with all defaults.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from grpo.columns import Columns
from grpo.errors import ConfigError

Seed = Annotated[int, Field(ge=0, lt=2**32)]

Preset = Literal["r1", "grpo", "dapo", "dr_grpo", "bnpo", "gspo", "cispo"]


class Section(BaseModel):
    """A part of the tree: frozen, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False)


class LoraConfig(Section):
    """Low-rank adapters instead of all weights (``pip install r1-verifier-grpo[lora]``). The reference is the bare model."""

    rank: int = Field(default=16, ge=1, description="Columns of the first matrix of an adapter, rows of the second.")
    alpha: int = Field(default=32, ge=1, description="What an adapter adds is multiplied by alpha / rank.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Share of an adapter's inputs left out in training.")
    targets: list[str] | Literal["all-linear"] = Field(
        default="all-linear", description="Names of the layers that get one: [q_proj, v_proj]; or all-linear."
    )


class ModelConfig(Section):
    """What is trained, and how a question is put to it."""

    path: str = Field(
        default="tiny",
        description="A Hugging Face name or directory, the directory of an earlier run, "
        "or a preset with random weights: tiny, small.",
    )
    dtype: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Of the computation. auto: bfloat16 on GPU, float32 on CPU, where bfloat16 takes two thirds of the time "
        "if the processor has it (avx512_bf16 or amx in /proc/cpuinfo). Weights are kept in float32.",
    )
    attention: Literal["sdpa", "eager", "flash_attention_2"] = Field(
        default="sdpa", description="transformers' implementation of attention, where the model is not called directly."
    )
    checkpoint_activations: bool = Field(
        default=False, description="Recompute activations: less memory, a third slower."
    )
    lora: LoraConfig | None = None
    template: str = Field(
        default="line", description="Around each question: none, line, r1-zero, chat, or a text with {question} in it."
    )


class DataConfig(Section):
    """The questions, and what answers to them are graded against."""

    train: str = Field(
        default="tasks:mixed", description="A JSONL file, or tasks:NAME for generated ones (`grpo tasks` lists them)."
    )
    heldout: str | None = Field(default=None, description="The same, for evaluation during training; null: none.")
    columns: Columns = Field(default={})
    heldout_columns: Columns | None = Field(default=None, description="Those of `heldout`. null: the same.")
    size: int = Field(default=4096, ge=1, description="How many prompts to generate, of tasks:NAME.")
    heldout_size: int = Field(default=256, ge=1, description="How many held-out prompts to generate, of tasks:NAME.")
    max_prompt_tokens: int = Field(
        default=2048, ge=1, description="Longer prompts are left out; counted with what stands around the question."
    )
    language: str | None = Field(default="en", description="Target language of prompts that name none.")
    seed: Seed = Field(default=0, description="Of the problems of tasks:NAME.")


class RewardConfig(Section):
    """The service that judges completions, and the rubric by which it does."""

    url: str | None = Field(
        default=None, description="Of the service. null: $VERIFIER_URL, else http://127.0.0.1:8000."
    )
    rubric: str | dict[str, Any] = Field(default="r1", description="Name of a rubric of the service, or one inline.")
    batch: int = Field(default=64, ge=1, description="Most completions in one request.")
    concurrency: int = Field(default=8, ge=1, description="Requests in flight.")
    timeout_s: float = Field(default=120, gt=0, description="Longest wait of a completion in the service's queue.")
    patience_s: float = Field(
        default=900,
        ge=0,
        description="How long a service that is down is waited for; then the run saves, and ends.",
    )


class RolloutConfig(Section):
    """How completions are written."""

    engine: Literal["local", "openai"] = Field(
        default="local", description="openai: vLLM, or any such server, at `url`."
    )
    url: str | None = Field(default=None, description="Base URL of the OpenAI-compatible server: http://host:8001/v1.")
    model: str | None = Field(default=None, description="The model's name on that server. null: its first.")
    sync: Literal["none", "sglang", "vllm-lora"] = Field(
        default="none",
        description="How that server gets new weights: update_weights_from_disk, load_lora_adapter; none: it keeps its own.",
    )
    token_ids: bool = Field(default=True, description="Ask that server for tokens, as vLLM gives them; else only text.")
    patience_s: float = Field(
        default=900, ge=0, description="How long that server is waited for while it is down or has too much to do."
    )
    questions: int = Field(default=32, ge=1, description="Different prompts a rollout, all ranks together.")
    outputs: int = Field(default=16, ge=2, description="Completions of each: G.")
    slots: int = Field(default=512, ge=1, description="Rows of the local engine: completions generated at a time.")
    max_new_tokens: int = Field(default=512, ge=1, description="Longest completion.")
    temperature: float = Field(default=1.0, gt=0, description="Logits are divided by it.")
    top_p: float = Field(
        default=1.0, gt=0, le=1, description="Draw from the likeliest tokens that have this probability together."
    )
    stop: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[], description="Texts that end a completion, and stay part of it."
    )
    cuda_graphs: bool = Field(default=True, description="Replay the decoding step as a CUDA graph, on GPU.")


class AlgorithmConfig(Section):
    """The objective. What is null has the preset's value."""

    preset: Preset = Field(default="r1", description="Whose objective: docs/training.md has a table of their values.")
    clip_low: float | None = Field(default=None, ge=0, description="The ratio is clipped below at 1 - clip_low.")
    clip_high: float | None = Field(
        default=None, ge=0, description="And above at 1 + clip_high. 10, as in R1, is legal."
    )
    beta: float | None = Field(default=None, ge=0, description="Weight of the KL penalty; 0 needs no reference model.")
    kl: Literal["k1", "k2", "k3"] | None = Field(
        default=None, description="Schulman's estimators of the KL divergence from the reference."
    )
    scale: Literal["group", "batch", "none"] | None = Field(
        default=None, description="What advantages are divided by: the group's deviation, the batch's, nothing."
    )
    correction: Literal["none", "token", "sequence"] = Field(
        default="none", description="Truncated importance sampling between sampler and learner; needs another pass."
    )
    correction_cap: float = Field(default=2.0, gt=0, description="Where these weights are truncated.")
    truncated: Literal["keep", "filter", "punish"] = Field(
        default="keep", description="Cut off completions: as they are, masked out of the loss, or punished softly."
    )
    punish_tokens: int = Field(
        default=0, ge=0, description="With punish: how many of the last tokens the punishment grows over, from 0 to -1."
    )


class CurriculumConfig(Section):
    """Which prompts come next."""

    enabled: bool = Field(default=False, description="Prefer prompts whose pass rate is at the edge of competence.")
    low: float = Field(default=0.05, ge=0, le=1, description="Prompts measured below are drawn less.")
    high: float = Field(default=0.95, ge=0, le=1, description="Prompts measured above are drawn less.")
    keep: float = Field(default=0.1, ge=0, le=1, description="How much less: the chance that such a prompt is taken.")
    decay: float = Field(default=0.5, ge=0, lt=1, description="Weight of the past in a prompt's pass rate.")
    dynamic_sampling: int = Field(
        default=0, ge=0, description="Further rollouts a step, at most, to replace groups without variance (DAPO)."
    )

    @model_validator(mode="after")
    def _agrees(self) -> "CurriculumConfig":
        if self.low > self.high:
            raise ValueError(f"low={self.low:g} is more than high={self.high:g}")
        return self


Decay = Annotated[float, Field(ge=0, lt=1)]


class OptimizerConfig(Section):
    """AdamW."""

    lr: float = Field(default=3e-6, gt=0, description="Learning rate.")
    warmup: int = Field(default=0, ge=0, description="Steps of linear rise.")
    decay: Literal["constant", "linear", "cosine"] = Field(
        default="constant", description="How the learning rate goes on: constant, or falling to 0."
    )
    betas: tuple[Decay, Decay] = Field(
        default=(0.9, 0.95), description="Weight of the past in the means of the gradient and of its square."
    )
    eps: float = Field(default=1e-8, gt=0, description="Added to the root of the latter, which is divided by.")
    weight_decay: float = Field(default=0.0, ge=0, description="Times the learning rate: what weights lose a step.")
    clip_norm: float = Field(default=1.0, gt=0, description="Largest norm of the gradient.")


class TrainConfig(Section):
    """The run."""

    output: Path = Field(default=Path("runs/grpo"), description="Its directory; the same recipe goes on there.")
    steps: int = Field(default=100, ge=1, description="Rollouts; each is one step.")
    minibatches: int = Field(default=1, ge=1, description="Optimizer steps a rollout, on random parts of it. R1: 16.")
    epochs: int = Field(default=1, ge=1, description="Passes over a rollout. R1: 1.")
    micro_batch_tokens: int | None = Field(
        default=None,
        ge=1,
        description="Tokens in one forward and backward pass, padding too. "
        "null: 16,384 on GPU; 2,048 on CPU, more of small models.",
    )
    layout: Literal["padded", "packed"] = Field(
        default="padded", description="packed: without padding, end to end; for flash attention and uneven lengths."
    )
    reference_every: int = Field(
        default=400, ge=0, description="Steps after which the reference becomes the policy. 0: never."
    )
    off_policy: bool = Field(
        default=False, description="Sample the next rollout while training on the last: one step off."
    )
    seed: Seed = Field(default=0, description="Of the draws of prompts and tokens, and of a preset's random weights.")
    eval_every: int = Field(
        default=0, ge=0, description="Steps between evaluations on data.heldout. 0: only at the end."
    )
    eval_samples: int = Field(default=1, ge=1, description="Completions of each held-out prompt.")
    eval_temperature: float = Field(default=0.6, gt=0, description="As rollout.temperature, of held-out completions.")
    eval_top_p: float = Field(default=0.95, gt=0, le=1, description="As rollout.top_p, of held-out completions.")
    save_every: int = Field(default=0, ge=0, description="Steps between checkpoints. 0: only at the end.")
    keep: int = Field(default=2, ge=1, description="Checkpoints to keep.")
    sharding: Literal["ddp", "fsdp"] = Field(default="ddp", description="Under torchrun: replicas, or sharded weights.")


class WandBConfig(Section):
    """Weights & Biases (``pip install r1-verifier-grpo[wandb]``); the key is the environment's WANDB_API_KEY."""

    project: str = Field(default="grpo", description="The project on W&B.")
    name: str | None = Field(default=None, description="The run's name there; null: one that W&B makes up.")


class WatchConfig(Section):
    """What is shown and kept of a run, in its directory. ``metrics.jsonl`` is always written."""

    terminal: Literal["auto", "live", "lines", "off"] = Field(
        default="auto", description="auto: a live view on a terminal, else one line a step."
    )
    completions: int = Field(default=4, ge=0, description="Completions of each step to keep in completions.jsonl.")
    tensorboard: bool = Field(
        default=False, description="Write event files (``pip install r1-verifier-grpo[tensorboard]``)."
    )
    wandb: WandBConfig | None = None
    plots: bool = Field(default=True, description="Draw curves.png at the end, where matplotlib is installed.")


class Config(Section):
    """A recipe of ``grpo train``."""

    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    rewards: RewardConfig = RewardConfig()
    rollout: RolloutConfig = RolloutConfig()
    algorithm: AlgorithmConfig = AlgorithmConfig()
    curriculum: CurriculumConfig = CurriculumConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    train: TrainConfig = TrainConfig()
    watch: WatchConfig = WatchConfig()

    @model_validator(mode="after")
    def _agrees(self) -> "Config":
        completions = self.rollout.questions * self.rollout.outputs
        if completions % self.train.minibatches:
            raise ValueError(f"{completions} completions do not split into train.minibatches={self.train.minibatches}")
        if self.rollout.engine == "openai" and not self.rollout.url:
            raise ValueError("rollout.engine=openai needs rollout.url")
        if self.rollout.sync == "vllm-lora" and self.model.lora is None:
            raise ValueError("rollout.sync=vllm-lora needs model.lora")
        if self.train.off_policy and self.curriculum.dynamic_sampling:
            raise ValueError("train.off_policy does not go with curriculum.dynamic_sampling")
        return self


Tree = TypeVar("Tree", bound=Section)


def load(kind: type[Tree], file: Path | None = None, changes: Sequence[str] = ()) -> Tree:
    """The tree in a YAML file, with changes such as ``train.steps=20`` on top; values are YAML too.

    Raises:
        ConfigError: no such file, not YAML, an unknown key, a wrong value; names the key.
    """
    tree = _read(file) if file is not None else {}
    for change in changes:
        _change(tree, change)
    return validated(kind, tree, f"{file}: " if file else "")


def validated(kind: type[Tree], tree: object, where: str = "") -> Tree:
    """The tree of a recipe that is read already.

    Raises:
        ConfigError: an unknown key, a wrong value; names the key, behind ``where``.
    """
    try:
        return kind.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(where + "; ".join(_words(kind, fault) for fault in error.errors())) from error


def _words(kind: type[Section], fault: ErrorDetails) -> str:
    """A fault in one line, with its key; of an unknown one also the nearest that there is."""
    place = ".".join(map(str, fault["loc"])) or "recipe"
    if fault["type"] != "extra_forbidden":
        return f"{place}: {fault['msg'].removeprefix('Value error, ')}"
    *outer, key = map(str, fault["loc"])
    section: Any = kind
    for name in outer:
        field = getattr(section, "model_fields", {}).get(name)
        section = field.annotation if field else None
    close = get_close_matches(key, getattr(section, "model_fields", {}), 1)
    return f"{place}: unknown key" + (f"; did you mean {'.'.join([*outer, close[0]])}?" if close else "")


def dump(config: Section) -> str:
    """The whole tree as YAML that :func:`load` reads."""
    return as_yaml(config.model_dump(mode="json"))


def as_yaml(tree: object) -> str:
    """A tree as YAML that is read as the same."""
    return yaml.dump(tree, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """With line breaks escaped: PyYAML loses some of those that it writes as they are (U+0085)."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        several = len(f"{data}.".splitlines()) > 1
        return self.represent_scalar("tag:yaml.org,2002:str", data, '"' if several else None)


_Dumper.add_representer(str, _Dumper.represent_str)


def _read(file: Path) -> dict[str, Any]:
    try:
        tree = _yaml(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{file}: {error}") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{file}: a recipe is a mapping of sections")
    return cast("dict[str, Any]", tree)


def _change(tree: dict[str, Any], change: str) -> None:
    path, equals, text = change.partition("=")
    if not equals:
        raise ConfigError(f"--set {change}: write it as section.key=value")
    *parents, key = path.strip().split(".")
    for parent in parents:
        below = tree.get(parent)
        tree[parent] = below = cast("dict[str, Any]", below) if isinstance(below, dict) else {}
        tree = below
    try:
        tree[key] = text if text.startswith("@") else _yaml(text)  # a stage of a pipeline, which YAML has quoted
    except ValueError as error:
        raise ConfigError(f"--set {change}: {error}") from error


def _yaml(text: str) -> object:
    """Raises ValueError, in one line."""
    try:
        return yaml.safe_load(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from None
