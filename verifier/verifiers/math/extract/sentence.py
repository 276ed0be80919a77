r"""The expression of a sentence: ``42`` in "So there are **42** apples." Used where nothing marks the answer."""

import re
from collections.abc import Callable

from verifier.verifiers.math.extract.circumstance import main_clause, without_circumstances, without_remarks
from verifier.verifiers.math.extract.computation import is_derivation, result
from verifier.verifiers.math.extract.denial import CROSSES, committed, is_conditional
from verifier.verifiers.math.extract.measure import with_unit
from verifier.verifiers.math.extract.spans import (
    BOLD,
    Span,
    formula_spans,
    has_value,
    inside,
    number_spans,
    trimmed,
    unbolded,
)
from verifier.verifiers.math.parse import numerals
from verifier.verifiers.math.parse.prose import is_program
from verifier.verifiers.math.parse.special import choice

_VERB = re.compile(
    r"\b(?:is|are|was|equals?|be|becomes?|gives?|makes|(?<!to )make|yields?|get|find|finds|have|has|obtain|"
    r"leaves|hence|thus|therefore|so|est|sont|vaut|fait|es|son|vale|ist|sind|lautet|ergibt|beträgt|è|sono|"
    r"é|são|é igual a|равны|равно|равен|равна|составляет|составит|являются)\b|等于|是|为|得到?|=|＝|：|:"
)
_HEDGE = re.compile(
    r"\b(?:might|maybe|perhaps|possibly|(?<!that )(?<!which )(?:could|may) be|not sure|"
    r"unsure|either|cannot decide|can't decide|but|alternatively)\b|"
    r"也许|可能|或许|不确定|要么",
    re.IGNORECASE,
)
"""Words with which a sentence that holds several values commits to none of them."""
_OR_LAST = re.compile(r"[,;]\s+or\s+(?:(?:maybe|perhaps|possibly|even|it\s+is|it['’]s)\s+)?\$?$", re.IGNORECASE)
"""How another value is added at the end: "17 or something like that, or 18"."""
_CHOSEN = re.compile(
    r"(?:option\s+|choice\s+)?(\(?[A-J]\)?)(?:[.:,)]?\s+(?:because|since|as|which|with|is correct|\()|"
    r",\s+(?!(?:and|or|maybe|perhaps|possibly|but|not|if)\b|\(?[A-J]\b)[a-z']{2,}\s+[a-z']{2,})",
    re.IGNORECASE,
)
_LETTER = re.compile(r"(?<!\\)\b[^\W\d_]{2,}")
_PREPOSITION = re.compile(
    r"^(?:(?:(?:two|three|four|five|six|\d)\s+(?:[a-z]+\s+)?(?:solutions|roots|values|answers|points)\s*:|"
    r"at|the|(?-i:a|an)|exactly|equal to|given by|about|now|just|only|simply|then|thus|also|therefore|approximately|"
    r"de|von|di|gleich|égale?\s+à|igual\s+a|uguale\s+a|exactement|exactamente|genau)\s+)+",
    re.IGNORECASE,
)
_APPROXIMATION = re.compile(
    r",?\s*(?:or|i\.e\.,?|which is|that is,?|so)?\s*(?:approximately|about|roughly|around|≈|\\approx)\s*\$?[\d.]+\$?[^\d]{0,12}$"
)
_TIME = r"(days?|hours?|hrs?|h|minutes?|mins?|min|seconds?|secs?|s)"
_COMPOUND = re.compile(
    rf"(?<!\d)(\d{{1,9}})\s*{_TIME}(?:,|\s+and|,\s+and)?\s+(\d+(?:\.\d+)?)\s*{_TIME}$|"
    r"(?<!\d)(\d{1,9})\s*(dollars?)(?:,|\s+and|,\s+and)?\s+(\d{1,2})\s*(cents?)$|"
    r"(?<!\d)(\d{1,9})\s*(feet|foot|ft|pounds?|lbs?)(?:,|\s+and|,\s+and)?\s+(\d+(?:\.\d+)?)\s*(inch(?:es)?|in|ounces?|oz)$"
)
"""One value in two units: "4 hours and 30 minutes"."""
_COMPOUND_CJK = re.compile(
    r"(?<![\d.])\d{1,9}\s*(?:元|块|小时|时|分钟?|千米|米|分米|千克|公斤|吨|天|年)\s*\d{1,9}(?:\.\d{1,9})?\s*(?:角|分钟?|秒|厘米|分米|米|千克|克|小时|个月)(?!\d)(?=\D*$)"
)
_QUANTIFIED = re.compile(
    r"(?<=[\w$)}])\s+for\s+(?:all|every|any)\s+(?:(?:real|integers?|positive|natural|numbers?)\s+)*\$?[a-zA-Z]\$?(?![\w^_=<>])"
)
_MARK = re.compile(r"[(（]\s*([√×✓✗对错])\s*[)）]")
"""A judgement in brackets, as it is filled in on paper."""
_HALF_OF_DAY = re.compile(r"\b(1?\d:[0-5]\d)\s+(?:in\s+the|at)\s+(morning|afternoon|evening|night)\b", re.IGNORECASE)
_RATIO = re.compile(r"\bratio\b[^\d]*(\d+(?:\.\d+)?)\s+to\s+(\d+(?:\.\d+)?)$")
_SPELLING = "|".join(
    sorted(
        (*numerals.ENGLISH, *numerals.ENGLISH_SCALES, *numerals.PARTS, *(f"{part}s" for part in numerals.PARTS)),
        key=len,
        reverse=True,
    )
)
_ENGLISH = (
    r"(?:an?\s+(?=dozen|third|quarter|hundred|thousand|million))?"
    rf"(?:{_SPELLING})(?:(?:-|\s+(?:and\s+)?)(?:{_SPELLING}))*\b"
)
_SPELLED = re.compile(
    rf"\b{_ENGLISH}|"
    r"(?:百分之)?[零一二两三四五六七八九十百千万亿]+(?:分之[零一二两三四五六七八九十百千]+)?(?=个|次|种|条|只|名|元|天|人|位|张|本|倍|岁|米|点|[。，,.]|$)",
    re.IGNORECASE,
)
_NEITHER = re.compile(r"(?<!not )\bneither\s+[a-z]+\s+nor\s+[a-z]+$")
_TOTAL = r"(?:in\s+total|altogether|in\s+all)"
_COUNTS = re.compile(
    rf"\s*(?:(?:so|thus|hence|therefore|(?P<before>{_TOTAL}))\b[,\s]*){{1,2}}there\s+are\s+(?:exactly\s+|only\s+)?"
    rf"{_ENGLISH}(?:\s+(?!to\b)[a-z-]+){{0,4}}?(?P<behind>\s+{_TOTAL})?[.\s]*",
    re.IGNORECASE,
)
"""A count that a last sentence concludes: "So there are seven solutions in total"."""
_PERCENT = re.compile(r"\s*(?:an?\s+)?per\s?cent|\s+(?:squared|cubed|factorial)\b", re.IGNORECASE)
_HALF = re.compile(r"^half$", re.IGNORECASE)
_LEAVES_OPEN = re.compile(
    r"\b(?:not|no|never|neither|nor|either|or|maybe|perhaps|possibly|might|(?-i:may)|could|if|unless|whether|false|wrong|incorrect|unknown|"
    r"but|except|nicht|pas|ne|не|или|oder|ou)\b|n['’]t\b|[?？]|不|或|没|非",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\b(?:on|in)\s+(?:an?\s+)?((?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|"
    r"November|December|spring|summer|autumn|winter)$"
)
_DATED = re.compile(
    r"\b(?:on|in|is|was|be)\s+((?:January|February|March|April|May|June|July|August|September|October|November|December)\s+"
    r"(?:\d{1,2}(?:st|nd|rd|th)?(?:,?\s+\d{4})?|\d{4})|"
    r"the\s+\d{1,2}(?:st|nd|rd|th)\s+of\s+(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"(?:,?\s+\d{4})?)$"
)
_SPOKEN_TIME = re.compile(
    r"\bat\s+((?:half|quarter|a\s+quarter|ten|twenty|five)\s+(?:past|to)\s+[a-z]+)$", re.IGNORECASE
)
_CONDITION = re.compile(
    r"(?<![不非])是(?:(?!不是|并非|是否)[^。；;]){0,60}?的?\s*((?:充分[而但]?不必要|必要[而但]?不充分|充分必要|充要|既不充分[也又]不必要)(?:的?条件)?)$"
)
"""Which kind of condition a Chinese sentence ends with: “$a>b$”是“$c>d$”的充分不必要条件."""
_PERSON = re.compile(r"(?<=^)[甲乙丙丁戊](?![、和与比跟对\w]*[甲乙丙丁戊])(?=[\u4e00-\u9fff])")
"""Who alone is spoken of in a Chinese answer: ``甲先到达``."""
_MAY_CONCLUDE = re.compile(r"[所故因从解∴]")
_CONCLUDES = re.compile(r"[，,；;]\s*(?:所以|故|因此|从而|于是|解得|则可得|可得)|∴")
_BETWEEN_FORMULAS = re.compile(
    r"\s*\$[^$]+\$\s*,?\s*(?:and\s+)?(?:hence|thus|therefore|so|which\s+(?:gives|means|implies)|giving)\s*,?\s*(?=\$[^$]+\$(?:\s+(?:or|and)\s+\$[^$]+\$)*\W*$)"
)
"""What leads from one formula to the next: "$x^2 = 9$, hence $x = 3$ or $x = -3$"."""
_SAYS = re.compile(
    r"^(?!.*(?:[当若或时猜]|也许|或许|大概|恐怕|如果|假[如设定使]|是否|无法|难[以说]|未必|不确定|说不|可能(?![的性取值情结]))|"
    r".*(?:不(?![同等动])|没|未(?!知)|并非|绝非|非(?=是))[^的]{0,4}(?:是|为|等于|有)\s*[\d$\\√π-])"
    r"(?:[\u4e00-\u9fff][^\d$\\]{0,30}?)?(?:是|为|等于|有)\s*(?=[\d$\\√π-])"
)
"""What says a value in Chinese, with no condition, doubt or denial: ``最大值为5``, and neither ``可能是5`` nor ``不止有5个``."""
SENTENCE_CHARS = 80
"""Longest sentence in a box whose value is looked for."""
VERBS = 8
"""Most verbs of a sentence that are tried."""
_REMARK = re.compile(
    r"(?:(?<=[\d}$])\s+\(|(?<=[a-z%])\s+\((?=(?:from|between|since|because|using|as)\b))(?=[^()]*[a-z]{3})(?![^()]*\b(?:or|not|maybe|perhaps|possibly|if|but|and|mod|base)\b)(?![A-Za-z]+\))[^()]*\)$",
    re.IGNORECASE,
)
"""Words in brackets behind a value that say where it comes from: ``42 (6 times 7)``."""
_JOINS = re.compile(r"\s*[^\W\d_]{0,12}\s*(?:[,;、，]|(?:,\s*)?(?:and|et|y|und|e|и)\b|和|与|及)\s*(?:[^\W\d_]\s*=\s*)?")
_IDENTIFIED = re.compile(
    r"\s*(?:is|are|was)\s+(?:indeed\s+|therefore\s+|thus\s+)?(?:the|a|an|our)\s+(?:[a-z]+\s+)?(?:solution|answer|root|value|result|minimum|maximum)s?\b(?!\s+(?:if|only|unless|but))"
    r"|\s*(?:for|of|from|out\s+of|over|across|among|between|to\s+\w+)\s+(?:all\s+)?(?:the|these|those|his|her|their)\s+(?:[a-z]+\s+)?\d[^,;]*$"
)
"""What follows a value in bold and speaks of it: "is the solution of 2x = 8", "for the 16 glasses"."""
_STATEMENT = re.compile(r"\b(?:is|are|equals?|has|have|gives?|therefore|thus|hence|so)\b", re.IGNORECASE)
_GLUED_UNIT = re.compile(r"[\d.,]+[a-zA-Z]+(?:[²³/]|\^[23]).*")


_PLACES = ("first", "second", "third", "fourth", "fifth")
_PLACED = re.compile(
    rf"(?:(?:so|thus|hence|therefore),?\s+)?(?:(?:i\s+choose|it\s+is|it['’]s)\s+)?(?:the\s+)?({'|'.join(_PLACES)})\s+(?:answer\s+)?(?:option|choice)"
    r"(?:\s+(?:is|must\s+be)\s+(?:the\s+)?(?:correct|right)(?:\s+(?:one|answer|option|choice))?|\s+is\s+the\s+answer)?",
    re.IGNORECASE,
)
"""A choice by its place: "The second option is correct"."""
_ISOLATED = re.compile(r"(?<![\w'])\(?(?:[B-HJ]|I(?=[).]|$))(?![\w'’])|\(A\)|(?<![\w'])A(?=[.!*\s]*$)")
_NO_CHOICE = re.compile(
    r"[\d$\\=]|\b(?:not|no|never|neither|nor|if|wrong|incorrect|pas|or)\b|n['’]t\b|不", re.IGNORECASE
)
_COMMITTED = re.compile(
    r"(?:\b(?:is|it's|it’s|leaves|remains|therefore|thus|so|with|on|"
    r"letra|lettre|letter|lettera|buchstabe|opci[oó]n|op[cç][aã]o|opzione|вариант|буква|pick|choose|select|finali[sz]e|sure|definitely|clearly|be|rather|going\s+for|option|choice|est|ist|es)\b|[:：]|^)"
    r"\s*(?:option\s+|choice\s+|for\s+sure\s+)?[(\[]?(?P<letter>[A-J])[)\]]?(?=[\s.,!]|$)|"
    r"\(?\b(?P<right>[A-J])\)?\s+is\s+(?:the\s+)?(?:correct|right|answer)\b",
    re.IGNORECASE,
)
_RIGHT = re.compile(r"(?<![A-Za-z])([A-J])\s*(?:选项|项)?\s*(?:是|才是)?(?:正确|对的|符合|成立)")
_ISOLATED_CJK = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z])")
_LEADS = re.compile(
    r"(?:the\s+)?(?:two|three|four|five|six|\d)\s+(?:[a-z]+\s+)?(?:solutions|roots|values|answers|points)\s*:\s*|"
    r"(?:(?:so|thus|hence|therefore|then|and|finally)\b,?\s*)?(?:we|i|you|this|which|it)\s+(?:find|get|have|obtain|see|conclude|deduce|give)s?\s+(?:that\s+)?",
    re.IGNORECASE,
)
"""What leads in to a value, or to a list of them."""
_REASON = re.compile(r",?\s+\b(?:because|since)\b[^,;]*$")
_COUNT = re.compile(r"\s*dozens?\b")
"""Words that count the result of a computation in other ones: ``60/12 = 5 dozen``."""
_OBTAINED = re.compile(
    r"^.*(?:,\s*(?:we|I|you|they|he|she|it)\s+(?:get|gets|have|has|find|finds|obtain)|\bto\s+get)\s+", re.DOTALL
)


