r"""What the tokens of a text look like, and the parts of numbers and commands."""

import re

_SPACE = r"(?:,\\!\s?|\{\s?,\s?\}|\\[,;:! ]|[ ~](?=\d{3}(?!\d)))"
_STYLED = r"(?:,\\!\s?|\{\s?,\s?\})"
MASTER = re.compile(
    rf"""
    (?P<space>(?:\s|~|\\(?:[,;:!>\ /\n]|q?quad(?![a-zA-Z])))+)
  | (?P<number>
        (?:0[xX][0-9a-fA-F]+|0[bB][01]+)(?![0-9a-zA-Z])
      | [0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9])(?:\.[0-9]+)?
      | [0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}}(?![0-9])(?:\.[0-9]+)?
      | [0-9]{{1,2}}(?:{_STYLED}[0-9]{{2}})+{_STYLED}[0-9]{{3}}(?![0-9])(?:\.[0-9]+)?
      | [0-9]{{1,3}}(?:'[0-9]{{3}})+(?![0-9'])(?:\.[0-9]+)?
      | [1-9][0-9]{{0,2}}(?:\.[0-9]{{3}}){{2,}}(?![0-9.])
      | [0-9]{{1,3}}(?:{_SPACE}[0-9]{{3}})+(?![0-9])(?:\.[0-9]+)?
      | [0-9]+\{{,\}}[0-9]+
      | [0-9]+\.(?=\(|\\(?:overline|bar|dot|overbar)(?![a-zA-Z]))
      | \.(?=\\(?:overline|bar|dot|overbar)\s?\{{?\s?[0-9])
      | [0-9]+(?:\.[0-9]+)?|\.[0-9]+
    )
  | (?P<command>\\(?:[a-zA-Z]+\*?|.))
  | (?P<foreign>[^\W\d_]*[^\x00-\u2fff\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+[^\W\d_]*
      |[A-Za-z]*[\u00c0-\u024f\u0370-\u1fff]+[^\W\d_]*)
  | (?P<letters>[A-Za-z]+)
  | (?P<op>\*\*|<=>|<=|>=|<>|!=|/=|==|:=|->|=>|\.\.\.|\|\||[-+*/^_=<>()\[\]{{}}|:!'%&~?])
  | (?P<separator>[,;]|\\\\)
  | (?P<cjk>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)
  | (?P<currency>[€£¥₹₩₽¢$])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
DIGIT_GROUPS = re.compile(r"[0-9.]+")
LATEX_COMMA = re.compile(r"[0-9]+\{,\}[0-9]+")
STYLED_COMMA = re.compile(r"\\,|\{\s?,\s?\}|,\\!")
EXPONENT = re.compile(r"([eE])([-+]?)([0-9]{1,4})(?![0-9.a-zA-Z])")
REPEATING = re.compile(
    r"\\(?:overline|bar|overbar|dot)\s?(?:\{\s?([0-9]+)\s?\}|([0-9]))((?:[0-9]*\\dot\s?(?:\{[0-9]\}|[0-9]))?)|\(([0-9]+)\)(?![\^!])"
)
ELLIPSIS = re.compile(r"\s?(?:\.\.\.|\\[lc]?dots)")
GLUED_COMMAND = re.compile(r"(?:leq|geq|neq|cdot|times|infty|pi|approx)(?=[a-zA-Z])")
r"""``\leqx``, where a space was lost."""
CALL = re.compile(r"\s*(?:\\left\s*)?\(")
BRACED = re.compile(r"\\.|[{}]", re.DOTALL)
