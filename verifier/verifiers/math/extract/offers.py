"""Another answer that is offered right behind the first: "Or maybe 6", "Actually, it is 6"."""

import re
from collections.abc import Callable

from verifier.verifiers.math.extract.spans import first_sentence, has_value, trimmed

_I_THINK = r"(?:I\s+(?:now\s+)?(?:think|believe|guess)\s+(?:that\s+)?)?"
_IT_IS = rf"(?:{_I_THINK}(?:it|that|this|the\s+(?:correct\s+)?answer)(?:['’]s|\s+(?:is|(?:may|might|could|should|must)\s+be))\s+)"
_OFFERS = re.compile(
    rf"[\s$.,;:!?)\]}}*\\]*(?:P\.?S\.?:?\s+)?\(?(?:(?P<corrects>(?:no|actually|on\s+(?:second\s+thoughts?|reflection))\b[\s,.:!—-]+{_IT_IS})|"
    r"(?P<or>or\s+(?!(?:if|maybe|perhaps|possibly)\b)|或者?)|"
    rf"(?:(?:or|but)[\s,]+)?(?:(?:maybe|perhaps|possibly|alternatively)[\s,:]+{_IT_IS}?|if\s+you\s+prefer[\s,:]+|"
    r"(?:although|though|but|and)\s+(?=[^.;]{1,40}\b(?:is|are)\s+(?:also|equally|just\s+as)\s+(?P<also>plausible|possible|likely|valid|right))|"
    r"(?:it|that)\s+(?:could|might|may)\s+(?:(?:also|instead|well)\s+)?be\s+|"
    r"[^.!?\n]{0,60}\bmy\s+(?:second|other|next|alternative|backup)\s+(?:guess|answer|choice)\s+(?:is|would\s+be)\s+))(?=[^\s,])",
    re.IGNORECASE,
)
"""Words that offer another answer behind the one that was given."""
_CASE = re.compile(r"\s+(?:if|when|in\s+case|unless|depending|assuming)\b.*$", re.DOTALL | re.IGNORECASE)
"""The case for which another answer is offered: "or 6 if the end is excluded"."""
_ALSO = re.compile(r"\s+(?:is|are)\s+(?:also|equally|just\s+as)\b.*$", re.DOTALL)
_GIVES = re.compile(r"^.*\b(?:gives?|yields?|leads?\s+to|results?\s+in|implies)\s+(?=\S)", re.DOTALL | re.IGNORECASE)
"""What leads up to the value of another way to find it: "$x^2 + 1 = 26$ gives"."""
_LETTER = re.compile(r"(?<![\\a-zA-Z])[^\W\d_]")
_COMPARES = re.compile(r"[<>≤≥≠]|\\(?:[lg]eq?|ne|neq|[lg]t)(?![a-z])")
_RESTATES = re.compile(r"[.%≈]|(?<![\\a-zA-Z])[^\W\d_]{2,}")
"""What a value has that may only say the same in another form: "or 2.33", "or 36 inches"."""


def offered(rest: str, is_math: Callable[[str], bool]) -> tuple[str, bool] | None:
    """Another value that the words right behind an answer offer ("Or maybe 6"), and whether they correct the answer to it."""
    match = _OFFERS.match(rest)
    value = trimmed(first_sentence(rest[match.end() :])) if match else ""
    if match and match["also"]:
        value = _ALSO.sub("", value)
    value = _CASE.sub("", _GIVES.sub("", value))
    if value.endswith(")") and value.count(")") > value.count("("):
        value = value[:-1]
    if not match or not has_value(value) or not is_math(value) or (match["or"] and _RESTATES.search(value)):
        return None
    if _COMPARES.search(value) and not _LETTER.search(value):
        return None  # a true statement about numbers: "and $5 > 3$ is also valid"
    return value, match["corrects"] is not None
