"""What in a chain of thought is no natural language: formulas, code, addresses, identifiers, tags.

They are the same in every language, and so they count for none. Prose that hides in a formula or in code is language
all the same (a policy would soon think in there): it stays where six plain words follow one another, be it from one formula,
call or comment to the next, and so do the letters of scripts that are neither the Latin of code nor the Greek of formulas.
"""

import re
import unicodedata

_BLOCK = re.compile(
    r"""(?=[`~$\\])(?:
        ```.*?(?:```|\Z)                                     # code, fenced
      | ~~~.*?(?:~~~|\Z)
      | (?<!`)`[^`\n]{1,400}+`(?:[ ]`[^`\n]{1,400}+`)*+       # code, inline
      | \$\$.*?(?:\$\$|\Z)                                   # formulas
      | \\\[.*?(?:\\\]|\Z) | \\\(.*?(?:\\\)|\Z)
      | (?<![\\$])\$(?=\S)[^$\n]{1,400}?(?<=\S)\$(?![0-9$])  # the rule of pandoc: prices are no formulas
        (?:[ ]\$(?=\S)[^$\n]{1,400}?(?<=\S)\$(?![0-9$]))*
      | \\begin\{(?P<environment>[a-z]{1,20}\*?)\}.*?(?:\\end\{(?P=environment)\}|\Z))""",
    re.VERBOSE | re.DOTALL,
)
FEWEST_IN_PROSE = 6
_CLOSERS = ("`", "~~~", "$", "\\]", "\\)", "}")  # what is never closed is no block: else it would hide all that follows
_CODE_LINE = re.compile(
    r"""^(?=[^\n]{1,300}$)(?:[ \t]*+|>>>[ ])(?:
        (?:import|from)[ ][\w.]++(?:[ ](?:import|as)[ ][\w.*]++)?(?:,[ ]?[\w.]++(?:[ ]as[ ]\w++)?)*+;?
      | (?:async[ ])?(?:def|class|function|fn|func|struct|interface|enum)[ ]\w++[ ]?[(:{<][^\n]*+
      | (?:for|while|if|elif|switch|catch|with|except)\b(?=[^\n]*[\[\](){}=<>])[^\n]*+(?<=[:{])
      | for[ ]\w++(?:,[ ]?\w++)*+[ ]in[ ]\w++:
      | (?:else|try|finally|do|except)[ ]?[:{]
      | (?:return|yield|print|raise|throw|assert)\b(?:[ ]\w++;?|(?=[^\n]*[\[\](){}=<>*%+;])[^\n]*+)
      | (?:pass|break|continue|return|end|fi|done)[;]?
      | (?:const|let|var|int|long|double|float|char|bool|auto|string|void|public|private|static|final)[ ][^\n]*+(?<=[;{])
      | \#(?:include|define|ifdef|endif|!)[^\n]*+
      | [A-Za-z_][\w.\[\]]*+[ ]?(?:[-+*/%|&]|//|\*\*)?=(?!=)(?=[^\n]*(?:[\[\](){};]|"[^"\n]*"|'[^'\n]*'))[^\n]*+
      | [A-Za-z_][\w.\[\]]*+[ ]?(?:[-+*/%|&]|//|\*\*)?=(?!=)[ ]?[\w.+*/%-]++
      | [A-Za-z_][\w.]*+\((?:[^()\n]|\([^()\n]*+\))*+\)[ ]?[;{:]?
      | (?=[^\n]*[=()\[\]])[^\n]*+(?<=[;{}])
      | [{}]++[;,)]?
      | SELECT\b(?=[^\n]*\bFROM\b)[^\n]*+
    )[ \t]*+(?:\#[^\n]*+)?$""",
    re.VERBOSE | re.MULTILINE,
)
_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,30}+"
_FIRST_NAME = (
    r"[A-Za-z_](?<![A-Za-z0-9_\\.].)[A-Za-z0-9_]{0,30}+"  # alone: a search for letters is faster than one for borders
)
_INSIDE = r"(?:[^()\[\]\n]|\[[^()\[\]\n]{0,80}\]|\([^()\[\]\n]{0,80}\))"
_CALLED = rf"{_FIRST_NAME}(?:(?:\.|::|->){_NAME}){{0,3}}+"
_ARGUMENTS = rf"(?:\({_INSIDE}{{0,200}}+\)|\[{_INSIDE}{{1,80}}+\])++"
_USE = re.compile(rf"({_CALLED}){_ARGUMENTS}")
_USES = re.compile(rf"{_CALLED}{_ARGUMENTS}(?:,? {_CALLED}{_ARGUMENTS})*+")
"""Calls and elements: ``len(tails)``, ``v.begin()``, ``dp[i][j]``. What they are of is a name in the rest of the text as well."""
_MOST_NAMES = 30


