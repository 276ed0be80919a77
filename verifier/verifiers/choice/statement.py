"""A statement that opens with a choice: ``B``, ``(b)``, ``B) Paris``, ``Paris (B)``, ``Paris``, ``A, C``, ``B is right``."""

import re
from typing import Literal, NamedTuple

from verifier.verifiers.choice.question import LETTERS, NOTHING, Question, Reading

After = Literal["nothing", "explanation", "anything"]
"""What may follow the choice: nothing; words behind a label, as in ``B. Because ..``; or anything."""

_OPEN, _CLOSE = r"[(\[{<\"'“‘]{0,3}+", r"[)\]}>\"'”’]{1,3}+"
_ITEM = re.compile(
    rf"(?:(?:(?:the |la |die |der )?(?:option|choice|answer|letter|réponse|respuesta|opción|antwort)"
    rf"|ans\.|both|either|risposta|resposta|选项|答案|选"
    r"|opção|opzione|alternativa|letra|lettre|lettera|buchstabe|вариант|ответ|विकल्प|الخيار|گزینه|선택지|選択肢"
    rf"|phương án|pilihan|opsi)\s*+)*{_OPEN}\s?"
    rf"(?P<letter>[A-Za-z])(?!\.[a-z]\.)(?:['’][dt][ıiuü]r\b|选?项|です|である|だ|입니다|이다)?+(?:\s?(?P<close>{_CLOSE}))?+(?![A-Za-zÀ-ɏ0-9_=*^#\\]|[+/](?!\s*\(?[A-Z]\b)|['’-]\w)",
    re.IGNORECASE,
)
_TOGETHER = re.compile(r"(?!NOT\b)(?:[A-Z]{2,26}|[A-Z](?: [A-Z]){1,25})(?![A-Za-zÀ-ɏ0-9_'’-])")
_MAYBE = r"\s*+(?:(?:maybe|perhaps|possibly|rather|even|also|else)\s++)?"
_AND = re.compile(
    r"(?:\s*+(?:(?:,\s*+)?\b(?:and|plus|as well as"
    rf"|along with|together with|et|und|y|e|и)\b|以及|그리고|と|[,;&+、和与及])|[^\S\n]*+\n)(?!\s*or\b){_MAYBE}"
    r"|(?<=[)\]])\s*+(?=[(\[])",
    re.IGNORECASE,
)
_OR = re.compile(
    rf"\s*+(?:[,(]\s*+)?(?:/|或者?|还是|または|또는|か(?=\s*[(\[]?[A-Z])|\b(?:and/or|or|ou(?:\s+bien)?|oder|o(?:\s+bien)?|или|أو|hoặc|atau|veya|lub|alternatively)\b|या(?=\s)){_MAYBE}",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\s*[.):：、,|\-–—]+\s*|\s+")
_LABEL_ENDS = re.compile(r"\s*[.):：、,|\-–—](?!>)")
_LABEL_BEHIND = re.compile(
    r"(?P<text>.{1,400}\S)\s*[(\[](?:(?i:option|choice|answer)\s)?(?P<letter>[A-Za-z])[)\]][.。]?"
)
_GOES_ON = re.compile(
    r"\s+(?:(?:because|since|as|for|so|given|due|based|and|or|but|are|is)\b|[-–—:(&/+,;])", re.IGNORECASE
)
_WRONG = re.compile(
    r"\W*(?:(?:is|are|was|were|would be|seems?)\s+)?(?:(?:clearly|also|thus|therefore|definitely)\s+)?"
    r"(?:(?:(?:wrong|incorrect|false|untrue)(?! (?:options?|answers?|choices?))"
    r"|eliminated|excluded|ruled out|cannot|can['’]t|isn['’]t"
    r"|not (?:correct|right|true|valid|it|this|that|possible))\b"
    r"|(?:no|nope)(?=\W*$|[.,;!])|错|不对|不正确|不是|不选|排除|неверн|неправильн|falsch|faux|fausse|falso|falsa|incorrect[ao]|errad|sbagliat|yanlış|salah\b"
    r"|sai\b|गलत|خطأ|間違|誤り|틀)",
    re.IGNORECASE,
)
"""What is said of an option that is none."""
_PREDICATE = re.compile(r"(?:is|are|was|were|has|have|can|could|may|might|would|does|seems|describes|says|states)\b")
_TELLS = re.compile(
    r"\s+(?:or|and)\s[^.!?;:\n]{1,80}\s(?:would|could|might|may|was|were|is|are|had|has|have)\s(?!right\b|correct\b|also\b|too\b)"
)
"""What goes on from an option's text to a sentence of its own: "B. Paris or Rome would have been larger"."""
_REASON = re.compile(
    r"[,;]?\s*(?:because|since|as|for|not|rather than|instead of|unlike)\b|,\s*(?:it|they|he|she|this|these|the|there)\b",
    re.IGNORECASE,
)
_BECAUSE = re.compile(r"\s+(?:because|since|given|due to|as(?!\s+well))\b", re.IGNORECASE)
_NEXT_SENTENCE = re.compile(r"[.!?;]\s+(?:but\s+)?")
IS_RIGHT = (
    r"\s+(?:is|are|must be)\s+(?:clearly\s+|both\s+|all\s+)?(?:the\s+)?"
    r"(?:(?:(?:only\s+|most\s+)?(?:correct|right|best|better|true)|most\s+\w+(?=\s+(?:answer|choice|option))"
    r"|most\s+(?:plausible|likely|probable|appropriate|suitable|accurate|reasonable)(?=\s*(?:[.,;!]|$|because\b|since\b|given\b)))"
    r"(?:\s+(?:answer|choice|option|one)s?)?|answers?)\b"
    r"|\s+best\s+(?:fits|matches|describes|answers|explains|represents)\b|\s+(?:fits|matches|describes|answers)\b[^.,;\n]{0,30}?\bbest\b"
    r"|\s+matches\s+(?:our|the|my|this)\s+(?:result|answer|calculation|computation)\b"
)
_IS_RIGHT = re.compile(rf"^(?P<subject>[^\n]{{1,80}}?)(?:{IS_RIGHT})[.!。\s]*$", re.IGNORECASE)


