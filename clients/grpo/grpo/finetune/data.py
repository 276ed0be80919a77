"""Examples to imitate: a context as tokens, and the completion that the loss is on.

A line is one of::

    {"prompt": "2+2=?", "completion": "<think>...</think><answer>4</answer>"}      (or "question", "problem")
    {"prompt": [messages], "completion": [one assistant message]}
    {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}, ...]}

``data.columns`` says under which columns these are. In a chat every assistant turn is an example, after all that came before
it. A context that is one user message goes into any template; others need ``model.template: chat``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from grpo import chat, columns, tasks
from grpo.chat import Message
from grpo.columns import Columns
from grpo.errors import ConfigError, DataError
from grpo.models import Policy, positions


class Example(NamedTuple):
    """Tokens of a context, and of what is to be written after it, its end included."""

    prompt: list[int]
    completion: list[int]

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.completion)


class Turn(NamedTuple):
    """The same as text; ``where`` says which line of which file."""

    context: Sequence[Message]
    completion: str
    where: str


def examples(
    turns: Iterator[Turn], policy: Policy, longest: int, overlong: Literal["drop", "truncate", "error"]
) -> list[Example]:
    """The turns as tokens, in order, none longer than ``longest``.

    Raises:
        ConfigError: they are longer than the model has positions.
        DataError: no turns are left, one is too long and that is to be an error, or one needs a chat template.
    """
    found: list[Example] = []
    dropped = 0
    for turn in turns:
        example = Example(_context(turn, policy), policy.encode_completion(turn.completion))
        if example.length > longest:
            if overlong == "error":
                raise DataError(f"{turn.where}: {example.length} tokens, more than data.max_tokens={longest}")
            if overlong == "drop" or len(example.prompt) >= longest:
                dropped += 1
                continue
            example = Example(example.prompt, example.completion[: longest - len(example.prompt)])
        found.append(example)
    if not found:
        raise DataError(f"data: no examples to learn from: {dropped} are longer than data.max_tokens={longest}")
    room, most = positions(policy.model), max(example.length for example in found)
    if room is not None and most > room:
        raise ConfigError(f"an example has {most} tokens, and model.path {room} positions: set data.max_tokens={room}")
    return found


def turns(source: str, named: Columns, *, size: int, noise: float, seed: int, heldout: bool = False) -> Iterator[Turn]:
    """Of a JSONL file, or of generated ``tasks:NAME``; ``heldout``: of its problems that nothing is trained on.

    Raises:
        DataError: no such task, no such file, or a line that is none of the forms above; says which.
    """
    if not source.startswith("tasks:"):
        rows = columns.rows(Path(source), named)
        if not rows:
            raise DataError(f"{source}: has no examples")
        for _, where, row in rows:
            yield from _turns(row, where)
        return
    for prompt in tasks.generate(source.removeprefix("tasks:"), size, seed, noise, heldout=heldout):
        yield Turn([chat.user(prompt.question)], cast("str", prompt.solution), source)


def _turns(row: Mapping[str, Any], where: str) -> Iterator[Turn]:
    if "messages" in row:
        yield from _assistant_turns(chat.of(row["messages"], where), 0, where)
        return
    prompt, completion = next((row[key] for key in columns.ASKED if key in row), None), row.get("completion")
    if not prompt or not completion:
        raise DataError(f"{where}: needs 'prompt' (or 'question') and 'completion', or 'messages'")
    context = [chat.user(prompt)] if isinstance(prompt, str) else chat.of(prompt, where)
    if isinstance(completion, str):
        yield Turn(context, completion, where)
    else:
        yield from _assistant_turns([*context, *chat.of(completion, where)], len(context), where)


def _assistant_turns(said: Sequence[Message], first: int, where: str) -> Iterator[Turn]:
    """What the assistant says from message ``first`` on, each after all before it."""
    places = [i for i, message in enumerate(said) if message["role"] == "assistant" and i >= max(first, 1)]
    if not places:
        raise DataError(f"{where}: no assistant message to imitate")
    for place in places:
        yield Turn(said[:place], said[place]["content"], where)


def _context(turn: Turn, policy: Policy) -> list[int]:
    """The context in the policy's template, as tokens."""
    try:
        return policy.encode_prompt(turn.context)
    except DataError as error:
        raise DataError(f"{turn.where}: {error}") from error