def _row_of(token: str) -> re.Pattern[str]:
    return re.compile(rf"{token}(?: {token})*+")


_TOKENS = (  # each with a character that a text without it spares the search
    ("://", re.compile(r"https?://[!-~]{1,300}")),
    ("www.", re.compile(r"www\.[!-~]{1,300}")),
    ("<", re.compile(r"</?[A-Za-z][A-Za-z0-9_-]{0,31}>")),
    ("\\", re.compile(r"\\[A-Za-z]++\*?")),  # LaTeX commands outside of a formula
    ("_", _row_of(r"(?<![A-Za-z0-9_])_*+[A-Za-z][A-Za-z0-9]{0,30}+(?:_[A-Za-z0-9]{1,30}+){1,3}_*+(?![A-Za-z0-9_])")),
    (".", _row_of(rf"{_FIRST_NAME}(?:(?:::|->|\.(?=[a-z_])){_NAME}){{1,3}}(?!\.?[A-Za-z0-9_])")),
)
_PROSE = re.compile(
    r"(?<![^\W\d_])[^\W\d_]{2,}+[,;:.!?'’]? {1,16}+"
    r"(?:(?:[^\W\d_]{2,}+|[^\W\d_\x00-\x7f]|[aAIy])[,;:.!?'’]? {1,16}+){4,}[^\W\d_]{2,}+"
    r"|[^\W\d_\u0000-\u024F\u0370-\u03FF\u1D00-\u1EFF\u2100-\u214F]++"
)
_JOINTS = re.compile(r"` `|\}[\s\\&,;=]{1,12}\\text(?:bf|it|rm)?\{|\$ \$|\\[ ,;:!]|~|\n[ \t]*(?:\#|//|--|\*)[ \t]*")
"""What stands for a space between the words of prose that is cut into formulas, pieces of code or comments."""
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_COSTUMES = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFF21, 0xFF5B), *range(0x1D400, 0x1D7CC))
}
_IN_COSTUME = re.compile("[\uff21-\uff5a\U0001d400-\U0001d7cb]")


def strip(text: str) -> str:
    """The natural language in a text, in its place: what was taken out is spaces, so that offsets stay as they were.

    Full-width and mathematical letters are the letters that they stand for. Time is linear in the length of the text.
    """
    if not text.isascii() and _IN_COSTUME.search(text):
        text = text.translate(_COSTUMES)
    if "`" in text or "$" in text or "\\" in text or "~~~" in text:
        text = _BLOCK.sub(_prose, text)
    text = _CODE_LINE.sub(_prose, text)
    names: set[str] = set()

    def used(row: re.Match[str]) -> str:
        called = _USE.findall(row[0])
        if len(called) > 1 and len(set(_LETTERS.findall(row[0]))) >= FEWEST_IN_PROSE:
            return row[0]
        names.update(name for dotted in called for name in re.split(r"\.|::|->", dotted))
        return _prose(row)

    if "(" in text or "[" in text:
        text = _USES.sub(used, text)
    for sign, token in _TOKENS:
        if sign in text:
            text = token.sub(_identifiers, text)
    if known := sorted(name for name in names if len(name) > 1)[:_MOST_NAMES]:
        text = re.sub(rf"\b(?:{'|'.join(known)})\b", _blank, text, flags=re.ASCII)
    return text


def _identifiers(row: re.Match[str]) -> str:
    """Identifiers that stand side by side and have words enough for prose are a sentence in disguise, as calls are above."""
    return row[0] if " " in row[0] and len(_LETTERS.findall(row[0])) >= FEWEST_IN_PROSE else _blank(row)


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


def _prose(block: re.Match[str]) -> str:
    """A block without what is no prose; one that is never closed is no block."""
    found = block[0]
    if block.re is _BLOCK and not found.endswith(_CLOSERS):
        return found
    found = _JOINTS.sub(_blank, found)
    kept: list[str] = []
    end = 0
    for prose in _PROSE.finditer(found):
        kept += [" " * (prose.start() - end), prose[0]]
        end = prose.end()
    return "".join([*kept, " " * (len(found) - end)])
