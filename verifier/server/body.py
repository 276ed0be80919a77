"""Reading the body of ``POST /v1/rewards``. The envelope must be right; a malformed sample harms only itself."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from verifier import jsontext
from verifier.errors import describe
from verifier.schema import Rubric
from verifier.server.problems import Problem


class Envelope(BaseModel):
    """A :class:`~verifier.schema.RewardsRequest` whose samples are left for the workers to validate."""

    model_config = ConfigDict(extra="forbid")

    rubric: str | Rubric
    samples: list[Any]
    timeout_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)


def read(body: bytes, max_batch: int, max_timeout_s: float) -> Envelope:
    """Raises :class:`Problem`: 400 for what is not JSON, 413 for too many samples, 422 for a wrong envelope."""
    try:
        data = jsontext.read(body)
    except ValueError as error:
        raise Problem(400, "malformed-json", f"the body is {error}") from None
    if not isinstance(data, dict):
        raise Problem(422, "invalid-request", "the body must be a JSON object with 'rubric' and 'samples'")
    try:
        envelope = Envelope.model_validate(data)
    except ValidationError as error:
        raise Problem(422, "invalid-request", _without_union(describe(error))) from None
    if len(envelope.samples) > max_batch:
        detail = f"{len(envelope.samples):,} samples are over the {max_batch:,} of one request: send them in several"
        raise Problem(413, "batch-too-large", detail)
    if envelope.timeout_s is not None and envelope.timeout_s > max_timeout_s:
        raise Problem(422, "invalid-request", f"timeout_s: at most {max_timeout_s:g}")
    return envelope


def _without_union(faults: str) -> str:
    """Pydantic names the branch of a union that it tried; a client wants the key."""
    return (
        faults.replace("rubric.Rubric.", "rubric.")
        .replace("rubric.Rubric:", "rubric:")
        .replace("rubric.str: Input should be a valid string; ", "")
    )