_NOT_OTHERS = re.compile(
    r"(?:\s*[,;，；(–—-]+\s*|\s+|(?=[而不排]))(?:(?:and|but|und|et|y|и|(?:which|it|that)\s+is)\s+)?"
    r"(?:(?:not|rather than|instead of|as opposed to|unlike|nicht|non|не)\s|(?:而?不是|而非|不选|排除))\s*(?P<others>\S.*)$",
    re.IGNORECASE,
)
_LONGEST_DENIAL = 400
_SURE = re.compile(r"\s{0,3}\(\s?\d{1,3}\s?% (?:sure|certain|confident|confidence|certainty)\s?\)\.?$")
_ASIDE = re.compile(r"\([^()]*\)")
_LISTED = re.compile(r"(?:\s*(?:[,;/、，]|(?<!\w)(?:or|nor|and|oder|ou|или)(?!\w)|或|和))+\s*", re.IGNORECASE)


class Items(NamedTuple):
    """The letters that a text opens with."""

    letters: list[str]
    alternatives: bool
    """Whether they are joined by "or"."""
    rest: str


def read(text: str, question: Question, after: After = "nothing") -> Reading:
    """What a statement chooses."""
    text = _SURE.sub("", text.strip())
    if by_text := question.by_text(text):
        return by_text
    denial = _NOT_OTHERS.search(text) if len(text) <= _LONGEST_DENIAL else None
    if denial and (others := _listed(denial["others"], question)):
        chosen = read(text[: denial.start()], question, after)
        return NOTHING if chosen.letters & others else chosen
    if affirmed := _IS_RIGHT.match(text):
        text = affirmed["subject"]
    if behind := _LABEL_BEHIND.fullmatch(text):
        text = f"({behind['letter']}) {behind['text']}" if question.by_text(behind["text"]) else text
    text = question.lettered(text)
    letters, alternatives, rest = _items(text, question)
    if not letters:
        return _by_opening(text, question, after)
    label = _LABEL.match(rest)
    tail = rest[label.end() :] if label else rest
    if alternatives:
        goes_on = after == "nothing" and re.search(r"\w", tail)
        return (
            NOTHING if goes_on else Reading(fault=f"{' or '.join(letters)}: alternatives, and none of them is chosen")
        )
    if not tail.strip(" .。!);"):
        return Reading(frozenset(letters))
    if len(letters) > 1:
        return Reading(frozenset(letters)) if after == "anything" else NOTHING
    bracketed = text[: len(text) - len(rest)].rstrip().endswith((")", "]"))
    return _labelled(letters[0], rest, tail, question, after, bracketed=bracketed)


