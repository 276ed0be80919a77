"""Short answers compared as text, as a pattern, or as a number.

The answer is what stands inside ``<answer>``, else what follows the reasoning; a ``\\boxed{}`` in there wins; several
different boxes are no answer. Any one of several references suffices.

* ``exact``: equal after Unicode NFC, with runs of whitespace folded to one space and outer quotes, markdown and
  sentence punctuation taken off. ``casefold``: the same without regard to case.
* ``regex``: the reference is a pattern of the ``regex`` module. A match that runs out of time is worth 0.
* ``numeric``: answer and reference are one number each, alone or with the reference's own unit, and
  ``|answer - reference| <= max(absolute_tolerance, relative_tolerance * |reference|)`` in exact arithmetic.
"""

import re
import unicodedata
import warnings
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, NamedTuple

import regex
from pydantic import BaseModel, ConfigDict, Field

from verifier.errors import Unjudgeable
from verifier.registry import Answer, Comparison, Verifier, Votes, verifier
from verifier.schema import Sample, Score
from verifier.verifiers import lead_in, response
from verifier.verifiers.references import named
from verifier.words import visible

ANSWER_CHARS = 100_000
"""A longer answer is worth 0, unread."""

Tolerance = Annotated[Decimal, Field(ge=0, le=Decimal("1e9"), allow_inf_nan=False, max_digits=40)]


