"""The service's settings: one frozen object, built at the edge from a file, the environment and flags, in rising order.

Nothing further in reads the environment.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from verifier.engine import EngineConfig, WorkerLimits
from verifier.errors import SettingsError
from verifier.faults import describe, nearest
from verifier.logs import LogConfig

ENV_PREFIX = "VERIFIER_"
DEFAULT_FILE = Path("verifier.toml")
_OTHERS = frozenset({"VERIFIER_CONFIG", "VERIFIER_URL", "VERIFIER_API_KEY"})
"""Variables that name the file of settings, and those of the client."""


def _cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """How many cores this process may use: of the machine's, and in a container of its quota."""
    cores = len(os.sched_getaffinity(0))
    try:
        allowed, period = quota.read_text(encoding="ascii").split()
        return cores if allowed == "max" else max(1, min(cores, int(allowed) // int(period)))
    except (OSError, ValueError):
        return cores


def _listed(value: object) -> object:
    """In the environment and in flags, a list is written with commas."""
    if not isinstance(value, str):
        return value
    parts = tuple(part.strip() for part in value.split(",") if part.strip())
    if not parts:
        raise ValueError("set, but names nothing")
    return parts


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Secrets = Annotated[tuple[Annotated[SecretStr, Field(min_length=1)], ...], BeforeValidator(_listed)]
Paths = Annotated[tuple[Path, ...], BeforeValidator(_listed)]


class Settings(BaseModel):
    """Everything that can be set. Each key is also an environment variable: ``port`` is ``VERIFIER_PORT``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(default_factory=lambda: _cores(), ge=1, description="Worker processes. Default: one a core.")
    sandbox_runs: int | None = Field(
        default=None, ge=1, description="Programs that run at once, over all workers. Default: one a core."
    )
    worker_memory_mb: int = Field(default=1024, ge=64, description="Memory that grading one sample may take, in MiB.")
    worker_recycle_after: int = Field(default=20_000, ge=1, description="Samples after which a worker is replaced.")
    queue_samples: int = Field(
        default=65_536, ge=1, description="Unfinished samples beyond which requests are answered 503."
    )
    max_body_mb: int = Field(default=256, ge=1, description="Largest request body, in MiB.")
    max_inflight_mb: int = Field(
        default=1024, ge=1, description="Request bodies held at once, in MiB, beyond which requests are answered 503."
    )
    max_batch: int = Field(default=16_384, ge=1, description="Most samples in one request.")
    max_completion_chars: int = Field(
        default=1_000_000, ge=1, description="Longest completion that is judged; a longer one is worth 0."
    )
    default_timeout_s: float = Field(
        default=120.0, gt=0, description="Seconds samples may wait for a worker, where a request does not say."
    )
    max_timeout_s: float = Field(default=3_600.0, gt=0, description="Largest timeout_s of a request.")
    api_keys: Secrets = Field(default=(), description="Bearer keys. None: no key is asked for.")
    api_keys_file: Path | None = Field(
        default=None, description="File with one bearer key a line, for keys kept as mounted secrets."
    )
    metrics_need_key: bool = Field(default=False, description="Whether /metrics asks for a bearer key as well.")
    rubrics: Paths = Field(default=(), description="Directories of rubrics beside the packaged ones.")
    plugins: Names = Field(default=(), description="Python modules to import for the verifiers that they register.")
    drain_s: float = Field(
        default=3.0, ge=0, description="Seconds between SIGTERM, when /readyz turns 503, and the closing of the port."
    )
    shutdown_s: float = Field(default=60.0, ge=0, description="Seconds that requests in flight then have to finish.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="auto: console on a terminal, else JSON."
    )

    @property
    def engine(self) -> EngineConfig:
        """The engine's share of the settings."""
        limits = WorkerLimits(self.worker_memory_mb, self.worker_recycle_after, self.max_completion_chars)
        return EngineConfig(self.workers, limits, self.queue_samples, self.plugins, self.logs)

    @property
    def logs(self) -> LogConfig:
        """How to log."""
        return LogConfig(self.log_level, self.log_format)

    def keys(self) -> tuple[str, ...]:
        """Every bearer key. Raises :class:`SettingsError` if their file cannot be read."""
        listed = [key.get_secret_value() for key in self.api_keys]
        if self.api_keys_file is not None:
            try:
                lines = self.api_keys_file.read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"api_keys_file: {error}") from None
            found = [line.strip() for line in lines if line.strip()]
            if not found:
                raise SettingsError(f"api_keys_file: {self.api_keys_file} holds no key")
            listed += found
        return tuple(listed)


class Loaded(NamedTuple):
    """The settings, and where each value came from."""

    settings: Settings
    origins: dict[str, str]


def load(
    file: Path | None = None, flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ
) -> Loaded:
    """Build the settings: file < environment < flags. A flag that is None was not given.

    ``file``: else ``VERIFIER_CONFIG``, else ``verifier.toml`` where there is one. Raises :class:`SettingsError`.
    """
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.model_fields, "default")
    for source, layer in (*_file_layer(file, environ), *_environ_layer(environ), ("flag", dict(flags or {}))):
        for key, value in layer.items():
            if value is not None:
                values[key] = value
                origins[key] = source
    try:
        return Loaded(Settings(**values), origins)
    except ValidationError as error:
        faulty = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else ""
        where = f" (from {origins[faulty]})" if faulty in origins else ""
        raise SettingsError(f"{describe(error, Settings)}{where}") from None


def _file_layer(file: Path | None, environ: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    named = file or (Path(environ[ENV_PREFIX + "CONFIG"]) if environ.get(ENV_PREFIX + "CONFIG") else None)
    path = named or DEFAULT_FILE
    if named is None and not path.is_file():
        return []
    try:
        layer = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (RecursionError, ValueError) as error:  # not UTF-8, not TOML
        raise SettingsError(f"{path}: {error}") from None
    unknown = sorted(set(layer) - set(Settings.model_fields))
    if unknown:
        raise SettingsError(f"{path}: {', '.join(unknown)}: unknown key{nearest(unknown[0], Settings.model_fields)}")
    return [(f"file {path}", layer)]


def _environ_layer(environ: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    names = {key: ENV_PREFIX + key.upper() for key in Settings.model_fields}
    known = {*names.values(), *_OTHERS}
    if unknown := sorted(name for name in environ if name.startswith(ENV_PREFIX) and name not in known):
        raise SettingsError(f"environment {unknown[0]}: unknown variable{nearest(unknown[0], known)}")
    return [(f"environment {name}", {key: environ[name]}) for key, name in names.items() if environ.get(name)]
