"""Question sets to train on, sample from and evaluate on: our JSONL, generated tasks, known sets in their own formats.

A known set is read as it is published, one JSON object a line, plain or gzipped:

=========  =====================================================================  ==========================
gsm8k      ``question``, ``answer`` (worked, the number after ``####``)           Cobbe et al., 2110.14168
aime, amc  ``problem`` (or ``question``), ``answer``                              as published on the Hub
humaneval  ``task_id``, ``prompt``, ``entry_point``, ``test``                     Chen et al., 2107.03374
=========  =====================================================================  ==========================
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from grpo import columns, prompts, tasks
from grpo.columns import Columns
from grpo.config import Section, Seed
from grpo.errors import DataError
from grpo.prompts import Prompt

Format = Literal["auto", "jsonl", "gsm8k", "aime", "amc", "humaneval"]

INSTRUCTIONS = {
    "math": "Please reason step by step, and put your final answer within \\boxed{}.",
    "code": "Complete this Python program. Put all of it into one ```python block.",
}


class SetConfig(Section):
    """One question set."""

    path: str = Field(
        default="tasks:mixed", description="A JSONL file (.gz too), or tasks:NAME for generated questions."
    )
    name: str | None = Field(default=None, description="In reports. null: that of the file.")
    columns: Columns = Field(default={})
    format: Format = Field(default="auto", description="auto: told by its keys, after `columns`.")
    limit: int | None = Field(
        default=None, ge=1, description="Take the first so many; of tasks:NAME, generate so many."
    )
    seed: Seed = Field(default=1, description="Of tasks:NAME.")
    language: str | None = Field(default="en", description="Target language of questions that name none.")
    instruct: bool = Field(
        default=False,
        description="Say after each question what form the answer takes: for chat models, not trained here.",
    )

    @property
    def title(self) -> str:
        return self.name or Path(self.path.removeprefix("tasks:")).name.split(".")[0]


def load(config: SetConfig, *, heldout: bool = True) -> list[Prompt]:
    """The questions, in order.

    Args:
        heldout: Of ``tasks:NAME``, problems that nothing was trained on; else, problems to train on.

    Raises:
        DataError: no such file or task, or a line that is not of the format; names it.
    """
    if config.path.startswith("tasks:"):
        found = tasks.generate(config.path.removeprefix("tasks:"), config.limit or 1000, config.seed, heldout=heldout)
    else:
        found = _read(Path(config.path), config)
    found = found[: config.limit]
    if len({prompt.id for prompt in found}) < len(found):
        raise DataError(f"{config.path}: two questions have the same id")
    return [_instructed(prompt) for prompt in found] if config.instruct else found


def _read(path: Path, config: SetConfig) -> list[Prompt]:
    rows = columns.rows(path, config.columns)
    if not rows:
        raise DataError(f"{path}: has no questions")
    kind = config.format if config.format != "auto" else _told_by_keys([row.value for row in rows])
    defaults = {"language": config.language} if config.language else {}
    found: list[Prompt] = []
    for number, where, row in rows:
        try:
            ours = ADAPTERS[kind](row)
        except KeyError as error:
            raise DataError(f"{where}: not of the format {kind}: no {error}") from error
        except (TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{where}: not of the format {kind}: {error!r}") from error
        found.append(prompts.of_row(ours, where, str(number), **defaults))
    return found


def _told_by_keys(rows: Sequence[Mapping[str, Any]]) -> Format:
    first = next((row for row in rows if "answer" in row), rows[0])
    if "entry_point" in first and "test" in first:
        return "humaneval"
    if "####" in str(first.get("answer")):
        return "gsm8k"
    return "aime" if "answer" in first and all(_of_contest(row) for row in rows) else "jsonl"


def _of_contest(row: Mapping[str, Any]) -> bool:
    ours = {"prompt", "kind", "tests", "choices"}
    return "problem" in row and isinstance(row.get("answer", ""), str | int | float) and not ours & row.keys()


def _gsm8k(row: Mapping[str, Any]) -> Mapping[str, Any]:
    _, mark, answer = row["answer"].rpartition("####")
    if not mark:
        raise ValueError("no '####' in the answer")
    return {**row, "answer": answer.strip().replace(",", ""), "kind": "math"}


def _contest(row: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = row["answer"]
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)  # AMC's answers are published as 27.0
    return {**row, "answer": str(answer), "kind": "math"}


def _humaneval(row: Mapping[str, Any]) -> Mapping[str, Any]:
    tests = {"language": "python", "type": "assert", "entry_point": row["entry_point"], "code": row["test"]}
    return {**row, "id": row["task_id"], "tests": tests, "kind": "code"}


ADAPTERS: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "jsonl": lambda row: row,
    "gsm8k": _gsm8k,
    "aime": _contest,
    "amc": _contest,
    "humaneval": _humaneval,
}
"""A line of each format in the words of our own."""


def _instructed(prompt: Prompt) -> Prompt:
    instruction = INSTRUCTIONS["code" if prompt.sample.get("tests") else "math"]
    return replace(prompt, question=f"{prompt.question}\n\n{instruction}")
