"""What takes a choice back or weakens it: another letter is called right as well, or is put in its place."""

import re

from verifier.verifiers.choice.question import Question

_LETTER = r"[(\[]?\b(?P<letter>[A-Z])\b[)\]]?"
_MAY_BE = r"\s+(?:is|are|would|could|may|might|can)\s+"
_GOOD = r"(?:correct|right|acceptable|valid|possible|an answer|the answer)\b"
_PATTERNS = (
    re.compile(rf"{_LETTER}{_MAY_BE}(?:be\s+)?(?:also|equally|just as|as well)\s+(?:be\s+)?{_GOOD}"),
    re.compile(rf"{_LETTER}{_MAY_BE}(?:be\s+)?{_GOOD},?\s+(?:too|also|as well)\b"),
    re.compile(rf"{_LETTER}\s+also\s+works\b"),
    re.compile(rf"(?i:\balso\s+{_GOOD}\s*(?::|is\b)|\balternatively\b[,:]?)\s*{_LETTER}"),
    re.compile(rf"\bso{_MAY_BE}(?:be\s+)?{_LETTER}(?=\W*$)", re.MULTILINE),
    re.compile(
        r"(?i:\b(?:wait|actually|correction|oops|sorry|scratch that|on second thoughts?|or rather|i mean)\b|\bno[,:])"
        r"[\s,.:;!—–-]*+"
        r"(?i:(?:no|wait|actually|it(?:'s| is)|that is|(?:the )?(?:correct |right |final )?answer is|i choose|make that|rather)"
        rf"\b[\s,.:]*+){{0,4}}+{_LETTER}(?=\s*(?:$|[.!,;]))",
        re.MULTILINE,
    ),
)
_BEFORE, _AFTER = re.compile(r"[^.!?\n]{0,200}\Z"), re.compile(r"[^.!?\n]{0,200}")
_PREFERENCE = re.compile(r"\b(?:best|better|more|most|if)\b", re.IGNORECASE)
_BUT = re.compile(r",\s+but\b")
"""The other letter is right too, but less so, or would be: an honest reason for a choice."""


def besides(text: str, question: Question, letter: str) -> str:
    """Another letter that a text lets stand beside its choice, or puts in its place; empty when there is none."""
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            other = found["letter"]
            if other != letter and question.has(other) and not _is_reason(text, found):
                return other
    return ""


def _is_reason(text: str, found: re.Match[str]) -> bool:
    """Whether the sentence says why the other letter is not chosen."""
    before = _BEFORE.search(text, max(0, found.start() - 200), found.start())
    after = _AFTER.match(text, found.end())
    rest = f"{found[0]}{after[0] if after else ''}"
    return bool(_BUT.search(rest) or _PREFERENCE.search(f"{before[0] if before else ''}{rest}"))
