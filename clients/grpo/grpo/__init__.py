"""GRPO for reasoning models, with rewards from the r1-verifier service: ``grpo train recipe.yaml``.

Read in this order: :mod:`grpo.config` (what can be set), :mod:`grpo.train` (the loop), then what it calls.

=============  ==========================================================================
advantage      rewards of groups -> advantages; null rewards take no part
loss           the objectives: r1, grpo, dapo, dr_grpo, bnpo, gspo, cispo; KL k1, k2, k3
forward        log-probabilities and entropies of completions, under a model
decoder        Llama's family called directly: each prompt once for all that was written after it
layouts        prompts and completions as one row of tokens for it: padded, or without padding
likelihood     log-probabilities from logits, or from what the head is given, a part at a time
kernels        operations in few passes over memory: gradients written out, or compiled on GPU
native         layers and decoding on CPU in C, compiled where they run
memory         what is done with memory that a step on CPU frees
batch          completions -> padded tensors; minibatches; micro-batches by best fit
engine         the local sampler: continuous refill over a KV cache (kvcache), CUDA graphs
rehearsal      whether a model goes on from the sampler's cache as it would without
sampling       how tokens are drawn, and what ends a completion
remote         a sampler behind an OpenAI-compatible server (vLLM, SGLang)
rollout        prompts -> completions with rewards, generation and grading overlapped
rewards        completions -> the service, in the background, as they finish
curriculum     which prompts next: pass rates, the edge of competence
train          R1's schedule around all of these
finetune       supervised fine-tuning, loss on completions alone: ``grpo sft``
offline        samples of a model: rejection sampling and evaluation, ``grpo sample``, ``grpo eval``
pipeline       stages in a row: ``grpo pipeline``
watch          the terminal, files, TensorBoard, W&B, curves
checkpoint     exact saving and resuming
models         Hugging Face models and tokenizers; tiny presets that need no download
tokenizer      the tiny presets' own tokenizer
tasks          verifiable arithmetic and word problems, with worked solutions
prompts        what is asked: Prompt, its line in a data set, templates
jsonl          the lines of a user's files
completion     what was written: Completion
metrics        names and meaning of all that is measured; the Observer of a run
parallel       torchrun: ranks, sums over ranks
sharding       weights over several processes: FSDP2
runs           directories of runs: whose they are, which model came out
=============  ==========================================================================
"""

__version__ = "0.1.0"
