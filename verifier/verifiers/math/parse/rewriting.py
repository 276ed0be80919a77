r"""Notations that are written out before parsing: ``^{10}C_3`` as ``\binom{10}{3}``, ``八五折`` as ``85%``."""

import re
from collections.abc import Callable
from typing import NamedTuple

from verifier.verifiers.math.parse import commands, numerals
from verifier.verifiers.math.parse.siunitx import PACKAGED, written_out


class Rule(NamedTuple):
    """One notation."""

    mark: str
    """What a text holds that is in this notation: others are passed over quickly."""
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]


def rewritten(text: str) -> str:
    """``text`` with all of these notations written out."""
    for mark, pattern, replacement in _RULES:
        if mark in text:
            text = pattern.sub(replacement, text)
    return text


def _speed(match: re.Match[str]) -> str:
    power = "" if match["two"] is None else "^2"
    return rf" \text{{{match[1]}/{match[2]}{power}}}"


def _unit_fraction(match: re.Match[str]) -> str:
    top, bottom = (re.sub(r"\\(?:text|mathrm)\s*\{([^{}]*)\}", r" \1 ", side).strip() for side in match.groups())
    return rf" \text{{{top}}}/\text{{({bottom})}}"


def _digits(match: re.Match[str]) -> str:
    """The digit as often as it says, or as a formula: d times (10^n - 1)/9."""
    digit, times = match.groups()
    if times.isdigit():
        return digit * int(times) if int(times) <= 1000 else match[0]
    return rf"\frac{{{digit}(10^{{{times}}}-1)}}{{9}}"


def _digits_behind(match: re.Match[str]) -> str:
    """``1\\underbrace{0\\cdots0}_n``: the digits, or 10^n with what stands before it."""
    before, digit, times = match.groups()
    if times.isdigit():
        return before + digit * int(times) if int(times) <= 1000 else match[0]
    return rf"({before}\cdot10^{{{times}}}+\frac{{{digit}(10^{{{times}}}-1)}}{{9}})"


def _differential(match: re.Match[str]) -> str:
    r"""``\frac{dx}{1+x^2}`` of an integral with its differential behind it."""
    top, variable, bottom = match.groups()
    return rf"\frac{{{top.strip() or 1}}}{bottom}\,d{variable}"


def _in_parts(match: re.Match[str]) -> str:
    """``3 halves``."""
    part = match[2] if match[2] in numerals.PARTS else match[2].removesuffix("s")
    return f"{match[1]}/{numerals.PARTS[part]}"


def _and_a_half(match: re.Match[str]) -> str:
    """``two and a half``."""
    whole = numerals.english([match[1]])
    return match[0] if whole is None else rf"{whole}\frac{{1}}{{2}}"


def _diagonal(match: re.Match[str]) -> str:
    r"""``\operatorname{diag}(2, 3)`` as the matrix."""
    cells = [cell.strip() for cell in match[1].split(",")]
    if not 2 <= len(cells) <= _LARGEST or not all(cells):
        return match[0]
    rows = (["0"] * at + [cell] + ["0"] * (len(cells) - at - 1) for at, cell in enumerate(cells))
    body = r" \\ ".join(map(" & ".join, rows))
    return rf"\begin{{pmatrix}}{body}\end{{pmatrix}}"


_LARGEST = 8
"""Most entries of a diagonal that is written out as a matrix."""


def _asked_for(match: re.Match[str]) -> str:
    """``\\operatorname{rank}(A)`` before an equals sign, as a name; functions with a value are left alone."""
    return match[0] if match[1] in commands.WORD_FUNCTIONS else _name(match)


def _name(match: re.Match[str]) -> str:
    r"""What is asked for of something, as one name: ``\dim V``."""
    return rf"\text{{of{re.sub(_STYLE, '', match[0])}}} "


_STYLE = r"\\(?:operatorname\*?|text|mathrm|left|right)(?![a-z])|[\W_]"


