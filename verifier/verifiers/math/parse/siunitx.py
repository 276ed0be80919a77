r"""Units as the package siunitx names them: ``\SI{5}{\centi\metre\per\second\squared}``."""

import re

PACKAGED = (
    r"\\(?:SI|qty)\s*(?:\[[^\[\]]*\]\s*)?\{([^{}]*)\}\s*(?:\[[^\[\]]*\]\s*)?\{((?:\\[a-zA-Z]+(?:\{-?\d\})?|[~.\s])+)\}"
)
_MACRO = re.compile(r"\\([a-zA-Z]+)\s*(?:\{(-?\d)\})?")
_PREFIXES = frozenset("pico nano micro milli centi deci hecto kilo mega giga tera".split())
_BEFORE = {"square": 2, "cubic": 3}
_BEHIND = {"squared": 2, "cubed": 3}
_SPECIAL = {
    "percent": r"\%",
    "degreeCelsius": r"^\circ C",
    "celsius": r"^\circ C",
    "degree": r"^\circ ",
    "ang": r"^\circ ",
}


def written_out(match: re.Match[str]) -> str:
    r"""A match of :data:`PACKAGED` as a number with its unit in ``\text{..}``."""
    return match[1] + _unit(match[2])


def _unit(macros: str) -> str:
    unit, prefix, sign, power = "", "", "", 1
    for name, exponent in _MACRO.findall(macros):
        if name in _SPECIAL:
            return _SPECIAL[name]
        if name == "per":
            sign = "/"
        elif name in _BEFORE:
            power = _BEFORE[name]
        elif name in _PREFIXES:
            prefix = name
        elif name in _BEHIND or name in ("tothe", "raiseto"):
            unit += f"^{_BEHIND.get(name) or exponent}"
        else:
            unit += f"{sign or ('*' if unit else '')}{prefix}{name}" + (f"^{power}" if power > 1 else "")
            prefix, sign, power = "", "", 1
    return rf" \text{{{unit}}}"