def _listed(text: str, question: Question) -> frozenset[str]:
    """The options that a text lists, if it does nothing else: "Paris (France) or Berlin"."""
    for listed in (text, _ASIDE.sub("", text)):
        names = filter(None, (name.strip(" .") for name in _LISTED.split(listed)))
        readings = [question.by_text(name) or question.by_text(name.strip("()")) for name in names]
        if readings and all(readings):
            return frozenset[str]().union(*(reading.letters for reading in readings))
    return frozenset()


def _items(text: str, question: Question) -> Items:
    if together := _TOGETHER.match(text):
        letters = list(dict.fromkeys(together[0].replace(" ", "")))
        if len(letters) > 1 and all(map(question.has, letters)):
            return Items(letters, False, text[together.end() :])
    letters: list[str] = []
    alternatives, at, end = False, 0, 0
    while len(letters) < len(LETTERS) and (item := _ITEM.match(text, at)) and _is_letter(text, item, first=not letters):
        letters.append(item["letter"].upper())
        end = item.end()
        joint = _OR.match(text, end) or _AND.match(text, end)
        if joint is None:
            break
        at = joint.end()
        alternatives |= joint.re is _OR and _ITEM.match(text, at) is not None
    return Items(list(dict.fromkeys(letters)), alternatives and len(set(letters)) > 1, text[end:])


def _is_letter(text: str, item: re.Match[str], *, first: bool) -> bool:
    """Whether an item is a letter, and not the article "a", the pronoun "I" or the subject of the next clause."""
    rest = text[item.end() : item.end() + 24]
    if item["close"] or not rest.strip() or not rest[0].isspace():
        return True
    if not first:
        return bool(_GOES_ON.match(rest)) and not re.match(r"\s+is\b", rest)
    if item["letter"].islower():
        return bool(_GOES_ON.match(rest)) and item["letter"] not in "ai"
    return item["letter"] not in "AI" or bool(_GOES_ON.match(rest)) or "\n" in rest[: len(rest) - len(rest.lstrip())]


def _by_opening(text: str, question: Question, after: After) -> Reading:
    """A choice by an option's text."""
    option, rest = question.opening(text)
    if not option:
        return NOTHING
    several, beyond = question.together(text)
    if len(several) > 1 and not beyond.strip(" ."):
        return Reading(several)
    chosen = question.by_text(option)
    if other := _other(rest, question, "".join(chosen.letters)):
        return other
    explained = after == "explanation" and _REASON.match(rest)
    if explained and any(
        question.opening(sentence)[0] not in ("", option) for sentence in _NEXT_SENTENCE.split(rest)[1:]
    ):
        return Reading(fault="several options are given as the answer")
    return chosen if after == "anything" or explained else NOTHING


def _labelled(letter: str, rest: str, tail: str, question: Question, after: After, *, bracketed: bool) -> Reading:
    """A letter that is followed by more: by its own text, by another option's, or by something else."""
    own = question.text(letter)
    if tail.startswith("(") and tail.rstrip(" .").endswith(")"):
        tail = tail.rstrip(" .")[1:-1]
    if question.key(tail) == own:
        return Reading(frozenset(letter))
    second = _items(question.lettered(tail), question)
    if (second.letters and not second.rest.strip(" .)")) or _other(rest, question, letter):
        return Reading(fault="several options are given as the answer")
    option, beyond = question.opening(tail)
    goes_on = after != "anything" or not rest.startswith(".")
    if not goes_on and _TELLS.match(beyond):
        option = ""
    if (option or (goes_on and question.subject(tail))) not in ("", False, own):
        return Reading(fault=f"the letter {letter} stands with the text of another option")
    if goes_on and (
        _WRONG.match(question.key(tail).removeprefix(own or "")) or (not option and _PREDICATE.match(tail))
    ):
        return NOTHING
    if option:
        return _other(beyond, question, letter) or Reading(frozenset(letter))
    is_label = bracketed or bool(_LABEL_ENDS.match(rest) or _BECAUSE.match(rest)) or not question.has_texts
    return Reading(frozenset(letter)) if after == "anything" or (after == "explanation" and is_label) else NOTHING


def _other(rest: str, question: Question, letter: str) -> Reading:
    """Another choice than ``letter``, joined to the one that was just read."""
    joint = _OR.match(rest) or _AND.match(rest)
    if joint is None:
        return NOTHING
    target = rest[joint.end() :]
    item = _ITEM.match(target)
    if item and (item["close"] or not target[item.end() : item.end() + 1].isspace()):
        found = frozenset(item["letter"].upper())
    else:
        found = question.by_text(question.opening(target)[0]).letters
    several = found and letter not in found and any(map(question.has, found))
    return Reading(fault="several options are given as the answer") if several else NOTHING
