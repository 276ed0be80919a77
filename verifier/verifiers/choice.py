"""Multiple choice: the completion must commit itself to the right letter, or to the right option's text.

Only the answer region counts: inside ``<answer>``, else what follows the reasoning. In it, in this order (``auto``):

1. the boxes, if there are any;
2. the whole region, when it is nothing but a choice: ``B``, ``(b)``, ``B) Paris``, ``Paris``, ``A, C``;
3. phrases that announce an answer: "the answer is B", "答案：B"; else "I choose B", "B is correct";
4. a choice alone on the last line or on the first, outside of a list of the options.

What is found first counts, and all of it must agree. Different answers, alternatives ("A or B"), a letter with another
option's text, and a list of options without a choice are worth 0. A set of letters counts only as a whole: ``A, C`` is
right where the reference is ``AC`` or ``A,C``, in any order, and nowhere else.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers import response

ANSWER_CHARS = 100_000
"""A longer answer is worth 0, unread."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class ChoiceOptions(BaseModel):
    """Options of ``choice``."""

    model_config = ConfigDict(extra="forbid")

    extract: Literal["auto", "answer", "boxed", "phrase"] = Field(
        "auto",
        description="Where the choice must stand. auto: anywhere that is clear; answer: inside <answer>; boxed: in a "
        "\\boxed{}; phrase: in a sentence that announces it.",
    )


class Reading(NamedTuple):
    """The letters that a text chooses; none, and the fault, when it chooses nothing that can be paid."""

    letters: frozenset[str] = frozenset()
    fault: str = ""

    def __bool__(self) -> bool:
        return bool(self.letters or self.fault)

    def __str__(self) -> str:
        return ", ".join(sorted(self.letters))


NOTHING = Reading()


@verifier("choice")
class Choice(Verifier[ChoiceOptions]):
    """The completion chooses the right option of a multiple choice question, and no other."""

    Options = ChoiceOptions

    def verify(self, sample: Sample) -> Score:
        accepted, question = _references(sample)
        text = sample.text
        regions = response.split(text)
        if self.options.extract == "answer" and regions.answer is None:
            return Score.of(0.0, "no <answer>")
        region = regions.final if regions.answer is None else regions.answer
        if len(region) > ANSWER_CHARS:
            return Score.of(0.0, f"worth 0: an answer of more than {ANSWER_CHARS:,} characters")
        reading = self._read(region, question) or Reading(fault="no choice found in the answer")
        if reading.fault:
            return Score.of(0.0, reading.fault)
        return _verdict(reading, accepted, question)

    def _read(self, region: str, question: "Question") -> Reading:
        if self.options.extract == "boxed":
            return _boxed(region, question) or Reading(fault="no \\boxed{} in the answer")
        if self.options.extract == "phrase":
            return _announced(_plain(region), question)
        return _boxed(region, question) or _unboxed(_plain(region), question)


def _verdict(reading: Reading, accepted: list[frozenset[str]], question: "Question") -> Score:
    extracted = str(reading)
    if reading.letters in accepted:
        return Score.of(1.0, f"chooses {extracted}", extracted=extracted)
    unknown = sorted(letter for letter in reading.letters if not question.has(letter))
    if unknown:
        return Score.of(0.0, f"{unknown[0]} is not one of the options", extracted=extracted)
    if len(reading.letters) > 1 and all(len(letters) == 1 for letters in accepted):
        return Score.of(0.0, f"several different answers: {extracted}", extracted=extracted)
    return Score.of(0.0, f"chooses {extracted}, which is not the reference", extracted=extracted)


# The question --------------------------------------------------------------------------------------------------------


