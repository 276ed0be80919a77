"""What in a chain of thought is no natural language: formulas, code, addresses, numbers, identifiers, tags.

They are the same in every language, and so they count for none. Prose that hides in a formula or in code is language
all the same (a policy would soon think in there): it stays where six plain words follow one another, and so do the
letters of scripts that are neither the Latin of code nor the Greek of formulas.
"""

import re

_BLOCK = re.compile(
    r"""```.*?(?:```|\Z)                                     # code, fenced
      | ~~~.*?(?:~~~|\Z)
      | (?<!`)`[^`\n]{1,400}+`                               # code, inline
      | \$\$.*?(?:\$\$|\Z)                                   # formulas
      | \\\[.*?(?:\\\]|\Z) | \\\(.*?(?:\\\)|\Z)
      | (?<![\\$])\$(?=\S)[^$\n]{1,400}?(?<=\S)\$(?![0-9$])  # the rule of pandoc: prices are no formulas
      | \\begin\{(?P<environment>[a-z]{1,20}\*?)\}.*?(?:\\end\{(?P=environment)\}|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSERS = ("`", "~~~", "$", "\\]", "\\)", "}")  # what is never closed is no block: else it would hide all that follows
_TOKEN = re.compile(
    r"""https?://[!-~]{1,300} | www\.[!-~]{1,300}            # addresses
      | </?[A-Za-z][A-Za-z0-9_-]{0,31}>                      # tags
      | \\[A-Za-z]++\*?                                      # LaTeX commands outside of a formula
      | (?<![A-Za-z_])[A-Za-z_]*+[0-9][A-Za-z0-9_]*+         # numbers, x1, 3rd
      | (?<![A-Za-z0-9_])(?:
            _*+[A-Za-z][A-Za-z0-9]{0,30}(?:_[A-Za-z0-9]{1,30}){1,3}_*+  # snake_case of up to four words
          | [A-Za-z]?[a-z]{1,20}(?:[A-Z][a-z]{0,20}){1,3}    # camelCase of up to four words
          | (?<![A-Z][ \n])[A-Z]{2,6}(?![ \n][A-Z]{2})       # GCD, ABC; but not A SHOUTED TEXT
          | (?:sin|cos|tan|log|ln|exp|mod|gcd|lcm|max|min|lim|det|arg)
        )(?![A-Za-z0-9_])""",
    re.VERBOSE,
)
_PROSE = re.compile(
    r"(?<![^\W\d_])[^\W\d_]{2,}+[,;:.!?'’]? (?:(?:[^\W\d_]{2,}+|[^\W\d_\x00-\x7f]|[aAIy])[,;:.!?'’]? ){4,}[^\W\d_]{2,}+"
    r"|[^\W\d_\u0000-\u024F\u0370-\u03FF\u1D00-\u1EFF\u2100-\u214F\U0001D400-\U0001D7FF]++"
)


def strip(text: str) -> str:
    """The natural language in a text; what was taken out leaves a space. Time is linear in the length of the text."""
    return _TOKEN.sub(" ", _BLOCK.sub(_prose, text))


def _prose(block: re.Match[str]) -> str:
    if not block[0].endswith(_CLOSERS):
        return block[0]
    return f" {' '.join(_PROSE.findall(block[0]))} "
