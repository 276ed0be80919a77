r"""Phrases that introduce an answer ("the answer is", "答案是", ...), and those that take one back ("wait", "不对", ...)."""

import re

_INTRODUCTIONS = (
    # English
    r"(?:final\s+|correct\s+|exact\s+|right\s+|my\s+)*answer(?:\s+(?:to|for|of)\s+(?:the|this|that)\s+(?:[a-z]+\s+){1,3}?)?"
    r"(?:\s+(?:choice|option))?\s*(?:\*\*|__)?\s*(?:(?:is|was|are|equals|would\s+be|will\s+be|should\s+be|must\s+be|can(?=\s?not\b|['’]t))(?=\b|not|n['’]t)"
    r"(?:\s+(?:therefore|thus|then|simply|just|indeed|given\s+by|as\s+follows|equal\s+to))*\s*[:：]?|[:：=])",
    r"(?:correct\s+|right\s+|best\s+)?(?:option|choice)\s+is\s*:?(?=\s*(?:\*\*|\\?\(|\$|\\text|\\boxed)*\s*[A-J]\b)",
    # Chinese, Japanese, Korean
    r"[【\[](?:答案|解答)[】\]]\s*[:：]?|(?:正确|正確)?(?:答案|选项)(?:应?选|是|为)\s*[:：]?",
    r"(?:最终|最後|最后|正确|正確|所以|因此|故)?的?(?:答案|答え|解答|正解|結果|结果)\s*(?:应该|應該)?(?:(?=不是|并非)|是|为|為|等于|等於|は|:|：|=)+\s*[:：]?",
    r"(?<!不)(?:故选|故選|应选|應選|选择|選擇|答|选|選)\s*[:：]?(?=\s*[(（]?[A-Za-z])",
    r"(?<![一-鿿])答\s*[:：]",
    r"(?:최종\s*)?(?:정답|답|답안)\s*(?:은|는|:|：)\s*[:：]?",
    # Spanish, Portuguese, French, Italian, German, Dutch
    r"(?:la\s+)?respuesta(?:\s+(?:final|correcta))?\s*(?:(?=no\s+es)|es|:|：|=)\s*:?",
    r"(?:a\s+)?resposta(?:\s+(?:final|correta))?\s*(?:é|:|：|=)\s*:?",
    r"(?:la\s+)?r[ée]ponse(?:\s+(?:finale|correcte))?\s*(?:(?=n'est)|est|:|：|=)\s*:?",
    r"(?:la\s+)?risposta(?:\s+(?:finale|corretta))?\s*(?:è|e'|:|：|=)\s*:?",
    r"(?:die\s+)?(?:endgültige\s+|richtige\s+)?(?:antwort|lösung|ergebnis)(?:\s+(?:ist|lautet|beträgt)|\s*[:：=])\s*:?",
    r"(?:het\s+)?(?:juiste\s+|uiteindelijke\s+)?antwoord\s*(?:is|:|：|=)\s*:?",
    r"(?:η\s+)?(?:τελική\s+)?απάντηση\s*(?:είναι|:|=)\s*:?",
    r"התשובה(?:\s+הסופית)?\s*(?:היא|הוא|:|=)\s*:?",
    r"(?:پاسخ|جواب)(?:\s+نهایی)?\s*(?:برابر\s+است\s+با|:|=|است)\s*:?",
    r"(?:svaret|vastaus|svar|odpověď|răspunsul|válasz|jawaban(?:nya)?|คำตอบ(?:คือ)?)\s*(?:är|er|on|je|este|adalah|:|=)?\s*:?",
    # Russian, Ukrainian, Polish, Turkish, Vietnamese, Arabic, Hindi
    r"(?:окончательный\s+|итоговый\s+|правильный\s+)?(?:ответ|відповідь)\s*(?:[:：=—–-]|равен|будет|это)\s*",
    r"(?:ostateczna\s+)?odpowiedź\s*(?:to|:|=|brzmi)\s*:?",
    r"(?:nihai\s+|doğru\s+)?cevap\s*[:：=]?\s*",
    r"(?:đáp\s+án|đáp\s+số|câu\s+trả\s+lời)(?:\s+(?:cuối\s+cùng|đúng))?\s*(?:là|:|=)\s*:?",
    r"(?:الإجابة|الجواب)(?:\s+(?:النهائية|النهائي|الصحيحة))?\s*(?:هي|هو|:|=)\s*:?",
    r"(?:अंतिम\s+)?उत्तर\s*(?:है|:|=)?\s*:?",
)
INTRODUCTION = re.compile("|".join(f"(?:{phrase})" for phrase in _INTRODUCTIONS), re.IGNORECASE)

CORRECTION = re.compile(
    r"\b(?:no|wait|actually|correction|corrected|oops|sorry|mistake[n]?|wrong|incorrect|instead|rather|scratch that|"
    r"let me (?:re|correct|fix)\w*|on second thought|hold on|revis(?:ed|ing))\b|不对|更正|纠正|错了|等等|修正|应该是|"
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
