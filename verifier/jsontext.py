"""Reading JSON that came from outside, alike from a request and from a file."""

import json
from typing import Any, Never, cast

from pydantic_core import from_json

MAX_DEPTH = 200
"""How deep arrays and objects may be nested: as deep as the fast parser goes."""


def read(text: bytes) -> Any:
    """The value of a JSON text. Raises ValueError, which says what is wrong: also for NaN, which is no JSON.

    What the fast parser refuses may be no more than a lone surrogate, which a policy can write, and must not buy an error
    with: it becomes U+FFFD, as a decoder of UTF-8 would have made it.
    """
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError as error:
        fault = str(error)
    try:
        return _scrub(json.loads(text.decode("utf-8-sig"), parse_constant=_refuse))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte {error.start} is invalid") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except _TooDeep:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError(f"not JSON: {fault}") from None


class _TooDeep(Exception):
    pass


def _refuse(constant: str) -> Never:
    raise ValueError(f"{constant} is not JSON")


def _scrub(value: Any, depth: int = 0) -> Any:
    if depth > MAX_DEPTH:
        raise _TooDeep
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrub(item, depth + 1) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {_scrub(key): _scrub(item, depth + 1) for key, item in cast(dict[str, Any], value).items()}
    return value
