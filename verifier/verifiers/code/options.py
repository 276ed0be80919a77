"""The options of the verifier ``code``."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox import Limits
from verifier.errors import Unjudgeable
from verifier.schema import TestLimits


class CodeOptions(BaseModel):
    """How programs are found, compared and limited."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: Literal["answer", "final"] = Field(
        default="answer",
        description="Where the program is looked for: in <answer> where there is one, or in all that follows the reasoning.",
    )
    block: Literal["last", "first", "only", "joined"] = Field(
        default="last",
        description="Which fenced block of the right language is the program; 'only': more than one is none.",
    )
    unfenced: bool = Field(
        default=True, description="Without any fence, take the whole region if it parses as a program."
    )
    continue_prompt: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Whether the program continues the prompt, as in HumanEval. 'auto': when the prompt is itself code that "
        "defines the entry point.",
    )
    compare: Literal["tokens", "lines", "exact"] = Field(
        default="tokens",
        description="How output is compared: by tokens between whitespace, by lines without trailing blanks, or byte by byte.",
    )
    float_tolerance: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="Numbers may differ by this much, absolutely or relatively. Absent: not at all.",
    )
    partial: bool = Field(
        default=False, description="The value is the share of tests passed, instead of all or nothing."
    )
    stop_at_first: bool | None = Field(default=None, description="Stop at the first failure. Absent: unless 'partial'.")
    cpu_s: float = Field(default=2.0, gt=0, description="CPU seconds of a test, unless its sample says otherwise.")
    wall_s: float = Field(default=10.0, gt=0, description="Seconds of a test.")
    memory_mb: int = Field(default=512, gt=0, description="MiB of a test.")
    output_kb: int = Field(default=1024, gt=0, description="KiB of output of a test.")
    processes: int = Field(default=32, gt=0, description="Processes and threads of a test.")
    max_cpu_s: float = Field(
        default=60.0, gt=0, description="Samples that ask for more are unjudgeable; so for the next four."
    )
    max_wall_s: float = Field(default=120.0, gt=0)
    max_memory_mb: int = Field(default=4096, gt=0)
    max_output_kb: int = Field(default=65536, gt=0)
    max_processes: int = Field(default=256, gt=0)
    total_s: float = Field(
        default=120.0,
        gt=0,
        description="Seconds that all tests of a sample may take together; what remains then is over its time limit.",
    )

    @property
    def stops(self) -> bool:
        return not self.partial if self.stop_at_first is None else self.stop_at_first

    def limits(self, asked: TestLimits) -> Limits:
        """The limits of one test. Raises Unjudgeable where the sample asks for more than the maximum."""
        values: dict[str, float] = {}
        for name in ("cpu_s", "wall_s", "memory_mb", "output_kb", "processes"):
            value, most = getattr(asked, name), getattr(self, f"max_{name}")
            if value is not None and value > most:
                raise Unjudgeable(f"limits.{name} is {value:g}, above this service's maximum of {most:g}")
            values[name] = getattr(self, name) if value is None else value
        return Limits(**values)  # pyright: ignore[reportArgumentType] - each value has its field's own type
