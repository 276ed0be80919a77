"""The parts of prose: its formulas, numbers and sentences, and what emphasises them."""

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import NamedTuple

_OPENING = re.compile(r"\$\$(?=[^$])|\\[\[(]")
_CLOSING = {"$$": "$", r"\[": r"\]", r"\(": r"\)"}
_END_OF_PROOF = re.compile(r"\s*\\(?:blacksquare|square|qed|Box|checkmark)\s*")
_DOLLAR = re.compile(r"(?<!\\)\$")
_PROSE = re.compile(r"(?<![\\a-zA-Z{])[a-z]{2,}[,;]?\s+[a-z]{2,}(?![a-zA-Z}])|\n")
_OR = re.compile(r"(?:or|或者?|ou|oder|или|o|u|of|lub|veya|ya da|hoặc|または|또는|atau|eller|tai|أو|या)")
BOLD = re.compile(
    r"(?<![)\]}*])(?<![^\W\u2e80-\uffff])\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*(?![(*])(?![^\W\u2e80-\uffff])", re.DOTALL
)
_UNDERLINED = re.compile(r"(?<!\w)__(?=[^\s_])([^_]*[\d\s\\$][^_]*)(?<=\S)__(?!\w)")
_ABBREVIATIONS = "".join(
    rf"(?<!\b{word}[.!?])"
    for word in "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mr Mrs Ms Dr St No sq cu vs cf e.g a.m p.m".split()
)
_SENTENCE_END = re.compile(
    rf"[.!?。！？\n\x01](?:(?<=[^\d\s][.!?])(?<!\d\.\.\.)"
    rf"{_ABBREVIATIONS}(?![.!])(?=\s|$)|(?<=\d[.?])(?=\s+(?:[A-Z\\(\u4e00-\u9fff]|\*\*)|\s*$)|(?<=[。！？])|"
    r"(?<=\n)\s*\n|(?<=\x01)\s*(?=(?:Therefore|Thus|So|Hence|Then|Finally|Now|Since|We|The|This)\b)|"
    r"(?<=\n)(?=\s*[A-Z#*]|[^\n\\&=]+=[^\n\\&]*(?:\n|$)))"
)
"""Each end begins with one of few characters, which is what makes the search for it fast. The space behind a formula is 1."""
_GROUPED = (
    r"\d{1,3}(?:\.\d{3})+,\d+(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?![\d.])|\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d{1,3}(?:٬\d{3})+|"
    r"\d+٫\d+|"
    r"\d{1,2}\s?h\s?[0-5]\d(?!\d)|\d{1,2}:\d{2}(?!\d)(?:\s?[ap]\.?m\b\.?)?|\d+分の\d+|"
    r"\d+(?:\.\d+)?\s?(?:[万萬亿億만억](?:\s?\d+\s?[千천百])?|[千천](?=\W|元|円|원|$))"
)
"""Numbers in the notations of other places, times, and numbers with their scale."""
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_¼-¾⅐-⅞¹²³⁰-⁹])[-+−]?(?:[$€£¥]\s*)?(?:{_GROUPED})|"
    r"(?<![A-Za-z0-9_¼-¾⅐-⅞¹²³⁰-⁹])[-+−]?(?:[$€£¥]\s*)?[-+−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?=[\d.,/eE%\s\\]|\D|$))?(?:[.,]?\d+)?"
    r"(?:\s*/\s*\d+)?(?:[eE][-+]?\d+)?(?:\s*(?:\\?%|percent\b|pct\b))?"
)
_CONTINUED = re.compile(r"\.\d+\s?(?:\.\.\.|…)$")
_EMOJI = " ✅✔☑🎉😊🙂👍"
_COPULA = re.compile(r"(?<=[A-J0-9)}$*])\s*(?:입니다|이다|です|である|だ)$")
"""The verb behind a value in languages that end with it."""


HEADING_CHARS = 18
"""How far before a number the word stands that makes it the number of a step."""
_HEADING = re.compile(
    r"\b(?:Step|Case|Part|Question|Problem|Example|Method|Table|Section|Corollary|[Ee]quations?|[Ee]qs?\.|[Ff]igure|[Ll]emma|"
    r"[Tt]heorem)\s*\(?$"
)


class Span(NamedTuple):
    start: int
    end: int
    text: str


