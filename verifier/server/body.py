"""Reading the body of ``POST /v1/rewards``. The envelope must be right; a malformed sample harms only itself."""

import json
from typing import Any, Never, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

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
    data = _json(body)
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


def _json(body: bytes) -> Any:
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        return _patient_json(body, str(error))


def _patient_json(body: bytes, fault: str) -> Any:
    """What the fast parser refuses may be a lone surrogate, which a policy can write, and must not buy an error with."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem(400, "malformed-json", f"the body is not UTF-8: byte {error.start} is invalid") from None
    try:
        return _scrub(json.loads(text, parse_constant=_refuse))
    except RecursionError:
        raise Problem(400, "malformed-json", "the body is nested too deeply") from None
    except ValueError:
        raise Problem(400, "malformed-json", f"the body is not JSON: {fault}") from None


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")


def _scrub(value: Any) -> Any:
    """Lone surrogates become U+FFFD, as a decoder of UTF-8 would have made them."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrub(item) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {_scrub(key): _scrub(item) for key, item in cast(dict[str, Any], value).items()}
    return value
