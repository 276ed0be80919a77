"""Words of any script, as n-grams are made of them."""

import regex

_WORD = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]\p{M}*+|[\p{L}\p{N}][\p{L}\p{M}\p{N}]*+"
)


def words(text: str) -> list[str]:
    """The words of a text, casefolded: runs of letters and digits; in scripts without spaces, each letter by itself.

    Punctuation, markup and symbols are no words. Time is linear in the length of the text.
    """
    return [match for match in _WORD.findall(text.casefold()) if match]