def expression(sentence: str, is_math: Callable[[str], bool]) -> str:
    """The expression of what a sentence concludes."""
    return _expression(concluded(sentence), is_math)


def _expression(sentence: str, is_math: Callable[[str], bool]) -> str:
    """The expression of a sentence: all of it if it reads as mathematics; else what its last verb leads to; else the last
    formula or number in it; else the sentence as it stands."""
    if emphasised := _emphasised(sentence, is_math):
        return emphasised
    whole = _REMARK.sub("", trimmed(sentence))
    whole = trimmed(committed(whole)) or whole if whole.endswith(CROSSES) else whole
    if (compound := in_one_value(whole)) is not None:
        return compound
    whole = _HALF_OF_DAY.sub(lambda match: f"{match[1]} {'a.m.' if match[2].lower() == 'morning' else 'p.m.'}", whole)
    if mark := _MARK.fullmatch(whole):
        return mark[1]
    if (lead := _LEADS.match(whole)) and has_value(whole[lead.end() :]) and is_math(whole[lead.end() :]):
        whole = whole[lead.end() :]
    if is_program(whole) or (not is_derivation(whole) and is_math(whole) and (worked := result(whole)) is None):
        return whole
    whole = trimmed(committed(whole)) or whole
    if (letter := _letter(whole) or _letter(_REASON.sub("", whole))) is not None:
        return letter
    if is_conditional(whole):
        return whole
    whole = _QUANTIFIED.sub("", without_remarks(whole))
    reason = _REASON.search(whole)
    whole = whole[: reason.start()] if reason and has_value(whole[: reason.start()]) else whole
    if (worked := result(whole)) is not None:
        return worked.text if _COUNT.match(whole, worked.end) else with_unit(whole, Span(*worked), is_math)
    if (obtained := _OBTAINED.match(whole)) and is_math(whole[obtained.end() :]):
        return whole[obtained.end() :]
    whole = _without_approximation(whole)
    if several := _compound(whole):
        return several
    if ratio := _RATIO.search(whole):
        return f"{ratio[1]}:{ratio[2]}"
    if dated := _DATED.search(whole) or _SPOKEN_TIME.search(whole):
        return dated[1]
    whole = main_clause(whole)
    if is_math(whole):
        return whole
    formulas = formula_spans(whole)
    spans = sorted(formulas + number_spans(whole, formulas))
    if not spans:
        return _spelled(whole, is_math) or whole
    several = len({span.text for span in spans}) > 1
    if (several and _HEDGE.search(whole)) or (len(spans) > 1 and not _LETTER.search(whole)):
        return whole
    if several and _OR_LAST.search(whole, spans[-2].end, spans[-1].start) and spans[-1].end == len(whole):
        return whole[spans[-2].start :]
    ends = _verbs(whole, formulas, spans[-1].start)
    for end in ends[-VERBS:]:
        tail = _PREPOSITION.sub("", whole[end:].strip())
        if is_math(tail):
            own = next((span for span in spans if whole[end:].strip() and span.start >= end), None)
            return with_unit(whole, own, is_math) if own and _GLUED_UNIT.fullmatch(tail) else tail
    spans = without_circumstances(whole, spans)
    following = [span for span in spans if ends and span.start >= ends[-1]]
    return with_unit(whole, following[0] if following else spans[-1], is_math)


