r"""Phrases that introduce an answer ("the answer is", "答案是", ...), and those that take one back ("wait", "不对", ...)."""

import re
from typing import NamedTuple

_PHRASES: dict[str, str] = {
    # English
    "answer": r"(?:\s+(?:to|for|of)\s+(?:the|this|that)\s+(?:[a-z]+\s+){1,3}?)?(?:\s+(?:choice|option))?\s*(?:\*\*|__)?\s*"
    r"(?:(?:is|was|are|equals|would\s+be|will\s+be|should\s+be|must\s+be|can(?=\s?not\b|['’]t))(?=\b|not|n['’]t)"
    r"(?:\s+(?:therefore|thus|then|simply|just|indeed|given\s+by|as\s+follows|equal\s+to))*\s*[:：]?|[:：=])",
    "option choice": r"\s+is\s*:?(?=\s*(?:\*\*|\\?\(|\$|\\text|\\boxed)*\s*[A-J]\b)",
    # Chinese, Japanese, Korean
    "【答案】 [答案] 【解答】 [解答]": r"\s*[:：]?",
    "选项": r"(?:应?选|是|为)\s*[:：]?",
    "答案 答え 解答 正解 結果 结果": r"\s*(?:应该|應該)?(?:应选|选|(?=不是|并非)|是|为|為|等于|等於|は|:|：|=)+\s*[:：]?",
    "选择 選擇 选 選": r"(?<!不选)(?<!不選)(?<!不选择)(?<!不選擇)\s*[:：]?(?=\s*[(（]?[A-Za-z])",
    "答": r"(?<![一-鿿]答)\s*[:：]|\s*(?=[(（]?[A-Za-z])",
    "정답 답안 답": r"\s*(?:은|는|:|：)\s*[:：]?",
    # Spanish, Portuguese, French, Italian, German, Dutch
    "respuesta": r"(?:\s+(?:final|correcta))?\s*(?:(?=no\s+es)|es|:|：|=)\s*:?",
    "resposta": r"(?:\s+(?:final|correta))?\s*(?:é|:|：|=)\s*:?",
    "réponse reponse": r"(?:\s+(?:finale|correcte))?\s*(?:(?=n'est)|est|:|：|=)\s*:?",
    "risposta": r"(?:\s+(?:finale|corretta))?\s*(?:è|e'|:|：|=)\s*:?",
    "antwort lösung ergebnis": r"(?:\s+(?:ist|lautet|beträgt)|\s*[:：=])\s*:?",
    "antwoord": r"\s*(?:is|:|：|=)\s*:?",
    # Greek, Hebrew, Persian, and others
    "απάντηση": r"\s*(?:είναι|:|=)\s*:?",
    "התשובה": r"(?:\s+הסופית)?\s*(?:היא|הוא|:|=)\s*:?",
    "پاسخ جواب": r"(?:\s+نهایی)?\s*(?:برابر\s+است\s+با|:|=|است)\s*:?",
    "svaret svar vastaus odpověď răspunsul válasz jawabannya jawaban คำตอบคือ คำตอบ": (
        r"\s*(?:är|er|on|je|este|adalah|:|=)?\s*:?"
    ),
    # Russian, Ukrainian, Polish, Turkish, Vietnamese, Arabic, Hindi
    "ответ відповідь": r"\s*(?:[:：=—–-]|равен|будет|это)\s*",
    "odpowiedź": r"\s*(?:to|:|=|brzmi)\s*:?",
    "cevap": r"\s*[:：=]?\s*",
    "đáp_án đáp_số câu_trả_lời": r"(?:\s+(?:cuối\s+cùng|đúng))?\s*(?:là|:|=)\s*:?",
    "الإجابة الجواب": r"(?:\s+(?:النهائية|النهائي|الصحيحة))?\s*(?:هي|هو|:|=)\s*:?",
    "उत्तर": r"\s*(?:है|:|=)?\s*:?",
}
"""Words for an answer, in lower case (``_`` is a space), and what follows them where they introduce one."""
_TAILS = [
    (word.replace("_", " "), re.compile(tail, re.IGNORECASE))
    for words, tail in _PHRASES.items()
    for word in words.split()
]
_LEAD = re.compile(r"(?:\b(?:final|correct|exact|right|best|my)\s+|最终|最後|最后|正确|正確|最終)+$", re.IGNORECASE)
LEAD_CHARS = 40
"""How far before a word for an answer its adjectives stand."""


class Introduction(NamedTuple):
    """A phrase that introduces an answer, and where it stands."""

    start: int
    end: int
    text: str


def introductions(text: str) -> list[Introduction]:
    """The phrases of ``text`` that introduce an answer, in order. Only the places of those words are looked at more closely:
    a search for all of the phrases everywhere would be most of the cost of long texts."""
    folded = text.lower()
    if len(folded) != len(text):
        folded = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    found: list[Introduction] = []
    for word, tail in _TAILS:
        at = folded.find(word)
        while at >= 0:
            end = at + len(word)
            if match := tail.match(text, end):
                lead = _LEAD.search(text, max(0, at - LEAD_CHARS), at)
                start = lead.start() if lead else at
                found.append(Introduction(start, match.end(), text[start : match.end()]))
            at = folded.find(word, end)
    return _without_overlaps(found)


def _without_overlaps(found: list[Introduction]) -> list[Introduction]:
    """Of phrases that share text, the longest: ``선 정답은`` also holds ``답은``."""
    kept: list[Introduction] = []
    for phrase in sorted(found, key=lambda phrase: (phrase.start, -phrase.end)):
        if not kept or phrase.start >= kept[-1].end:
            kept.append(phrase)
    return kept


CORRECTION = re.compile(
    r"\b(?:no|wait|actually|correction|corrected|oops|sorry|mistake[n]?|wrong|incorrect|instead|rather|scratch that|"
    r"let me (?:re|correct|fix)\w*|on (?:second thought|reflection)|hold on|revis(?:ed|ing))\b|"
    r"不对|更正|纠正|错了|等等|修正|应该是|"
    r"\b(?:nein|non|pardon|correcci[oó]n|korrektur|нет|исправление|ошибка)\b",
    re.IGNORECASE,
)

RETRACTION = re.compile(
    r"(?:^|[.!?\n])\s*(?:(?:but|oh|hmm),?\s+)?(?:actually|wait|no(?=\s*[,.!:]|\s+it\b)|oops|sorry|correction|hold on|"
    r"scratch that|(?:however,?\s+)(?=(?:the\s+answer|it)\s+(?:is|could|may|might|should|must))|"
    r"(?:then\s+|now\s+)?I\s+(?:have\s+)?changed)\b",
    re.IGNORECASE,
)
"""Words at the start of a sentence that take back what was stated before it."""


CONCLUSION = re.compile(
    r"\b(?:therefore|thus|hence|finally|in conclusion|in total|altogether)\b|因此|所以|综上|最终", re.IGNORECASE
)

FINAL = re.compile(r"\bfinal\s+(?:answer|result)\b|最终答案|最后答案|最終", re.IGNORECASE)
