"""Words: names, yes and no, and the phrases that stand for mathematics. Words are never read as products of letters."""

import re
import unicodedata

from verifier.verifiers.math.compare.context import Context
from verifier.verifiers.math.compare.verdict import Verdict, different, equal
from verifier.verifiers.math.tree import EMPTY, INFINITY, REALS, Apply, Constant, Node, Symbol, Words

_ARTICLES = re.compile(r"\b(?:the|a|an|is|are|it|its)\b")
_PUNCTUATION = re.compile(r"[\s.,;:!?'\"`*_(){}\[\]\\$。，！？、；：“”‘’~-]+")
_COMMAND = re.compile(
    r"\\(?:text(?:bf|it|rm|normal|tt|sf)?|mathrm|mathbf|mbox|operatorname|textnormal|quad|qquad)(?![a-zA-Z])"
)

_BETWEEN = re.compile(r"\s*,\s*(?:and\s+)?|\s*[;、，]\s*|\s+and\s+|\s*[和与]\s*")
_SEQUENCE = re.compile(r"\b(?:then|before|after|first|last|order|if|not|or|is|are|but|to)\b|[<>\[(]", re.IGNORECASE)
_NO_SOLUTION = re.compile(
    r"(?:(?:this\s+|that\s+)?(?:equation|system|inequality|problem)s?\s+(?:has|have)\s+|there\s+)?"
    r"(?:no|does not have|do not have|has no)\s+"
    r"(?:(?:any|such|real|rational|integer|integral|valid|possible|positive)\s+)*"
    r"(?:solutions?|roots?|values?|numbers?|integers?|triples?|pairs?)"
    r"(?:\s+(?:exists?|at all|in reals|over reals|possible))*|"
    r"(?:hence |so |thus |therefore )?(?:no such (?:[a-z]+ ){1,3}?exists?|"
    r"such (?:[a-z]+ ){1,3}?(?:do not|does not|don t|doesn t|cannot|can not) exist)"
)
_TO_INFINITY = re.compile(
    r"(?:(?!(?:not|never|no|if)\b)[a-z]+ ){0,3}?(?:diverges|diverge|tends|goes) to (?:(?:positive|plus) )?infinity"
)
_KINDS_OF_NUMBER = frozenset("odd even prime primes composite square squares".split())
_WINS = re.compile(
    r"((?:(?!(?:not|never|no|nobody|neither|either|or|if|and)\b)\w+ ){0,2}?\w+) (?:will |can |always |must )*"
    r"(?:wins?(?: game)?|has winning strategy|winner)"
)
_EACH = re.compile(r"^(?:every|any|each) ((?:\w+ ){0,2}(?:integer|number))(?: [a-z])?$")
"""One for all: "every positive integer n"."""
_FILLERS = frozenset("all any every each number numbers integer integers must be should so".split())
_NO_SOLUTION_ABROAD = re.compile(
    r"(?:\S+\s+){0,3}?(?:не имеет(?: действительных| вещественных)? (?:решений|корней)|"
    r"(?:решений|корней) нет|нет(?: действительных)? (?:решений|корней)|"
    r"(?:n ?a|il n y a|admet)? ?(?:pas de|aucune) solutions?(?: réelles?)?|(?:hat |gibt )?keine (?:reellen? )?lösung(?:en)?|"
    r""
    r"(?:sin|no tiene|no hay|no existe) soluci(?:ón|ones)(?: real(?:es)?)?|(?:sem|não tem|não há) soluç(?:ão|ões)|"
    r"nessuna soluzione|"
    r"(?:方程|不等式|该方程|原方程)?(?:组)?(?:没有|无)(?:实数)?(?:解|根)|解なし|解はない|해가 없다)"
)
_SUBJECT = re.compile(
    r"(?:the|this|that|these|it)\b(?:\s+(?!not\b|no\b|neither\b|only\b)[^\W\d]+){0,4}?(?:\s+(?:is|are)|['’]s)"
    r"\s+(.+)|"
    r"(?:the|this|it)\b(?:\s+(?!not\b|no\b|neither\b)[^\W\d]+){0,3}?\s+((?:di|con)verges?)",
    re.IGNORECASE,
)
"""What is only said of a subject: ``even`` of "The function is even"."""
_WEEKDAY = re.compile(r".*?[是为在](星期.|周.|礼拜.)")
"""The day of the week that a sentence ends with."""
_REPLY = re.compile(r"([^\W\d_]+)\s*[,.;:!，。、！—–-]\s*(.+)", re.DOTALL)
_BRACES = re.compile(r"[{}$]")
_TAKES_BACK = {
    "yes": re.compile(
        r"\b(?:not?|never|but|maybe|perhaps|false|wrong|incorrect|or|if|"
        r"pero|mais|aber|но|не|pas|nicht)\b|n['’]t\b|但|不",
        re.IGNORECASE,
    ),
    "no": re.compile(
        r"\b(?:yes|but|maybe|perhaps|(?<!not )(?:true|correct|right)|or|if|pero|mais|aber|но)\b|但", re.IGNORECASE
    ),
}
"""What, behind a yes or a no, makes another answer of it."""
_KINDS = frozenset("triangle quadrilateral function series sequence number matrix graph".split())
"""Nouns that a question names, and an answer may leave out."""
_SIMPLIFIED = str.maketrans("無實數個對錯組沒為從題選項", "无实数个对错组没为从题选项")
_QUADRANTS = (
    "first quadrant|quadrant 1|quadrant i|1st quadrant|i quadrant|第一象限",
    "second quadrant|quadrant 2|quadrant ii|2nd quadrant|ii quadrant|第二象限",
    "third quadrant|quadrant 3|quadrant iii|3rd quadrant|iii quadrant|第三象限",
    "fourth quadrant|quadrant 4|quadrant iv|4th quadrant|iv quadrant|第四象限",
)
_DAYS_ABROAD = (
    "lunes|lundi|montag|segunda feira|lunedì|понедельник|星期一|周一|月曜日",
    "martes|mardi|dienstag|terça feira|martedì|вторник|星期二|周二|火曜日",
    "miércoles|mercredi|mittwoch|quarta feira|mercoledì|среда|星期三|周三|水曜日",
    "jueves|jeudi|donnerstag|quinta feira|giovedì|четверг|星期四|周四|木曜日",
    "viernes|vendredi|freitag|sexta feira|venerdì|пятница|星期五|周五|金曜日",
    "sábado|samedi|samstag|sabato|суббота|星期六|周六|土曜日",
    "domingo|dimanche|sonntag|domenica|воскресенье|星期日|星期天|周日|日曜日",
)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_SYNONYMS = {
    "yes": "yes y true correct right 是 是的 对 正确 真 能 可以 对的 oui sí si ja да vraie vera verdadera "
    "richtig верно はい 예 네 sim "
    "verdadeiro wahr vrai verdadero √ ✓ ✔",
    "no": "no n false incorrect wrong 否 不是 错 错误 假 不能 不可以 不正确 不对 non nein нет いいえ 아니오 não falso "
    "falsch faux fausse falsa неверно × ✗ ✘",
    "diverges": "diverges divergent diverge divergence 发散",
    "converges": "converges convergent converge convergence 收敛",
}  # fmt: skip
_SYNONYM = {
    **{word: canonical for canonical, words in _SYNONYMS.items() for word in words.split()},
    **{word: day[:3] for day in _DAYS for word in (day, day[:3])},
    **{word: day[:3] for day, names in zip(_DAYS, _DAYS_ABROAD, strict=True) for word in names.split("|")},
    **{word: names.split("|")[0] for names in _QUADRANTS for word in names.split("|")},
}
_PHRASES: dict[str, Node] = {
    **dict.fromkeys(("no solution", "no solutions", "no real solution", "no real solutions", "empty set", "empty", "none",
                     "无解", "空集", "there no solution", "there no solutions", "no such", "no such number exists", "null set",
                     "无实数解", "无实根", "无实数根", "没有实数解", "没有实根", "没有实数根",
                     "不存在", "无", "has no solution", "没有解", "no solution exists"), EMPTY),
    **dict.fromkeys(("infinity", "positive infinity", "无穷", "无穷大", "正无穷", "infinite", "plus infinity"), INFINITY),
    **dict.fromkeys(("all real numbers", "all reals", "all real", "real numbers", "any real number", "all real x",
                     "全体实数", "实数集", "一切实数", "任意实数",
                     "all real values", "every real number", "set of real numbers"), REALS),
    **dict.fromkeys(("undefined", "not defined", "dne", "does not exist", "doesn t exist", "doesnt exist", "do not exist",
                     "limit does not exist", "nonexistent", "indeterminate", "not exist"), Words("undefined")),
    **dict.fromkeys(("positive integers", "all positive integers", "all positive integers n", "set of positive integers",
                     "正整数", "全体正整数", "所有正整数"), Apply("^", (Constant("Z"), Symbol("+")))),
    **dict.fromkeys(("natural numbers", "all natural numbers", "set of natural numbers", "自然数集"), Constant("N")),
    **dict.fromkeys(("all nonnegative integers", "all non negative integers", "nonnegative integers",
                     "set of nonnegative integers", "全体非负整数"), Symbol("N_0")),
    **dict.fromkeys(("all integers", "integers", "set of integers", "全体整数", "所有整数"), Constant("Z")),
    "pi day": Words("pi day"),
    **dict.fromkeys(("infinitely many", "infinitely many solutions", "infinite solutions", "infinite number of solutions",
                     "有无数个", "有无穷多个", "有无数多个",
                     "无数个", "无数解", "无穷多解", "无穷多", "无数", "无穷多个"), INFINITY),
}  # fmt: skip