def _compound(text: str) -> str | None:
    if match := _COMPOUND_CJK.search(text):
        return "".join(match.group().split())
    match = _COMPOUND.search(text)
    return " ".join(filter(None, match.groups())) if match else None


def in_one_value(text: str) -> str | None:
    """A value in two units without the word that joins them, where that is all of ``text``: ``2 hours 5 minutes``."""
    match = _COMPOUND.fullmatch(text)
    return " ".join(filter(None, match.groups())) if match else None


def _without_approximation(text: str) -> str:
    """``text`` without the approximation of its value that it ends with; a formula that is cut by that is closed again."""
    short = _APPROXIMATION.sub("", text)
    if not has_value(short):
        return text
    return f"{short}$" if short != text and text.count("$") % 2 == 0 and short.count("$") % 2 else short


def _emphasised(sentence: str, is_math: Callable[[str], bool]) -> str | None:
    """The value that a sentence prints in bold, where no other value follows it: "for a total of **8** hours". Several that
    are joined ("**6** and **8**") are a list."""
    bold = list(BOLD.finditer(sentence))
    if (
        not bold
        or _HEDGE.search(sentence)
        or not sentence[: bold[-1].start()].strip(" \t\n>-*#")
        or (has_value(sentence[bold[-1].end() :]) and not _IDENTIFIED.match(sentence, bold[-1].end()))
    ):
        return None
    joined = bold[-1:]
    for match in reversed(bold[:-1]):
        if not _JOINS.fullmatch(sentence, match.end(), joined[0].start()):
            break
        joined.insert(0, match)
    values = [_bold_value(sentence, match, is_math) for match in joined]
    return None if None in values else ", ".join(value for value in values if value is not None)


