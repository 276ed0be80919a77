"""What takes a choice back or weakens it: another option is called right as well, held open, or put in its place."""

import re
from functools import lru_cache
from typing import NamedTuple

from verifier.verifiers.choice.question import Question

_LETTER = r"[(\[]?(?<![A-Za-zÀ-ɏ0-9_])(?P<letter>[A-Z])(?![A-Za-zÀ-ɏ0-9_+#]|['’]\w)[)\]]?"
_MAY_BE = r"\s+(?:is|are|would|could|may|might|can)\s+"
_GOOD = r"(?:correct|right|acceptable|valid|possible|plausible|defensible|an answer|the answer)\b"
_STOP = r"(?=\s*(?:$|[.!,;)]))"
_INSTEAD = re.compile(
    r"(?i:\b(?:wait|actually|correction|oops|sorry|scratch that|on (?:second thoughts?|reflection)|thinking twice"
    r"|edit|update|revised|or rather|i mean|just kidding|never ?mind)\b|\bno[,:])"
    r"[\s,.:;!—–-]*+"
    r"(?i:(?:no|wait|actually|it(?:'s| is)|that is|(?:the )?(?:correct |right |final )?answer is|i choose|make that|rather)"
    rf"\b[\s,.:]*+){{0,4}}+{_LETTER}{_STOP}",
    re.MULTILINE,
)
_PATTERNS = (
    re.compile(rf"{_LETTER}\s+(?:may|might|could)\s+(?:well\s+|also\s+)?be\s+{_GOOD}"),
    re.compile(rf"{_LETTER}{_MAY_BE}(?:be\s+)?(?:also|equally|just as|as well)\s+(?:be\s+)?{_GOOD}"),
    re.compile(rf"{_LETTER}{_MAY_BE}(?:be\s+)?{_GOOD},?\s+(?:too|also|as well)\b"),
    re.compile(rf"{_LETTER}\s+also\s+works{_STOP}", re.MULTILINE),
    re.compile(
        rf"{_LETTER}\s+(?:remains|(?:is|being)\s+(?:still|also|equally|just as|as))\s+(?:likely\b|good\b|{_GOOD})"
    ),
    re.compile(rf"{_LETTER}\s+(?:would\s+be\s+(?:defensible|plausible)|has\s+(?:some\s+|equal\s+)?merit)\b"),
    re.compile(rf"{_LETTER}\s+(?:cannot|can['’]t|could(?:n['’]t| not))\s+be\s+(?:ruled out|excluded|dismissed)"),
    re.compile(rf"(?i:\balso\s+{_GOOD}\s*(?::|is\b)|\balternatively\b[,:]?)\s*{_LETTER}{_STOP}", re.MULTILINE),
    re.compile(
        rf"(?<!not )\b{_GOOD},?\s+(?:(?:and|but)\s+)?(?:so|as){_MAY_BE}(?:be\s+)?{_LETTER}(?=\W*$)", re.MULTILINE
    ),
    _INSTEAD,
)
_ALSO_ABROAD = (
    r"(?:选项|项)?\s?(?:也(?:可能|可以|对|是?正确|行|有(?:一定)?道理|有可能|说得通|成立)|も(?:正しい|正解|可能|あり)|도\s(?:맞|가능|정답|될))"
    r"|\s(?:тоже|также)\s(?:верн|правильн|подход|возмож)"
    r"|\s(?:(?:est|es|è|é|ist)\s)?(?:aussi|également|también|anche|também|auch)\s(?:(?:est|es|è|é|ist)\s)?"
    r"(?:corr?e[tc]t|just|giust|posib|possib|richtig|möglich|plausib)"
)
_OR = r"(?<![\w'’])(?:or|oder|ou|или|либо|hoặc|atau|veya|lub|या|أو|(?-i:o))(?!\w)|或者?|または|か|또는|혹은"
_OPEN = (
    rf"(?i:(?P<either>{_OR})"
    r"|(?<![\w'’])(?:else|otherwise|unless|maybe|perhaps|possibly|probably|likely|alternatively|also|failing that"
    r"|(?:may|might|could)(?: also| well| equally)? be"
    r"|vielleicht|möglicherweise|sonst|peut-être|sinon|aussi|quizás?|tal vez|también|talvez|também|forse|oppure|anche"
    r"|возможно|может быть|có thể là|mungkin|belki|może|शायद|ربما)(?!\w)"
    r"|可能是?|也许是?|もしかしたら|아마)"
    r"[\s,:、，]*+"
    r"(?P<hedge>(?i:(?:it(?:['’]s| is| may be| might be| could be)|(?:the )?answer is|else|maybe|perhaps|even|rather|also"
    r"|option|и)\s++){0,4}+)"
)
"""What holds another choice open."""
_END = r"(?=\s*(?:$|[.!?,;:)。，！？、；]|\(?\d{1,3}\s?%|(?i:otherwise|too|as well|instead|if|when)\b))"
_OTHERWISE = (
    re.compile(rf"{_LETTER}(?:\s+(?i:otherwise|instead)\b(?! of)|\s?\(\d{{1,3}}\s?%\)|{_ALSO_ABROAD})"),
    re.compile(rf"(?i:\band|,)\s+{_LETTER}\s+with\s+(?:a\s+)?probability\b"),
    re.compile(
        rf"(?:^|[.!?。])[^\S\n]{{0,9}}(?:(?:[\w'’-]{{1,20}}[^\S\n]{{1,9}}){{0,3}}[\w'’-]{{2,20}},"
        rf"|(?i:it|that|this|mine|my\s\w{{1,20}})(?:[ ]is|['’]s))[^\S\n]{{1,9}}{_LETTER}(?=\s?(?:[.!]|$))",
        re.MULTILINE,
    ),
)
_BACKUP = r"as\s+(?:an?\s+|the\s+)?(?:\w+\s+)?(?:backup|fallback|alternative|second|runner[ -]up)\b"
_RANKED = (
    re.compile(rf"(?:其次|备选|次选)[是为]?\s?{_LETTER}"),
    re.compile(
        r"(?i:\b(?:(?:other|another|alternative|backup|fallback|secondary)\s+(?:\w+\s+)?"
        r"(?:possibility|option|choice|answer|candidate|guess)|alternative|backup|fallback|secondary)"
        rf"\s?(?::|(?:is|(?:would|could|might) be)\b)\s?){_LETTER}{_END}",
        re.MULTILINE,
    ),
    re.compile(rf"(?:(?<=[(,;])|(?<=[(,;]\s)|\bwith\s){_LETTER}\s+(?i:if\b|when\b|unless\b|in case\b|{_BACKUP})"),
    re.compile(
        r"(?:(?:(?<=[A-Z],\s)|(?<=[A-Z]\s))(?i:then|next|followed by)"
        r"|(?i:\bsame(?: goes)? for|\balso (?:accept|say|choose|pick|answer)))"
        rf"\s+{_LETTER}{_END}",
        re.MULTILINE,
    ),
    re.compile(rf",\s+(?i:plus\s+)?{_LETTER}(?:\s+(?i:too|as well)\b|(?<=plus .)(?=\s*(?:$|[.!])))", re.MULTILINE),
)
"""Second choices."""
_IF_NOT = re.compile(
    r"(?i:(?:\b(?:if|in case)\b[^.!?\n]{0,30}?\b(?:not|wrong|incorrect|fails?|n['’]t)\b|\b(?:in|for)\s(?:all\s)?others(?:\s\w+)?)"
    r"\s?(?:[,:]\s?|(?=\s?then\b))|\b(?:in|for)\s(?:all\s)?others\s)"
    rf"(?i:(?:then|try|it(?:['’]s| is)|the answer is)\s++)*+{_LETTER}{_END}",
    re.MULTILINE,
)
_LONGEST_OPTIONS = 2_000  # together; longer ones stand in no hedge
_AROUND = 200
_MOST_OTHERS = 200
"""Most other options, from the last one on, that are looked at more closely."""
_WRONG = re.compile(r"\b(?:not|wrong|incorrect|false)\b|n['’]t\b|不|错", re.IGNORECASE)
_IF = re.compile(r"\bif\b.*", re.DOTALL)
_SENTENCE_ENDS = re.compile(r"[!?\n]|\.(?!\d)")
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|none|cannot|whether|without|unlike|than|except|distractors?"
    r"|rul(?:es?|ed|ing) out|eliminat\w+|exclud\w+|in contrast|wrong|incorrect)\b|n['’]t\b|不(?!过)|非|排除|错",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"\bin\s+an?\s|\b(?:in|under|for|with)\s+(?:another|other|an?\s+different)\b", re.IGNORECASE)
