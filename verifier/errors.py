"""The error tree.

* VerifierError
  + Unjudgeable      the sample cannot be judged by anyone: its reference, tests or options are malformed
  + ServiceFault     we failed: a worker, a sandbox or a judge is missing or broken; trying again may help
    - SandboxFault   the sandbox could not run a program, through no fault of the program
  + RubricError      a rubric is malformed or unknown
  + SettingsError    the configuration is malformed

A completion that is wrong, or that costs too much to judge, is no error: it is a score, often 0.
All are picklable: each is built from its message alone.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import ValidationError


class VerifierError(Exception):
    """Base of everything this project raises on purpose."""


class Unjudgeable(VerifierError):
    """The sample cannot be judged, whatever the completion says. Raised by a verifier; becomes status ``unjudgeable``."""


class ServiceFault(VerifierError):
    """The service failed to judge. Raised by a verifier; becomes status ``error``, a null reward, and is retryable."""


class SandboxFault(ServiceFault):
    """The sandbox failed, not the program that it ran."""


class RubricError(VerifierError):
    """A rubric is unknown or malformed; the message names the rubric, the file and the key."""

    place: tuple[str, ...] = ()
    """The key at fault, where there is one: ``("scores", "accuracy", "verifier")``."""


class SettingsError(VerifierError):
    """The configuration is malformed; the message names the key and where it was set."""


_PLAIN = {
    "extra_forbidden": "unknown key",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "string_type": "must be a string",
    "list_type": "must be a list",
}
_UNWRITTEN = re.compile(r"function-.*|str|list\[.*\]")
"""Parts of a place that nobody wrote: the validators, and the branches of unions, on the way to a key."""


def describe(error: ValidationError) -> str:
    """The faults of some input in one line, each with the place it was found at."""
    found: dict[str, list[str]] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        place = ".".join(part for part in map(str, fault["loc"]) if not _UNWRITTEN.fullmatch(part))
        message = _PLAIN.get(fault["type"], fault["msg"].removeprefix("Value error, "))
        found.setdefault(place, []).append(message)
    faults = [": ".join(filter(None, (place, _either(messages)))) for place, messages in found.items()]
    shown = "; ".join(faults[:5])
    return shown if len(faults) <= 5 else f"{shown}; and {len(faults) - 5} more"


def _either(messages: list[str]) -> str:
    """What several branches of a union say of one value: the one that knows it better, or "must be a string or a list"."""
    if known := [message for message in messages if not message.startswith("must be ")]:
        return known[0]
    return "must be " + " or ".join(dict.fromkeys(message.removeprefix("must be ") for message in messages))


def nearest(name: str, known: Iterable[str]) -> str:
    """What may have been meant by an unknown name, as the end of an error; nothing where none comes near."""
    close = get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