def _bold_value(sentence: str, bold: re.Match[str], is_math: Callable[[str], bool]) -> str | None:
    text = bold.group(1).strip().rstrip(".")
    if text.endswith((":", "：")) or not has_value(text) or not is_math(text):
        return None
    return _compound(text) or with_unit(sentence, Span(bold.start(), bold.end(), text), is_math)


def _spelled(text: str, is_math: Callable[[str], bool]) -> str | None:
    """The value of a sentence without digits: what its last verb leads to, or the only number that it spells out."""
    if _LEAVES_OPEN.search(text):
        return None
    for match in reversed(list(_VERB.finditer(text))[-VERBS:]):
        tail = _PREPOSITION.sub("", text[match.end() :].strip())
        if tail and is_math(tail):
            return tail
    found = [match for match in _SPELLED.finditer(text) if match.group().lower() not in ("one", "一")]
    if len(found) != 1 or _PERCENT.match(text, found[0].end()):
        return None
    value = re.sub(r"^an?\s+", "", _HALF.sub("one half", found[0].group()))
    return value if is_math(value) else None


def spelled_out(sentence: str, before: str, is_math: Callable[[str], bool]) -> str | None:
    """The number of things that a sentence counts in words: "So there are seven solutions in total". Behind ``before``, the
    sentence that has a value, it says so unless it counts what that one lists."""
    sentence = unbolded(sentence)
    counts = _COUNTS.fullmatch(sentence)
    if counts is None or not (counts["before"] or counts["behind"] or "," in expression(before, is_math)):
        return None
    return _spelled(sentence, is_math)


