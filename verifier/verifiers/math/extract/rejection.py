r"""Answers that the words around them do not stand by: "we can rule out \boxed{7}", "if the answer were 7", and those taken
back: "\boxed{7}. No, that is wrong"."""

import re

from verifier.verifiers.math.extract.denial import committed

NEAR_CHARS = 120
"""How far from a value the words stand that reject it."""
_FILLER = (
    r"(?:(?:that|the|an?|my|our|your|is|are|was|were|be|been|equals?|equal|to|as|it|this|final|correct|right|answer|"
    r"result|value|number|option|choice|"
    r"la|le|el|il|die|das|der|est|es|ist|è|réponse|respuesta|antwort|risposta|resposta|[a-z]+ly)\s+){0,6}"
)
_SAY = (
    r"(?:say|said|saying|answer|answering|conclude|claim|think|thought|write|give|guess|believe|assume|expect|argue|get|pick|"
    r"choose|state|report)"
)
_MARKS = r"(?:[\s$*_(\[{:：\"'“「]|\\[(\[]|\\text\s*\{|\\displaystyle)*$"
_BEFORE = re.compile(
    r"\b(?:"
    rf"(?:not|never|cannot|can't|(?:is|was|are|were|ca|could|would|should|does|do|did|must)n['’]t|pas|nicht|kein|"
    rf"no(?=\s+(?:es|son|puede))|non|não|не|nie|niet)\s+{_FILLER}|"
    rf"(?:not\s+(?:\w+\s+)?(?:sure|certain|convinced)|unsure|uncertain|no\s+way)\s+"
    rf"(?:(?:if|whether|that|it['’]s)\s+){{0,3}}{_FILLER}|"
    rf"(?:do|does|did|should|must|would)(?:\s+not|n['’]t)\s+{_SAY}\s+{_FILLER}|"
    r"(?:anything|everything|nothing)\s+but\s+|far\s+from\s+|rather\s+than\s+|instead\s+of\s+|other\s+than\s+|"
    r"(?:rul(?:e[sd]?|ing)\s+out|exclud(?:e[sd]?|ing)|eliminat(?:e[sd]?|ing)|discard(?:s|ed|ing)?|reject(?:s|ed|ing)?|"
    r"refut(?:e[sd]?|ing)|"
    rf"dismiss(?:es|ed|ing)?|disprov(?:e[sd]?|ing)|den(?:y|ies|ied)|(?<!no )(?<!without )doubts?|contradicts?|avoid(?:s|"
    rf"ed|ing)?)\s+{_FILLER}|"
    rf"(?:mistakes?|errors?|traps?|temptations?|misconceptions?|pitfalls?)\b[^,;]{{0,30}}?\b(?:is|are|was|would\s+be|to|"
    rf"of|by)\s+{_FILLER}(?:{_SAY}\s+)?{_FILLER}|"
    rf"(?:wrong|incorrect|mistaken|false|tempting|naive|foolish|absurd|impossible|untrue|erroneous)\s+(?:to\s+{_SAY}\s+|"
    rf"answer\s+|result\s+|value\s+|option\s+|choice\s+|that\s+|would\s+|solution\s+){_FILLER}|"
    rf"(?:wrongly|incorrectly|mistakenly|erroneously|falsely|carelessly)\s+(?:[a-z]+\s+){{0,3}}|"
    rf"(?<!to )(?:some|many|people|someone|somebody|others|students|one)\s+(?:people\s+|students\s+)?(?:(?:might|may|"
    rf"could|would|will|often|sometimes)\s+){{1,3}}(?:be\s+tempted\s+to\s+)?{_SAY}\s+{_FILLER}|"
    rf"(?:some|many|people|someone|somebody|others|students)\s+(?:people\s+|students\s+)?{_SAY}s?\s+{_FILLER}|"
    rf"(?:was|were|am|are)\s+(?:going|about|tempted|inclined)\s+to\s+{_SAY}\s+{_FILLER}|"
    r"(?:if|suppose|supposing|assume|assuming|imagine|whether|unless|were)\s+(?:that\s+)?(?:the|my|our|your|its|it|this|"
    r"that)\s+"
    r"(?:(?:final|correct|right|true|real)\s+)?(?:(?:answer|result|solution|value)\s+)?(?:(?:is|was|were|be|had\s+been|"
    r"turned\s+out|equals?|equal(?:l?ed)?|to)\s+){1,3}|"
    r"(?:si|se|wenn|если)\s+(?:la|le|il|el|a|die|das|бы)\s+(?:réponse|respuesta|risposta|resposta|antwort|ergebnis|"
    r"ответ)\s+(?:était|fuera|fuese|fosse|wäre|был)\s+"
    rf"){_MARKS}|"
    r"(?:不是|并非|不等于|不可能是|不会是|不应该?是|不该是|不为|排除|误以为|误认为|而不是|舍去|错误答案|(?:如果|假设|假如|若|要是)答案|常见(?:的)?错误(?:答案)?(?:是|为)|错(?:写|答|填)成|"
    r"有人(?:会|可能)?(?:说|认为|觉得|以为))[^，,。;；\d]{0,8}$|(?:≠|\\neq?\b|!=)\s*\$?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:[\s$*_)\]}\"'”」]|\\[)\]])*(?:"
    r"[,;]?\s*(?:but|yet|although|though|however|and|which|who)?\s*,?\s*(?:(?:that|this|it|he|she|they|which|these|i|we)\s+)?"
    r"(?:is|are|was|were|am|would\s+be|seems|looks)\s+(?:(?:[a-z]+ly|just|simply|obviously|a|an|the)\s+)*"
    r"(?:wrong|incorrect|false|mistaken|impossible|untrue|absurd|extraneous|not\s+(?:right|correct|true|valid|possible|"
    r"(?:the|an?|our|my)\s+(?:[a-z]+\s+)?(?:answer|solution))|(?:common|typical|classic|frequent|popular|usual|"
    r"tempting)\s+(?:but\s+)?(?:wrong|incorrect|mistake|error|trap|misconception|answer)|"
    r"mistake|error|trap|misconception|ruled\s+out|excluded|eliminated|rejected|discarded)\b|"
    r"(?:(?:can|must|should|could)\s+be\s+(?:ruled\s+out|excluded|eliminated|rejected|discarded)|(?:cannot|can['’]t|"
    r"can\s+not|could\s+not)\s+be\b|isn['’]t\b|is\s+not\b|does(?:n['’]t|\s+not)\b|fails\b)|"
    r"\s*,?\s*but\s+(?:then\s+)?(?:I\s+)?(?:give\s+up|(?:do\s+not|don['’]t)\s+know|changed\s+my\s+mind|"
    r"am\s+(?:not\s+sure|unsure))|"
    r"\s*(?:or|and)\s+(?:more|less|fewer|greater|higher|lower|above|below|over|under|larger|smaller|bigger|beyond|"
    r"up)\b(?!\s+precisely|\s+simply)|"
    r"\s*or\s+(?:so|thereabouts)\b|"
    r"\s*(?:ou|o|oder|или)\s+(?:plus|moins|más|menos|mehr|weniger|più|meno|mais|больше|более|меньше|менее)\b|或更[多少大小]|"
    r"或以[上下]|以[上下内](?![方列述是])|"
    r"\s*(?:,\s*)?(?:est|serait|es|sería|ist|wäre|è|sarebbe|é|seria)\s+(?:falsch|faux|fausse|incorrect[eoa]?|impossible|"
    r"imposible|impossibile|impossível|exclu[es]?|erróne[oa]|fals[oa]|sbagliat[oa]|errat[oa]|errad[oa]|unmöglich|"
    r"ausgeschlossen)\b|"
    r"\s*(?:[-—–]\s*)?(?:это\s+)?(?:неверн|неправильн|ошибочн|не\s+подходит|не\s+является)|"
    r"\s*(?:n['’]est\s+pas|no\s+es|non\s+è|não\s+é|ist\s+(?:nicht|kein))\b|"
    r"\s*[（(]?\s*(?:这|那|它)?(?:个)?(?:答案)?(?:是|显然|肯定|都|也)*\s*(?:错误|错的|错了|不对|不正确|不成立|不符合?|不可能|不是(?:正确)?答案|被排除|舍去|应舍去)"
    r")",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"(?:^|[.!?。！？\n—–;,，；(])\s{0,4}(?:[$*_]{1,4}\s?)?(?:(?:but|oh|hmm{1,4}|wait|no|nope|actually|sorry|oops|hold\s+on|"
    r"well|ah)\b[\s,.!—–-]{0,4}){0,4}"
    r"(?:(?:(?:that|this|it)(?:['’]s|\s+is|\s+was|\s+seems|\s+must\s+be)|my\s+(?:answer|result|"
    r"previous\s+answer)\s+(?:is|was)|the\s+above\s+(?:answer\s+)?is)\s+"
    r"(?:[a-z]+ly\s+|actually\s+|all\s+)?(?:wrong|incorrect|not\s+(?:right|correct|the\s+(?:right\s+|correct\s+)?answer|"
    r"it)|a\s+mistake|an\s+error|impossible|false|mistaken)\b|"
    r"(?:that|this|it)\s+(?:(?:is|was)n['’]t|can['’]t\s+be|cannot\s+be)\s+(?:right|correct|true|the\s+(?:right\s+|"
    r"correct\s+)?answer)\b|"
    r"i(?:\s+was|['’]m|\s+am)\s+(?:wrong|mistaken)\b|i(?:['’]ve|\s+have)?\s+made\s+(?:an?|"
    r"some)\s+(?:[a-z]+\s+)?(?:mistake|error)|"
    r"scratch\s+that|(?:ignore|disregard|forget)\s+(?:that|this|the\s+(?:above|box|previous))|"
    r"i\s+(?:hereby\s+)?(?:take\s+(?:that|it|this)\s+back|retract|withdraw|give\s+up)|never\s*mind|"
    r"(?:correction|erratum)\s*[:：]|(?:the\s+)?(?:correct|right|actual|real|true)\s+(?:answer|value|result)\s+(?:is|"
    r"should|must)\b|i\s+meant\b|"
    r"不对(?!称|等|应|角|边)|错了|更正|算错|纠正|(?:这|上面|以上|上述)(?:个)?(?:答案|结果)?(?:是)?(?:错|不对|有误)|"
    r"(?:non\s*,?\s*)?c['’]est\s+(?:faux|une\s+erreur)|je\s+me\s+suis\s+trompée?|"
    r"(?:no\s*,?\s*)?(?:eso\s+)?(?:es\s+incorrecto|está\s+mal)|me\s+equivoqué|das\s+(?:ist|war)\s+(?:falsch|nicht\s+richtig)|"
    r"ich\s+habe\s+mich\s+(?:geirrt|vertan|verrechnet)|ho\s+sbagliato|(?:isso\s+)?está\s+errado|"
    r"(?:нет\s*,?\s*)?это\s+(?:неверно|неправильно|ошибка)|я\s+ошиб)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_HINTS = frozenset(
    "not never cannot t no unsure uncertain pas nicht kein non não не nie niet anything everything nothing far rather "
    "instead other "
    "mistake mistakes error errors trap traps "
    "temptation temptations misconception misconceptions pitfall pitfalls wrong incorrect mistaken false tempting naive "
    "foolish absurd impossible untrue "
    "erroneous wrongly incorrectly mistakenly erroneously falsely carelessly some many people someone somebody others "
    "students one going about tempted "
    "inclined if suppose supposing assume assuming imagine whether unless were si se wenn если".split()
)
_VERBS = (
    "rul",
    "exclud",
    "eliminat",
    "discard",
    "reject",
    "refut",
    "dismiss",
    "disprov",
    "den",
    "doubt",
    "contradict",
    "avoid",
)
_SIGNS = frozenset("不并排误错如假若要有而舍常≠")
"""Words, their beginnings, and characters: each rejection before a value holds one. The pattern itself is slow to fail."""
_SPACE = re.compile(r"\s+")
_SENTENCE_EDGE = re.compile(r"[!?。！？；;\n]|\.(?=\s)")
_MORE = re.compile(
    r"\b(?:no|not)\s+(?:more|less|fewer|greater|larger|smaller)\s+than|\b(?:not|never)\s+(?:only|exceeds?|just)\b",
    re.IGNORECASE,
)


