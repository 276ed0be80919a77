"""The tiny presets' own tokenizer: bytes, the words of the tasks, and the tags of the R1 format, one token each.

Byte-level BPE: any text is encoded and decoded without loss. Digits stand alone, so that arithmetic can be learned.
"""

from functools import cache
from typing import cast

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from grpo import tasks

PAD, END = "<|pad|>", "<|end|>"
TAGS = ("<think>", "</think>", "<answer>", "</answer>", "\\boxed{")
SIZE = 512
"""Entries of the vocabulary, at most."""

_PIECES = r"\p{N}| ?\p{L}+|[^\s\p{L}\p{N}]|\s+"


def build() -> PreTrainedTokenizerBase:
    """The tokenizer, made anew: the same on every machine."""
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_trained()),
        pad_token=PAD,
        eos_token=END,
        clean_up_tokenization_spaces=False,
    )


@cache
def _trained() -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE - len(TAGS),
        special_tokens=[PAD, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = [text for p in tasks.generate("mixed", 500, seed=0) for text in (p.question, cast("str", p.solution))]
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(tag, normalized=False) for tag in TAGS])
    return tokenizer.to_str()