def statements(sentence: str) -> list[str]:
    """What a sentence says in words: in bold, after each of its verbs; nothing if it denies, doubts or leaves open."""
    bold = list(BOLD.finditer(sentence))
    said: list[str] = []
    if len(bold) == 1 and not _LEAVES_OPEN.search(sentence[: bold[0].start()] + " " + sentence[bold[0].end() :]):
        said += [bold[0][1], bold[0][1] + re.split(r"[\W\d]", sentence[bold[0].end() :], maxsplit=1)[0]]
    if condition := _CONDITION.search(trimmed(sentence)):
        return [condition[1]]
    if neither := _NEITHER.search(BOLD.sub(r"\1", sentence)):
        return [*said, "neither", neither.group()]
    if _LEAVES_OPEN.search(sentence):
        return said
    plain = trimmed(sentence)
    people = {*_PERSON.findall(plain)}
    return [
        *said,
        plain,
        *(plain[match.end() :].strip() for match in list(_VERB.finditer(plain))[-VERBS:]),
        *(match[1] for match in _DAY.finditer(plain)),
        *(people if len(people) == 1 else ()),
    ]


def _letter(text: str) -> str | None:
    """The choice that a sentence commits to: "B", "B. 12", "I would go with (B) here"."""
    if (picked := choice(text)) is not None and picked.plain:
        return text
    if match := _CHOSEN.match(text):
        return match.group(1)
    if match := _PLACED.fullmatch(text):
        return "ABCDE"[_PLACES.index(match[1].lower())]
    if (judged := _judged(text)) is not None:
        return judged
    letters = _ISOLATED.findall(text)
    if len(letters) != 1 or _NO_CHOICE.search(text) or _HEDGE.search(text):
        return None
    letter = letters[0].strip("()")
    return letter if any(letter in match.groups() for match in _COMMITTED.finditer(text)) else None