class Question:
    """The options by letter, and the letter by an option's text."""

    def __init__(self, options: dict[str, str], count: int) -> None:
        self._letters = _LETTERS[:count]
        plain = {letter: _squeezed(_plain(text)) for letter, text in options.items()}
        # Case is meaning where it alone tells two options apart: Pp, PP and pp.
        self._fold_case = len({text.casefold() for text in plain.values()}) == len(set(plain.values()))
        self.text = {letter: self.key(text) for letter, text in plain.items()}
        self._by_text: dict[str, frozenset[str]] = {}
        for letter, text in self.text.items():
            self._by_text[text] = self._by_text.get(text, frozenset()) | {letter}
        self._longest_first = sorted(filter(None, self._by_text), key=len, reverse=True)

    def has(self, letter: str) -> bool:
        return letter in self._letters

    def key(self, text: str) -> str:
        """The form in which option texts are compared."""
        text = _squeezed(text).strip("\"'“”‘’ ").rstrip(".。;；,， ")
        return text.casefold() if self._fold_case else text

    def by_text(self, text: str) -> Reading:
        letters = self._by_text.get(self.key(text), frozenset())
        return Reading(fault="the text of several options") if len(letters) > 1 else Reading(letters)

    def opening(self, text: str) -> tuple[str, str]:
        """The longest option that the text opens with, and what follows; empty when there is none."""
        keyed = self.key(text)
        for option in self._longest_first:
            if keyed.startswith(option) and _TEXT_ENDS.match(keyed, len(option)):
                return option, keyed[len(option) :]
        return "", ""


def _references(sample: Sample) -> tuple[list[frozenset[str]], Question]:
    """The accepted sets of letters, and the question. Raises Unjudgeable when a reference is not among the options."""
    if not sample.references:
        raise Unjudgeable("the sample has no reference answer")
    if sample.choices:
        question = Question(_unlabelled(sample.choices), len(sample.choices))
    else:
        known = (_LABELLED.match(_squeezed(_plain(reference))) for reference in sample.references)
        question = Question({match["letter"].upper(): match["text"] for match in known if match}, len(_LETTERS))
    return [_reference(reference, question) for reference in sample.references], question


def _reference(reference: str, question: Question) -> frozenset[str]:
    reading = _statement(_plain(reference), question, loose=False)
    if reading.fault:
        raise Unjudgeable(f"the reference {reference[:80]!r} is no choice: {reading.fault}")
    if not reading.letters or not all(map(question.has, reading.letters)):
        raise Unjudgeable(f"the reference {reference[:80]!r} is not one of the options")
    return reading.letters


def _unlabelled(choices: list[str]) -> dict[str, str]:
    """The options' texts by letter, without labels of their own: ``["A. Paris", "B. London"]``."""
    matches = [_LABELLED.match(_squeezed(_plain(choice))) for choice in choices]
    if all(match and match["letter"].upper() == letter for match, letter in zip(matches, _LETTERS, strict=False)):
        return {letter: match["text"] for match, letter in zip(matches, _LETTERS, strict=False) if match}
    return dict(zip(_LETTERS, choices, strict=False))


# Plain text ----------------------------------------------------------------------------------------------------------

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " "}
_FONT = re.compile(r"\\(?:text|math|textnormal|mbox|operatorname)(?:bf|rm|it|sf|tt|up|normal)?\s*+\{([^{}]*+)\}")
_NOISE = re.compile(
    r"\$|\\[()\[\]]|\\(?:left|right)\b|\*\*|`|\*(?=[A-Za-z]\*)|(?<=\*[A-Za-z])\*|^[ \t]*+[#>*+-]++[ \t]++", re.M
)
_THIN = re.compile(r"\\[,;:! ]|~")


def _plain(text: str) -> str:
    """Without the markup that may dress a choice: LaTeX fonts and dollars, markdown, full-width forms."""
    text = text.translate(_FULL_WIDTH)
    for _ in range(3):
        text = _FONT.sub(r"\1", text)
    text = _THIN.sub(" ", _NOISE.sub("", text))
    return text if text.isascii() or _MARKS.search(text) else unicodedata.normalize("NFC", text)


# Normalising is quadratic in the length of a run of combining marks.
_MARKS = re.compile("[\u0300-\u036f]{32}")


def _squeezed(text: str) -> str:
    return " ".join(text.split())


# Statements ----------------------------------------------------------------------------------------------------------

_OPEN, _CLOSE = r"[(\[{<\"'“‘]*+", r"[)\]}>\"'”’]*+"
_ITEM = re.compile(
    rf"(?:(?:option|choice|answer|letter|both|either|选项|答案|选)\s*+)*{_OPEN}\s?"
    rf"(?P<letter>[A-Za-z])\s?(?P<close>{_CLOSE})(?![A-Za-zÀ-ɏ0-9_=+*^#/\\]|['’-]\w)",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"[A-Z]{2,26}(?![A-Za-zÀ-ɏ0-9_])")