def _conditional(match: re.Match[str]) -> str:
    """``P(A|B)`` as one name."""
    event, given = (re.sub(r"[\\\s{}]", "", side) for side in match.groups())
    return rf"P_{{{event} given {given}}}"


def _discount(match: re.Match[str]) -> str:
    """``八五折`` is 85 percent of the price."""
    digits = [str("一二三四五六七八九".find(digit) + 1 or digit) for digit in match.groups() if digit]
    return f"{''.join(digits):0<2}%"


def _unbraced(match: re.Match[str]) -> str:
    return match[2] if len(match[1]) == len(match[3]) else match[0]


_OPENS = r"[,;]?\s*[(\[]?\s*(?:\\text\s*\{)?\s*[,;]?\s*"
_CLOSES = r"\s*[)\]]?\s*$"
_IN_Z = r", \1 \\in \\mathbb{Z}"
_MEMBER = r"(?<![\w\\])([a-z])\s*\\in\s*\\math(?:bb|bf)\s*(?:\{\s*[NZ]\s*\}|[NZ])\s*"
_AT_LEAST = r"(?:\\geq?(?:slant)?|≥)\s*"
_REALS = r"\\mathbb\s*(?:\{\s*R\s*\}|R)\s*"
_PLUS, _MINUS = r"(?:\{\s*\+\s*\}|\+)(?!\s*[\w\\])", r"(?:\{\s*-\s*\}|-)(?!\s*[\w\\])"
_UPRIGHT = r"(?:\\(?:text|mathrm)\s*\{\s*)?"
_VECTOR = (
    r"\\(?:vec|mathbf|boldsymbol|bm|overrightarrow)\s*(?:\{\s*(?![NZQRC]\s*\})[A-Za-z]{1,2}\s*\}|\s[A-Za-z])"
    r"(?:\s*_\s*(?:\w|\{\w\}))?"
)
_UNITS = r"(?:\\(?:text|mathrm)\s*\{[^{}]*\}(?:\s*\^\s*(?:\d|\{\s*\d\s*\}))?(?:\s|\\cdot|\\,)*)+"
_DOTS = r"(?:\\[lc]?dots|\.\.\.)"
_DOT = r"(?:\\cdot(?![a-z])|\\times|\*)"
_TIMES_OF = r"\{?\s*(\d+|[a-z])\s*(?:个\s*\d?|\\text\s*\{[^{}]*\}|\\;|\\,)*\s*\}?"
_SCRIPT = r"\s*\{?\s*(\w+)\s*\}?\s*"
_NAMED_BEFORE = (
    r"^\s*\\(?:operatorname\*?|text|mathrm)\s*\{\s*([a-zA-Z]{2,12})\s*\}\s*(?:_\s*(?:\w|\{[^{}]*\})\s*)?"
    r"(?:\\left\s*)?[(\[][^()\[\]=]{1,40}[)\]]\s*(?==)"
)
_LENGTH = r"(?<=[\d\s{])([ckdm]?m|(?:centi|kilo|milli)?met(?:er|re)s?|feet|foot|ft|inch(?:es)?|in|miles?|yards?)"
_RULES = [
    Rule(mark, re.compile(pattern), replacement)
    for mark, pattern, replacement in (
        # Units and currencies
        ("$", r"\b(?:US|U\.S\.|HK|AU)\s*\\?\$(?=\s*\d)", r"\$"),
        ("frac", r"(?<=[\d}\s])\\[dt]?frac\s*\{\s*(k?m|mi)\s*\}\s*\{\s*(s|h|hr)(?:\s*\^\s*\{?\s*2\s*\}?(?P<two>))?\s*\}", _speed),
        ("s", r"(?<=[\d}])(?:\s|\\[,;: ]|~)*(k?m|cm)\s?s\s*\^\s*(?:\{\s*-\s*([12])\s*\}|-\s*([12]))", r" \\text{\1/s^\2\3}"),
        (".", r"(?<![\d.,])(\d{1,3})\.(\d{3})(?=\s*(?:\\text\s*\{\s*)?(?:€|euros?\b|EUR\b|reais\b))", r"\1\2"),
        (".", r"(?<=[€])\s*(\d{1,3})\.(\d{3})(?![\d.,])", r" \1\2"),
        ("Omega", rf"(?<=[\d}}])(?:\s|\\[,;: ]|~)*{_UPRIGHT}([kM]?)\s*\}}?\s*{_UPRIGHT}\\Omega\s*\}}?\s*$", r" \\text{\1ohm}"),
        ("\\$", r"\\(?:text|mathrm)\s*\{\s*\\\$\s*\}", r"\\$"),
        ("zero", r"^\s*(\d.{0,40}?)\s{1,9}below\s+zero\b", r"-\1"),
        ("zero", r"\s{1,9}above\s+zero\b", ""),
        ("零下", r"零下(?=\s*\d)", "-"),
        ("零上", r"零上(?=\s*\d)", ""),
        ("frac", rf"(?:(?<=[\d}}\s~])|(?<=\\[,;:!]))\\[dt]?frac\s*\{{\s*({_UNITS})\s*\}}\s*\{{\s*({_UNITS})\s*\}}",
         _unit_fraction),
        ("\\circ", r"/\s*(k?g)(?:\s|\\cdot(?![a-z])|\\,)*\^\s*\\circ\s*C(?!\w)", r"/(\1 celsius)"),
        ("\\circ", r"(?<=g)(?:\s|\\cdot(?![a-z])|\\,)*\^\s*\\circ\s*C(?=\s*\))", " celsius"),
        ("\\circ", r"(?<=\})\s*\^\s*\\circ\s*\\(?:text|mathrm)\s*\{\s*C\s*\}\s*(?=\^)", r" \\text{celsius}"),
        ("м/", r"(?<=[\d\s])м/[cс]", r" \\text{m/s}"),
        ("US ", r"\bUS\s+(?=dollars?\b)", ""),
        # Combinations, bases, ordinals
        ("choose", r"(?<!\w)(\d+|[a-z])\s+choose\s+(\d+|[a-z])(?!\w)", r"\\binom{\1}{\2}"),
        ("C", rf"(?<![\w)}}\]])(?:\{{\s*\}}\s*)?\^{_SCRIPT}(?:\\mathrm\s*\{{\s*)?C\s*\}}?\s*_{_SCRIPT}", r"\\binom{\1}{\2}"),
        ("C", rf"(?<![\w\\])C\s*\^{_SCRIPT}_{_SCRIPT}", r"\\binom{\2}{\1}"),
        ("C", r"(?<![\w\\}])(?:C|\\(?:mathrm|text|mathbf)\s*\{\s*C\s*\})\s*_\s*(\{\s*\d+\s*\}|\d)\s*\^\s*(\{\s*\d+\s*\}|\d)",
         r"\\binom{\1}{\2}"),
        ("A", r"(?<![\w\\}])(?:A|\\(?:mathrm|text|mathbf)\s*\{\s*A\s*\})\s*_\s*\{\s*(\d+)\s*\}\s*\^\s*\{?\s*(\d+)\s*\}?",
         r"\\frac{\1!}{(\1-\2)!}"),
        (")", r"\((?=[0-9A-F]*\d)([0-9A-F]+)\)\s*_\s*(?=\{?\s*(?:\d{1,2}|\\text))", r"\1_"),
        ("C", r"(?<![\w\\}])C\s*_\s*(\{[^{}]*[a-z][^{}]*\}|[a-z])\s*\^\s*(\{[^{}]+\}|\w)", r"\\binom{\1}{\2}"),
        ("th", r"(?<=\d)\s*(?:\^\s*\{?\s*(?:\\(?:text|mathrm|textrm)\s*\{\s*)?th\s*\}?\s*\}?|th\b)", ""),
        # Half-lines, and integers above a bound
        ("mathbb", rf"{_REALS}(?:\^\s*{_PLUS}|_\s*{_PLUS}|_\s*\{{\s*>\s*0\s*\}})", r"(0,\\infty)"),
        ("mathbb", rf"{_REALS}_\s*\{{\s*(?:\\geq?(?:slant)?|≥)\s*0\s*\}}", r"[0,\\infty)"),
        ("mathbb", rf"{_REALS}(?:\^\s*{_MINUS}|_\s*{_MINUS}|_\s*\{{\s*<\s*0\s*\}})", r"(-\\infty,0)"),
        ("mathbb", r"\\mathbb\s*\{?\s*([NZ])\s*\}?\s*_\s*\{\s*(?:>\s*0|(?:\\geq?(?:slant)?|≥)\s*1)\s*\}",
         r"\\mathbb{\1}^+"),
        ("mathb", rf"{_MEMBER}_\s*(?:0|\{{\s*(?:0|{_AT_LEAST}0)\s*\}})", rf"\1 \\ge 0{_IN_Z}"),
        ("mathb", rf"{_MEMBER}_\s*\{{\s*{_AT_LEAST}([2-9]|\d\d+)\s*\}}", rf"\1 \\ge \2{_IN_Z}"),
        ("mathb", rf"{_MEMBER}_\s*\{{\s*>\s*([1-9]\d*)\s*\}}", rf"\1 > \2{_IN_Z}"),
        # Parameters that are integers
        ("integer", rf"{_OPENS}(?:(?:for|where|with)\s*)?(?:any|all|some|every|each)?\s*\}}?\s*\$?\b([a-z])\$?\s*"
         rf"(?:\\text\s*\{{)?\s*(?:is|are|being)\s+(?:an?\s+|any\s+)?(?:arbitrary\s+)?integers?\s*\}}?{_CLOSES}", _IN_Z),
        ("integer", rf"{_OPENS}(?:for|where|with)\s+(?:any|all|some|every|each|an)?\s*(?:arbitrary\s+)?integers?\s*"
         rf"(?:values?\s+of\s*)?\}}?\s*\$?([a-z])\$?{_CLOSES}", _IN_Z),
        ("整数", r"[,，]?\s*[(（]?\s*(?:其中)?\s*\$?([a-z])\$?\s*(?:\\text\s*\{)?\s*(?:为|是)?(?:任意)?整数"
         r"\s*\}?\s*[)）]?\s*$", _IN_Z),
        # Chinese, Japanese, Korean
        ("折", r"^([一二三四五六七八九1-9])([一二三四五六七八九1-9])?折$", _discount),
        ("分の", r"(\d+)\s*分の\s*(\d+)", r"\2/\1"),
        ("千", r"(\d+)\s*([万萬])\s*(\d+)\s*千", r"(\1\2+\g<3>000)"),
        ("천", r"(\d+)\s*만\s*(\d+)\s*천", r"(\g<1>0000+\g<2>000)"),
        # Names of points, products of vectors, one-sided limits
        ("angle", r"\\text\s*\{\s*(angle|triangle)\s*\}\s*(?=[A-Z]{3}(?![A-Za-z]))", r"\\\1 "),
        ("angle ", r"(?<![\\\w])angle\s+(?=[A-Z]{3}(?![A-Za-z]))", r"\\angle "),
        ("triangle ", r"(?<![\\\w])triangle\s+(?=[A-Z]{3}(?![A-Za-z]))", r"\\triangle "),
        ("\\times", rf"({_VECTOR}|(?<=\))|(?<=\\right\)))\s*\\times(?=\s*{_VECTOR})", r"\1 \\crossproduct "),
        ("\\times", rf"({_VECTOR})\s*\\times(?=\s*(?:\\left\s*)?\()", r"\1 \\crossproduct "),
        ("\\wedge", r"(?<![a-zA-Z])(d[a-z])\s*\\wedge\s*(?=d[a-z](?![a-z]))", r"\1 \\crossproduct "),
        ("\\to", r"(\\to\s*-?\w+)\s*([+-])\s*\}", r"\1^{\2}}"),
        ("span", r"(?:\\(?:operatorname\*?|text|mathrm)\s*\{\s*[sS]pan\s*\}|(?<![\\\w])[sS]pan)\s*(?=\\left|\\\{|\{|\()",
         r"\\span "),
        ("for ", r"(?<=[\w)}])\s*,?\s+for\s+(?=[a-zA-Z]\s*(?:[<>]|\\[lg]e|\\ne))", ", "),
        ("when ", r"(?<=[\w)}])\s*,?\s+when\s+(?=[a-zA-Z]\s*(?:[<>]|\\[lg]e|\\ne))", ", "),
        ("underbrace", rf"(?<![\d}}])\\(?:under|over)brace\s*\{{\s*(\d)(?:\s*\1)*\s*{_DOTS}\s*\1(?:\s*\1)*\s*\}}"
         rf"\s*_\s*{_TIMES_OF}(?!\s*\d)", _digits),
        ("underbrace", rf"\\underbrace\s*\{{\s*([^{{}}+]+?)\s*\+(?:\s*\1\s*\+)*\s*{_DOTS}\s*\+\s*\1\s*\}}\s*_\s*{_TIMES_OF}",
         r"((\2)(\1))"),
        ("underbrace", rf"\\underbrace\s*\{{\s*(\w+)(?:\s*{_DOT}\s*\1)+\s*(?:{_DOT})?\s*{_DOTS}\s*(?:{_DOT})?\s*\1"
         rf"\s*\}}\s*_\s*{_TIMES_OF}", r"((\1)^{\2})"),
        ("underbrace", rf"(?<![\d.}}])(\d+)\s*\\(?:under|over)brace\s*\{{\s*(\d)(?:\s*\2)*\s*{_DOTS}\s*\2(?:\s*\2)*\s*\}}"
         rf"\s*_\s*{_TIMES_OF}(?!\s*\d)", _digits_behind),
        ("brace", r"\\(?:under|over)brace\s*(\{[^{}]*\})\s*[_^]\s*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\w)", r"\1"),
        ("mathbb", r"\\mathbb\s*\{?\s*Z\s*\}?\s*/\s*(?:\(\s*)?(\d+|[a-z])\s*\\mathbb\s*\{?\s*Z\s*\}?(?:\s*\))?",
         r"\\mathbb{Z}_{\1}"),
        ("\\Pr", r"\\Pr(?![a-z])\s*(?=\\left\s*\(|\()", "P"),
        ("\\Pr", r"\\Pr(?![a-z])\s*(?:\\left\s*)?\[([^][]*?)(?:\\right\s*)?\]", r"P(\1)"),
        ("P", r"(?<![A-Za-z\\])P\s*(?:\\left"
         r"\s*)?\(([^()|=<>]{1,20})(?:\||\\mid(?![a-z])|\\vert(?![a-z]))([^()|=<>]{1,20}?)(?:\\right\s*)?\)", _conditional),
        # Packages of units
        ("\\SI", PACKAGED, written_out),
        ("\\qty", PACKAGED, written_out),
        *((mark, rf"\{mark}\s*\{{([^{{}}]*)\}}\s*\{{([^{{}}\\]*)\}}", r"\1 \\text{\2}") for mark in ("\\SI", "\\qty")),
        ("\\unit", r"\\unit\s*\{([^{}\\]*)\}", r" \\text{\1}"),
        ("\\ang", r"\\ang\s*\{([\d.+-]+)\}", r"\1^\\circ "),
        ("\\num", r"\\num\s*\{([\d.,eE+-]+)\}", r"\1"),
        ("unit", r"(?<=[\d})])(?:\s|\\[,;: ]|~)*(?:\\(?:text|mathrm)\s*\{)?\s*(?:(?:sq(?:uare)?|cu(?:bic)?)\b\.?\s*)?units?"
         r"(?:\s*\}?\s*\^\s*\{?\s*[23]\s*\}?|\s*\}?\s*[²³]|\s*\})?\s*$", ""),
        # Names of what is asked for
        *((mark, _NAMED_BEFORE, _asked_for) for mark in (")=", ") =")),
        *((mark, rf"^\s*\{mark}(?![a-z])\s*(?:_\s*(?:\w|\{{[^{{}}]*\}})\s*)?"
           rf"(?:\([^()=]{{1,40}}\)|[A-Za-z](?:_\w)?)\s*(?==)", _name)
          for mark in ("\\dim", "\\deg", "\\ker")),
        ("\\#", r"^\s*\\#\s*[A-Z]\s*(?==)", _name),
        *((mark, r"^\s*\|[A-Z](?:\s*\\c[au]p\s*[A-Z])+\|\s*(?==)", _name) for mark in ("\\cup", "\\cap")),
        # Others
        ("/", r"\^\s*\{?\s*(\d+)\s*\}?\s*/\s*_\s*\{?\s*(\d+)\s*\}?", r"\\frac{\1}{\2}"),
        ("const", r"(?<=\+)\s*(?:\\(?:text|mathrm)\s*\{\s*)?const(?:\.|ant)?\s*\}?\s*$", " C"),
        ("diag", r"(?:\\(?:operatorname|mathrm|text)\s*\{\s*diag\s*\}|(?<![\w\\])diag)\s*(?:\\left\s*)?(?:\(|\\\{)"
         r"([^()\\{}]*(?:\\(?!\})[^()\\{}]*)*)(?:\\right\s*)?(?:\)|\\\})", _diagonal),
        ("sim", r"^\s*[A-Z]\s*\\sim(?![a-z])\s*(?=(?:\\mathcal\s*\{?\s*)?[A-Za-z]+\s*\}?\s*(?:\\left\s*)?\()", ""),
        ("half", r"^([a-z]+)\s+and\s+a\s+half\b", _and_a_half),
        ("frac", r"^\\[dt]?frac\s*\{\s*d\s*([a-z])\s*\}\s*\{\s*d\s*x\s*\}(?=\s*=)", r"\1'"),
        ("dx", r"^d([a-z])\s*/\s*dx(?=\s*=)", r"\1'"),
        ("half", r"(?<=[\d\s])\s{0,9}and\s+a\s+half\b", r"\\frac{1}{2}"),
        ("quarter", r"(?<=\d)\s*and\s+a\s+quarter\b", r"\\frac{1}{4}"),
        ("half", r"^((?:\\text\s*\{\s*)?)half\s+an?\s+(?!percent)(?=[a-z])", r"\\frac{1}{2} \1"),
        ("half", r"^an?\s+([a-z]+)\s+and\s+a\s+half$", r"\\frac{3}{2} \1"),
        ("st", r"(?<=1)\s*(?:\^\s*\{?\s*)?(?:\\(?:text|mathrm)\s*\{\s*st\s*\}|(?<=\d)st\b)\s*\}?$", ""),
        ("nd", r"(?<=2)\s*(?:\^\s*\{?\s*)?(?:\\(?:text|mathrm)\s*\{\s*nd\s*\}|(?<=\d)nd\b)\s*\}?$", ""),
        ("rd", r"(?<=3)\s*(?:\^\s*\{?\s*)?(?:\\(?:text|mathrm)\s*\{\s*rd\s*\}|(?<=\d)rd\b)\s*\}?$", ""),
        ("a ", r"^an?\s+(?=(?:half|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)$)", "one "),
        ("s", r"^(\d+)\s+(halves|thirds|quarters|fourths|fifths|sixths|sevenths|eighths|ninths|tenths)$", _in_parts),
        ("Matrix", r"^Matrix\((\[\[.*\]\])\)$", r"\1"),
        ("a ", r"^a\s+(?=hundred|thousand|million|billion|dozen)", "one "),
        (" in", r"^(\d+)\s*(?:\\text\s*\{\s*in\s*\}\s*|in\s+)(\d+)$", r"\1/\2"),
        ("\\min", r"(?<=\d)(?:\s|\\[,;: ]|~)*\\min\s*$", r" \\text{min}"),
        ("{e}", r"(?<=\d)\s*\\(?:text|mathrm)\s*\{e\}\s*(?=-?\d)", "e"),
        ("{e-}", r"(?<=\d)\s*\\(?:text|mathrm)\s*\{e-\}\s*(?=\d)", "e-"),
        ("^o", r"(?<=\d)\s*\^o(?![a-zA-Z])", r"^\\circ "),
        ("{o", r"(?<=\d)\s*\^\s*\{\s*(?:o|\\(?:text|mathrm)\s*\{o\s*\})\s*\}", r"^\\circ "),
        ("\\int", r"\\[dt]?frac\s*\{([^{}]*?)(?:\s|\\[,;:! ])*(?<![a-zA-Z\\])d([a-z])\s*\}\s*"
         r"(\{(?!\s*d[a-z]\s*\})(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})", _differential),
        ("squared", r"\b(k?m|meters?|metres?|feet|foot|ft)\s*(?:per|/)\s*(s|sec|seconds?|h|hours?)\s+squared\b",
         r" \\text{\1/\2^2}"),
        ("sq", r"(?<=\d)\s*\bsq(?:uare)?\.?\s+([ckdm]?m|ft|in|mi|yd)\b\.?", r" \\text{square \1}"),
        ("cu", r"(?<=\d)\s*\bcu(?:bic)?\.?\s+([ckdm]?m|ft|in|mi|yd)\b\.?", r" \\text{cubic \1}"),
        ("squared", rf"{_LENGTH}\s+squared(?=\s*\}}?\s*$)", r"\1^2"),
        ("cubed", rf"{_LENGTH}\s+cubed(?=\s*\}}?\s*$)", r"\1^3"),
        ("factorial", r"(?<=[\d)}])\s+factorial$", "!"),
        ("squared", r"(?<=[\d)}])\s+squared$", "^2"),
        ("cubed", r"(?<=[\d)}])\s+cubed$", "^3"),
        ("_{", r"\b([a-z])_\{\s*1\s*,\s*2\s*\}\s*(?==)", r"\1"),
        ("M}", r"(?<=[\d}])(?:\s|\\[,;: ]|~)*\\(?:text|mathrm)\s*\{\s*(m?)M\s*\}\s*$", r" \\text{\1mol/L}"),
        (":}", r"(?<=\d)\s*\{\s*:\s*\}\s*(?=\d)", ":"),
        ("\\!", r"(?<=[\d:])\s*\\!\s*(?=[\d:])", ""),
        ("h", r"^(\d{1,2})\s?h(?:r|rs)?\s?(\d{1,2})\s?m(?:in|ins)?$", r"\1 \\text{h} \2 \\text{min}"),
        ("root of", r"^(?:the\s+)?square\s+root\s+of\s+(\d+|\\?pi)$", r"\\sqrt{\1}"),
        ("root of", r"^(?:the\s+)?cube\s+root\s+of\s+(\d+|\\?pi)$", r"\\sqrt[3]{\1}"),
        ("h", r"^(\d{1,2})\s?h\s?([0-5]\d)$", r"\1:\2"),
        ("out", r"\\text\s*\{\s*out\s+of\s*\}", " out of "),
        ("\\.", r"\\\.\s*$", ""),
        ("ll", r"^(?:\\text\s*\{\s*)?[Aa]ll(?:\s+primes)?\s*(?:\}|(?<=[a-z])\s)\s*"
         r"(?=[a-z]\s*(?:[<>]|\\(?:[gl]eq?(?:slant)?|ne|equiv)(?![a-z])))", ""),
        ("{{", r"^(\{+)([^{}]*)(\}+)$", _unbraced),
        ("googol", r"^(?:\\text\s*\{\s*)?(?:an?|one)?\s*googol\s*\}?$", "10^{100}"),
    )
]  # fmt: skip
