r"""Chemical formulas, equations and electron configurations, in a canonical form: ``\ce{Ca(OH)2}`` and ``\mathrm{Ca(OH)_2}``."""

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from verifier.verifiers.math.parse.unicode import to_latex

_ELEMENTS = frozenset(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru "
    "Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At "
    "Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr D T e n p".split()
)
_LIMIT = 300
_CAPITAL = re.compile(r"[A-Z]")
_UPRIGHT = re.compile(r"\\(?:ce|mathrm|text|textrm|rm|mathsf|operatorname|mathbf|textbf)(?![a-zA-Z])")
_DROPPED = re.compile(
    r"\\(?:left|right|uparrow|downarrow|displaystyle|quad)(?![a-z])|\\[()\[\],;!: ]|[$~↑↓]|\s[v^](?=\s|\}|$)|\{\}|\.\s*$"
)
_ARROW = re.compile(
    r"\s*(?:<=>|<->|->|=>|=+|[→⇌⟶]|\\(?:long)?(?:right|leftright)arrow(?![a-z])|\\(?:to|rightleftharpoons|iff)(?![a-z])|"
    r"\\(?:xrightarrow|xlongequal|xrightleftharpoons|xlongrightarrow)\s*(?:\[[^\[\]]*\]\s*)?\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})\s*"
)
_DOT = re.compile(r"\\cdot(?![a-z])|[·•]")
_SCRIPT = re.compile(r"([\^_])\s*(?:\{\s*([^{}]*?)\s*\}|(\d+[+-]?|[+-]))")
_CHARGE = re.compile(
    r"(?:(?<=\])(\d?)|(?<![A-Za-z)])(?P<ion>[A-Z][a-z]?)(?P<times>\d)|(?<=[A-Za-z0-9)>]))([+-])(?=\s*$|\s+\+|\s*→)"
)
"""A charge without its sign for superscripts, as in ``Ag+`` and ``Ca2+``."""
_TERMS = re.compile(r"\s*\+\s*(?!\d*>)")
_TOKEN = re.compile(r"([A-Z][a-z]?)|([(\[])|([)\]])|_<(\d+|[a-z])>|(\d+)|\^<([^<>]*)>")
_STATE = re.compile(r"\s*(?:_<)?\((s|l|g|aq)\)>?\s*$")
_COEFFICIENT = re.compile(r"\s*(\d+(?:/\d+)?)(?![\d<])")
_IONIC = re.compile(r"(\d*)([+-])|([+-])(\d+)")
_SHELL_NAME = re.compile(r"[1-7][spdf]\s?[\^\d¹²³⁴⁵⁶⁷⁸⁹]")
_SHELL = re.compile(r"\s*([1-7])([spdf])\s*(?:\^\s*\{\s*(\d+)\s*\}|\^\s*(\d)|(\d{1,2}))(?=\s|$|[1-7][spdf])\s*")
_CORES = {
    "He": "1s2", "Ne": "1s2 2s2 2p6", "Ar": "1s2 2s2 2p6 3s2 3p6", "Kr": "1s2 2s2 2p6 3s2 3p6 3d10 4s2 4p6",
    "Xe": "1s2 2s2 2p6 3s2 3p6 3d10 4s2 4p6 4d10 5s2 5p6",
}  # fmt: skip


class Species(NamedTuple):
    """One formula with its coefficient; ``state`` is empty where none is stated."""

    amount: Fraction
    formula: str
    state: str


Side = tuple[Species, ...]


class Chemistry(NamedTuple):
    """A formula, or the sides of an equation. ``marked``: that it is chemistry is plain to see."""

    sides: tuple[Side, ...]
    marked: bool


def matches(left: Chemistry, right: Chemistry) -> bool:
    """Whether two are the same but for the order of the terms, and for states that only one of them gives."""
    return len(left.sides) == len(right.sides) and all(
        len(a) == len(b) and all(map(_same, sorted(a), sorted(b))) for a, b in zip(left.sides, right.sides, strict=True)
    )


def _same(left: Species, right: Species) -> bool:
    return left[:2] == right[:2] and (left.state == right.state or "" in (left.state, right.state))


