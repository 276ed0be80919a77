"""Structured logs: one JSON object a line, or for a person at a terminal, in colour."""

import logging
import sys
from typing import NamedTuple

import structlog
from structlog.tracebacks import ExceptionDictTransformer


class LogConfig(NamedTuple):
    """How to log."""

    level: str = "info"
    """debug, info, warning or error."""
    format: str = "auto"
    """auto (console on a terminal, else JSON), json or console."""


def configure(config: LogConfig) -> None:
    """Send our logs, and those of libraries, to stderr in one form.

    Tracebacks come without local variables: those hold keys and completions, and may be large without end.
    """
    console = config.format == "console" or (config.format == "auto" and sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[config.level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ]
    )
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