class TextOptions(BaseModel):
    """Options of ``text``."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["exact", "casefold", "regex", "numeric"] = Field("exact", description="How answers are compared.")
    search: bool = Field(False, description="regex: the pattern may match anywhere, instead of the whole answer.")
    timeout_s: float = Field(
        0.5, gt=0, le=1.5, description="regex: CPU seconds for matching one answer against all references."
    )
    absolute_tolerance: Tolerance = Field(Decimal(0), description="numeric: largest difference.")
    relative_tolerance: Tolerance = Field(Decimal(0), description="numeric: largest difference, by the reference.")


@verifier("text")
class Text(Verifier[TextOptions], Votes):
    """The answer equals a reference text, matches a reference pattern, or is close to a reference number."""

    Options = TextOptions

    def verify(self, sample: Sample) -> Score:
        if not sample.references:
            raise Unjudgeable("the sample has no reference answer")
        if any(not reference.strip() for reference in sample.references):
            raise Unjudgeable("a reference answer is empty")
        judge = self._judge(sample.references)
        answer, fault = _answer(sample.text)
        if fault:
            return Score.of(0.0, fault, extracted=answer or None)
        value, explanation = judge(answer)
        return Score.of(value, explanation, extracted=answer)

    def final_answer(self, sample: Sample) -> Answer:
        answer, fault = _answer(sample.text)
        if not fault and self.options.mode == "numeric":
            _, fault = _quantity(answer)
        if fault:
            return Answer("", None, fault)
        return Answer(answer, self._normal_form(answer), "the answer")

    def comparison(self) -> Comparison:
        return _Closeness(self) if self.options.mode == "numeric" else Comparison()

    def _normal_form(self, answer: str) -> str:
        """The answer without all that it may wear; of a number, its value and unit. Patterns have none: answers to them are
        compared as texts."""
        quantity = _quantity(answer)[0] if self.options.mode == "numeric" else None
        if quantity is not None:
            return f"{quantity.number} {quantity.unit}"
        fold = str if self.options.mode == "exact" else _casefold
        return fold(min(_forms(_clean(answer)), key=len))

    def same_quantity(self, one: str, other: str) -> bool:
        """Whether two numbers are the same: each would be right were the other the reference."""
        left, right = _quantity(one)[0], _quantity(other)[0]
        if left is None or right is None:
            return False
        return all(self._close(a, [b]).value == 1 for a, b in ((one, right), (other, left)))

    def _judge(self, references: list[str]) -> "Callable[[str], Verdict]":
        """The comparison, with every reference read: a malformed one is known before the completion is looked at."""
        if self.options.mode == "regex":
            patterns = [_compile(reference) for reference in references]
            return lambda answer: self._matches(answer, patterns)
        if self.options.mode == "numeric":
            quantities = [_reference_quantity(reference) for reference in references]
            return lambda answer: self._close(answer, quantities)
        return lambda answer: self._equal(answer, references)

    def _equal(self, answer: str, references: list[str]) -> "Verdict":
        fold = _casefold if self.options.mode == "casefold" else str
        answer = _fold_space(answer)
        if len(answer) > _GROWTH * max(map(len, references)) + ANSWER_MARGIN:
            return Verdict(0.0, f"longer than {named(references)} can be written")
        forms = {fold(form) for form in _forms(_clean(answer))}
        for reference in references:
            clean = fold(_clean(reference))
            # Of the reference only the full stop is taken off: what else it wears is meant (`__init__`).
            if clean in forms or _bare(clean) in forms:
                return Verdict(1.0, f"equal to {named([reference])}")
        return Verdict(0.0, f"different from {named(references)}")

    def _matches(self, answer: str, patterns: "list[regex.Pattern[str]]") -> "Verdict":
        for pattern in patterns:
            match = pattern.search if self.options.search else pattern.fullmatch
            try:
                if match(answer, timeout=self.options.timeout_s / len(patterns)):
                    return Verdict(1.0, f"the pattern {_plain(pattern.pattern)} matches it")
            except TimeoutError:
                return Verdict(0.0, f"worth 0: to match the pattern {_plain(pattern.pattern)} takes too long")
        several = f" nor any other of {len(patterns)}" if len(patterns) > 1 else ""
        return Verdict(0.0, f"the pattern {_plain(patterns[0].pattern)} does not match it{several}")

    def _close(self, answer: str, quantities: "list[Quantity]") -> "Verdict":
        mine, fault = _quantity(answer)
        if mine is None:
            return Verdict(0.0, fault)
        for theirs in quantities:
            if mine.unit not in ("", theirs.unit):
                continue
            allowed = max(
                Fraction(self.options.absolute_tolerance),
                Fraction(self.options.relative_tolerance) * abs(theirs.number),
            )
            if abs(mine.number - theirs.number) <= allowed:
                reference = named([theirs.text])
                same = mine.number == theirs.number
                return Verdict(1.0, f"equal to {reference} as a number" if same else f"{self._within} {reference}")
        references = named([quantity.text for quantity in quantities])
        if mine.unit and mine.unit not in {quantity.unit for quantity in quantities}:
            return Verdict(0.0, f"the unit {_short(mine.unit)} is not that of {references}")
        if self._within:
            return Verdict(0.0, f"not {self._within} {references}")
        return Verdict(0.0, f"different from {references} as a number")

    @property
    def _within(self) -> str:
        """The tolerance in words; empty where there is none."""
        absolute, relative = float(self.options.absolute_tolerance), float(self.options.relative_tolerance)
        allowed = [f"{absolute:g}"] if absolute else []
        allowed += [f"{100 * relative:g} %"] if relative else []
        return f"within {' or '.join(allowed)} of" if allowed else ""


class _Closeness(Comparison):
    """Compares numbers within the tolerance."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def quick(self, one: Answer, other: Answer) -> bool | None:
        return self._text.same_quantity(one.text, other.text)


class Verdict(NamedTuple):
    """A value and the reason for it."""

    value: float
    explanation: str


def _answer(text: str) -> tuple[str, str]:
    """The answer, and what is wrong with it: empty when nothing is."""
    regions = response.split(text)
    region = regions.final if regions.answer is None else regions.answer
    if len(region) > ANSWER_CHARS:
        return "", f"worth 0: an answer of more than {ANSWER_CHARS:,} characters"
    if boxes := [box.strip() for box in response.boxes(region)]:
        if len({_fold_space(box) for box in boxes}) > 1:
            return "", f"{len(boxes)} boxes that differ"
        return boxes[0], "" if boxes[0] else "an empty or unclosed \\boxed{}"
    region = region.strip()
    return region, "" if region else "no answer"


