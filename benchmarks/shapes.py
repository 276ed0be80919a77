"""Models with random weights in known shapes, which never end a text by themselves, with a small tokenizer."""

from importlib import import_module
from pathlib import Path
from typing import Any, cast

SHAPES: dict[str, dict[str, int]] = {
    "qwen-0.5b": {
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
    },
    "qwen-1.5b": {
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
    },
}
"""Of Qwen2.5, whose vocabulary they have too."""

VOCABULARY = 151_936


def make_model(path: Path, shape: str) -> None:
    """Writes a model: one of :data:`SHAPES`, or ``small``, the trainer's preset of 3.2 million parameters."""
    import torch
    from grpo.config import ModelConfig
    from grpo.models import load

    policy = load(ModelConfig(path="small"), torch.device("cpu"))
    if shape == "small":
        policy.save(path)
        return
    transformers: Any = import_module("transformers")
    config = transformers.Qwen2Config(
        **SHAPES[shape],
        vocab_size=VOCABULARY,
        max_position_embeddings=32_768,
        tie_word_embeddings=True,
        eos_token_id=policy.eos,
        pad_token_id=policy.pad,
        bos_token_id=None,
    )
    cast("Any", torch).manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = transformers.Qwen2ForCausalLM(config)
    model.save_pretrained(path)
    cast("Any", policy.tokenizer).save_pretrained(path)


if __name__ == "__main__":
    import sys

    make_model(Path(sys.argv[2]), sys.argv[1])