def normalize(text: str, *, case_sensitive: bool = False) -> str:
    """Words without case, punctuation, articles and LaTeX around them."""
    text = unicodedata.normalize("NFKC", _COMMAND.sub(" ", text)).translate(_SIMPLIFIED)
    text = text if case_sensitive else text.casefold()
    plain = _PUNCTUATION.sub(" ", text).strip()
    without = " ".join(_ARTICLES.sub(" ", plain).split())
    return without or plain


def _without_kind(plain: str) -> str:
    """``isosceles`` of "isosceles triangle"."""
    words = plain.split()
    return " ".join(words[:-1]) if len(words) == 2 and words[1] in _KINDS else plain


def _winner(plain: str) -> str:
    """``alice`` of "Alice wins" and of "Alice has a winning strategy"."""
    match = _WINS.fullmatch(plain)
    return match[1] if match else plain


def _names(text: str, *, case_sensitive: bool) -> list[str]:
    """The names that ``text`` lists, sorted; empty if it is no list of names."""
    names = [normalize(part, case_sensitive=case_sensitive) for part in _BETWEEN.split(_COMMAND.sub(" ", text))]
    plain = len(names) > 1 and all(name and len(name.split()) <= 3 for name in names)
    return sorted(names) if plain and not _SEQUENCE.search(text) else []