# Equality ------------------------------------------------------------------------------------------------------------

# Normalising is quadratic in the length of a run of combining marks, so it is spared what cannot be equal anyway.
_GROWTH = 4  # so many code points may become one
ANSWER_MARGIN = 500
"""Characters of quotes, markdown and LaTeX that an answer may wear."""

_TYPOGRAPHY = (
    dict.fromkeys(map(ord, "“”„‟"), '"')
    | dict.fromkeys(map(ord, "‘’‚‛ʼ"), "'")
    | dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff\xad"))
)
"""Quotes and apostrophes are typed ones, however they are set; what has no width is nothing."""
_WRAPPERS = (
    *((pair[0], pair[1]) for pair in ('""', "''", "«»", "「」", "『』", "``", "$$")),
    *(("**", "**"), ("__", "__"), ("~~", "~~"), ("*", "*"), ("_", "_"), ("\\(", "\\)"), ("\\[", "\\]")),
    *((f"\\{font}{{", "}") for font in ("text", "textbf", "textit", "texttt", "mathrm", "mathbf", "mathit", "mathsf")),
)
_WRAPS = 8  # more layers than this are not taken off


def _fold_space(text: str) -> str:
    return " ".join(text.split())


def _clean(text: str) -> str:
    return _fold_space(unicodedata.normalize("NFC", text).translate(_TYPOGRAPHY))


def _casefold(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _bare(text: str) -> str:
    """Without the punctuation that ends a sentence. ``!`` and ``?`` go behind a letter only: 5! is no 5."""
    text = text.rstrip(" .,;:。，；：、।۔")
    end = text.rstrip("!?！？ ")
    return end if end and end[-1].isalpha() else text


def _forms(text: str) -> set[str]:
    """The text, and what is left of it as its outer quotes, markdown and punctuation come off."""
    forms = {text}
    for _ in range(_WRAPS):
        text = _unwrapped(_bare(text)).strip()
        if not text or text in forms:
            break
        forms |= {text, _bare(text)}
    return forms


def _unwrapped(text: str) -> str:
    for start, end in _WRAPPERS:
        if len(text) > len(start) + len(end) and text.startswith(start) and text.endswith(end):
            return text[len(start) : -len(end)]
    return text


def _plain(pattern: str) -> str:
    """A pattern, with its backslashes as they are."""
    return f"'{pattern if len(pattern) <= 80 else pattern[:79] + '…'}'"


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")


# Patterns ------------------------------------------------------------------------------------------------------------


_PATTERN_CHARS, _MOST_REPEATS = 5_000, 100_000  # compiling more takes seconds, which no timeout bounds
_PATTERN_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<count>\d{1,9})(?:,\d*)?\}|.", re.DOTALL)


def _repeats(pattern: str) -> int:
    """How often the innermost part of a pattern has to be there: the product of nested ``{n}``."""
    groups, last = [1], 1
    for token in _PATTERN_TOKEN.finditer(pattern):
        if token[0] == "(":
            groups.append(1)
            continue
        if token[0] == ")" and len(groups) > 1:
            last = groups.pop()
        elif token["count"]:
            last *= int(token["count"])
        else:
            last = 1
        groups[-1] = max(groups[-1], last)
    return max(groups)


def _compile(pattern: str) -> "regex.Pattern[str]":
    if len(pattern) > _PATTERN_CHARS or _repeats(pattern) > _MOST_REPEATS:
        raise Unjudgeable(f"the reference pattern {_short(pattern)} is too large")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError, ValueError) as error:
        raise Unjudgeable(f"the reference pattern {_short(pattern)} does not compile: {error}") from error


# Numbers -------------------------------------------------------------------------------------------------------------

