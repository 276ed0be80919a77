"""What lines come to in the end: "both hold, so C", "at first C, but it is B"."""

import re
from collections import deque

from verifier.verifiers.choice.question import Question, Reading
from verifier.verifiers.choice.statement import read
from verifier.verifiers.choice.unsaid import is_unsaid

_MOST_CONCLUSIONS = 20  # from the last one on
_HOW = r"(?:(?:actually|really|in fact|rather|probably|likely|indeed|clearly|instead|tatsächlich|en fait)\s++)?"
_CHOICE_ENDS = r"(?=[^.!?。\n]{1,80}[.!。]?[ \t]*$)"
_AT_LAST = re.compile(
    r"(?:\b(?:so|therefore|thus|hence|in the end|ultimately|i conclude),?\s++"
    r"|(?<=[a-z]{4}[.!])\s++(?=[(\[]?[A-Z][)\]]?[.!]?[ \t]*$)"
    r"|\b(?:it|that|this)(?:\sis|['’]s|\s(?:must|should|has to|might|may|could)\sbe),?\s++"
    r"|\b(?:es ist|c['’]est|(?:pero|sino) es|ma è|mas é|(?:но|а) это)\s++|지만\s|が、"
    r"|但[^，。！？\n不非没但是选为]{0,10}+[是选为]|那么?就?[是选]|最(?:可能|合适|恰当|准确)的(?:选项|答案)?[是为]|其实应?该?[是选])"
    rf"(?:it(?:\sis|['’]s)\s++)?{_HOW}{_CHOICE_ENDS}",
    re.IGNORECASE | re.MULTILINE,
)


def concluded(text: str, question: Question, start: int = 0) -> Reading:
    """What the lines choose that end in a conclusion: "both hold, so C"."""
    found = deque(_AT_LAST.finditer(text, start), _MOST_CONCLUSIONS)
    said = [match.end() for match in found if not is_unsaid(text, match.start())]
    return agreed([read(text[at:].split("\n", 1)[0], question) for at in said], "sentences")


def agreed(readings: list[Reading], where: str) -> Reading:
    """What several places say together: one answer, or the single letters of one set."""
    found = [reading for reading in readings if reading]
    if fault := next((reading for reading in found if reading.fault), None):
        return fault
    different = {reading.letters for reading in found}
    if len(different) > 1 and any(len(letters) > 1 for letters in different):
        return Reading(fault=f"{where} with different answers")
    return Reading(frozenset[str]().union(*different))
