"""What a text comes to in the end: "both hold, so C", "at first C, but it is B", "The capital is Rome"."""

import re
from collections import deque

from verifier.verifiers.choice.question import NOTHING, Question, Reading
from verifier.verifiers.choice.statement import read
from verifier.verifiers.choice.unsaid import is_unsaid

_SENTENCE_CHARS = 400
_MOST_CONCLUSIONS = 20  # from the last one on
_NO_PREDICATE = re.compile(
    r"\b(?:not|never|except|least|cannot|neither|nor|whether|if|unless|without|opposite|wrong|incorrect"
    r"|false|doubt|deny|mistake|error|unlikely|rarely|hardly|no|nobody|none|myth|misconception|some|many|others?|used"
    r"|exclud\w*|rul\w+ out|eliminat\w*|reject\w*)\b"
    r"|n['’]t\b|不|非|错|[.!?;]\s|\n|[。！？；]",
    re.IGNORECASE,
)
_IS = re.compile(
    r"\b(?:is|are|was|were|be|called|in|by|(?:example|case|instance|form|kind|type)\s+of)\s+"
    r"(?:(?:most likely|probably|likely|possibly|clearly|about)\s+)?"
    r"|=\s*(?=[^=]*$)|[是为]",
    re.IGNORECASE,
)
_LETTER_ALONE = re.compile(r"\W{0,2}[A-Za-z](?![\w(])")
_NEXT_CLAUSE = re.compile(r"[^,]{1,200},\s*(?:it|they|he|she|this|these|the|there)\b")
_IS_THE = re.compile(r"\s+(?:is|was)\s+the\s")
_SEVERAL = re.compile(r"[,;]|\b(?:or|and)\b", re.IGNORECASE)
_HOW = r"(?:(?:actually|really|in fact|rather|probably|likely|indeed|clearly|instead|tatsächlich|en fait)\s++)?"
_CHOICE_ENDS = r"(?=[^.!?。\n]{1,80}[.!。]?[ \t]*$)"
_AT_LAST = re.compile(
    r"(?:\b(?:so|therefore|thus|hence),?\s++|(?<=[a-z]{4}[.!])\s++(?=[(\[]?[A-Z][)\]]?[.!]?[ \t]*$)"
    r"|\b(?:it|that|this)(?:\sis|['’]s|\s(?:must|should|has to|might|may|could)\sbe),?\s++"
    r"|\b(?:es ist|c['’]est|(?:pero|sino) es|ma è|mas é|(?:но|а) это)\s++|지만\s|が、"
    r"|但(?:其实|实际上)?应?该?[是选为]|其实应?该?[是选])"
    rf"(?:it(?:\sis|['’]s)\s++)?{_HOW}{_CHOICE_ENDS}",
    re.IGNORECASE | re.MULTILINE,
)


def concluded(text: str, question: Question, start: int = 0) -> Reading:
    """What the lines choose that end in a conclusion: "both hold, so C"."""
    found = deque(_AT_LAST.finditer(text, start), _MOST_CONCLUSIONS)
    said = [match.end() for match in found if not is_unsaid(text, match.start())]
    return agreed([read(text[at:].split("\n", 1)[0], question) for at in said], "sentences")


def predicated(body: str, question: Question) -> Reading:
    """What a sentence says that something is: "The capital is Rome", "Rome is the capital".

    Nothing, if it denies, or names another option.
    """
    if len(body) > _SENTENCE_CHARS:
        return NOTHING
    for verb in _IS.finditer(body):
        before, said = body[: verb.start()], body[verb.end() :]
        if _LETTER_ALONE.match(said) or _NO_PREDICATE.search(before):
            continue
        worked_out = verb[0].startswith("=") and not _SEVERAL.search(before)  # "1/2 * 1/3 = 1/6" may name others
        after = "nothing" if _NEXT_CLAUSE.match(said) else "explanation"
        if (worked_out or not question.mentions(before)) and (chosen := read(said, question, after)):
            return chosen
    option, said = question.opening_words(body)
    unclear = not _IS_THE.match(said) or _NO_PREDICATE.search(said) or question.mentions(said)
    return NOTHING if unclear else read(option, question)


def agreed(readings: list[Reading], where: str) -> Reading:
    """What several places say together: one answer, or the single letters of one set."""
    found = [reading for reading in readings if reading]
    if fault := next((reading for reading in found if reading.fault), None):
        return fault
    different = {reading.letters for reading in found}
    if len(different) > 1 and any(len(letters) > 1 for letters in different):
        return Reading(fault=f"{where} with different answers")
    return Reading(frozenset[str]().union(*different))