def _judged(text: str) -> str | None:
    """The choice that a Chinese sentence calls right, where it may call others wrong: ``选项B正确，A、C、D错误``."""
    clauses = [clause for clause in re.split(r"[，,；;。]", text) if not re.search(r"错|不(?:正确|对|符|成立)", clause)]
    right = [match[1] for clause in clauses if (match := _RIGHT.search(clause))]
    return right[0] if len(right) == 1 and len(_ISOLATED_CJK.findall("".join(clauses))) == 1 else None


def _verbs(text: str, formulas: list[Span], before: int) -> list[int]:
    """The ends of the verbs that stand before the last value, outside formulas."""
    in_formula = inside(formulas)
    return [match.end() for match in _VERB.finditer(text, 0, before) if not in_formula(match.start())]


def concluded(sentence: str) -> str:
    """What a sentence concludes: ``C = 60°`` of "由 cos C = 1/2，所以 C = 60°"."""
    if match := _BETWEEN_FORMULAS.match(sentence):
        return sentence[match.end() :]
    if sentence.isascii() or not _MAY_CONCLUDE.search(sentence):
        return sentence
    in_formula = inside(formula_spans(sentence))
    for match in reversed(list(_CONCLUDES.finditer(sentence))[-VERBS:]):
        if not in_formula(match.start()) and has_value(sentence[match.end() :]):
            return sentence[match.end() :].strip(" ,，：:")
    return sentence.replace("∴", " ")


def is_chinese_sentence(text: str, is_math: Callable[[str], bool]) -> bool:
    """Whether ``text`` is a short Chinese sentence that says one value: ``最大值为5``."""
    said = _SAYS.match(text) if len(text) <= SENTENCE_CHARS and not text.isascii() else None
    if said is None or is_math(text):
        return False
    formulas = formula_spans(text)
    return is_math(text[said.end() :]) or len(formulas) + len(number_spans(text, formulas)) == 1


def one_formula(text: str, is_math: Callable[[str], bool]) -> bool:
    """Whether ``text`` is a sentence that holds exactly one formula, and no number besides."""
    formulas = formula_spans(text)
    if len(formulas) != 1 or is_math(text) or number_spans(text, formulas):
        return False
    around = text[: formulas[0].start] + " " + text[formulas[0].end :]
    return "\\" not in around and _STATEMENT.search(around) is not None