"""Another case than the question's, where another option would be right."""
_PREFERENCE = re.compile(r"\b(?:best|better|more|most|if)\b", re.IGNORECASE)
_BUT = re.compile(r"(?:[,;]\s+|\s)(?:but|though|although|however)\b")
"""The other letter is right too, but less so, or would be: an honest reason for a choice."""
_SUBJECT = re.compile(r"(?:^|\b(?:it|this|that|answer|is)|['’]s)\W*$", re.IGNORECASE)
_OPENS_CLAUSE = re.compile(r"(?:[,;:(—–-]|\b(?:but|and|or|though|although))\W*$", re.IGNORECASE)
_TWO_OTHERS = re.compile(r"(?<![A-Za-z])(?P<letter>[A-Z])[)\]]?,?\s+$")


_PAUSES, _BRACKETS = " ,;:", "()[]{}"


class Other(NamedTuple):
    """Another option than the chosen one, and where its mention ends."""

    letter: str
    end: int
    instead: bool
    """Whether it replaces the choice: "B. Wait, no: C"."""


class _Option(NamedTuple):
    letter: str
    text: str

    def ends(self, text: str) -> bool:
        """Whether a text ends with its letter or its text, but for punctuation."""
        for bare in (text.rstrip(_PAUSES), text.rstrip(_PAUSES + _BRACKETS)):
            start = bare.casefold().removesuffix(self.text.casefold())
            if bare.endswith(self.letter) or (len(start) < len(bare) and not start[-1:].isalnum()):
                return True
        return False