@lru_cache(maxsize=4_096)
def chemistry(text: str) -> Chemistry | None:
    """What ``text`` is as chemistry; None where it cannot be any."""
    if len(text) > _LIMIT or not _CAPITAL.search(text):
        return None
    plain = _UPRIGHT.sub(" ", _DOT.sub("·", _DROPPED.sub(" ", to_latex(text))))
    plain = _SCRIPT.sub(lambda match: f"{match[1]}<{match[2] or match[3]}>", _ARROW.sub(" → ", plain))
    plain = re.sub(r"[{}]", "", plain).strip()
    if "\\" in plain:
        return None
    plain = _CHARGE.sub(_charged, plain)
    sides: list[Side] = []
    for side in plain.split("→"):
        species = [_species(term) for term in _TERMS.split(side.strip())]
        known = [one for one in species if one is not None]
        if len(known) < len(species):
            return None
        sides.append(tuple(known))
    return Chemistry(tuple(sides), _is_marked(text, plain, sides))


def _charged(match: re.Match[str]) -> str:
    return f"{match['ion'] or ''}^<{match[1] or match['times'] or ''}{match[4]}>"


def _is_marked(text: str, plain: str, sides: list[Side]) -> bool:
    """Variables are single letters in italics, with small numbers for subscripts: a formula shows otherwise."""
    formulas = [species.formula for side in sides for species in side]
    names = [re.findall(r"[A-Z][a-z]?", formula) for formula in formulas]
    numbered = any(any(c.isdigit() or c in "(^" for c in formula) for formula in formulas)
    if "\\ce" in text or (numbered and any(len(name) == 2 for found in names for name in found)):
        return True
    if not numbered:
        return False
    upright = _UPRIGHT.search(text) is not None or "<" not in plain
    several = any(len(set(found)) > 1 for found in names) and all("1" not in formula for formula in formulas)
    return upright or (several and any(name in ("H", "O") for found in names for name in found))


def _species(term: str) -> Species | None:
    state = _STATE.search(term)
    if state:
        term = term[: state.start()]
    amount = _COEFFICIENT.match(term)
    if amount:
        term = term[amount.end() :]
    parts: list[str] = []
    for part in term.split("·"):
        times = _COEFFICIENT.match(part) if parts else None
        formula = _formula(part[times.end() :] if times else part)
        if formula is None:
            return None
        parts.append(f"{times[1] if times else ''}{formula}")
    top, _, bottom = (amount[1] if amount else "1").partition("/")
    if not int(bottom or 1):
        return None
    number = Fraction(int(top), int(bottom or 1))
    return Species(number, "·".join(parts), state[1] if state else "")


def _formula(text: str) -> str | None:
    """One formula without spaces, subscripts as plain numbers, its charge last."""
    parts: list[str] = []
    at, depth, charge = 0, 0, ""
    text = text.replace(" ", "")
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or charge:
            return None
        element, opening, closing, subscript, number, above = match.groups()
        if element and element not in _ELEMENTS:
            return None
        if (subscript or number) and not parts:
            return None
        depth += bool(opening) - bool(closing)
        if depth < 0 or (closing and parts[-1] == "("):
            return None
        if above is not None and not parts:
            parts.append(f"^{above}:")
        elif above is not None and depth:
            return None
        elif above is not None:
            charge = _charge(above)
            if not charge:
                return None
        else:
            parts.append("(" if opening else ")" if closing else element or subscript or number)
        at = match.end()
    return "".join(parts) + charge if parts and not depth and _CAPITAL.search(text) else None


def _charge(text: str) -> str:
    match = _IONIC.fullmatch(text)
    return f"^{int(match[1] or match[4] or 1)}{match[2] or match[3]}" if match else ""


@lru_cache(maxsize=1_024)
def configuration(text: str) -> tuple[str, ...] | None:
    r"""The subshells of ``[Ne]3s^2 3p^4``, sorted, with those of the noble gas; None for anything else."""
    if len(text) > _LIMIT or not _SHELL_NAME.search(text):
        return None
    plain = _UPRIGHT.sub(" ", re.sub(r"\\[,;: !\[\]]", _unescaped, to_latex(text))).strip("{}$ ")
    plain += "}" * (plain.count("{") - plain.count("}"))
    core = re.match(r"\[(\w\w)\]", plain)
    if core and core[1] not in _CORES:
        return None
    at = core.end() if core else 0
    shells: list[str] = []
    while match := _SHELL.match(plain, at):
        shells.append(f"{match[1]}{match[2]}{match[3] or match[4] or match[5]}")
        at = match.end()
    if not shells or at < len(plain):
        return None
    return tuple(sorted((_CORES[core[1]].split() if core else []) + shells))


def _unescaped(match: re.Match[str]) -> str:
    return match.group()[1] if match.group()[1] in "[]" else " "
