"""What names a choice without making it: what is denied, doubted, supposed or told of others, and what is taken back."""

import re
from functools import lru_cache

_THAT = r"(?:\s+(?:that|if|whether))?"
_SAY = r"(?:(?:think|believe|say|claim|conclude|mean|guess|agree|suppose|support|argue|accept)s?|said|thought|believed|claimed)"
_UNDENIED = (
    r"(?<!no )(?<!not )(?<!n['’]t )(?<!never )(?<!little )(?<!cannot )(?<!without )(?<!without a )(?<!beyond )"
    r"(?<!nobody would )"
)
_UNSAID = re.compile(
    r"(?:\b(?:false|untrue|not true|wrong|incorrect|mistaken|(?:not|hardly) the case|unlikely|doubtful"
    r"|impossible|(?:a )?(?:myth|misconception|mistake|error))\s+"
    rf"(?:that|to\s+{_SAY}{_THAT})"
    rf"|\b(?:{_UNDENIED}(?:doubt|deny)|den(?:ies|ied)|disagree|disbelieve|wish|whether|unless|suppos(?:e|ing)"
    r"|(?<!can )(?<!may )(?<!safe to )assume|assuming)(?:\s+that)?|\bnot\s+that"
    rf"|\bif(?:\s+(?:\w+\s+){{0,2}}?{_SAY}{_THAT})?"
    rf"|(?:n['’]t|\b(?:not|never|cannot|no\s?(?:one|body)|hardly|refuse\s+to))\s+(?:\w+\s+){{0,2}}?{_SAY}{_THAT}"
    r"|\b(?:(?:some|many|few|other)\s(?:authors|experts|textbooks|books|sources)"
    r"|(?:some|many|most|few|other)\s(?:people|students|candidates|readers))"
    rf"(?:\s+{_SAY}{_THAT})?"
    rf"|\b(?:some|many|most|others|people|students?|someone|they|he|she|(?:one|you)(?:\s+(?:might|may|could))?)\s+{_SAY}{_THAT}"
    r"|\b(?:at\s+first|first|initially|originally|earlier|previously|almost|nearly)(?:\s+(?:i|we))?"
    r"|\b(?:worst|poorest|opposite|another|least(?:\s+\w+)?)(?:\s+(?:of|to|possible|good|valid))?"
    r"|\b(?:no creo|não acho|non (?:credo|penso)|не думаю|ne (?:pense|crois) pas|glaube nicht|если|wenn|falls|si|se"
    r"|(?:certains|beaucoup|algunos|muchos|alguns|muitos|alcuni|molti|manche|viele|некоторые|многие)"
    r"\s(?:pensent|croient|disent|piensan|creen|dicen|pensam|dizem|pensano|credono|dicono|denken|glauben|sagen|думают|считают|говорят))"
    r"(?:,?\s(?:que|che|что|dass))?(?:\s(?:la|a|die|le|o|il|el))?"
    r"|(?:如果|假如|若|不认为|不觉得|有人(?:认为|说)|并非|(?:原本|起初|一开始|本来|原先|最初)我?(?:想|以为|认为)?)(?:正确)?)"
    r"\s*(?:(?:the|my|your|only|correct|right|final|best|true|option|it is|it['’]s)\s+)*$",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"\b(?:tempting|obvious|popular|intuitive|naive|(?:next|second)[ -]best|(?:most )?common|first|initial)\s+$",
    re.IGNORECASE,
)
_WEAK_VERB = re.compile(r"\bwould\b(?!\s+have\s+to)", re.IGNORECASE)
_SENTENCE_ENDS = re.compile(r"[!?\n;:]|\.(?!\d)")
_AROUND = 120
_IS = r"(?:is|was)"
_WRONG = (
    r"(?:wrong|incorrect|false|untrue|not\s+(?:right|correct|true|it|the\s+answer)|a\s+joke|a\s+mistake|an\s+error)"
)
_NO = r"(?:no|wait|actually|hmm+|sorry|oops)"
_END = r"[\s.!…)\]]*$"
_NEVER_MIND = re.compile(
    rf"(?:^|[\s(])(?:(?:{_NO}[\s,.]+){{1,3}}(?:no|(?:that|this|it)(?:['’]s|\s{_IS})\s+{_WRONG})"
    rf"|(?:i\s+)?take\s+(?:that|it)\s+back|just\s+kidding|scratch\s+that|never\s?mind|(?:that|this|it)\s{_IS}\s+a\s+joke"
    rf"|i\s{_IS}\s+wrong|\b(?:are\s+you|am\s+i)\s+(?:sure|certain|right|correct)\?\s+no){_END}",
    re.IGNORECASE,
)
"""What ends a text and takes back what it said."""


def is_unsaid(text: str, start: int) -> bool:
    """Whether what starts at a place is only named there: "I doubt that | the answer is B"."""
    before = _SENTENCE_ENDS.split(text[max(0, start - _AROUND) : start])[-1]
    return _UNSAID.search(f" {before}") is not None


def is_weak(text: str, announcement: re.Match[str]) -> bool:
    """Whether an announcement yields to others: "the obvious answer is", "the answer would be"."""
    return bool(
        _WEAK_VERB.search(announcement[0])
        or _WEAK.search(text, max(0, announcement.start() - _AROUND), announcement.start())
    )


def is_taken_back(text: str, letter: str) -> bool:
    """Whether a text that chooses a letter ends by taking it back, and chooses nothing anew."""
    end = text[-_AROUND:].rstrip()
    return bool(_NEVER_MIND.search(end) or _denied(letter).search(end))


@lru_cache(maxsize=26)
def _denied(letter: str) -> re.Pattern[str]:
    """The end of a text that denies a letter: "B. That is wrong.", "the answer is not B"."""
    named = rf"(?<!\w)[(\[]?{letter}[)\]]?"
    return re.compile(
        rf"{named}[.!,;]?\s+(?:(?i:(?:that|this|it)\s{_IS}\s+{_WRONG})|(?i:(?:is|was)\s+{_WRONG})){_END}"
        rf"|(?i:\banswer\s{_IS}\s+not|\bit(?:['’]s|\s{_IS})\s+not|\bisn['’]t"
        rf"|(?-i:[A-Z])[)\]]?,?\s+(?:not|rather than|instead of))\s+{named}{_END}"
    )
