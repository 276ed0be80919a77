"""What a sentence says that something is: "The capital is Rome", "Rome is the capital"."""

import re

from verifier.verifiers.choice.question import NOTHING, Question, Reading
from verifier.verifiers.choice.statement import read

_SENTENCE_CHARS = 400
NO_PREDICATE = re.compile(
    r"\b(?:not|never|except|least|cannot|neither|nor|whether|if|unless|without|opposite|wrong|incorrect"
    r"|false|doubt|deny|mistake|error|unlikely|rarely|hardly|no|nobody|none|myth|misconception|some|many|others?|used"
    r"|exclud\w*|rul\w+ out|eliminat\w*|reject\w*)\b"
    r"|n['’]t\b|不|非|错|[.!?;]\s|\n|[。！？；]",
    re.IGNORECASE,
)
"""What denies that something is an option, or speaks of another sentence."""
IS = re.compile(
    r"\b(?:is|are|was|were|be|called|in|by|(?:example|case|instance|form|kind|type)\s+of)\s+"
    r"(?:(?:most likely|probably|likely|possibly|clearly|about)\s+)?"
    r"|=\s*(?=[^=]*$)|[是为]",
    re.IGNORECASE,
)
_LETTER_ALONE = re.compile(r"\W{0,2}[A-Za-z](?![\w(])")
_NEXT_CLAUSE = re.compile(r"[^,]{1,200},\s*(?:it|they|he|she|this|these|the|there)\b")
_IS_THE = re.compile(r"\s+(?:is|was)\s+the\s")
_SEVERAL = re.compile(r"[,;]|\b(?:or|and)\b", re.IGNORECASE)


def predicated(body: str, question: Question) -> Reading:
    """What a sentence says that something is: "The capital is Rome", "Rome is the capital".

    Nothing, if it denies, or names another option.
    """
    if len(body) > _SENTENCE_CHARS:
        return NOTHING
    for verb in IS.finditer(body):
        before, said = body[: verb.start()], body[verb.end() :]
        if _LETTER_ALONE.match(said) or NO_PREDICATE.search(before):
            continue
        worked_out = verb[0].startswith("=") and not _SEVERAL.search(before)  # "1/2 * 1/3 = 1/6" may name others
        after = "nothing" if _NEXT_CLAUSE.match(said) else "explanation"
        if (worked_out or not question.mentions(before)) and (chosen := read(said, question, after)):
            return chosen
    option, said = question.opening_words(body)
    unclear = not _IS_THE.match(said) or NO_PREDICATE.search(said) or question.mentions(said)
    return NOTHING if unclear else read(option, question)
