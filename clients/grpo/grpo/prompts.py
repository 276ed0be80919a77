"""What is asked: prompts, the template around a question, and data sets as JSONL.

A line of a data set has the words of the service's samples: ``prompt`` (or ``question``, ``problem``; a text, or a chat), and
what completions are graded against (``answer``, ``tests``, ``choices``, ``language``, ``kind``, ``metadata``). ``completion``
is a worked answer to imitate, for supervised fine-tuning. A chat under ``messages`` may end with that.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from grpo import chat
from grpo.chat import Asked, Message
from grpo.columns import ASKED
from grpo.errors import DataError

GRADED_AGAINST = ("answer", "tests", "choices", "language", "kind", "metadata")
"""Keys that go to the service with every completion of a prompt."""

R1_ZERO = (
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The assistant first "
    "thinks about the reasoning process in the mind and then provides the user with the answer. The reasoning process and "
    "answer are enclosed within <think>...</think> and <answer>...</answer> tags, respectively, i.e., "
    "<think> reasoning process here </think> <answer> answer here </answer>. User: {question}. Assistant:"
)
"""The template of DeepSeek-R1-Zero (arXiv 2501.12948, table 1)."""

TEMPLATES = {"none": "{question}", "line": "{question}\n", "r1-zero": R1_ZERO}
"""Templates by name; ``chat`` is the tokenizer's own and is applied in :mod:`grpo.models`."""


@dataclass(frozen=True)
class Prompt:
    """One question, and what answers to it are graded against."""

    id: str
    """Unique in its data set; pass rates are kept by it."""
    question: str
    """Without the template. Of a chat, the last message."""
    sample: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What goes to the service beside prompt and completion: see :data:`GRADED_AGAINST`."""
    solution: str | None = None
    """A worked answer to imitate (the completion alone, with its tags), for supervised fine-tuning."""
    before: Sequence[Message] = ()
    """Of a chat: the messages before the question."""

    @property
    def asked(self) -> Asked:
        """The question, or the chat that ends with it."""
        return [*self.before, chat.user(self.question)] if self.before else self.question


def write(path: Path, prompts: Iterable[Prompt]) -> None:
    """As lines of a data set: what :func:`of_row` takes."""
    with path.open("w", encoding="utf-8") as file:
        for prompt in prompts:
            file.write(line(prompt) + "\n")


def line(prompt: Prompt) -> str:
    """One line of a data set."""
    row = {"id": prompt.id, "prompt": prompt.asked, **prompt.sample}
    if prompt.solution is not None:
        row["completion"] = prompt.solution
    return json.dumps(row, ensure_ascii=False)


def of_row(row: Mapping[str, Any], where: str, number: str, **defaults: Any) -> Prompt:
    """The prompt in a line of a data set. ``number`` is the id of a line without one; ``where`` is for errors.

    Raises:
        DataError: there is none in it.
    """
    messages, solution = _asked(row, where), row.get("completion")
    if "messages" in row and messages[-1]["role"] == "assistant":
        *messages, last = messages
        solution = solution or last["content"]
    if not messages or messages[-1]["role"] != "user" or not messages[-1]["content"]:
        raise DataError(f"{where}: the last message before an answer has to be the user's, with text")
    if isinstance(solution, list):
        solution = chat.of(cast("list[object]", solution), where)[-1]["content"]
    if solution is not None and not isinstance(solution, str):
        raise DataError(f"{where}: 'completion' is no text")
    sample = {key: row[key] for key in GRADED_AGAINST if row.get(key) is not None}
    *before, question = messages
    return Prompt(str(row.get("id", number)), question["content"], {**defaults, **sample}, solution, tuple(before))


def _asked(row: Mapping[str, Any], where: str) -> list[Message]:
    """All messages; those under ``messages`` may end with an answer."""
    asked = next((row[key] for key in ASKED if key in row), None)
    if isinstance(asked, str) and asked:
        return [chat.user(asked)]
    if isinstance(asked, list) and asked:
        return chat.of(cast("list[object]", asked), where)
    raise DataError(
        f"{where}: no text under 'prompt' (or 'question'), nor where columns say that it is; its keys are "
        f"{', '.join(row) or 'none'}: name its columns under columns ({{question: ..., answer: ...}})"
    )
