r"""Numbers of a sentence that are no answer: given ones ("the 16 glasses"), aims, prices, and remarks ("(2 blue + 1 white)")."""

import re

from verifier.verifiers.math.extract.spans import Span, formula_spans, has_value, inside

NEAR_CHARS = 32
"""How far before a value the words stand that make it a circumstance."""
_AIM = re.compile(
    r"(?:\b(?:in|within|after|during|dans|en|nach|binnen|dentro\s+de)|\bd['’]ici|"
    r"(?<!need)(?<!needs)(?<!needed)(?<!has)(?<!have)(?<!had)(?<!able)(?<!going)(?<!want)(?<!wants)\s+to\s+"
    r"(?:make|clean|fill|cover|reach|serve|feed|finish|travel|catch|paint|build))\s+\$?$"
)
_GIVEN = re.compile(
    r"(?:\b(?:the|these|those|his|her|their|its|our|your|los|las|les|des\s+deux|die|den|der|das|gli|gl['’]|os|as|"
    r"seine[nr]?|ihre[nr]?|ses|leurs|sus|suas|seus|эти|этих|всех)|这|那|其中的?|所有的?)"
    r"\s*(?:same\s+|other\s+|first\s+|remaining\s+|all\s+)?[$€£]?$",
    re.IGNORECASE,
)
_ACTING = re.compile(r"\b(?:en\s+\w+ant|by\s+\w+ing|\w+(?:ando|iendo)|indem\s+\w+)\s+[$€£]?$")
_PRICED = re.compile(r"\b(?:at|à|zu(?:\s+je)?|por|за|по)\s+[$€£]?$")
_EACH = re.compile(
    r"\s*[€$£]?\s*(?:each|apiece|per|a\s+piece|chacune?s?|l['’]|la\s+pièce|cada|pro|je|ciascun|за\s+шт)\b",
    re.IGNORECASE,
)
_FOR = re.compile(r"\bfor\s+$")
_MONEY = re.compile(r"^[-−]?\s*\\?[$€£¥]")
_REMARK = re.compile(
    r"(?<=[\w}$%*])\s*\((?=[^()]{0,200}[^\W\d_]{3})(?![^()]{0,200}\b(?:or|not|maybe|perhaps|possibly|if|but|mod|"
    r"base)\b)(?P<words>[^()\\=$]{1,200})\)(?=\s+[^\W\d_]|[\s.,;:*]*$)"
)
_WORKING = re.compile(r"\d[^\d]*\s[-+×*/−]\s")
_SUBORDINATE = re.compile(
    r"\b(?:when|because|since|where|given that|assuming|if|as long as)\b|"
    r",\s+which\s+(?:is|was|are|does)(?:n['’]t|\s+not|\s+[a-z]+er\s+than|\s+(?:more|less)\s+than)\b|"
    r"\bat\s+(?=\$?[a-z]\s*=)|因为|当|"
    r"\s\((?=(?:attained|achieved|obtained|reached|for\s+(?:example|instance)|e\.g\.|with\s+equality)\b)|"
    r",\s+(?:which\s+is\s+)?(?=\$?\d[\d.,]*%?\s+(?:\w+\s+)?(?:more|fewer|less|greater|higher|lower)\s+than\b)|"
    r",\s+with\b(?![^,]*\b(?:left|remain\w*|total|over|remainder)\b)|,?\s+\b(?:including|excluding|not\s+counting)\b|"
    r",\s+(?:puisque|car|ya\s+que|porque|pues|weil|denn|da|poiché|perché|pois|потому|так\s+как|поскольку)\b|,?\s*(?:包括)"
)


def main_clause(sentence: str) -> str:
    """``sentence`` without what is subordinate to its value, if a value is left."""
    main = _SUBORDINATE.split(sentence, maxsplit=1)[0].strip().rstrip(",")
    return main if has_value(main) else sentence


def without_remarks(sentence: str) -> str:
    """``sentence`` without the words in brackets that say where a value comes from; a value in other units stays, to agree."""
    if "(" not in sentence:
        return sentence
    in_formula = inside(formula_spans(sentence))
    kept: list[str] = []
    end = 0
    for match in _REMARK.finditer(sentence):
        last = not sentence[match.end() :].strip(" .,;:*")
        if in_formula(match.start("words")) or (last and not _WORKING.search(match["words"])):
            continue
        kept.append(sentence[end : match.start()])
        end = match.end()
    short = "".join((*kept, sentence[end:]))
    return short if has_value(short) else sentence


def without_circumstances(text: str, spans: list[Span]) -> list[Span]:
    """The values of ``text`` that are not mere circumstances ("in 12 months", "of the 20"), if there are any."""
    own = [span for span in spans if not _is_given(text, span)] or spans
    first, *others = own
    money = _MONEY.match(first.text) is not None
    return [first, *(span for span in others if not _is_circumstance(text, span, money))]


def _is_given(text: str, span: Span) -> bool:
    return _GIVEN.search(text, max(0, span.start - NEAR_CHARS), span.start) is not None


def _is_circumstance(text: str, span: Span, after_money: bool) -> bool:
    before = text[max(0, span.start - NEAR_CHARS) : span.start]
    if _AIM.search(before) or _ACTING.search(before):
        return True
    if _PRICED.search(before) and _EACH.match(text, span.end):
        return True
    return after_money and _FOR.search(before) is not None and _MONEY.match(span.text) is None
