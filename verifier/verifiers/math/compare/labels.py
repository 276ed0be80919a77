"""Labels of statements, as ①③ of "which of the statements are right". A reference lists them in ascending order, an answer in
any. One in another order is a sequence of steps, and one with ``;`` or spaces between them fills several blanks: their order
counts."""

import re

from verifier.verifiers.math.compare.verdict import Verdict, different, equal

_COMMAND = re.compile(r"\\(?:textcircled|circled)\s*\{?\s*(?:\\(?:text|mathrm)\s*\{\s*)?([1-9])\s*\}{0,2}")
_CIRCLED = re.compile("[①-⑳]")
_BETWEEN = re.compile(
    r"[\s,，、;；.。．$~]|\\[,;: ]|\\q?quad(?![a-z])|\\(?:text|mathrm)\s*(?=\{)|[{}]|和|与|及|\band\b|&"
)
_BLANKS = re.compile(r"[;；,，\s]")
"""What stands between the answers to several blanks."""
_NUMBERED = re.compile(r"\s*[(（]([1-9])[)）]")
_LISTED = re.compile(r"([1-9])\s*(?:[,，、;；]|和|与|及|\band\b)?\s*")
_GROUP = re.compile(r"[①-⑳](?:(?:[\s,，、;；$]|和|与|及|\band\b)*[①-⑳])*")
_OR = re.compile(r"或|\bor\b")
_LEAVES_OPEN = re.compile(
    r"[错不误否假非没或若可中除外只仅]|\b(?:wrong|incorrect|not|false|or|if|except|neither|maybe|perhaps|possibly)\b|n['’]t\b|[?？]",
    re.IGNORECASE,
)


def compare_labels(reference: str, answer: str) -> Verdict | None:
    """The verdict on an answer to a reference that lists circled numbers; None where one of them does not."""
    wanted = _labels(reference)
    if len(wanted) < 2 or len(set(wanted)) < len(wanted):
        return None
    answer = " ".join(answer.split())
    given = _labels(answer) or _numbers(answer) or _said(answer)
    if not given:
        either = _CIRCLED.search(answer) is not None and _OR.search(answer) is not None
        return different("words", "one label or another") if either else None
    is_set = wanted == sorted(wanted) and not _BLANKS.search(reference.strip(" \n$.。．"))
    if given == wanted or (is_set and sorted(given) == wanted):
        return equal("words", "the same labels")
    return different("words", "other labels")


def _labels(text: str) -> list[int]:
    """The circled numbers that are all of ``text``."""
    text = _COMMAND.sub(lambda match: chr(ord("①") + int(match[1]) - 1), text)
    if not _CIRCLED.search(text) or _CIRCLED.sub("", _BETWEEN.sub("", text)):
        return []
    return _read(text)


def _read(text: str) -> list[int]:
    return [ord(mark) - ord("①") + 1 for mark in _CIRCLED.findall(text)]


def _numbers(text: str) -> list[int]:
    """``(1)(3)`` and ``1, 3``: labels without their circles."""
    text = _BETWEEN.sub(" ", text) if "(" in text or "（" in text else text
    if not _NUMBERED.sub("", text).strip():
        return list(map(int, _NUMBERED.findall(text)))
    return list(map(int, _LISTED.findall(text))) if re.search(r"\D", text) and not _LISTED.sub("", text).strip() else []


def _said(sentence: str) -> list[int]:
    """The only group of circled numbers in a sentence that denies nothing: "Statements ①, ② and ④ are correct"."""
    groups = _GROUP.findall(sentence) if not _LEAVES_OPEN.search(sentence) else []
    return _read(groups[0]) if len(groups) == 1 else []
