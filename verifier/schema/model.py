"""What everything on the wire has in common."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """Base of everything on the wire: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
