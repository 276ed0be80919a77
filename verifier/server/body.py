"""Reading the body of a request. The envelope must be right; a malformed sample or group harms only itself."""

from abc import abstractmethod
from typing import Annotated, Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from verifier import jsontext
from verifier.faults import describe
from verifier.groups.schema import Policy
from verifier.schema import Rubric
from verifier.server.problems import Problem


class Envelope(BaseModel):
    """What all requests have in common."""

    model_config = ConfigDict(extra="forbid")

    rubric: str | Rubric
    timeout_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @property
    @abstractmethod
    def size(self) -> int:
        """How many completions there are."""


class RewardsEnvelope(Envelope):
    """A :class:`~verifier.schema.RewardsRequest` whose samples are left for the workers to validate."""

    samples: list[Any]

    @property
    def size(self) -> int:
        return len(self.samples)


class GroupsEnvelope(Envelope):
    """Groups that are left for the workers to validate."""

    groups: list[Any]

    @property
    def size(self) -> int:
        return sum(map(_completions, self.groups))


class VoteEnvelope(GroupsEnvelope):
    """A :class:`~verifier.groups.schema.VoteRequest`."""

    rubric: str | Rubric = "r1-zero"
    score: str | None = None
    pass_at: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=64)] | None = None


class SelectEnvelope(Policy, GroupsEnvelope):
    """A :class:`~verifier.groups.schema.SelectRequest`."""

    rubric: str | Rubric = "r1-select"


EnvelopeT = TypeVar("EnvelopeT", bound=Envelope)


def read(body: bytes, kind: type[EnvelopeT], max_batch: int, max_timeout_s: float) -> EnvelopeT:
    """Raises :class:`Problem`: 400 for what is not JSON, 413 for too many completions, 422 for a wrong envelope."""
    try:
        data = jsontext.read(body, items=("samples", "groups"))
    except ValueError as error:
        raise Problem(400, "malformed-json", f"the body is {error}") from None
    if not isinstance(data, dict):
        keys = " and ".join(f"'{name}'" for name, field in kind.model_fields.items() if field.is_required())
        raise Problem(422, "invalid-request", f"the body must be a JSON object with {keys}")
    try:
        envelope = kind.model_validate(data)
    except ValidationError as error:
        raise Problem(422, "invalid-request", describe(error, kind)) from None
    if envelope.size > max_batch:
        detail = f"{envelope.size:,} completions are over the {max_batch:,} of one request: send them in several"
        raise Problem(413, "batch-too-large", detail)
    if envelope.timeout_s is not None and envelope.timeout_s > max_timeout_s:
        raise Problem(422, "invalid-request", f"timeout_s: at most {max_timeout_s:g}")
    return envelope


def _completions(group: Any) -> int:
    completions = cast("dict[str, Any]", group).get("completions") if isinstance(group, dict) else None
    return len(cast("list[Any]", completions)) if isinstance(completions, list) else 1