def besides(text: str, question: Question, letter: str) -> Other | None:
    """The last place where a text lets another option than its choice, ``letter``, stand beside it, or puts one in its place."""
    others = [
        (match, _Option(named, question.text(named) or ""), excused)
        for patterns, excused in (
            (_PATTERNS, _is_reason),
            ((_held_open(question.texts), *_OTHERWISE, *_RANKED), _is_denied_or_told),
            ((_IF_NOT,), _never),
        )
        for pattern in patterns
        for match in pattern.finditer(text)
        if question.has(named := match["letter"] or question.letter(match["text"])) and named != letter
    ]
    last_first = sorted(others, key=lambda other: -other[0].end())[:_MOST_OTHERS]
    chosen = _Option(letter, question.text(letter) or "")
    held = (
        Other(other.letter, match.end(), match.re is _INSTEAD)
        for match, other, excused in last_first
        if not excused(match, chosen, other)
    )
    return next(held, None)


@lru_cache(maxsize=256)  # of the questions: completions of one are judged together
def _held_open(texts: tuple[str, ...]) -> re.Pattern[str]:
    """Another option, by its letter or text, that is held open: "or maybe C", "otherwise Paris"."""
    words = sorted(filter(_is_wordy, texts), key=len, reverse=True) if sum(map(len, texts)) <= _LONGEST_OPTIONS else []
    text = rf"(?i:the\s+)?(?P<text>(?i:{'|'.join(map(re.escape, words))}))(?!\w)" if words else r"(?P<text>(?!))"
    return re.compile(rf"{_OPEN}(?:{_LETTER}|{text}){_END}", re.MULTILINE)


def _is_wordy(text: str) -> bool:
    return len(text) > 1 and text[0].isalpha()


def _is_denied_or_told(found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    """Whether the sentence denies what it names, speaks of two that are not chosen or of another case, or tells of the matter."""
    before, after = _around(found)
    first = _TWO_OTHERS.search(before)
    return bool(
        (first and first["letter"] != chosen.letter)
        or _DENIED.search(before + found[0])
        or _WRONG.search(_IF.sub("", after))
        or _ELSEWHERE.search(before + after)
        or (other.ends(before) if found["letter"] else _is_told(before, found, chosen, other))
    )


def _is_told(before: str, found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    """Whether an option's text is not put beside the choice: "wires are of copper or silver"."""
    if other.text.casefold() in chosen.text.casefold():  # "Either AA or Aa"
        return True
    if not found["either"] or found["hedge"]:
        aside = _OPENS_CLAUSE.search(before) and _names(before, chosen)
        return not (aside or _SUBJECT.search(before))
    return bool(before.strip(_PAUSES + _BRACKETS)) and not chosen.ends(before)


def _names(text: str, option: _Option) -> bool:
    return bool(re.search(rf"(?<![A-Za-z]){option.letter}(?![A-Za-z])", text)) or (
        bool(option.text) and option.text.casefold() in text.casefold()
    )


def _is_reason(found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    """Whether the sentence says why the other letter is not chosen, or asks."""
    before, after = _around(found)
    rest = found.string[found.start("letter") : found.end()] + after
    asks = found.string.startswith("?", found.end() + len(after))
    preferred = _PREFERENCE.search(before + found[0] + after) or _ELSEWHERE.search(before + after)
    return asks or bool(_DENIED.search(before) or _BUT.search(rest) or preferred)


def _never(found: re.Match[str], chosen: _Option, other: _Option) -> bool:
    return False


def _around(found: re.Match[str]) -> tuple[str, str]:
    """What stands before and behind a match in its sentence."""
    text = found.string
    before = _SENTENCE_ENDS.split(text[max(0, found.start() - _AROUND) : found.start()])[-1]
    return before, _SENTENCE_ENDS.split(text[found.end() : found.end() + _AROUND], maxsplit=1)[0]
