"""What takes a choice back or weakens it: another letter is called right as well, or is put in its place."""

import re

from verifier.verifiers.choice.question import Question

_LETTER = r"[(\[]?\b(?P<letter>[A-Z])\b[)\]]?"
_MAY_BE = r"\s+(?:is|are|would|could|may|might|can)\s+"
_GOOD = r"(?:correct|right|acceptable|valid|possible|an answer|the answer)\b"
_STOP = r"(?=\s*(?:$|[.!,;)]))"
_PATTERNS = (
    re.compile(rf"{_LETTER}{_MAY_BE}(?:be\s+)?(?:also|equally|just as|as well)\s+(?:be\s+)?{_GOOD}"),
    re.compile(rf"{_LETTER}{_MAY_BE}(?:be\s+)?{_GOOD},?\s+(?:too|also|as well)\b"),
    re.compile(rf"{_LETTER}\s+also\s+works{_STOP}", re.MULTILINE),
    re.compile(rf"(?i:\balso\s+{_GOOD}\s*(?::|is\b)|\balternatively\b[,:]?)\s*{_LETTER}{_STOP}", re.MULTILINE),
    re.compile(rf"(?<!not )\b{_GOOD},?\s+(?:(?:and|but)\s+)?so{_MAY_BE}(?:be\s+)?{_LETTER}(?=\W*$)", re.MULTILINE),
    re.compile(
        r"(?i:\b(?:wait|actually|correction|oops|sorry|scratch that|on second thoughts?|or rather|i mean)\b|\bno[,:])"
        r"[\s,.:;!—–-]*+"
        r"(?i:(?:no|wait|actually|it(?:'s| is)|that is|(?:the )?(?:correct |right |final )?answer is|i choose|make that|rather)"
        rf"\b[\s,.:]*+){{0,4}}+{_LETTER}{_STOP}",
        re.MULTILINE,
    ),
)
_AROUND = 200
_SENTENCE_ENDS = re.compile(r"[.!?\n]")
_DENIED = re.compile(r"\b(?:not|never|neither|nor|none|cannot|whether)\b|n['’]t\b", re.IGNORECASE)
_PREFERENCE = re.compile(r"\b(?:best|better|more|most|if)\b", re.IGNORECASE)
_BUT = re.compile(r"[,;]\s+(?:but|though|although|however)\b")
"""The other letter is right too, but less so, or would be: an honest reason for a choice."""


def besides(text: str, question: Question, letter: str) -> re.Match[str] | None:
    """The last place where a text lets another ``letter`` than its choice stand beside it, or puts one in its place."""
    found = [
        match
        for pattern in _PATTERNS
        for match in pattern.finditer(text)
        if match["letter"] != letter and question.has(match["letter"]) and not _is_reason(text, match)
    ]
    return max(found, key=lambda match: match.end(), default=None)


def _is_reason(text: str, found: re.Match[str]) -> bool:
    """Whether the sentence says why the other letter is not chosen, or asks."""
    before = _SENTENCE_ENDS.split(text[max(0, found.start() - _AROUND) : found.start()])[-1]
    after = _SENTENCE_ENDS.split(text[found.end() : found.end() + _AROUND], 1)[0]
    rest = found[0] + after
    asks = text.startswith("?", found.end() + len(after))
    return asks or bool(_DENIED.search(before) or _BUT.search(rest) or _PREFERENCE.search(before + rest))
