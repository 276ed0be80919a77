"""What in a chain of thought is no natural language: formulas, code, addresses, identifiers, tags.

They are the same in every language, and so they count for none. Prose that hides in a formula or in code is language
all the same (a policy would soon think in there): it stays where six plain words follow one another, and so do the
letters of scripts that are neither the Latin of code nor the Greek of formulas.
"""

import re

_BLOCK = re.compile(
    r"""(?=[`~$\\])(?:
        ```.*?(?:```|\Z)                                     # code, fenced
      | ~~~.*?(?:~~~|\Z)
      | (?<!`)`[^`\n]{1,400}+`                               # code, inline
      | \$\$.*?(?:\$\$|\Z)                                   # formulas
      | \\\[.*?(?:\\\]|\Z) | \\\(.*?(?:\\\)|\Z)
      | (?<![\\$])\$(?=\S)[^$\n]{1,400}?(?<=\S)\$(?![0-9$])  # the rule of pandoc: prices are no formulas
      | \\begin\{(?P<environment>[a-z]{1,20}\*?)\}.*?(?:\\end\{(?P=environment)\}|\Z))""",
    re.VERBOSE | re.DOTALL,
)
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
_TOKENS = (  # each with a character that a text without it spares the search
    ("://", re.compile(r"https?://[!-~]{1,300}")),
    ("www.", re.compile(r"www\.[!-~]{1,300}")),
    ("<", re.compile(r"</?[A-Za-z][A-Za-z0-9_-]{0,31}>")),
    ("\\", re.compile(r"\\[A-Za-z]++\*?")),  # LaTeX commands outside of a formula
    ("_", re.compile(r"(?<![A-Za-z0-9_])_*+[A-Za-z][A-Za-z0-9]{0,30}(?:_[A-Za-z0-9]{1,30}){1,3}_*+(?![A-Za-z0-9_])")),
)
_PROSE = re.compile(
    r"(?<![^\W\d_])[^\W\d_]{2,}+[,;:.!?'’]? (?:(?:[^\W\d_]{2,}+|[^\W\d_\x00-\x7f]|[aAIy])[,;:.!?'’]? ){4,}[^\W\d_]{2,}+"
    r"|[^\W\d_\u0000-\u024F\u0370-\u03FF\u1D00-\u1EFF\u2100-\u214F\U0001D400-\U0001D7FF]++"
)


def strip(text: str) -> str:
    """The natural language in a text, in its place: what was taken out is spaces, so that offsets stay as they were.

    Time is linear in the length of the text.
    """
    if "`" in text or "$" in text or "\\" in text or "~~~" in text:
        text = _BLOCK.sub(_prose, text)
    text = _CODE_LINE.sub(_prose, text)
    for sign, token in _TOKENS:
        if sign in text:
            text = token.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


def _prose(block: re.Match[str]) -> str:
    """A block without what is no prose; one that is never closed is no block."""
    found = block[0]
    if block.re is _BLOCK and not found.endswith(_CLOSERS):
        return found
    kept: list[str] = []
    end = 0
    for prose in _PROSE.finditer(found):
        kept += [" " * (prose.start() - end), prose[0]]
        end = prose.end()
    return "".join([*kept, " " * (len(found) - end)])
