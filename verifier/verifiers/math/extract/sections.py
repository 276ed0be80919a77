r"""The parts of a response that are no answer: checks, notes, explanations, what is struck out. And those that are one: what
stands under the heading "Answer", or behind the key "answer" of a JSON object."""

import json
import re
from collections.abc import Iterable
from typing import cast

from verifier.verifiers.math.budgets import ANSWER_CHARS
from verifier.verifiers.math.extract.phrases import CONCLUSION
from verifier.verifiers.math.extract.spans import BOLD, has_value

_STRUCK = re.compile(r"~~(?=[^\s~])[^~\n]{1,400}~~|<(del|s|strike)>[^<\n]{0,400}</\1>", re.IGNORECASE)
_OVERLAID = re.compile(r"(?:\w[\u0335-\u0338])+")
"""Characters with a stroke through them."""
_CANCELLED = re.compile(r"\\(?:[bx]?cancel|sout|st|hcancel|enclose)(?![a-zA-Z])\s*(?=\{)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_ANSWER = (
    r"(?:(?:the|my|la|le|il|die)[ ]+)?(?:(?:final|correct|short)[ ]+)?(?:answer|réponse|reponse|respuesta|resposta|"
    r"risposta|antwort|"
    r"ответ|最终答案|答案|答え|解答|정답)(?:[ ]+(?:finale?|final|correcta))?"
)
_HEADING = re.compile(
    rf"^[ \t]*(?:#{{1,6}}[ \t]*)?(?:\*\*|__)?{_ANSWER}[ \t]*[:：]?(?:\*\*|"
    rf"__)?[ \t]*[:：]?[ \t]*\n(?:[ \t]*[=-]{{3,}}[ \t]*\n)?",
    re.IGNORECASE | re.MULTILINE,
)
_NEXT_HEADING = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+\S|\*\*[^*\n]{1,40}\*\*[ \t]*[:：]?[ \t]*$|【)", re.MULTILINE)
_OPENS = r"[\s#>*_✓✔✅(-]{0,12}"
_EXPLAINS = re.compile(
    rf"{_OPENS}(?:explanation|reasoning|justification|proof|derivation|working|workings|because|explication|erklärung|"
    rf"begründung|explicación|"
    r"spiegazione|explicação|пояснение|объяснение|решение|解析|分析|详解|解释|理由)[^\S\n]*(?:\*\*|__)?[^\S\n]*(?:[:：】]|\n|$)|"
    r"[【\[](?:分析|详解|解析|点评|点睛|考点|解答过程)[】\]]",
    re.IGNORECASE,
)
_NOTE = re.compile(
    rf"{_OPENS}(?:note|notes|remark|n\.?b\.?|caveat|disclaimer|remarque|nota|anmerkung|hinweis|observação|примечание|"
    rf"замечание|注意?|备注|说明)"
    rf"[^\S\n]*(?:\*\*|__)?[^\S\n]*[:：]|{_OPENS}note\s+that\b|{_OPENS}this\s+(?:assumes|is\s+assuming)\b",
    re.IGNORECASE,
)
_CHECK = re.compile(
    rf"{_OPENS}(?:(?:quick\s+|sanity\s+|double[\s-]+)?check(?:ing)?|verification|verify(?:ing)?|vérification|probe|"
    rf"comprobación|verificación|verifica|verificação|"
    r"prova|проверка|检验|验证|验算|检查)[^\S\n]*(?:\*\*|__)?[^\S\n]*(?:[:：]|\n|$)|"
    rf"{_OPENS}(?:(?:we|you|i|one)\s+(?:can|could|may|will|should)\s+(?:also\s+|now\s+|quickly\s+|easily\s+)?|"
    rf"(?:let['’]?s|let\s+us|let\s+me)\s+(?:also\s+|now\s+|quickly\s+)?|to\s+|as\s+a\s+(?:quick\s+)?|"
    r"(?:a\s+)?(?:quick|simple)\s+)(?:double[\s-]+)?(?:check|verify|confirm|verification|sanity\s+check|"
    r"see\s+that\s+this\s+(?:works|is\s+correct))\b|"
    rf"{_OPENS}(?:checking|verifying|plugging|substituting)\s+(?:(?:this|it|that|these|the\s+(?:answer|solution|value|"
    rf"result)|back|in)\b)|"
    rf"{_OPENS}(?:on\s+(?:peut\s+)?vérifie|podemos\s+(?:comprobar|verificar)|zur\s+probe|проверим|经?(?:检验|验证|验算))",
    re.IGNORECASE,
)
_CONCLUDES = re.compile(
    rf"{_OPENS}(?:so|therefore|thus|hence|finally|in\s+conclusion|consequently|accordingly|donc|ainsi|also|daher|somit|"
    rf"por\s+lo\s+tanto|por\s+tanto|así|quindi|portanto|"
    r"итак|значит|таким\s+образом|所以|因此|故|综上|于是)(?:\b|(?<=[\u4e00-\u9fff]))",
    re.IGNORECASE,
)
_STATES = re.compile(
    rf"{_OPENS}(?:the|there|our|it|he|she|they|we)\b[^=\n]{{0,80}}?\b(?:is|are|equals?|get|has|have)\b", re.IGNORECASE
)
"""How a paragraph of its own begins that states the answer."""
_CONFIRMS = re.compile(
    r"[✓✔✅☑√]|\b(?:correct|works?|holds?|match(?:es)?|satisf\w+|verified|confirm\w*|consistent|checks?\s+out|"
    r"as\s+(?:expected|required)|true|valid)\b|成立|正确|符合",
    re.IGNORECASE,
)
_ANSWER_KEY = re.compile(
    r"(?:the\s+)?(?:final|correct)?[\s_-]*(?:answer|result|solution|réponse|respuesta|resposta|risposta|antwort|ответ)|"
    r"最终答案|答案|结果",
    re.IGNORECASE,
)
_FENCE = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL)


