r"""The expression of a sentence: ``42`` in "So there are **42** apples." Used where nothing marks the answer."""

import re
from collections.abc import Callable
from typing import NamedTuple

from verifier.verifiers.math.parse.prose import is_program
from verifier.verifiers.math.parse.special import choice
from verifier.verifiers.math.units import known_unit

_FORMULA = re.compile(r"\$\$(?P<dd>[^$]+)\$\$|\\\[(?P<sq>.+?)\\\]|\\\((?P<rd>.+?)\\\)", re.DOTALL)
_DOLLAR = re.compile(r"(?<!\\)\$")
_PROSE = re.compile(r"(?<![\\a-zA-Z{])[a-z]{2,}[,;]?\s+[a-z]{2,}(?![a-zA-Z}])|\n")
_OR = re.compile(r"(?:or|或者?|ou|oder|или|o|u|of|lub|veya|ya da|hoặc|または|또는|atau|eller|tai|أو|या)")
_BOLD = re.compile(r"(?<![\w)\]}*])\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*(?![\w(*])", re.DOTALL)
_ABBREVIATIONS = "".join(
    rf"(?<!\b{word})"
    for word in "Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mr Mrs Ms Dr St No vs a.m p.m".split()
)
_SENTENCE_END = re.compile(
    rf"(?<=[^\d\s]){_ABBREVIATIONS}[.!?](?![.!])(?=\s|$)|(?<=\d)[.?](?=\s+[A-Z\\]|\s*$)|[。！？]|\n\s*\n|\n(?=\s*[A-Z#*])"
)
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_])[-+−]?(?:[$€£¥]\s*)?[-+−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+(?=[\d.,/eE%\s\\]|\D|$))?(?:[.,]?\d+)?"
    r"(?:\s*/\s*\d+)?(?:[eE][-+]?\d+)?(?:\s*(?:\\?%|percent\b|pct\b))?"
)
_VERB = re.compile(
    r"\b(?:is|are|was|equals?|be|becomes?|gives?|makes?|yields?|get|have|has|obtain|to|of|by|est|es|ist|sind|è|é|é igual a)\b|"
    r"等于|是|为|得到?|=|：|:"
)
_HEDGE = re.compile(
    r"\b(?:might|maybe|perhaps|possibly|could be|may be|not sure|unsure|either|cannot decide|can't decide|but|alternatively)\b|"
    r"也许|可能|或许|不确定|要么",
    re.IGNORECASE,
)
"""Words with which a sentence that holds several values commits to none of them."""
_CHOSEN = re.compile(
    r"(?:option\s+|choice\s+)?(\(?[A-J]\)?)[.:,)]?\s+(?:because|since|as|which|with|is correct|\()", re.IGNORECASE
)
_SUBORDINATE = re.compile(r"\b(?:when|because|since|where|given that|assuming|if|as long as)\b|因为|当")
_UNIT_AFTER = re.compile(r"\s*(?:[a-zA-Z]{1,12}|°[CF]?|[²³/%€£¥]+)(?:\s*/\s*[a-zA-Z]+)?(?:[²³]|\^[23])?")


class _Span(NamedTuple):
    start: int
    end: int
    text: str


def _formula_spans(text: str) -> list[_Span]:
    spans = [
        _Span(match.start(), match.end(), next(part for part in match.groups() if part is not None))
        for match in _FORMULA.finditer(text)
    ]
    if "$" in text:
        spans += _dollar_spans(text, spans)
    return sorted(spans)


def _dollar_spans(text: str, taken: list[_Span]) -> list[_Span]:
    """Formulas between single dollars. A dollar before prose is a currency, and opens nothing."""
    marks = [m.start() for m in _DOLLAR.finditer(text) if not any(span.start <= m.start() < span.end for span in taken)]
    spans: list[_Span] = []
    opened: int | None = None
    for mark in marks:
        amounts = opened is not None and text[opened + 1 : opened + 2].isdigit() and text[mark + 1 : mark + 2].isdigit()
        if opened is not None and mark > opened + 1 and not amounts and not _PROSE.search(text, opened + 1, mark):
            spans.append(_Span(opened, mark + 1, text[opened + 1 : mark]))
            opened = None
        else:
            opened = mark
    return spans


