"""What was found as the answer of a completion, and the value of a single sentence."""

import re
from collections.abc import Callable
from typing import NamedTuple

from verifier.verifiers.math.extract.denial import is_denied, without_dropped
from verifier.verifiers.math.extract.offers import offered
from verifier.verifiers.math.extract.rejection import rejects
from verifier.verifiers.math.extract.sentence import expression
from verifier.verifiers.math.extract.spans import trimmed

_BOUNDED = re.compile(r"\d\s*\D?(?:以[上下内]|或更[多少大小高低])$")
_NAMED = re.compile(r"[\s$]*\\[a-zA-Z]+\s*=([^=]+)")
r"""A value behind a bare name: ``\lim = 1``."""
_RESTATED = re.compile(
    r"(.*[a-z%])(?<!\bof)(?<!\bfrom)(?<!\bin)(?<!\bat)(?<!\bto)\s+\((\d[^()]*[a-z]{3}[^()]*|-?[$€£]?\d[\d.,/]*%?)\)|(\$?\d[\d.,/]*%?)\s+\((-?[$€£]?\d[\d.,/]*%?)\)",
    re.DOTALL,
)
"""A value in two units, which have to agree: "122 minutes (2 hours and 2 minutes)"."""


class Found(NamedTuple):
    """The final answer of a completion, or the reason that there is none."""

    answers: tuple[str, ...]
    """Usually one. Several when different boxes share the answer: together they may answer a reference that is a set."""
    how: str
    """Where they were found, or why nothing was, in words."""
    whole: str = ""
    """The text that the answer was cut from, where that could be an answer as it stands: "all $n > 3$"."""
    last: str = ""
    """The last sentence, where an answer in words may stand."""
    exclaimed: bool = False
    """Whether the mark at the end of the answer may be one of exclamation, and no factorial: "The answer is 42!"."""


def of_sentence(sentence: str, how: str, is_math: Callable[[str], bool], introduction: str = "") -> Found:
    """The value of a sentence, unless the sentence only says what it is not."""
    sentence = without_dropped(sentence)
    value = expression(sentence, is_math)
    if (named := _NAMED.fullmatch(value)) and not is_math(value) and is_math(named[1]):
        value = named[1]
    bare = value.split(" \\text{")[0]
    start = max(sentence.rfind(bare), 0)
    before, after = introduction + sentence[:start], sentence[start + len(bare) :]
    if is_denied(before, bare, after) or rejects(before, after) or _BOUNDED.search(bare):
        return Found((), "it is only said what the answer is not, or how large it is at most", trimmed(sentence))
    if is_math(bare) and (other := offered(after, is_math)):
        return Found((value, other[0]), "an answer, and another behind it", trimmed(sentence))
    if "##" in value and len(forms := [form.strip() for form in value.split("##")]) > 1 and all(map(is_math, forms)):
        return Found(tuple(forms), how, trimmed(sentence))
    restated = _RESTATED.fullmatch(value)
    twice = tuple(side.replace(" and ", " ") for side in restated.groups() if side) if restated else ()
    exclaimed = value.endswith("!") and (introduction or sentence.strip() != value) and not value.startswith("$")
    return Found(
        twice if twice and all(map(is_math, twice)) else (value,), how, trimmed(sentence), exclaimed=bool(exclaimed)
    )