def is_rejected(text: str, start: int, end: int, since: int = 0) -> bool:
    """Whether the sentence around ``text[start:end]`` says that it is not the answer, or does not stand by it; what stands
    before ``since`` is about another value."""
    before = _SENTENCE_EDGE.split(text[max(since, start - NEAR_CHARS) : start])[-1]
    after = _SENTENCE_EDGE.split(text[end : end + NEAR_CHARS], maxsplit=1)[0]
    return rejects(before, after)


def is_introduced_in_doubt(text: str, end: int) -> bool:
    """Whether a phrase that ends at ``end`` only reports or rejects what it introduces, and its sentence names nothing else."""
    before = _SENTENCE_EDGE.split(text[max(0, end - NEAR_CHARS) : end])[-1]
    after = _SENTENCE_EDGE.split(text[end : end + NEAR_CHARS], maxsplit=1)[0]
    return rejects(before, "") and committed(after) == after and committed(before + after) == before + after


def rejects(before: str, after: str) -> bool:
    """Whether the words right before and right behind a value reject it."""
    before = _SPACE.sub(" ", before[-NEAR_CHARS:])
    if _may_reject(before) and _BEFORE.search(before) and not _MORE.search(before):
        return True
    return _AFTER.match(_SPACE.sub(" ", after[:NEAR_CHARS])) is not None


def _may_reject(before: str) -> bool:
    words = _WORD.findall(before.lower())
    return (
        not _HINTS.isdisjoint(words)
        or any(word.startswith(_VERBS) for word in words)
        or not _SIGNS.isdisjoint(before)
        or "\\ne" in before
        or "!=" in before
    )


def taken_back(rest: str) -> int | None:
    """Where ``rest``, which follows an answer, has taken it back: the end of those words; None where it stands by it."""
    match = _TAKEN_BACK.search(rest)
    return match.end() if match else None
