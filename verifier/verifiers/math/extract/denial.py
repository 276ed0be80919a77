r"""What a sentence takes back: "not 8", "8 is wrong", "6, not 8". A denial counts only in the clause of its value."""

import re

CROSSES = ("❌", "✗", "✘")
"""Marks that call what stands before them wrong."""
CLAUSE_CHARS = 80
"""How far from a value the words stand that deny it."""
SENTENCE_CHARS = 1_000
"""Longest sentence that is searched for what it rejects: the patterns cost time quadratic in it."""
_NOT = (
    r"(?:not|never|neither|cannot|can't|\w+n['’]t|(?:anything|everything|all|number|integer|value)\s+but|"
    r"except|far\s+from|no|refuse|unable|pas|nicht|kein|non|não|не|hayır|không|nie|niet|bukan|ليست|ليس|לא|नहीं)"
)
_BOUND = (
    r"(?:(?:less|more|greater|smaller|larger|bigger|fewer|other|different)\s+than|at\s+(?:most|least)|different\s+from|"
    r"between|up\s+to|unknown)"
)
_VERB = r"(?:is|are|was|were|be|been|equals?|has|have|had|gets?|makes?|gives?|est|ist|es|é)"
_QUIET = rf"(?:(?!{_VERB}\b)[^\W\d]+\s+){{0,3}}"
"""Words that may stand between a denial and its value; a verb among them opens a clause of its own."""
_GOVERNS = re.compile(
    rf"\b(?:{_NOT}|{_BOUND})\s+(?:[^\W\d]+ly\s+)?(?:{_VERB}\s+)?{_QUIET}[^\w,;:=]*$|\b(?:below|above|under|"
    rf"over)\s+[^\w,;:=]*$|"
    rf"\b(?:between|from|entre|zwischen|tra|fra|между)\s+[^\s,;]+\s+(?:and|to|y|et|und|e|и|bis)\s+[^\w,;:=]*$|"
    rf"(?:不是|并非|不等于|不為|不为|小于|大于|至少|至多|不超过|不多于|不少于)[^\d,，。]{{0,8}}$|(?:≠|\\neq?\b|!=)\s*\$?$|(?:^|\s)[!¬]$",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:twice|double|thrice|triple|half(?:\s+of)?|(?:square|cube|fourth|fifth|\w+th)\s+root\s+of|(?:the\s+)?reciprocal\s+of|"
    r"(?<!\bby )(?:a|any|some|no)\s+(?:multiple|divisor|factor|power)\s+of|divisible\s+by|close\s+to)\s+[$*\s]*$",
    re.IGNORECASE,
)
"""Words that make another value of the one behind them: "twice 5"."""
_ENDS_WITHIN = ("twice", "double", "thrice", "triple", "half", "of", "by", "to")
_DENIES = re.compile(
    r"\+(?=\s|$)|[\^/](?=\s*$)|[\s*$]*factorial\b|"
    r"\W*(?:but|and|yet|although)?\s*\b(?:that|this|it|which)\s+is\s+(?:[^\W\d]+ly\s+)?"
    r"(?:wrong|incorrect|false|impossible|not\s+(?:right|correct|true|the\s+answer))\b|"
    r"[\s$*]*(?:不是(?!\s*[\d$\\])|并非|不满足|不符合|不合题意|不成立|应?舍去)|"
    r"\W*?\s*\b(?:(?:is|was|are|would\s+be|seems)\s+(?:\w+ly\s+)?(?:wrong|incorrect|false|impossible|not\b|"
    r"no\s+(?:solution|answer)|one\s+of\b|among\b)|"
    r"(?:is|was|does|did|do|can|could)(?:n['’]t\b|not\b|\s+not\b))",
    re.IGNORECASE,
)
_WOULD = re.compile(r"\bwould\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_IF = re.compile(r"[^.;]*\bif\b", re.IGNORECASE)
_ENDS_DENYING = re.compile(r"ではありません|ではない|じゃない|でない|이 아니|가 아니|아닙니다|değil|नहीं", re.IGNORECASE)
_CROSSED = re.compile(r"[\s)\]}$*.]*[❌✗✘]")
"""The mark right behind a value that calls it wrong: one behind another value speaks of that."""
_REJECTED = re.compile(
    r"(?:[,;(]\s*|\s+[-–—]\s+)(?:and\s+|definitely\s+|certainly\s+)*(?:"
    r"(?:not|non|nicht|pas|no|não|не|rather\s+than|instead\s+of|不是)(?=\s)|不是|"
    r"(?:it|this|that)\s+(?:\w+n['’]t|cannot|(?:is|can|could|does|would)\s+not)\b)[^,;)]*[)]?|"
    r"[,;(]\s*[^,;()❌✗✘]{1,20}[❌✗✘]\)?|"
    r"(?<=[\dA-J)])\s*(?:(?:not|non|rather\s+than|instead\s+of)\s+(?=\$?\(?(?:\d|[A-J]\b))|不是)[^,;]*",
    re.IGNORECASE,
)
_VALUE = r"(?:\$[^$]{1,40}\$|(?<![A-Za-z0-9.-])(?:[A-Za-z]\w?\s*=\s*)?[^\s,，;；或()（）$=A-Za-z\u4e00-\u9fff]{1,20})"
_DROPPED = (
    r"\s*[(（]\s*(?:(?:不合题意|不符合题意|负值|增根)?[,，]?\s*(?:应)?舍去?|不合题意|不符合题意|增根|(?i:rejected|discarded|extraneous|reject)"
    r"(?i:\s+(?:root|solution))?)\s*[)）]"
)
"""That a root is put away: ``（舍去）``."""
_MAY_DROP = re.compile("舍|增根|不合|不符|reject|discard|extraneous", re.IGNORECASE)
_BETWEEN = r"\s*(?:[,，、;；]|或者?|\b(?:or|and)\b)\s*"
_ROOT_DROPPED = re.compile(rf"{_BETWEEN}{_VALUE}{_DROPPED}|{_VALUE}{_DROPPED}{_BETWEEN}")
_INSTEAD = re.compile(
    r"^.*?\b(?:not|n['’]t|nicht|no|non|pas)\b[^.;]*?"
    r"(?:,\s*(?:but|rather|instead|it\s+is|it's|sondern|sino|mais|therefore|so)|"
    r"\s(?:but|sondern|sino|mais))\s+(?:(?:rather|instead|actually|it\s+is|it's)\s+)*"
    r"|^.*?\bbut\s+(?:actually\s+|really\s+)?"
    r"(?:it\s+is|it's|the\s+(?:(?:true|correct|actual|real|right)\s+)?(?:answer|value)\s+is)\s+(?!not\b)(?=\S)",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|suppos(?:e|ing)|assum(?:e|ing)|whether|unless|imagine|(?<!no )(?<!without )doubt|not\s+true|"
    r"den(?:y|ies)|impossible|unlikely|no\s+way|false|"
    r"(?:says?|claims?|thinks?|guess(?:es|ed)?|believes?)\s+(?=that|the|my|$)(?<=\bsomeone says )|"
    r"(?:do|would|did|does|ca|can|is)(?:n['’]t|\s*not)\s+\w+)\s+(?:that\s+)?(?:[^\W\d]+\s+){0,2}$",
    re.IGNORECASE,
)
_OWN_CLAUSE = re.compile(r"[,;:.!?\n]|\bthen\b")
_CONDITIONAL = re.compile(
    r"\b(?:otherwise|unless|else)\b|\bwould\s+be\b[^;]{0,60}?\bif\b|\bif\s+not\s+\W*\d|"
    r"\b(if|when)\b[^;]{0,60}?\d[^;]{0,60}?\b\1\b|\bif\s+(?:this|that|it)\s+is\s+(?:wrong|"
    r"not|incorrect|false)\b",
    re.IGNORECASE | re.DOTALL,
)


_TASK = re.compile(
    r"[\s*_#>¿]*(?:and\s+|so\s+|then\s+|now,?\s+)?(?:(?:we|i)\s+(?:need|have|want|must|are\s+asked)\s+(?:to\s+)?)?(?:how\s+(?:many|much|long|far|old|fast|tall|often)|what|which|who|when|where|"
    r"find|determine|compute|calculate|evaluate|"
    r"solve|prove|simplify|combien|quel(?:le)?s?|cuánt[oa]s?|qué|quant[oaie]s?|wie\s+(?:viele?|lange|weit|groß)|"
    r"welche[rs]?|сколько|найдите)\b"
    r"(?![^?]*[:=])|.*(?:多少|几[个只名人条次天岁]?|是什么)[^，,。]{0,6}[?？]?\s*$|\s*求",
    re.IGNORECASE,
)
_ANNOUNCEMENT = re.compile(
    r"[\s*_]*(?:now\s+|first,?\s+|ok(?:ay)?,?\s+|so,?\s+)?(?:let\s+me|let['’]?s|let\s+us|i\s+(?:will|need\s+to|have\s+to|"
    r"should)|i['’]ll|we\s+need\s+to|we\s+have\s+to)\s+"
    r"(?:now\s+|first\s+|carefully\s+)?(?:think|consider|recall|re-?read|re-?state|look|see|start|begin|note|"
    r"work\s+(?:on|through|this|it)|figure|try|find\s+out|understand|solve)\b(?![^\n]*[=:])",
    re.IGNORECASE,
)
_GIVES_UP = re.compile(
    r"[\s*_]*(?:but\s+|so\s+|however,?\s+|sorry,?\s+|unfortunately,?\s+)*(?:i|we)\s+(?:(?:can\s?not|can['’]t|could\s+not|couldn['’]t|"
    r"(?:am|are)\s+(?:not\s+able|unable)\s+to|(?:do\s+not|don['’]t)\s+know\s+how\s+to)\s+(?:solve|answer|do)(?=(?:\s+(?:it|this|that|the|problem|question)\b)*\W*$)|"
    r"(?:do\s+not|don['’]t)\s+know(?=\W*$|\s+the\s+answer)|give\s+up\b)|(?:我|本题)?(?:不会做|做不出|放弃|无法解答|无法回答)",
    re.IGNORECASE,
)
_ASKED = re.compile(r"[\s*_$).]*[?？][\s*_$?？]*")
_YES = re.compile(r"(?:yes|yeah|yep|indeed|correct|right|exactly|是的?|对|oui|sí|ja|да)\b", re.IGNORECASE)


def committed(sentence: str) -> str:
    """``sentence`` without the values that it rejects in favour of another: ``6`` of "6, not 5" and of "not 5 but 6"."""
    if len(sentence) > SENTENCE_CHARS:
        return sentence
    chosen = _INSTEAD.match(sentence)
    if chosen and sentence[chosen.end() :].strip(" .*"):
        sentence = sentence[chosen.end() :]
    return _REJECTED.sub("", sentence)


def without_dropped(sentence: str) -> str:
    """``sentence`` without the roots that it finds and puts away: ``x = 1`` of ``x = 1 或 x = -1（舍去）``."""
    drops = len(sentence) <= SENTENCE_CHARS and _MAY_DROP.search(sentence)
    return _ROOT_DROPPED.sub("", sentence) if drops else sentence


def is_denied(before: str, value: str, after: str) -> bool:
    """Whether a value is only said not to be the answer, or bounded, by the words around it: 'not 8', 'less than 8'."""
    if (
        _ENDS_DENYING.search(value + after)
        or _CROSSED.match(after)
        or value.rstrip().endswith(CROSSES)
        or (_WOULD.search(before) and _IF.match(after))
    ):
        return True
    near = before[-CLAUSE_CHARS:]
    if (near.rstrip(" $*").endswith(_ENDS_WITHIN) and _WITHIN.search(near)) or _GOVERNS.search(near):
        return True
    return _DENIES.match(after[:CLAUSE_CHARS]) is not None


def is_supposed(before: str) -> bool:
    """Whether ``before``, which leads up to "the answer is", only supposes or doubts what follows."""
    clause = _OWN_CLAUSE.split(before[-CLAUSE_CHARS:])[-1]
    return _SUPPOSED.search(clause if clause.endswith(" ") else clause + " ") is not None


def is_conditional(sentence: str) -> bool:
    """Whether a sentence gives different values for different cases: it states all of them, or none."""
    return _CONDITIONAL.search(sentence[-SENTENCE_CHARS:]) is not None


def is_question(sentence: str, text: str) -> bool:
    """Whether ``sentence``, of ``text``, asks: it states nothing, unless a yes follows."""
    asked = sentence.rstrip(" \t\r\n?？*_$.")
    rest = text[text.rfind(asked) + len(asked) :]
    mark = _ASKED.match(rest)
    return mark is not None and _YES.match(rest, mark.end()) is None


def is_task(sentence: str) -> bool:
    """Whether a sentence asks for the answer, or sets it as a task: "How many are left?", "Find x." """
    return _TASK.match(sentence[-SENTENCE_CHARS:]) is not None


def gives_up(sentence: str) -> bool:
    """Whether a sentence says that there is no answer: "I cannot solve it"."""
    return _GIVES_UP.match(sentence) is not None


def is_announcement(sentence: str) -> bool:
    """Whether a sentence only says what will be thought about: "Let me think about 42"."""
    return _ANNOUNCEMENT.match(sentence) is not None