_ARABIC_SEPARATORS = str.maketrans("٫٬", ".,")
_DIGITS = 1_000  # a number with more digits is no number: exact arithmetic on it would cost too much
_NUMBER = re.compile(
    r"""(?P<sign>[+\-\u2212]?)\s?(?:
        \\[dt]?frac\{(?P<p>-?[0-9]+)\}\{(?P<q>[0-9]+)\}
      | (?P<n>[0-9]+)\s?/\s?(?P<d>[0-9]+)
      | (?P<whole>[0-9]{1,3}(?:(?:,|\{,\}|\\,|[ ])[0-9]{3}(?![0-9]))+|[0-9]+)?(?P<part>\.[0-9]*)?
        (?:[eE](?P<exp>[+\-]?[0-9]{1,4})|\s?(?:×|\*|\\times|\\cdot)\s?10\^(?P<brace>\{)?(?P<ten>[+\-]?[0-9]{1,4})(?(brace)\}))?
    )(?![0-9_])""",
    re.VERBOSE,
)
_LEAD_IN = re.compile(
    r"(?:(?:so|thus|hence|therefore)\b,?\s*)?"
    rf"(?:{lead_in.ABROAD}|(?:(?:the|my)\s+)?(?:(?:final|correct|numerical|exact)\s+)?"
    r"(?:(?:answer|result|value|total|sum|solution)\s*(?:is|equals|:|=)\s*:?|[A-Za-z]\s*(?:=|≈|\\approx)|=)\s*)?"
    r"(?:(?:approximately|about|roughly)\b|≈|~|\\approx)?\s*",
    re.IGNORECASE,
)
_EXPONENT = re.compile(r"(?<=[^\W\d_])(?:\^?-?[1-9]|\^\{-?[1-9]\})(?![0-9.])")  # of a unit: m^2, s^{-1}
_FONT = re.compile(r"\\(?:text|mathrm)\{([^{}]*)\}|\\[,;:! ]")
_NOT_A_UNIT = re.compile(r"[0-9=<>≤≥≈+,;]|\bor\b|\band\b|\bto\b")


class Quantity(NamedTuple):
    """A number, the unit it was stated in (empty when none was), and how it was written."""

    number: Fraction
    unit: str
    text: str


def _reference_quantity(reference: str) -> Quantity:
    quantity, fault = _quantity(reference)
    if quantity is None:
        raise Unjudgeable(f"the reference {_short(reference)} is no number: {fault}")
    return quantity


def _quantity(text: str) -> tuple[Quantity | None, str]:
    """One number with or without a unit, or why the text is none."""
    text = _fold_space(visible(text).replace("$", " ").replace("**", " ").replace("\\%", "%"))
    if not text.isascii():
        text = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), text).translate(_ARABIC_SEPARATORS)
    before = _LEAD_IN.match(text)
    match = _NUMBER.match(text, before.end() if before else 0)
    number = _number(match) if match else None
    if match is None or number is None:
        return None, "the answer is not a number"
    unit = _fold_space(_FONT.sub(r" \1", text[match.end() :])).removesuffix(".").strip()
    if _NOT_A_UNIT.search(_EXPONENT.sub("", unit)):
        return None, "the answer is more than one number"
    return Quantity(number, unit, text), ""


def _number(match: re.Match[str]) -> Fraction | None:
    if len(match[0]) > _DIGITS:
        return None
    sign = -1 if match["sign"] in ("-", "\u2212") else 1
    over, under = match["p"] or match["n"], match["q"] or match["d"]
    if over:
        return sign * Fraction(int(over), int(under)) if int(under) else None
    whole = re.sub(r"[^0-9]", "", match["whole"] or "")
    part = (match["part"] or "").removeprefix(".")
    if not whole and not part:
        return None
    return sign * Fraction(f"{whole or 0}.{part or 0}e{match['exp'] or match['ten'] or 0}")