def inside(spans: list[Span]) -> Callable[[int], bool]:
    """Whether a position is in any of ``spans``, which may overlap: a function that is quick for however many."""
    starts: list[int] = []
    ends: list[int] = []
    for span in sorted(spans):
        if ends and span.start < ends[-1]:
            ends[-1] = max(ends[-1], span.end)
        else:
            starts.append(span.start)
            ends.append(span.end)

    def is_inside(position: int) -> bool:
        index = bisect_right(starts, position) - 1
        return index >= 0 and position < ends[index]

    return is_inside


def formula_spans(text: str) -> list[Span]:
    spans = _delimited_spans(text)
    if "$" in text:
        spans += _dollar_spans(text, spans)
    return sorted(span for span in spans if not _END_OF_PROOF.fullmatch(span.text))


def _delimited_spans(text: str) -> list[Span]:
    """Formulas in ``$$``, ``\\[`` and ``\\(``. A mark that is never closed is looked for once, which keeps this linear."""
    spans: list[Span] = []
    unclosed: set[str] = set()
    position = 0
    while match := _OPENING.search(text, position):
        opening, position = match.group(), match.end()
        if opening in unclosed:
            continue
        end = text.find(_CLOSING[opening], position + 1)
        if end < 0:
            unclosed.add(opening)
        elif opening != "$$" or text.startswith("$$", end):
            spans.append(Span(match.start(), end + 2, text[position:end]))
            position = end + 2
    return spans


def _dollar_spans(text: str, taken: list[Span]) -> list[Span]:
    """Formulas between single dollars. A dollar before prose is a currency, and opens nothing."""
    is_taken = inside(taken)
    marks = [match.start() for match in _DOLLAR.finditer(text) if not is_taken(match.start())]
    spans: list[Span] = []
    opened: int | None = None
    for mark in marks:
        amounts = opened is not None and text[opened + 1 : opened + 2].isdigit() and text[mark + 1 : mark + 2].isdigit()
        if opened is not None and mark > opened + 1 and not amounts and not _PROSE.search(text, opened + 1, mark):
            spans.append(Span(opened, mark + 1, text[opened + 1 : mark]))
            opened = None
        else:
            opened = mark
    return spans


def sentences(text: str) -> list[str]:
    """The sentences of ``text``, in order. A formula is never cut."""
    shield: list[str] = []
    end = 0
    for span in formula_spans(text):
        shield += (text[end : span.start], "\x00" * (span.end - span.start))
        end = span.end
        if text[end : end + 1].isspace():
            shield.append("\x01")
            end += 1
    shielded = "".join((*shield, text[end:]))
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(shielded):
        found.append(text[start : match.start()])
        start = match.end()
    found.append(text[start:])
    return [sentence for sentence in found if sentence.strip()]


def first_sentence(text: str) -> str:
    """``text`` up to the end of its first sentence."""
    text = text.lstrip(" \t\r\n:：")
    text = text[2:] if text.startswith(("** ", "**\n")) else text
    found = sentences(text)
    sentence = unbolded(found[0] if found else "").removeprefix("** ").removesuffix("**")
    return sentence[2:] if sentence.startswith("**") and "**" not in sentence[2:] else sentence


def number_spans(text: str, formulas: list[Span]) -> list[Span]:
    """Numbers outside formulas; those that "or" joins are one."""
    found: list[Span] = []
    in_formula = inside(formulas)
    for match in _NUMBER.finditer(text):
        if not any(c.isdigit() for c in match.group()) or in_formula(match.start()):
            continue
        if _HEADING.search(text, max(0, match.start() - HEADING_CHARS), match.start()):
            continue
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        if found and _OR.fullmatch(text[found[-1].end : start].strip()):
            start = found.pop().start
        found.append(Span(start, match.end(), text[start : match.end()].strip()))
    return found


def has_value(text: str) -> bool:
    """Whether there is a formula or a number in ``text``."""
    formulas = formula_spans(text)
    return bool(formulas) or bool(number_spans(text, formulas))


def unbolded(text: str) -> str:
    """``text`` without markdown emphasis."""
    text = _UNDERLINED.sub(r"\1", text) if "__" in text else text
    return BOLD.sub(r"\1", text).strip(" \t\r\n")


def trimmed(sentence: str) -> str:
    """``sentence`` without emphasis, and without the marks that end it."""
    return _COPULA.sub("", without_period(unbolded(sentence)).strip())


def without_period(text: str) -> str:
    """``text`` without the marks that end it; the dots that continue a decimal are none."""
    text = text.strip()
    if _CONTINUED.search(text) or text.endswith("\\right."):
        return text
    return text.rstrip(".。,．").rstrip(_EMOJI).rstrip(".。,．") or text