def known_words(text: str) -> Node | None:
    """What a text of words that have a meaning here stands for; None for all others."""
    if len(text) > 60 or text[:1] in "-+" or not any(c.isalpha() for c in text):
        return None
    plain = normalize(text)
    if plain in _SYNONYM and (len(plain) > 1 or plain > "\u2fff"):
        return Words(text)
    return _PHRASES.get(plain)


def phrase(text: str) -> Node:
    """What words stand for: some mathematics, or themselves."""
    plain = normalize(text)
    if (meant := _PHRASES.get(plain) or _PHRASES.get(_EACH.sub(r"all \1s", plain))) is not None:
        return meant
    if _TO_INFINITY.fullmatch(plain):
        return INFINITY
    return EMPTY if _NO_SOLUTION.fullmatch(plain) or _NO_SOLUTION_ABROAD.fullmatch(plain) else Words(text)


def _kind_of_number(plain: str) -> str:
    """``odd`` of "all odd n", "odd integers" and "n must be odd"; empty where nothing is said of the kind of a number."""
    words = [word for word in plain.split() if word not in _FILLERS and len(word) > 1]
    return " ".join(word.removesuffix("s") for word in words) if not _KINDS_OF_NUMBER.isdisjoint(words) else ""


def _condition(text: str) -> str:
    """``充分不必要`` of ``充分而不必要条件``: which kind of condition something is."""
    return text.replace(" ", "").replace("而", "").removesuffix("条件")


def _reply(text: str) -> str | None:
    """The yes or no that a sentence begins with, unless the rest of it takes that back."""
    match = _REPLY.match(_BRACES.sub("", _COMMAND.sub("", text)).strip())
    meant = _SYNONYM.get(match.group(1).lower()) if match else None
    return None if match is None or meant not in _TAKES_BACK or _TAKES_BACK[meant].search(match.group(2)) else meant


def compare_words(c: Context, reference: Node, answer: Node) -> Verdict:
    """Compare words with words; anything else differs from words."""
    if not (isinstance(reference, Words) and isinstance(answer, Words)):
        return different("words", "one of them is words, the other mathematics")
    left, right = (normalize(side.text, case_sensitive=c.options.case_sensitive) for side in (reference, answer))
    left, right = left.removeprefix("all "), right.removeprefix("all ")
    if left == right or left.replace(" ", "") == right.replace(" ", ""):
        return equal("words", "the same words")
    if (kind := _kind_of_number(left)) and kind == _kind_of_number(right):
        return equal("words", "the same kind of number")
    if "充" in left and _condition(left) == _condition(right):
        return equal("words", "the same condition")
    if (meant := _SYNONYM.get(left)) and meant == _SYNONYM.get(right):
        return equal("words", f"both mean {meant}")
    if left == _winner(right) or _winner(left) == right:
        return equal("words", "the same winner")
    if left == _without_kind(right) or _without_kind(left) == right:
        return equal("words", "the same words, the kind of thing left out")
    if meant and _reply(answer.text) == meant:
        return equal("words", f"both mean {meant}")
    if (
        left.split()[-1:] == right.split()[-1:]
        and sorted(left.split()) == sorted(right.split())
        and 2 < len(left.split()) < 5
    ):
        return equal("words", "the same words, their adjectives in another order")
    if (said := _SUBJECT.fullmatch(_COMMAND.sub(" ", answer.text).strip(" ${}."))) and not _SUBJECT.match(
        reference.text
    ):
        return compare_words(c, reference, Words(said.group(1) or said.group(2)))
    if left[:1] in ("星", "周") and (day := _WEEKDAY.fullmatch(right)):
        return compare_words(c, reference, Words(day[1]))
    names = [_names(side.text, case_sensitive=c.options.case_sensitive) for side in (reference, answer)]
    if names[0] and names[0] == names[1]:
        return equal("words", "the same names")
    return different("words", "different words")
