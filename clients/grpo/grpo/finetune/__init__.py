"""Supervised fine-tuning, ``grpo sft``: the cold start, and distillation. Loss on completions alone.

======  ==========================================================================
config  what can be set: :class:`SftConfig`
data    JSONL of prompts and completions, or of chats -> examples as tokens
steps   one optimizer step; the held-out loss
loop    epochs of steps, watched, saved, and resumed exactly
======  ==========================================================================
"""
