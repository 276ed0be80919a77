"""A recipe as its own manual: YAML with what each setting means as a comment before it, from the fields' descriptions."""

from textwrap import indent, wrap
from types import NoneType
from typing import Any, Literal, cast, get_args, get_origin

from grpo.config import Section, as_yaml

WIDTH = 110
"""Columns of a comment."""

STEP = "  "


def of(config: Section) -> str:
    """The whole tree, explained; :func:`grpo.config.load` reads it back unchanged."""
    return "\n".join((_comment(f"{type(config).__doc__} Keys may be left out."), "", _section(config, between="\n")))


def _section(section: Section, between: str = "") -> str:
    """All settings, each after its meaning."""
    values = section.model_dump(mode="json")
    settings: list[str] = []
    for name, field in type(section).model_fields.items():
        kinds = tuple(kind for kind in (field.annotation, *get_args(field.annotation)) if kind is not NoneType)
        below = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section)), None)
        setting = _setting(name, getattr(section, name), values[name])
        if below is not None and values[name] is None:  # how to turn it on
            setting += indent(_setting(name, below(), {}), "# ")
        settings.append(
            _comment(_meaning(field.description or (below and below.__doc__) or "", kinds)) + "\n" + setting
        )
    return between.join(settings)


def _setting(name: str, value: object, plain: object) -> str:
    """A key with its value; ``plain`` is the value as YAML has it."""
    if isinstance(value, Section):
        return f"{name}:\n{indent(_section(value), STEP)}"
    if isinstance(value, list) and value and isinstance(value[0], Section):
        items = (indent(f"-\n{indent(_section(each), STEP)}", STEP) for each in cast("list[Section]", value))
        return f"{name}:\n{''.join(items)}"
    return as_yaml({name: plain})


def _meaning(description: str, kinds: tuple[Any, ...]) -> str:
    """The description, and which values there are where these are words."""
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    return description + (f" One of {', '.join(words)}." if len(words) > 1 else "")


def _comment(text: str) -> str:
    return "\n".join(wrap(text.replace("``", "`"), WIDTH, initial_indent="# ", subsequent_indent="# "))
