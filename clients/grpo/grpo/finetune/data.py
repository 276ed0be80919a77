"""Examples to imitate: a context as tokens, and the completion that the loss is on.

A line is one of::

    {"prompt": "2+2=?", "completion": "<think>...</think><answer>4</answer>"}      (or "question")
    {"prompt": [messages], "completion": [one assistant message]}
    {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}, ...]}

In a chat every assistant turn is an example, after all that came before it. A context that is one user message goes into
any template; others need ``model.template: chat``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from grpo import jsonl, tasks
from grpo.errors import ConfigError, DataError
from grpo.models import Policy, positions

Message = Mapping[str, Any]


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


def turns(source: str, *, size: int, noise: float, seed: int, heldout: bool = False) -> Iterator[Turn]:
    """Of a JSONL file, or of generated ``tasks:NAME``; ``heldout``: of its problems that nothing is trained on.

    Raises:
        DataError: no such task, no such file, or a line that is none of the forms above; says which.
    """
    if not source.startswith("tasks:"):
        rows = list(jsonl.rows(Path(source)))
        if not rows:
            raise DataError(f"{source}: has no examples")
        for _, where, row in rows:
            yield from _turns(row, where)
        return
    for prompt in tasks.generate(source.removeprefix("tasks:"), size, seed, noise, heldout=heldout):
        yield Turn(_asked(prompt.question), cast("str", prompt.solution), source)


def _turns(row: Mapping[str, Any], where: str) -> Iterator[Turn]:
    if "messages" in row:
        yield from _assistant_turns(_chat(row["messages"], where), 0, where)
        return
    prompt, completion = row.get("prompt", row.get("question")), row.get("completion")
    if not prompt or not completion:
        raise DataError(f"{where}: needs 'prompt' (or 'question') and 'completion', or 'messages'")
    context = _asked(prompt) if isinstance(prompt, str) else _chat(prompt, where)
    if isinstance(completion, str):
        yield Turn(context, completion, where)
    else:
        yield from _assistant_turns([*context, *_chat(completion, where)], len(context), where)


def _assistant_turns(chat: Sequence[Message], first: int, where: str) -> Iterator[Turn]:
    """What the assistant says from message ``first`` on, each after all before it."""
    places = [i for i, message in enumerate(chat) if message["role"] == "assistant" and i >= max(first, 1)]
    if not places:
        raise DataError(f"{where}: no assistant message to imitate")
    for place in places:
        yield Turn(chat[:place], chat[place]["content"], where)


def _chat(messages: object, where: str) -> list[Message]:
    if not isinstance(messages, list):
        raise DataError(f"{where}: messages are a list of objects with 'role' and 'content'")
    return [_message(message, where) for message in cast("list[object]", messages)]


def _message(message: object, where: str) -> Message:
    if isinstance(message, dict):
        message = cast("dict[str, Any]", message)
        role, content = message.get("role"), message.get("content")
        if isinstance(content, list):
            parts = [cast("dict[str, Any]", part) for part in cast("list[Any]", content) if isinstance(part, dict)]
            content = "".join(str(part.get("text", "")) for part in parts)
        if isinstance(role, str) and isinstance(content, str):
            return {"role": role, "content": content}
    raise DataError(f"{where}: a message needs texts under 'role' and 'content'")


def _asked(question: str) -> list[Message]:
    return [{"role": "user", "content": question}]


def _context(turn: Turn, policy: Policy) -> list[int]:
    """The context in the policy's template, as tokens."""
    if len(turn.context) == 1 and turn.context[0]["role"] == "user":
        return policy.encode_prompt(turn.context[0]["content"])
    if policy.template != "chat":
        raise DataError(f"{turn.where}: more than one message before the answer needs model.template: chat")
    try:
        text = cast(
            "str",
            policy.tokenizer.apply_chat_template(
                [dict(message) for message in turn.context], tokenize=False, add_generation_prompt=True
            ),
        )
    except Exception as error:  # a template is a program of the model's author: it raises what it likes
        raise DataError(f"{turn.where}: the model's chat template refuses it: {error}") from error
    return policy.tokenizer.encode(text, add_special_tokens=False)
