"""Unicode to the LaTeX that the lexer reads: superscripts, vulgar fractions, roots, operators, full-width forms, letters."""

import re
import unicodedata

_OPERATORS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "－": "-",
    "×": r"\times ", "✕": r"\times ", "✖": r"\times ", "⨯": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ",
    "•": r"\cdot ", "・": r"\cdot ", "∗": "*", "÷": r"\div ", "∕": "/", "⁄": "/", "／": "/",
    "≤": r"\le ", "⩽": r"\le ", "≦": r"\le ", "≥": r"\ge ", "⩾": r"\ge ", "≧": r"\ge ", "≠": r"\ne ", "≈": r"\approx ",
    "≃": r"\approx ", "≅": r"\cong ", "≡": r"\equiv ", "∼": r"\sim ", "±": r"\pm ", "∓": r"\mp ",
    "∈": r"\in ", "∉": r"\notin ", "∪": r"\cup ", "∩": r"\cap ", "∖": r"\setminus ", "⊂": r"\subset ", "⊆": r"\subseteq ",
    "⊃": r"\supset ", "⊇": r"\supseteq ", "⊊": r"\subsetneq ", "⊋": r"\supsetneq ",
    "⫋": r"\subsetneq ", "≌": r"\cong ", "∽": r"\sim ", "∘": r"\circ ",
    "∅": r"\emptyset ", "⌀": r"\emptyset ", "∞": r"\infty ", "√": r"\sqrt ", "∛": r"\sqrt[3] ", "∜": r"\sqrt[4] ",
    "∑": r"\sum ", "∏": r"\prod ", "∫": r"\int ", "→": r"\to ", "⇒": r"\Rightarrow ", "⇔": r"\iff ", "∧": r"\land ",
    "∨": r"\lor ", "¬": r"\neg ", "∀": r"\forall ", "∃": r"\exists ", "∣": r"\mid ", "｜": "|", "∥": r"\parallel ",
    "⊥": r"\perp ", "∠": r"\angle ", "△": r"\triangle ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ",
    "⌉": r"\rceil ", "⟨": r"\langle ", "⟩": r"\rangle ", "〈": r"\langle ", "〉": r"\rangle ", "∂": r"\partial ",
    "∇": r"\nabla ", "°": r"^\circ ", "º": r"^\circ ", "˚": r"^\circ ", "℃": r"^\circ C ", "℉": r"^\circ F ",
    "′": "'", "″": "''", "’": "'", "‘": "'", "“": '"', "”": '"', "％": "%", "﹪": "%", "‰": r"\permil ", "…": r"\ldots ",
    "⋯": r"\cdots ", "ℝ": r"\mathbb{R}", "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "ℚ": r"\mathbb{Q}", "ℂ": r"\mathbb{C}",
    "ⅈ": "i", "ⅇ": "e", "ℯ": "e", "ℓ": r"\ell ", "ℏ": r"\hbar ", "，": ",", "、": ",", "；": ";", "：": ":", "。": ".",
    "＄": r"\$", "￥": "¥", "￠": "¢", "￡": "£", "【": "(", "】": ")", "「": " ", "」": " ", "《": " ", "》": " ",
    "µ": r"\mu ", "∶": ":", "٫": ".", "٬": ",", "＝": "=", "＜": "<", "＞": ">",
}  # fmt: skip

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi",
    "Ω": "Omega",
}  # fmt: skip

