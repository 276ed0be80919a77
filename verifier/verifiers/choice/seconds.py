"""Patterns of a second choice: another option that is called right as well, held open, or put in the choice's place."""

import re

LETTER = r"[(\[]?(?<![A-Za-zÀ-ɏ0-9_])(?P<letter>[A-Z])(?![A-Za-zÀ-ɏ0-9_+#]|['’]\w)[)\]]?"
_MAY_BE = r"\s+(?:is|are|would|could|may|might|can)\s+"
_GOOD = r"(?:correct|right|acceptable|valid|possible|plausible|defensible|an answer|the answer)\b"
_STOP = r"(?=\s*(?:$|[.!,;)]))"
INSTEAD = re.compile(
    r"\b(?=\w)(?i:(?:wait|actually|correction|oops|sorry|scratch that|on (?:second thoughts?|reflection)|thinking twice"
    r"|edit|update|revised|or rather|i mean|just kidding|never ?mind)\b|(?:no|nein|non|não|нет)[,:])"
    r"[\s,.:;!—–-]*+"
    r"(?i:(?:no|wait|actually|it(?:'s| is)|that is|(?:the )?(?:correct |right |final )?answer is|i choose|make that|rather"
    r"|doch|lieber|es ist|plutôt|c['’]est|mejor|es|вс[её]-таки|это)"
    rf"\b[\s,.:]*+){{0,4}}+{LETTER}(?:{_STOP}|(?=\s+(?:is|fits|works|seems|looks)\s+(?:the\s+)?(?:better|best|right|correct|more)\b(?!\s+(?:only|if|for)\b)))",
    re.MULTILINE,
)
PRAISED = (
    re.compile(rf"{LETTER}\s+(?:may|might|could)\s+(?:well\s+|also\s+)?be\s+{_GOOD}"),
    re.compile(rf"{LETTER}{_MAY_BE}(?:be\s+)?(?:also|equally|just as|as well)\s+(?:be\s+)?{_GOOD}"),
    re.compile(rf"{LETTER}{_MAY_BE}(?:be\s+)?{_GOOD},?\s+(?:too|also|as well)\b"),
    re.compile(rf"{LETTER}\s+also\s+works{_STOP}", re.MULTILINE),
    re.compile(
        rf"{LETTER}\s+(?:remains|(?:is|being)\s+(?:still|also|equally|just as|as))\s+(?:likely\b|good\b|{_GOOD})"
    ),
    re.compile(rf"{LETTER}\s+(?:would\s+be\s+(?:defensible|plausible)|has\s+(?:some\s+|equal\s+)?merit)\b"),
    re.compile(rf"{LETTER}\s+(?:cannot|can['’]t|could(?:n['’]t| not))\s+be\s+(?:ruled out|excluded|dismissed)"),
)
"""What is said of another letter that is right too, from the letter on."""
PRAISE = (
    re.compile(rf"\b(?=\w)(?i:also\s+{_GOOD}\s*(?::|is\b)|alternatively\b[,:]?)\s*{LETTER}{_STOP}", re.MULTILINE),
    re.compile(
        rf"\b(?<!not ){_GOOD},?\s+(?:(?:and|but)\s+)?(?:so|as){_MAY_BE}(?:be\s+)?{LETTER}(?=\W*$)", re.MULTILINE
    ),
    INSTEAD,
)
"""The same, up to the letter; and what puts it in the choice's place."""
_ALSO_ABROAD = (
    r"(?:选项|项)?\s?(?:也(?:可能|可以|对|是?正确|行|有(?:一定)?道理|有可能|说得通|成立)|も(?:正しい|正解|可能|あり)|도\s(?:맞|가능|정답|될))"
    r"|\s(?:тоже|также)\s(?:верн|правильн|подход|возмож)"
    r"|\s(?:(?:est|es|è|é|ist)\s)?(?:aussi|également|también|anche|também|auch)\s(?:(?:est|es|è|é|ist)\s)?"
    r"(?:corr?e[tc]t|just|giust|posib|possib|richtig|möglich|plausib)"
)
_OR = r"(?<![\w'’])(?:or|oder|ou|или|либо|hoặc|atau|veya|lub|या|أو|(?-i:o))(?!\w)|或者?|または|か|또는|혹은"
OPEN = (
    rf"(?:(?<![\w'’])|(?=[^\x00-\u024f]))(?i:(?P<either>{_OR})"
    r"|(?<![\w'’])(?:else|otherwise|unless|maybe|perhaps|possibly|probably|likely|alternatively|also|failing that"
    r"|(?:may|might|could)(?: also| well| equally)? be"
    r"|vielleicht|möglicherweise|sonst|peut-être|sinon|aussi|quizás?|tal vez|también|talvez|também|forse|oppure|anche"
    r"|возможно|может быть|có thể là|mungkin|belki|może|शायद|ربما)(?!\w)"
    r"|可能是?|也许是?|もしかしたら|아마)"
    r"[\s,:、，]*+"
    r"(?P<hedge>(?i:(?:it(?:['’]s| is| may be| might be| could be)|(?:the )?answer is|else|maybe|perhaps|even|rather|also"
    r"|option|и|auch|aussi|también|também|anche)\s++){0,4}+)"
)
"""What holds another choice open."""
END = r"(?=\s*(?:$|[.!?,;:)。，！？、；]|\(?\d{1,3}\s?%|(?i:otherwise|too|as well|instead|if|when)\b))"
_BACKUP = r"as\s+(?:an?\s+|the\s+)?(?:\w+\s+)?(?:backup|fallback|reserve|alternative|second|runner[ -]up)\b"
HELD_OPEN = (
    re.compile(rf"{LETTER}(?:\s+(?i:otherwise|instead)\b(?! of)|\s?\(\d{{1,3}}\s?%\)|{_ALSO_ABROAD})"),
    re.compile(rf"(?:(?<=[(,;])|(?<=[(,;]\s)|(?<=\bwith\s)){LETTER}\s+(?i:if\b|when\b|unless\b|in case\b|{_BACKUP})"),
    re.compile(rf"(?<=,\s){LETTER}\s+(?i:too|as well)\b"),
    re.compile(rf"{LETTER}\s+is,?\s+(?:too|also|as\s+well|equally\s+so){_STOP}", re.MULTILINE),
    re.compile(rf"(?i:(?<=,\splus\s)){LETTER}(?=\s*(?:$|[.!]))", re.MULTILINE),
)
"""Another letter that is held open as a second choice, from the letter on."""
HOLDS_OPEN = (
    re.compile(rf"(?:\b(?i:and)|,)\s+{LETTER}\s+with\s+(?:a\s+)?probability\b"),
    re.compile(
        rf"(?:^|[.!?。])[^\S\n]{{0,9}}(?:(?:[\w'’-]{{1,20}}[^\S\n]{{1,9}}){{0,3}}[\w'’-]{{2,20}},"
        rf"|(?i:it|that|this|mine|my\s\w{{1,20}})(?:[ ]is|['’]s))[^\S\n]{{1,9}}{LETTER}(?=\s?(?:[.!]|$))",
        re.MULTILINE,
    ),
    re.compile(rf"(?:其次|备选|次选)[是为]?\s?{LETTER}"),
    re.compile(
        r"\b(?=\w)(?i:(?:(?:other|another|alternative|backup|fallback|secondary)\s+(?:\w+\s+)?"
        r"(?:possibility|option|choice|answer|candidate|guess)|alternative|backup|fallback|secondary)"
        rf"\s?(?::|(?:is|(?:would|could|might) be)\b)\s?){LETTER}{END}",
        re.MULTILINE,
    ),
    re.compile(
        r"\b(?:(?:(?<=[A-Z],\s)|(?<=[A-Z]\s))(?i:then|next|followed by)"
        r"|(?i:same(?: goes)? for|also (?:accept|say|choose|pick|answer)))"
        rf"\s+{LETTER}{END}",
        re.MULTILINE,
    ),
)
"""The same, up to the letter."""
IF_NOT = re.compile(
    r"\b(?=\w)(?i:(?:(?:if|in case|(?:could|may|might) be(?= (?:wrong|mistaken)))\b"
    r"[^.!?\n]{0,30}?\b(?:not|wrong|mistaken|incorrect|fails?|n['’]t)\b"
    r"|(?:in|for)\s(?:all\s)?others(?:\s\w+)?)"
    r"\s?(?:[,:]\s?|(?=\s?then\b))|(?:in|for)\s(?:all\s)?others\s)"
    rf"(?i:(?:and|then|in which case|try|it(?:['’]s| is)|the answer is)\s++)*+{LETTER}{END}",
    re.MULTILINE,
)
"""What another letter would be if the choice were wrong."""