def sentences(text: str) -> list[str]:
    """The sentences of ``text``, in order. A formula is never cut."""
    shield = list(text)
    for span in _formula_spans(text):
        shield[span.start : span.end] = "\x00" * (span.end - span.start)
    found: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer("".join(shield)):
        found.append(text[start : match.start()])
        start = match.end()
    found.append(text[start:])
    return [sentence for sentence in found if sentence.strip()]


def first_sentence(text: str) -> str:
    """``text`` up to the end of its first sentence."""
    text = text.lstrip(" \t\r\n:：")
    text = text[2:] if text.startswith(("** ", "**\n")) else text
    found = sentences(text)
    return unbolded(found[0] if found else "").removeprefix("** ").removesuffix("**")


def _number_spans(text: str, formulas: list[_Span]) -> list[_Span]:
    """Numbers outside formulas; those that "or" joins are one."""
    found: list[_Span] = []
    for match in _NUMBER.finditer(text):
        if not any(c.isdigit() for c in match.group()) or any(s.start <= match.start() < s.end for s in formulas):
            continue
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        if found and _OR.fullmatch(text[found[-1].end : start].strip()):
            start = found.pop().start
        found.append(_Span(start, match.end(), text[start : match.end()].strip()))
    return found


def has_value(text: str) -> bool:
    """Whether there is a formula or a number in ``text``."""
    formulas = _formula_spans(text)
    return bool(formulas) or bool(_number_spans(text, formulas))


def unbolded(text: str) -> str:
    """``text`` without markdown emphasis."""
    return _BOLD.sub(r"\1", text).strip(" \t\r\n")


def expression(sentence: str, is_math: Callable[[str], bool]) -> str:
    """The expression of a sentence: all of it if it reads as mathematics; else what its last verb leads to; else the last
    formula or number in it; else the sentence as it stands."""
    whole = unbolded(sentence).strip().rstrip(".。,").strip()
    if is_program(whole) or is_math(whole):
        return whole
    if (picked := choice(whole)) is not None and picked.plain:
        return whole
    if match := _CHOSEN.match(whole):
        return match.group(1)
    main = _SUBORDINATE.split(whole, maxsplit=1)[0].strip().rstrip(",")
    whole = main if has_value(main) else whole
    if is_math(whole):
        return whole
    formulas = _formula_spans(whole)
    spans = sorted(formulas + _number_spans(whole, formulas))
    if not spans:
        return whole
    if len({span.text for span in spans}) > 1 and _HEDGE.search(whole):
        return whole
    verb = _last_verb(whole, formulas, spans[-1].start)
    tail = whole[verb:].strip()
    if verb and is_math(tail):
        return tail
    following = [span for span in spans if span.start >= verb]
    return _with_unit(whole, following[0] if verb and following else spans[-1], is_math)


def _last_verb(text: str, formulas: list[_Span], before: int) -> int:
    """The end of the last verb that stands before the last value, outside formulas; 0 if there is none."""
    ends = [m.end() for m in _VERB.finditer(text, 0, before) if not any(s.start <= m.start() < s.end for s in formulas)]
    strong = [end for end in ends if not text[:end].endswith((" to", " of", " by"))]
    return max(strong, default=0)


def _with_unit(text: str, span: _Span, is_math: Callable[[str], bool]) -> str:
    """The value at ``span``, with the unit that follows it, if that is one."""
    match = _UNIT_AFTER.match(text, span.end)
    name = match.group().strip() if match else ""
    first = re.match(r"[^\W\d_]+|[€£¥°%]", name)
    if first is None or (known_unit(first.group()) is None and first.group() not in "°%"):
        return span.text
    measured = f"{span.text} \\text{{{name}}}"
    return measured if is_math(measured) else span.text