_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸᵃᵇᵐᵏᵗ", "0123456789+-=()nixyabmkt", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢₓₘₖₜ", "0123456789+-=()nixmkt", strict=True))
_SUPER_RUN = re.compile(f"[{''.join(_SUPERSCRIPTS)}]+")
_SUB_RUN = re.compile(f"[{''.join(_SUBSCRIPTS)}]+")
_STACKED = re.compile("([⁰¹²³⁴⁵⁶⁷⁸⁹]+)[⁄/]([₀₁₂₃₄₅₆₇₈₉]+)")
_OVERLINED = re.compile("((?:\\d[\u0305\u0304])+)")
_DOTTED = re.compile("(\\d)\u0307")
_ROOTED = re.compile(r"\\sqrt(\[\d\])? (?=\d)(\d+(?:\.\d+)?)")
_METRES = re.compile(r"(?<=\d)\s?m(?=[²³]\s*(?:$|[,.;)}$]))")
_CIRCLED = re.compile(r"[①-⑳](?:\s?[、,，]?\s?[①-⑳])+")
_GREEK_WORD = re.compile("([\u0370-\u03ff\u1f00-\u1fff]{3,})")
_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")
_CYRILLIC_LETTER = re.compile(r"(?<![^\W\d_])[АВЕКМНОРСТХаеорсух](?![^\W\d_])")
"""A single Cyrillic letter that looks like a Latin one is meant as that."""
_SQUARE_UNITS = str.maketrans(
    {"㎡": "m²", "㎠": "cm²", "㎢": "km²", "㎥": "m³", "㎤": "cm³", "㎝": "cm", "㎞": "km", "㎏": "kg"}
)
_SPACES = dict.fromkeys((*range(0x2000, 0x200B), 0x00A0, 0x202F, 0x205F, 0x3000), " ")
_INVISIBLE = dict.fromkeys((*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x00AD))
_TABLE = str.maketrans({**_OPERATORS, **{letter: f"\\{name} " for letter, name in _GREEK.items()}})


def to_latex(text: str) -> str:
    """``text`` with its mathematical Unicode written in ASCII and LaTeX; other scripts stay as they are."""
    if text.isascii():
        return text
    text = text.translate(_SQUARE_UNITS).translate(_SPACES).translate(_INVISIBLE)
    text = _CYRILLIC_LETTER.sub(lambda match: match.group().translate(_LOOK_ALIKES), text)
    text = _OVERLINED.sub(lambda match: "\\overline{" + re.sub(r"\D", "", match.group()) + "}", text)
    text = _DOTTED.sub(r"\\dot{\1}", text)
    text = _METRES.sub(r" \\text{m}", text)
    text = _CIRCLED.sub(lambda match: "(" + ", ".join(re.findall("[①-⑳]", match.group())) + ")", text)
    text = _STACKED.sub(_stacked, text)
    text = _SUPER_RUN.sub(lambda match: "^{" + "".join(map(_SUPERSCRIPTS.__getitem__, match.group())) + "}", text)
    text = _SUB_RUN.sub(lambda match: "_{" + "".join(map(_SUBSCRIPTS.__getitem__, match.group())) + "}", text)
    text = _translated(text)
    if not text.isascii():
        text = _translated("".join(map(_compatible, text)))
    return _ROOTED.sub(lambda match: f"\\sqrt{match.group(1) or ''}{{{match.group(2)}}}", text)


def _stacked(match: re.Match[str]) -> str:
    top = "".join(map(_SUPERSCRIPTS.__getitem__, match.group(1)))
    return f"\\frac{{{top}}}{{{''.join(map(_SUBSCRIPTS.__getitem__, match.group(2)))}}}"


def _translated(text: str) -> str:
    """Operators and Greek letters as commands; words in Greek stay words."""
    parts = _GREEK_WORD.split(text)
    return "".join(part if index % 2 else part.translate(_TABLE) for index, part in enumerate(parts))


def _compatible(char: str) -> str:
    """Full-width and mathematical letters to plain ones, and vulgar fractions to fractions."""
    if char.isascii():
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    plain = unicodedata.normalize("NFKC", char)
    if "\u2044" in plain:
        top, bottom = plain.split("\u2044")
        return f"\\frac{{{top}}}{{{bottom}}}" if top and bottom else char
    return plain if len(plain) == 1 or "Ⅰ" <= char <= "ⅿ" else char
