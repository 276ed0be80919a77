"""Another answer that a phrase introduces behind the box: "The final answer is 9" behind a box of 10."""

import re
from collections.abc import Callable

from verifier.verifiers.math.extract.denial import is_supposed
from verifier.verifiers.math.extract.found import of_sentence
from verifier.verifiers.math.extract.phrases import Introduction, introductions
from verifier.verifiers.math.extract.rejection import NEAR_CHARS, is_introduced_in_doubt
from verifier.verifiers.math.extract.sections import under_heading
from verifier.verifiers.math.extract.spans import first_sentence, sentences

STATEMENTS = 3
"""Most phrases behind a box that are looked at: the last ones."""
_ANOTHER_CASE = re.compile(
    r"\b(?:if|when|where|whenever|had|were|supposing|suppose|assuming|assume|unless|would|might|could|case|without|mistakes?|"
    r"errors?|traps?|wrong|incorrect|similarly|examples?|generally|general|previous|earlier|others?|another|part|variant|version|"
    r"students?|someone|people|many|some)\b|[若错例般]|如果|假如|否则|第.问",
    re.IGNORECASE,
)
"""Words of a sentence that speaks of another answer than this one: "If zero were allowed, the answer is 13"."""
_STYLE = re.compile(r"[\s$*_{}]|\\[(\[,;!\])]|\\text(?:bf)?|\\mathbf")
_LETTER = re.compile(r"[\s$(]*(?:\\text\w*\{)?\(?[A-J]\)?\}?[\s$)]*")
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{2,}")
_ASIDE = re.compile(r",\s*(?:i\.e|or\s+an?|that\s+is|which|meaning)(?![a-z]).*", re.DOTALL)
_OF_ANOTHER = re.compile(r"[\s$*]*(?:more|less|fewer|greater|larger|smaller|times|-?digit)")
"""What makes another value of the one before it: "2 more than 10"."""


def restated(rest: str, box: str, is_math: Callable[[str], bool]) -> tuple[str, ...]:
    """What ``rest``, which follows the only box, states as the answer without conditions: the letter of a choice only where
    the box holds one too."""
    body = under_heading(rest)
    values = [body.strip()] if body is not None and is_math(body.strip()) else []
    for phrase in introductions(rest)[-STATEMENTS:]:
        sentence = first_sentence(rest[phrase.end :])
        if _is_unconditional(rest, phrase, sentence):
            found = of_sentence(sentence, "", is_math, phrase.text).answers
            found = tuple(_ASIDE.sub("", value) for value in found)
            values += [value for value in found if is_math(value) and _begins_with(sentence, value)]
    is_letter = _LETTER.fullmatch(box) is not None
    return tuple(value for value in values if (_LETTER.fullmatch(value) is not None) == is_letter)


def _begins_with(sentence: str, value: str) -> bool:
    """Whether no words stand before ``value``, and none right behind it that make another value of it."""
    before, found, after = _STYLE.sub("", sentence).partition(_STYLE.sub("", value))
    return bool(found) and not _WORD.search(before) and not _OF_ANOTHER.match(after)


def _is_unconditional(rest: str, phrase: Introduction, sentence: str) -> bool:
    before = rest[max(0, phrase.start - NEAR_CHARS) : phrase.start]
    lead = (sentences(before) or [""])[-1]
    if _ANOTHER_CASE.search(lead + phrase.text + sentence):
        return False
    return not is_supposed(before) and not is_introduced_in_doubt(rest, phrase.end)