_AND = re.compile(r"\s*(?:[,;&+、和与及\n]|以及|,?\s*\band\b)\s*", re.IGNORECASE)
_OR = re.compile(r"\s*,?\s*(?:/|或者?|还是|\bor\b|\band/or\b)\s*(?:(?:maybe|perhaps|possibly|else)\s+)?", re.IGNORECASE)
_LABEL = re.compile(r"\s*[.):：、,\-–—]+\s*|\s+")
_LABELLED = re.compile(r"[(\[]?(?P<letter>[A-Za-z])[)\].:、]+\s*(?P<text>\S.*)")
_TEXT_ENDS = re.compile(
    r"$|[.,;:!?。，；：！？)]+(?:\s|$)|[。，；：！？、]|\s+(?:because|since|as|so|which|given|or|and)\b"
)
_GOES_ON = re.compile(r"\s+(?:because|since|as|for|so|which|given|due|based|with|is|and|or|but)\b", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"(?:(?:(?:so|thus|hence|therefore|finally|in conclusion|i think|it is|it's|that is)\b|因此|所以|故|应?选择?)"
    r"[,:，：]?\s*+)++",
    re.IGNORECASE,
)


def _statement(text: str, question: Question, *, loose: bool) -> Reading:
    """What a text says that opens with a choice. ``loose``: the text goes on as it likes behind the choice."""
    text = text.strip()
    if by_text := question.by_text(text):
        return by_text if not _single(text) else Reading(frozenset(text.upper()))
    letters, alternatives, rest = _items(text)
    if not letters:
        return _by_opening(text, question) if loose else NOTHING
    if alternatives:
        return Reading(fault=f"alternatives: {' or '.join(letters)}")
    tail = _LABEL.sub("", rest, count=1) if _LABEL.match(rest) else rest
    if not tail.strip(" .。!)"):
        return Reading(frozenset(letters))
    if len(letters) > 1:
        return Reading(frozenset(letters)) if loose else NOTHING
    return _labelled(letters[0], rest, tail, question, loose=loose)