def without_struck(text: str) -> str:
    """``text`` without what markdown, or a stroke through each character, strikes out."""
    if not text.isascii():
        text = _OVERLAID.sub(" ", text)
    return _STRUCK.sub(" ", text) if "~~" in text or "</" in text else text


def without_cancelled(content: str) -> str:
    r"""The content of a box without the factors that ``\cancel`` strikes out; those inside of a fraction divide out."""
    if "cancel" not in content and "\\s" not in content:
        return content
    kept: list[str] = []
    position = depth = 0
    for match in _BRACE.finditer(content):
        if match.group() == "{":
            if depth == 0 and (struck := _ends_with_cancel(content, position, match.start())) is not None:
                kept.append(content[position:struck])
                position = -1
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == 0 and position < 0:
                position = match.end()
    return "".join((*kept, content[position:])) if position >= 0 else content


def _ends_with_cancel(content: str, start: int, end: int) -> int | None:
    for match in _CANCELLED.finditer(content, max(start, end - 16), end + 1):
        if match.end() == end:
            return match.start()
    return None


def under_heading(text: str) -> str | None:
    """What stands under the last heading that says "Answer", up to the next heading; None where there is none."""
    found = list(_HEADING.finditer(text))
    if not found:
        return None
    following = _NEXT_HEADING.search(text, found[-1].end())
    body = text[found[-1].end() : following.start() if following else len(text)]
    return body if body.strip() else None


def asserted(sentences: Iterable[str], text: str) -> list[str]:
    """The ``sentences`` of ``text`` without checks, notes and explanations behind an answer, up to one that concludes again."""
    kept: list[str] = []
    answered = dropping = False
    end = 0
    for sentence in sentences:
        start = text.find(sentence, end)
        opens = _STATES if text.count("\n", end, start) + sentence[:3].count("\n") > 1 else _CONCLUDES
        end = start + len(sentence)
        if dropping and (opens.match(sentence) or _CONCLUDES.match(sentence)) and not _CONFIRMS.search(sentence):
            dropping = False
        elif answered and not dropping:
            dropping = _follows_an_answer(kept, sentence)
        if not dropping:
            kept.append(sentence)
            answered = answered or has_value(sentence)
    return kept


def _follows_an_answer(kept: list[str], sentence: str) -> bool:
    if _CHECK.match(sentence):
        return True
    if _EXPLAINS.match(sentence):
        return len(kept) == 1
    last = kept[-1]
    return _NOTE.match(sentence) is not None and (CONCLUSION.search(last) or BOLD.search(last)) is not None


def of_json(text: str) -> str | None:
    """The answer of a response that is one JSON object: the value of the only key that says answer. None where it is none."""
    fenced = _FENCE.fullmatch(text) if len(text) <= ANSWER_CHARS else None
    body = (fenced[1] if fenced else text).strip()
    if not body.startswith("{") or not body.endswith("}") or len(body) > ANSWER_CHARS or '"' not in body:
        return None
    try:
        value = json.loads(body, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    given = [item for key, item in cast("dict[str, object]", value).items() if _ANSWER_KEY.fullmatch(key.strip())]
    return (_written(given[0]) or "") if len(given) == 1 else None


def _written(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        parts = [_written(item) for item in cast("list[object]", value)]
        return None if None in parts else ", ".join(part for part in parts if part is not None)
    return None
