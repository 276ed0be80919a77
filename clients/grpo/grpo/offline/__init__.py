"""What is done with a model that is not being trained: samples of it, selected to train on, or judged.

=========  =========================================================================
groups     prompts -> groups of completions in a JSONL file, resumed where it stopped
config     what can be set of both commands
sets       the questions: JSONL, generated, or known sets in their own formats
service    the service, asked for before it is needed
select     which completions are kept
sample     ``grpo sample``: rejection sampling through ``/v1/select``
outcome    what the votes on one set say together
evaluate   ``grpo eval``: pass@1, pass@k, cons@k through ``/v1/vote``
=========  =========================================================================
"""