def _single(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isalpha()


def _items(text: str) -> tuple[list[str], bool, str]:
    """The letters that a text opens with, whether they are alternatives, and the rest."""
    if compact := _COMPACT.match(text):
        if len(set(compact[0])) == len(compact[0]):
            return list(compact[0]), False, text[compact.end() :]
        return [], False, text
    letters: list[str] = []
    alternatives, at, end = False, 0, 0
    while (item := _ITEM.match(text, at)) and _is_letter(text, item, alone=not letters):
        letters.append(item["letter"].upper())
        end = item.end()
        joint = _OR.match(text, end) or _AND.match(text, end)
        if joint is None:
            break
        at = joint.end()
        alternatives |= joint.re is _OR and bool(_ITEM.match(text, at))
    return list(dict.fromkeys(letters)), alternatives and len(set(letters)) > 1, text[end:]


def _is_letter(text: str, item: re.Match[str], *, alone: bool) -> bool:
    """Whether an item is a letter, and not the article "a" or the pronoun "I"."""
    rest = text[item.end() : item.end() + 24]
    if item["close"] or not rest.strip() or not rest[0].isspace():
        return True
    if item["letter"].islower():
        return bool(_GOES_ON.match(rest)) and item["letter"] not in "ai"
    return item["letter"] not in "AI" or bool(_GOES_ON.match(rest)) or bool(re.match(r"\s+[-–—:]", rest))


def _by_opening(text: str, question: Question) -> Reading:
    option, rest = question.opening(text)
    if not option:
        return NOTHING
    return _other(rest, question, option) or question.by_text(option)


def _labelled(letter: str, rest: str, tail: str, question: Question, *, loose: bool) -> Reading:
    """A letter that is followed by more: by its own text, by another option's, or by something else."""
    own = question.text.get(letter)
    if question.key(tail) == own:
        return Reading(frozenset(letter))
    option, after = question.opening(tail)
    if option and option != own:
        return Reading(fault=f"{letter} with the text of another option")
    if option:
        return _other(after, question, option) or Reading(frozenset(letter))
    says_more = bool(_LABEL.match(rest)) and not rest[:1].isspace()
    return Reading(frozenset(letter)) if loose or (says_more and not question.text) else NOTHING


def _other(rest: str, question: Question, option: str) -> Reading:
    """Another choice, joined to the one that was just read."""
    joint = _OR.match(rest) or _AND.match(rest)
    if joint is None:
        return NOTHING
    other, _ = question.opening(rest[joint.end() :])
    if other and other != option:
        return Reading(fault="several options in one answer")
    return NOTHING


# Regions -------------------------------------------------------------------------------------------------------------

_NOUN = (
    r"(?:\b(?:answers?|choices?|options?)\b|respuesta|réponse|antwort|resposta|risposta|ответ"
    r"|答案|答え|正解|选项|정답|답)"
)
_VERB = (
    r"(?:\b(?:is|are|would be|must be|should be|has to be|es|est|ist|lautet|é|è)\b"
    r"|[:=：→-]|->|是|为|应为|应该是|は、?|은|는)"
)
_STRONG = re.compile(
    rf"{_NOUN}['\"”]?(?:\s+(?:to|for|of|among|from|here)\b[^.:=\n]{{0,60}}?)?\s*+{_VERB}\s*+(?:[:：]\s*+)?"
    r"(?:(?:therefore|thus|indeed|clearly|definitely|then|the|option|choice)\s++)*+",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"(?:\b(?:choose|chose|pick|select|go with)\b\s*+|(?<!不)应?选择?\s*+(?:项\s*+)?"
    r"|\b(?:could|might|may)(?: also)? be\s++)",
    re.IGNORECASE,
)
_CORRECT = re.compile(
    r"(?<![A-Za-z])(?:option\s+|choice\s+|answer\s+)?[(\[]?(?P<letter>[A-Z])[)\]]?\s+(?:is|must be)\s+(?:the\s+)?"
    r"(?:only\s+|most\s+)?(?:correct|right|best)\b|(?P<han>[A-Z])\s*(?:选项)?(?:是)?正确",
)


def _boxed(region: str, question: Question) -> Reading:
    boxes = response.boxes(region)
    if not boxes:
        return NOTHING
    readings = [_statement(_plain(box), question, loose=False) for box in boxes]
    return _agreed(readings, "boxes") if readings[-1] else Reading(fault="the last box holds no option")


def _agreed(readings: list[Reading], where: str) -> Reading:
    """What several places say together: one answer, or the parts of one set."""
    found = [reading for reading in readings if reading]
    fault = next((reading for reading in found if reading.fault), None)
    if fault or not found:
        return fault or NOTHING
    different = {reading.letters for reading in found}
    if len(different) > 1 and any(len(letters) > 1 for letters in different):
        return Reading(fault=f"several {where} with different answers")
    return Reading(frozenset[str]().union(*different))


def _unboxed(text: str, question: Question) -> Reading:
    body = _LEAD_IN.sub("", text.strip(), count=1) if _LEAD_IN.match(text.strip()) else text.strip()
    return (
        _statement(body, question, loose=False)
        or _listed(text, question)
        or _announced(text, question)
        or _on_a_line(text, question)
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _listed(text: str, question: Question) -> Reading:
    """A region where every line is a choice."""
    readings = [_statement(line, question, loose=False) for line in _lines(text)[:27]]
    return _agreed(readings, "lines") if len(readings) <= len(_LETTERS) and all(readings) else NOTHING


def _announced(text: str, question: Question) -> Reading:
    for pattern in (_STRONG, _WEAK):
        starts = (match.end() for match in pattern.finditer(text))
        readings = [_statement(text[at : at + 400].split("\n", 1)[0], question, loose=True) for at in starts]
        if found := _agreed(readings, "sentences"):
            return found
    letters = frozenset((match["letter"] or match["han"]) for match in _CORRECT.finditer(text))
    return Reading(letters)


def _on_a_line(text: str, question: Question) -> Reading:
    lines = _lines(text)
    readings = [_statement(_LEAD_IN.sub("", line, count=1), question, loose=False) for line in (lines[-1:] + lines[:1])]
    return _agreed(readings, "lines")
