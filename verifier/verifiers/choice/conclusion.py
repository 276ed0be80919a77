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
_END_CHARS = 2_000
_LABEL_AHEAD = re.compile(
    r"(?:\b(?P<verb>is|with|suggests?|favou?rs|supports?|indicates?)\s|[:→]|[a-z]{3}[.!?]\s)\s*+"
    r"(?=[(\[]?[A-Z][)\].:,!]*+(?:[ \t]+(?!\s)|\s*\Z)[^\n]*\Z)"
)
_NOT_MINE = re.compile(
    rf"{_NO_PREDICATE.pattern}|\b(?:runner|second|next|another|also|alternative\w*|candidates?|distractor|trap|avoid\w*|but|else)\b",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(r"[.!?;,]\s|\n")
_SENTENCES = re.compile(r"[.!?;]\s|\n")
_DENIES = re.compile(
    r"\b(?:not|no|never|neither|nor|although|though|while|whereas|wrong|incorrect|rul\w+ out|exclud\w+)\b|n['’]t\b",
    re.IGNORECASE,
)
_NAMED_LAST = re.compile(
    r"(?:^|[.!?;:,\n])(?P<clause>[^.!?;:,\n]+)(?:,\s?(?=[a-z])|\s?\()(?P<noun>(?:option|choice|answer)\s)?(?P<letter>[A-Z])\)?[.\s]*\Z"
)
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


def labelled_last(text: str, question: Question) -> Reading:
    """What a text comes to: "The most likely diagnosis is C. Aortic dissection", "The base favours D."."""
    text = text.rstrip()[-_END_CHARS:]
    label = deque(_LABEL_AHEAD.finditer(text), 1)
    if not label or not (chosen := read(text[label[0].end() :], question)).letters:
        return NOTHING
    before, said = text[: label[0].start()], text[label[0].end() :].strip(" .!()[]")
    if len(said) == 1:
        unclear = not label[0]["verb"] or _has_rival(before, question, said)
    else:
        unclear = question.mentions(before.rsplit("\n", 1)[-1])
    return NOTHING if unclear or _NOT_MINE.search(_CLAUSE_ENDS.split(before)[-1]) else chosen


def named_last(text: str, question: Question) -> Reading:
    """What a text ends with: "the capital is Paris (B)", "by the second law, option B"."""
    text = text[-_END_CHARS:]
    named = _NAMED_LAST.search(text)
    if named is None or _NO_PREDICATE.search(named["clause"]):
        return NOTHING
    clause, letter = question.key(named["clause"]), named["letter"]
    before = clause.removesuffix(question.text(letter) or "")
    is_told = named["noun"] or (clause != before and _IS.search(f"{before} "))
    rival = question.mentions(before) or _has_rival(text[: named.start()], question, letter)
    return Reading(frozenset(letter)) if is_told and not rival else NOTHING


def _has_rival(text: str, question: Question, letter: str) -> bool:
    """Whether a sentence speaks of another option than a letter's, and does not deny it."""
    told = (sentence for sentence in _SENTENCES.split(text) if not _DENIES.search(sentence))
    return any(question.mentions(sentence, but=letter) for sentence in told)


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
