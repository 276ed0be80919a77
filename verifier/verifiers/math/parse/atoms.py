r"""The atoms of the grammar: numbers, names, words, and what starts with a bracket, a function or a command."""

from verifier.verifiers.math import units
from verifier.verifiers.math.parse import numerals
from verifier.verifiers.math.parse.arithmetic import negative
from verifier.verifiers.math.parse.brackets import bracket
from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.functions import function
from verifier.verifiers.math.parse.layout import command
from verifier.verifiers.math.parse.names import name
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.tree import Apply, Based, Constant, Node, Number, Quantity, Symbol, integer

_VERBS = frozenset(("is", "are", "has", "was", "son", "sont", "sind", "sono", "est", "es", "ist"))
_CODE = frozenset(("lambda", "print", "return", "def", "import", "eval", "exec", "assert", "del", "yield"))


def atom(p: Cursor) -> Node:
    """One atom. Raises :class:`ParseError` where none stands."""
    token = p.token
    match token.kind:
        case "number":
            return _number(p)
        case "letter":
            p.at += 1
            return name(p, token.text)
        case "constant":
            p.at += 1
            assert isinstance(token.value, Constant)
            return token.value
        case "function":
            p.at += 1
            return function(p, token.text)
        case "command":
            p.at += 1
            return command(p, token.text)
        case "op":
            return bracket(p)
        case "unit":
            return _currency(p)
        case "word":
            return _word(p)
        case _:
            raise ParseError(f"expected an expression, found {repr(token.text) if token.text else 'its end'}")


def _number(p: Cursor) -> Node:
    token = p.next()
    value = token.value
    assert isinstance(value, Number | Based)
    if isinstance(value, Based) or value.value.denominator != 1 or value.places is not None:
        return value
    return _mixed(p, value) or value


def _mixed(p: Cursor, whole: Number) -> Node | None:
    r"""``3\frac{1}{2}`` and ``3 1/2``: a whole number and a proper fraction are added."""
    if p.token.kind == "command" and p.token.text == "frac":
        at = p.at
        p.at += 1
        top, bottom = p.argument(), p.argument()
        if (
            isinstance(top, Number)
            and isinstance(bottom, Number)
            and 0 <= top.value < bottom.value
            and not _is_powered(p)
        ) and top.value.denominator == bottom.value.denominator == 1:
            return Number(whole.value + top.value / bottom.value)
        p.at = at
    elif p.token.kind == "number" and p.token.space and p.peek().text == "/" and p.peek(2).kind == "number":
        top, bottom = p.token.value, p.peek(2).value
        if isinstance(top, Number) and isinstance(bottom, Number) and 0 <= top.value < bottom.value:
            p.at += 3
            return Number(whole.value + top.value / bottom.value)
    return None


def _is_powered(p: Cursor) -> bool:
    """Whether a power follows, other than a degree sign."""
    return p.is_op("^") and "circ" not in (p.peek().text, p.peek(2).text)


def _currency(p: Cursor) -> Node:
    """``$5``, ``USD 5``: the unit stands first."""
    token = p.next()
    unit = token.value
    if not isinstance(unit, units.Unit) or p.token.kind not in ("number", "op"):
        raise ParseError("a unit without a number")
    value = p.unary()
    if p.is_kind("word") and p.token.text in numerals.ENGLISH_SCALES:
        value = Apply("*", (value, integer(numerals.ENGLISH_SCALES[p.next().text])))
    elif (
        p.is_kind("letter") and p.token.text in numerals.LETTER_SCALES and not p.token.space and p.peek().kind == "end"
    ):
        value = Apply("*", (value, integer(numerals.LETTER_SCALES[p.next().text])))
    return Quantity(value, unit)


def _word(p: Cursor) -> Node:
    token = p.token
    if token.text.lower() in ("minus", "negative"):
        p.at += 1
        return negative(p.term())
    if token.text in ("百分之", "负", "根号"):
        p.at += 1
        return Apply("percent", (p.postfix(),))
    if token.text.lower() in _CODE:
        raise ParseError("a program")
    words = _number_words(p)
    if words is not None:
        return words
    if p.peek().text in ("=", ":", "~") or (p.peek().kind == "word" and _label(p)):
        return _labelled(p)
    raise ParseError(f"the word {token.text!r}")


def _number_words(p: Cursor) -> Node | None:
    at = p.at
    words: list[str] = []
    while p.tokens[at].kind == "word" or (p.tokens[at].text in ("-", "and") and words):
        words.append(p.tokens[at].text.lower())
        at += 1
    while words:
        plain = [word for word in words if word != "-"]
        value = numerals.english_fraction(plain) or numerals.english(plain)
        if value is not None and words[-1] not in ("-", "and"):
            p.at = at
            return Number(value)
        words.pop()
        at -= 1
    return None


def _label(p: Cursor) -> bool:
    """Whether words lead to an equals sign: ``shaded area = 5``."""
    at = p.at
    while p.tokens[at].kind in ("word", "letter") and at - p.at < 6 and p.tokens[at].text not in _VERBS:
        at += 1
    return p.tokens[at].text in ("=", ":")


def _labelled(p: Cursor) -> Node:
    names: list[str] = []
    while p.token.kind in ("word", "letter"):
        names.append(p.next().text.lower())
    if p.accept(":"):
        return p.set_operation()
    return Symbol(" ".join(names))
