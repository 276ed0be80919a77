"""The policy and its tokenizer: Hugging Face models by path, or tiny presets with random weights that need no download.

The one module that touches transformers' and peft's untyped edges.
"""

import inspect
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
import transformers
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase, Qwen2Config, Qwen2ForCausalLM

from grpo import chat, memory
from grpo import tokenizer as tiny_tokenizer
from grpo.chat import Asked, Message
from grpo.config import ModelConfig
from grpo.errors import ConfigError, DataError, GrpoError
from grpo.prompts import TEMPLATES, Prompt

PRESETS: dict[str, dict[str, int]] = {
    "tiny": {"hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 2, "num_attention_heads": 4},
    "small": {"hidden_size": 256, "intermediate_size": 768, "num_hidden_layers": 4, "num_attention_heads": 4},
}
"""Qwen2-shaped, random weights: 0.13 and 3.2 million parameters."""


STRETCHED = ("linear", "dynamic", "yarn")
"""Kinds of RoPE with which a model may go beyond the positions in its file; with others (Llama 3's) these are all that it has."""

AT_ONCE = 1024
"""Prompts that are tokenized together."""


@dataclass(frozen=True)
class Policy:
    """A causal language model with its tokenizer."""

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase
    template: str
    """The text around a question, with ``{question}`` in it; or ``chat``."""
    dtype: torch.dtype = torch.float32
    """Of the computation; weights are float32."""

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    @property
    def eos(self) -> int:
        return cast("int", self.tokenizer.eos_token_id)

    @property
    def pad(self) -> int:
        pad = cast("int | None", self.tokenizer.pad_token_id)
        return self.eos if pad is None else pad

    def encode_prompt(self, asked: Asked) -> list[int]:
        """The question or chat in its template, as tokens.

        Raises:
            DataError: a chat that does not go into the template.
        """
        return self.encode_prompts([asked])[0]

    def encode_prompts(self, asked: Sequence[Asked]) -> list[list[int]]:
        """As :meth:`encode_prompt`, of several at once: a fast tokenizer takes them on all cores."""
        texts = [self._templated(each) for each in asked]
        return cast("Any", self.tokenizer)(texts, add_special_tokens=False)["input_ids"] if texts else []

    def lengths(self, prompts: Sequence[Prompt]) -> list[int]:
        """Tokens of each prompt in its template; of a data set of any size."""
        parts = (prompts[first : first + AT_ONCE] for first in range(0, len(prompts), AT_ONCE))
        return [len(each) for part in parts for each in self.encode_prompts([prompt.asked for prompt in part])]

    def encode_completion(self, text: str) -> list[int]:
        """A completion as tokens, with the end-of-sequence token."""
        return [*self.tokenizer.encode(text, add_special_tokens=False), self.eos]

    def decode(self, tokens: list[int]) -> str:
        """The text of a completion, without the end-of-sequence token."""
        if tokens and tokens[-1] == self.eos:
            tokens = tokens[:-1]
        return cast("str", self.tokenizer.decode(tokens, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _templated(self, asked: Asked) -> str:
        messages = [dict(message) for message in ([chat.user(asked)] if isinstance(asked, str) else asked)]
        if self.template == "chat":
            try:
                return cast(
                    "str", self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
                )
            except Exception as error:  # a template is a program of the model's author: it raises what it likes
                raise DataError(f"the model's chat template refuses {_shown(messages)}: {error}") from error
        if len(messages) != 1 or messages[0]["role"] != "user":
            raise DataError(f"more than one message before the answer needs model.template: chat ({_shown(messages)})")
        return self.template.replace("{question}", messages[0]["content"])

    def save(self, directory: Path, weights: dict[str, Tensor] | None = None) -> None:
        """Writes safetensors and the tokenizer, as ``AutoModelForCausalLM.from_pretrained`` loads them.

        ``weights``: those of a sharded model, gathered.
        """
        save_model(self.model, directory, weights)
        self.tokenizer.save_pretrained(directory)


def _shown(messages: Sequence[Message]) -> str:
    return repr(messages[-1]["content"][:60])


def load(config: ModelConfig, device: torch.device, seed: int = 0) -> Policy:
    """The policy of a recipe, on ``device``; weights in float32. ``seed`` makes the random weights of a preset.

    Raises:
        ConfigError: no model at that path, or a template without ``{question}``.
    """
    transformers.logging.disable_progress_bar()
    if device.type == "cpu":
        memory.keep()
    template = TEMPLATES.get(config.template, config.template)
    if template != "chat" and "{question}" not in template:
        raise ConfigError(
            f"model.template: {template!r} is none of {', '.join(TEMPLATES)}, chat, and has no {{question}}"
        )
    try:
        model, tokenizer = _preset(config, seed) if config.path in PRESETS else _pretrained(config)
    except ImportError as error:
        raise ConfigError(
            f"model: something is missing for {config.path!r} with attention={config.attention}: {error}"
        ) from error
    if template == "chat" and not tokenizer.chat_template:
        raise ConfigError(f"model.template: the tokenizer of {config.path!r} has no chat template: set another one")
    if config.checkpoint_activations:
        untyped = cast("Any", model)  # its name changed within transformers 5
        enable = getattr(untyped, "activation_checkpointing_enable", None) or untyped.gradient_checkpointing_enable
        enable({"use_reentrant": False})
    if config.lora is not None:
        with torch.random.fork_rng(devices=[]):  # the same adapter in every process, and in every run
            torch.manual_seed(seed)
            model = _with_lora(model, config)
    dtype = {"float32": torch.float32, "bfloat16": torch.bfloat16}.get(config.dtype)
    return Policy(
        model.to(device), tokenizer, template, dtype or (torch.float32 if device.type == "cpu" else torch.bfloat16)
    )


def autocast(policy: Policy) -> AbstractContextManager[None]:
    """Computes in the policy's dtype. Its cache of cast weights would hold stale ones in CUDA graphs, so it has none."""
    if policy.dtype == torch.float32:
        return nullcontext()
    return cast("Any", torch.autocast(policy.device.type, policy.dtype, cache_enabled=False))


def logits(model: nn.Module, tokens: Tensor, keep: Tensor, *, positions: Tensor | None = None) -> Tensor:
    """Next-token logits ``[batch, len(keep), vocabulary]`` at the columns ``keep`` of ``tokens`` ``[batch, length]``.

    Causal. ``positions`` ``[1, length]`` that start again at 0 mark sequences packed into one row, unseen by each other.
    """
    arguments: dict[str, Any] = {"input_ids": tokens, "logits_to_keep": keep, "use_cache": False}
    if positions is not None:
        arguments["position_ids"] = positions
    return cast("Tensor", model(**arguments).logits)


def cache_argument(model: nn.Module) -> str:
    """The name under which the model takes a KV cache: it changed within transformers 5."""
    return "cache" if "cache" in inspect.signature(bare(model).forward).parameters else "past_key_values"


def cache_fault(model: nn.Module, length: int) -> str | None:
    """Why keys and values of ``length`` tokens are not all that the model's layers remember; None if they are."""
    inner = bare(model)
    kinds = set(getattr(inner.config, "layer_types", None) or ())
    if getattr(inner, "_is_stateful", False) or kinds - {"full_attention", "sliding_attention", "chunked_attention"}:
        return "it keeps a state beside keys and values"
    windows = (getattr(inner.config, name, None) for name in ("sliding_window", "attention_chunk_size"))
    narrowest = min((window for window in windows if window), default=length)
    if narrowest < length and kinds != {"full_attention"}:
        return f"it attends to {narrowest} tokens at a time, and {length} are wanted"
    return None


def positions(model: nn.Module) -> int | None:
    """Most tokens of a prompt and its completion; None where the model sets no limit."""
    config = bare(model).config.get_text_config()
    most = getattr(config, "max_position_embeddings", None)
    rope = cast("dict[str, Any]", getattr(config, "rope_parameters", None) or {})
    stretched = rope.get("rope_type") in STRETCHED
    if most and stretched and "factor" in rope:  # some models' files have the number before, some the one after
        most = max(most, int(rope["factor"] * rope.get("original_max_position_embeddings", most)))
    return most


def bare(model: nn.Module) -> Any:
    """The model inside DistributedDataParallel and LoRA wrappers."""
    inner: Any = model
    inner = getattr(inner, "module", inner)
    return inner.get_base_model() if hasattr(inner, "get_base_model") else inner


def save_model(model: nn.Module, directory: Path, state: dict[str, Tensor] | None = None) -> None:
    """Writes the model as safetensors; of a LoRA model, the adapter."""
    directory.mkdir(parents=True, exist_ok=True)
    inner: Any = getattr(model, "module", model)
    how: dict[str, Any] = {"state_dict": state, "safe_serialization": True}
    if inner is not bare(model):  # an adapter: the base's embeddings are as they were, and peft need not look for them
        how["save_embedding_layers"] = False
    inner.save_pretrained(directory, **how)


def _preset(config: ModelConfig, seed: int) -> tuple[nn.Module, PreTrainedTokenizerBase]:
    shape, tokenizer = PRESETS[config.path], tiny_tokenizer.build()
    settings = cast("Any", Qwen2Config)(
        **shape,
        num_key_value_heads=shape["num_attention_heads"],
        vocab_size=len(cast("Any", tokenizer)),
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        attn_implementation=config.attention,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return cast("nn.Module", Qwen2ForCausalLM(settings)), tokenizer


def _pretrained(config: ModelConfig) -> tuple[nn.Module, PreTrainedTokenizerBase]:
    if config.path.startswith(("/", ".")) and not Path(config.path).is_dir():
        raise ConfigError(f"model.path: {config.path}: no such directory")
    load_model, load_tokenizer = cast("Any", AutoModelForCausalLM), cast("Any", AutoTokenizer)
    try:
        if (Path(config.path) / "adapter_config.json").exists():
            model = _merged(config)
        else:
            model = load_model.from_pretrained(config.path, dtype=torch.float32, attn_implementation=config.attention)
        tokenizer = load_tokenizer.from_pretrained(config.path)
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())
        raise ConfigError(
            f"model.path: {config.path!r} is no preset ({', '.join(PRESETS)}) and cannot be loaded: {why}"
        ) from error
    if tokenizer.eos_token_id is None:
        raise ConfigError(f"model.path: the tokenizer of {config.path!r} has no end-of-sequence token")
    return model, tokenizer


def _merged(config: ModelConfig) -> Any:
    """The model that an earlier run's adapter made of its base: where the next run starts, with an adapter or without."""
    peft = _peft()
    base = peft.PeftConfig.from_pretrained(config.path).base_model_name_or_path
    if not base:
        raise ConfigError(f"model.path: {config.path!r} is an adapter of a preset, whose random weights nobody kept")
    try:
        model, _ = _pretrained(config.model_copy(update={"path": base}))
    except ConfigError as error:
        raise ConfigError(f"model.path: {config.path!r} is an adapter of {base!r}, which cannot be loaded") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft asks transformers under names that are going out of use
        merged = peft.PeftModel.from_pretrained(cast("Any", model), config.path).merge_and_unload()
    merged.requires_grad_(True)
    merged.name_or_path = config.path  # what an adapter on top of it will name as its base
    return merged


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise GrpoError("model.lora needs peft: pip install 'r1-verifier-grpo[lora]'") from error
    return peft


def _with_lora(model: nn.Module, config: ModelConfig) -> nn.Module:
    assert config.lora is not None
    peft, lora = _peft(), config.lora
    settings = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets,
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return cast("nn.Module", peft.get_peft_model(cast("Any", model), settings))
        except ValueError as error:
            raise ConfigError(f"model.lora: {error}") from error
