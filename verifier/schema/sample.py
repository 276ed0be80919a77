"""What is graded, and what it is graded against."""

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias, cast

from pydantic import BeforeValidator, Field, StrictInt, StringConstraints, ValidationError, model_validator

from verifier.schema.message import Chat
from verifier.schema.model import Model
from verifier.schema.tests import NULL_HIDES, Tests


def _reference(value: object) -> object:
    """JSON has one type of number: 27.0 is the reference ``27``, not a decimal stated to one place. An object is its text."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number too large to be read")
    return str(value) if isinstance(value, int | float) else value


Reference: TypeAlias = Annotated[
    str, BeforeValidator(_reference, json_schema_input_type=str | int | float | bool | dict[str, Any])
]
"""A reference answer. Numbers are taken by their shortest decimal notation, objects by their JSON."""

Place: TypeAlias = tuple[int | str, ...]


def _without(value: Any, places: Sequence[Place]) -> Any:
    """A copy without the keys at some places, which also name branches of unions on their way. Lists keep their length."""
    if not places:
        return value
    within = defaultdict[int | str, list[Place]](list)
    for place in places:
        while place and not _holds(value, place[0]):
            place = place[1:]
        if place:
            within[place[0]].append(place[1:])
    if isinstance(value, dict):
        known = cast("dict[int | str, Any]", value)
        return {key: _without(item, within[key]) for key, item in known.items() if () not in within[key]}
    if isinstance(value, list):
        return [_without(item, within[index]) for index, item in enumerate(cast("list[Any]", value))]
    return value


def _holds(value: Any, part: int | str) -> bool:
    return (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int))


def _nulls(error: ValidationError) -> list[Place]:
    """Where the nulls are that may be no keys."""
    faults = error.errors(include_url=False)
    return [fault["loc"] for fault in faults if fault["input"] is None and fault["type"] != NULL_HIDES and fault["loc"]]


class Length(Model):
    """How long a completion is, and the others of its group are: what a trainer knows and a text does not say."""

    tokens: int | None = Field(default=None, ge=0, description="Tokens of the completion, by the policy's tokenizer.")
    group_min: float | None = Field(default=None, ge=0, description="The length of the group's shortest completion.")
    group_max: float | None = Field(default=None, ge=0, description="The length of the group's longest completion.")


class Sample(Model):
    """One thing to grade: a completion, and what it is graded against."""

    id: StrictInt | str | None = Field(default=None, description="Echoed in the reward.")
    prompt: str | Chat | None = None
    completion: str | Chat = Field(
        description="What the policy wrote: a text, or chat messages (the last assistant one counts)."
    )
    kind: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="Which verifier judges accuracy. Absent: code if tests, choice if choices, else math if answer.",
    )
    answer: Reference | Annotated[list[Reference], Field(min_length=1)] | None = Field(
        default=None, description="The reference answer, or a list of accepted ones."
    )
    tests: Tests | None = None
    choices: Annotated[list[str], Field(min_length=2, max_length=26)] | None = Field(
        default=None, description="The options of a multiple choice question, in order: A, B, C, ..."
    )
    language: str | None = Field(
        default=None, description="Target language of the chain of thought, as an ISO 639-1 code."
    )
    length: Length | None = Field(default=None, description="Lengths, for the verifiers that reward short completions.")
    metadata: dict[str, Any] = Field(default_factory=dict[str, Any], description="Free; never read by a verifier.")

    @model_validator(mode="after")
    def _has_completion(self) -> "Sample":
        if isinstance(self.completion, list) and not any(m.role == "assistant" for m in self.completion):
            raise ValueError("completion has no message with role 'assistant'")
        return self

    @classmethod
    def of(cls, raw: Any) -> "Sample":
        """A sample as it came. A null that would be a fault is no key at all: tables hold one where a row lacks a key that
        others have. Raises pydantic's ValidationError, with the faults that remain.
        """
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            nulls = _nulls(error)
            if not nulls:
                raise
        try:
            return cls.model_validate(_without(raw, nulls))
        except ValidationError as error:
            needed = {fault["loc"] for fault in error.errors(include_url=False) if fault["type"] == "missing"}
        optional = [place for place in nulls if not any(place[:end] in needed for end in range(1, len(place) + 1))]
        return cls.model_validate(_without(raw, optional))

    @property
    def text(self) -> str:
        """The completion as one text: of a chat, its last assistant message."""
        if isinstance(self.completion, str):
            return self.completion
        return next(m.text for m in reversed(self.completion) if m.role == "assistant")

    @property
    def prompt_text(self) -> str:
        """The prompt as one text; of a chat, the user's messages. Empty when there is none."""
        if isinstance(self.prompt, list):
            return "\n".join(m.text for m in self.prompt if m.role == "user")
        return self.prompt or ""

    @property
    def inferred_kind(self) -> str | None:
        """The sample's kind, or the one that its reference implies, or None when it has neither."""
        if self.kind:
            return self.kind
        if self.tests:
            return "code"
        if self.choices:
            return "choice"
        return "math" if self.answer is not None else None

    @property
    def references(self) -> list[str]:
        """The accepted answers; empty when there is none."""
        if self.answer is None:
            return []
        return self.answer if isinstance(self.answer, list) else [self.answer]
