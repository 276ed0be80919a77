r"""The atoms of the grammar: numbers, names, brackets, functions, ``\frac`` and its kin; and what may follow an atom."""

from collections.abc import Callable
from fractions import Fraction

from verifier.verifiers.math import commands, numerals, units
from verifier.verifiers.math.budgets import ITEMS, OverBudget
from verifier.verifiers.math.grammar import Parser, negative
from verifier.verifiers.math.phrase import ParseError
from verifier.verifiers.math.tree import (
    EMPTY,
    Apply,
    Based,
    Cases,
    Constant,
    E,
    Group,
    I,
    Listing,
    Matrix,
    Node,
    Number,
    Quantity,
    Relation,
    Symbol,
    Words,
    integer,
)  # fmt: skip

_CALLED = frozenset("fghFGH")
_CODE = frozenset(("lambda", "print", "return", "def", "import", "eval", "exec", "assert", "del", "yield"))
_LIST_FUNCTIONS = frozenset(("gcd", "lcm", "min", "max", "binomial"))
_FRACTION_WORDS = {"half": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5}


def atom(p: Parser) -> Node:
    """One atom. Raises :class:`ParseError` where none stands."""
    token = p.token
    match token.kind:
        case "number":
            return _number(p)
        case "letter":
            p.at += 1
            return _letter(p, token.text)
        case "constant":
            p.at += 1
            assert isinstance(token.value, Constant)
            return token.value
        case "function":
            p.at += 1
            return _function(p, token.text)
        case "command":
            p.at += 1
            return _command(p, token.text)
        case "op":
            return _bracket(p)
        case "unit":
            return _currency(p)
        case "word":
            return _word(p)
        case _:
            raise ParseError(f"expected an expression, found {token.text or 'the end'!r}")


def _number(p: Parser) -> Node:
    token = p.next()
    value = token.value
    assert isinstance(value, Number | Based)
    if isinstance(value, Based) or value.value.denominator != 1 or value.places is not None:
        return value
    return _mixed(p, value) or value


def _mixed(p: Parser, whole: Number) -> Node | None:
    r"""``3\frac{1}{2}`` and ``3 1/2``: a whole number and a proper fraction are added."""
    if p.token.kind == "command" and p.token.text == "frac":
        at = p.at
        p.at += 1
        top, bottom = p.argument(), p.argument()
        if (
            isinstance(top, Number)
            and isinstance(bottom, Number)
            and 0 < top.value < bottom.value
            and not _is_powered(p)
        ) and top.value.denominator == bottom.value.denominator == 1:
            return Number(whole.value + top.value / bottom.value)
        p.at = at
    elif p.token.kind == "number" and p.token.space and p.peek().text == "/" and p.peek(2).kind == "number":
        top, bottom = p.token.value, p.peek(2).value
        if isinstance(top, Number) and isinstance(bottom, Number) and 0 < top.value < bottom.value:
            p.at += 3
            return Number(whole.value + top.value / bottom.value)
    return None


def _is_powered(p: Parser) -> bool:
    """Whether a power follows, other than a degree sign."""
    return p.is_op("^") and "circ" not in (p.peek().text, p.peek(2).text)


def _letter(p: Parser, name: str) -> Node:
    while p.accept("'"):
        name += "'"
    if p.is_op("_"):
        return _subscripted(p, name)
    if name in _CALLED and [p.token.text, *(p.peek(i).text for i in range(1, 6))] == ["^", "{", "-", "1", "}", "("]:
        p.at += 5
        return _call(p, f"{name}^-1")
    if p.is_op("(") and name in ("C", "P") and (counted := _counted(p, name)) is not None:
        return counted
    if p.is_op("(") and (name[0] in _CALLED or _is_definition(p)):
        return _call(p, name)
    return {"i": I, "e": E}.get(name, Symbol(name))


def _counted(p: Parser, name: str) -> Node | None:
    """``C(5, 2)`` and ``P(5, 2)`` with numbers count combinations and permutations."""
    kinds = [p.peek(ahead).kind for ahead in range(1, 4)]
    if kinds != ["number", "separator", "number"] or p.peek(4).text != ")":
        return None
    total, chosen = p.peek(1).value, p.peek(3).value
    p.at += 5
    assert isinstance(total, Number) and isinstance(chosen, Number)
    count = Apply("binomial", (total, chosen))
    return count if name == "C" else Apply("*", (count, Apply("factorial", (chosen,))))


def _is_definition(p: Parser) -> bool:
    """Whether the bracket that opens here closes before an equals sign at the beginning: ``W(n) = ..``."""
    if p.at != 1 and p.tokens[p.at - 2].kind != "separator":
        return False
    depth = 0
    for index in range(p.at, len(p.tokens)):
        text = p.tokens[index].text
        depth += (text == "(") - (text == ")")
        if not depth:
            return p.tokens[index + 1].text in ("=", "~")
    return False


def _call(p: Parser, name: str) -> Node:
    p.at += 1
    inside = p.bracketed("(")
    arguments = inside.items if isinstance(inside, Group) else (inside,)
    return Apply("call", (Symbol(name), *arguments))


def _subscripted(p: Parser, name: str) -> Node:
    p.at += 1
    subscript = _subscript(p)
    if name in ("C", "A", "P") and subscript.isdigit() and p.is_op("^"):
        return _combination(p, name, int(subscript))
    symbol = Symbol(f"{name}_{subscript}")
    return _call(p, symbol.name) if p.is_op("(") and _is_definition(p) else symbol


def _combination(p: Parser, name: str, total: int) -> Node:
    """``C_5^2`` is 5 over 2, and ``A_5^2`` counts arrangements."""
    p.at += 1
    chosen = p.argument()
    count = Apply("binomial", (integer(total), chosen))
    return count if name == "C" else Apply("*", (count, Apply("factorial", (chosen,))))


def _subscript(p: Parser) -> str:
    """The text of a subscript, without spaces and braces."""
    if not p.accept("{"):
        return p.next().text
    parts: list[str] = []
    depth = 1
    while depth:
        token = p.next()
        if token.kind == "end":
            raise ParseError("a subscript that never ends")
        depth += token.text == "{"
        depth -= token.text == "}"
        if token.text not in ("{", "}"):
            parts.append(token.text)
    return "".join(parts)


# Functions


def _function(p: Parser, head: str) -> Node:
    base: Node | None = None
    power: Node | None = None
    while p.is_op("_", "^"):
        if p.next().text == "_":
            base = p.argument()
        else:
            power = _exponent(p)
    argument = _arguments(p, head)
    node = _applied(p, head, base, argument)
    if power is None:
        return node
    if power == Number(Fraction(-1)):
        inverse = f"arc{head}" if not head.startswith("arc") else head[3:]
        return Apply(inverse, argument)
    return Apply("^", (node, power))


def _applied(p: Parser, head: str, base: Node | None, argument: tuple[Node, ...]) -> Node:
    first = argument[0]
    if head == "log":
        if base is not None:
            return Apply("/", (Apply("ln", (first,)), Apply("ln", (base,))))
        p.ambiguous.add("log10")
        head = "lg" if p.notation.log10 else "ln"
    if head in ("lg", "lb"):
        return Apply("/", (Apply("ln", (first,)), Apply("ln", (integer(10 if head == "lg" else 2),))))
    if head == "cis":
        return Apply("+", (Apply("cos", (first,)), Apply("*", (I, Apply("sin", (first,))))))
    if head == "sqrt":
        return Apply("sqrt", (first,))
    if head == "cbrt":
        return Apply("root", (first, integer(3)))
    return Apply(head, argument)


def _arguments(p: Parser, head: str) -> tuple[Node, ...]:
    if p.is_op("("):
        p.at += 1
        inside = p.bracketed("(")
        return inside.items if isinstance(inside, Group) and inside.items else (inside,)
    if p.is_op("{") or head in ("sqrt", "cbrt"):
        return (p.postfix(),)
    return (_bare_argument(p),)


def _bare_argument(p: Parser) -> Node:
    r"""The argument of ``\sin 2x``: the product up to the next sign, dot or function."""
    node = negative(p.postfix()) if p.accept("-") else p.postfix()
    while p.token.kind in ("letter", "constant", "number") or p.token.text in ("frac", "sqrt", "|", "{"):
        if not _continues(p):
            break
        node = Apply("*", (node, p.postfix()))
    if p.is_op("/") and p.peek().kind == "number" and _is_angle(node):
        p.at += 1
        node = Apply("/", (node, p.postfix()))
    return node


def _continues(p: Parser) -> bool:
    if p.token.text == "|" and p.bars:
        return False
    return not (p.integrals and p.token.text == "d")


def _is_angle(node: Node) -> bool:
    return isinstance(node, Constant | Number) or (isinstance(node, Apply) and all(map(_is_angle, node.args)))


# Commands


def _command(p: Parser, name: str) -> Node:
    parser = _COMMANDS.get(name)
    if parser is not None:
        return parser(p)
    if name in commands.ACCENTS:
        return _accent(p, commands.ACCENTS[name])
    if name.startswith("begin "):
        return _environment(p, name[6:])
    raise ParseError(f"unknown command \\{name}")


def _fraction(p: Parser) -> Node:
    top, bottom = p.argument(), p.argument()
    match top, bottom:
        case Symbol("d"), Apply("*", (Symbol("d"), Symbol() as variable)):
            return Apply("derivative", (p.term(), variable))
        case Number(a, None), Number(b, None) if b:
            return Number(a / b)
        case _:
            return Apply("/", (top, bottom))


def _root(p: Parser) -> Node:
    if p.accept("["):
        index = p.fenced(p.additive)
        p.expect("]")
        return Apply("root", (_radicand(p), index)) if index != integer(2) else Apply("sqrt", (_radicand(p),))
    return Apply("sqrt", (_radicand(p),))


def _radicand(p: Parser) -> Node:
    """TeX takes one digit of an unbraced number; people mean all of it."""
    return _number(p) if p.token.kind == "number" else p.argument()


def _binomial(p: Parser) -> Node:
    return Apply("binomial", (p.argument(), p.argument()))


def _accent(p: Parser, accent: str) -> Node:
    node = p.argument()
    if isinstance(node, Symbol):
        return Apply("conj", (node,)) if accent == "bar" else Symbol(f"{accent} {node.name}")
    return node


def _bounds(p: Parser) -> tuple[Node | None, Node | None]:
    lower: Node | None = None
    upper: Node | None = None
    while p.is_op("_", "^"):
        if p.next().text == "_":
            lower = p.braced("}") if p.accept("{") else p.argument()
        else:
            upper = p.argument()
    return lower, upper


def _repeated(head: str) -> Callable[[Parser], Node]:
    def parse(p: Parser) -> Node:
        lower, upper = _bounds(p)
        body = p.term()
        match lower:
            case Relation((Symbol() as variable, start), ("=",)) if upper is not None:
                return Apply(head, (body, variable, start, upper))
            case Relation((Constant("i"), start), ("=",)) if upper is not None:
                return Apply(head, (_bound_i(body), Symbol("i"), start, upper))
            case _:
                raise ParseError(f"a {head} without its range")

    return parse


def _bound_i(node: Node) -> Node:
    """An index i is a variable, and no imaginary unit."""
    from verifier.verifiers.math.tree import children, rebuild

    if node == I:
        return Symbol("i")
    below = children(node)
    return rebuild(node, tuple(map(_bound_i, below))) if below else node


def _integral(p: Parser) -> Node:
    lower, upper = _bounds(p)
    p.integrals += 1
    starts = p.token.kind == "letter" and p.token.text == "d" and p.peek().kind == "letter"
    body = integer(1) if starts else p.fenced(p.additive)
    p.integrals -= 1
    if not (p.token.kind == "letter" and p.token.text == "d"):
        raise ParseError("an integral without its differential")
    p.at += 1
    variable = p.next()
    if variable.kind != "letter":
        raise ParseError("an integral without its variable")
    bounds = () if lower is None or upper is None else (lower, upper)
    return Apply("integral", (body, Symbol(variable.text), *bounds))


def _limit(p: Parser) -> Node:
    lower, _ = _bounds(p)
    body = p.term()
    if isinstance(lower, Relation) and lower.operators == ("->",) and isinstance(lower.operands[0], Symbol):
        return Apply("limit", (body, *lower.operands))
    raise ParseError("a limit without its point")


_COMMANDS: dict[str, Callable[[Parser], Node]] = {
    "frac": _fraction,
    "sqrt": _root,
    "binom": _binomial,
    "sum": _repeated("sum"),
    "prod": _repeated("product"),
    "int": _integral,
    "lim": _limit,
}


# Environments


def _environment(p: Parser, name: str) -> Node:
    rows = _rows(p, name)
    if name in commands.MATRICES:
        width = {len(row) for row in rows}
        if len(width) != 1:
            raise ParseError("a matrix with rows of different lengths")
        matrix = Matrix(tuple(map(tuple, rows)))
        return Apply("det", (matrix,)) if name == "vmatrix" else matrix
    if name in ("cases", "dcases", "rcases") and all(len(row) == 2 for row in rows):
        return Cases(tuple((row[0], None if row[1] == _OTHERWISE else row[1]) for row in rows))
    if name in commands.SYSTEMS:
        items = [cell for row in rows for cell in row]
        return items[0] if len(items) == 1 else Listing(tuple(items), "and")
    raise ParseError(f"unknown environment {name}")


_OTHERWISE = Symbol("otherwise")
_CONDITIONAL = frozenset(("if", "for", "when", "where", "otherwise", "else", "当", "其他"))


def _rows(p: Parser, name: str) -> list[list[Node]]:
    rows: list[list[Node]] = [[]]
    saved, p.in_cell = (p.bars, p.in_cell), True
    p.bars = 0
    while not (p.token.kind == "command" and p.token.text == f"end {name}"):
        if p.token.kind == "end" or sum(map(len, rows)) > ITEMS:
            raise ParseError("a matrix that never ends") if p.token.kind == "end" else OverBudget("a large matrix")
        if p.token.kind == "separator":
            if p.next().text == "newline":
                rows.append([])
        elif not p.accept("&"):
            _cell(p, rows[-1], aligned=name not in commands.MATRICES)
    p.at += 1
    p.bars, p.in_cell = saved
    return [row for row in rows if row]


def _condition(p: Parser) -> Node:
    """A condition of a case, as mathematics or else in words: ``n even``."""
    at, bars = p.at, p.bars
    try:
        condition = p.listing()
        if p.token.kind == "separator" or p.token.kind == "command" or p.is_op("&"):
            return condition
    except ParseError:
        pass
    p.at, p.bars = at, bars
    words: list[str] = []
    while p.token.kind in ("word", "letter", "number", "unit") and len(words) < 20:
        words.append(p.next().text)
    if not words:
        raise ParseError("a case without its condition")
    return Words(" ".join(words))


def _cell(p: Parser, row: list[Node], *, aligned: bool) -> None:
    while p.token.kind == "word" and p.token.text.lower() in _CONDITIONAL:
        if p.next().text.lower() in ("otherwise", "else", "其他"):
            row.append(_OTHERWISE)
            return
    if aligned and row and p.is_op("=", "<", ">", "<=", ">="):
        operator = p.next().text
        row[-1] = Relation((row[-1], p.set_operation()), (operator,))
        return
    cell = _condition(p) if row and aligned else p.listing()
    if aligned and p.is_op("&") and p.peek().text in ("=", "<", ">", "<=", ">="):
        p.at += 1
    if aligned and p.is_op("=", "<", ">", "<=", ">="):
        operator = p.next().text
        cell = Relation((cell, p.set_operation()), (operator,))
    row.append(cell)


# Brackets, currency, words


def _bracket(p: Parser) -> Node:
    token = p.next()
    match token.text:
        case "(" | "[" | "\\{" | "{" | "langle":
            return p.bracketed(token.text)
        case "<":
            p.tokens[p.at - 1] = token._replace(text="langle")
            return _angled(p)
        case "|" | "||":
            return _bars(p, token.text)
        case "lfloor" | "lceil":
            inside = p.fenced(p.additive)
            p.expect("r" + token.text[1:])
            return Apply(token.text[1:], (inside,))
        case "]":
            return _outward(p)
        case "_":
            return _prefixed(p)
        case _:
            raise ParseError(f"unexpected {token.text!r}")


def _angled(p: Parser) -> Node:
    items = [p.additive()]
    while p.token.kind == "separator":
        p.at += 1
        items.append(p.additive())
    p.expect(">", "rangle")
    return Group("(", ")", tuple(items))


def _bars(p: Parser, bar: str) -> Node:
    if bar == "||" and not p.is_op("|", "||") and not any(t.text == "||" for t in p.tokens[p.at :]):
        raise ParseError("a bar that is never closed")
    p.bars += 1
    inside = p.additive()
    p.expect(bar)
    p.bars -= 1
    return Apply("abs", (inside,))


def _outward(p: Parser) -> Node:
    """``]a, b[``: the French open interval."""
    p.outward = True
    inside = p.fenced(p.listing)
    p.outward = False
    closing = p.expect("[", "]")
    if not isinstance(inside, Listing):
        raise ParseError("brackets that do not match")
    return Group("(", ")" if closing == "[" else "]", inside.items)


def _prefixed(p: Parser) -> Node:
    """``_5C_2``."""
    total = p.argument()
    letter = p.next().text
    if letter not in ("C", "P") or not p.accept("_"):
        raise ParseError("a subscript of nothing")
    chosen = p.argument()
    count = Apply("binomial", (total, chosen))
    return count if letter == "C" else Apply("*", (count, Apply("factorial", (chosen,))))


def _currency(p: Parser) -> Node:
    """``$5``, ``USD 5``: the unit stands first."""
    token = p.next()
    unit = token.value
    if not isinstance(unit, units.Unit) or p.token.kind not in ("number", "op"):
        raise ParseError("a unit without a number")
    value = p.unary()
    if p.token.kind == "word" and p.token.text in numerals.ENGLISH_SCALES:
        value = Apply("*", (value, integer(numerals.ENGLISH_SCALES[p.next().text])))
    return Quantity(value, unit)


def _word(p: Parser) -> Node:
    token = p.token
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


def _number_words(p: Parser) -> Node | None:
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


def _label(p: Parser) -> bool:
    """Whether words lead to an equals sign: ``shaded area = 5``."""
    at = p.at
    while p.tokens[at].kind in ("word", "letter") and at - p.at < 6:
        at += 1
    return p.tokens[at].text in ("=", ":")


def _labelled(p: Parser) -> Node:
    names: list[str] = []
    while p.token.kind in ("word", "letter"):
        names.append(p.next().text.lower())
    if p.accept(":"):
        return p.set_operation()
    return Symbol(" ".join(names))


# What may follow an atom


def suffix(p: Parser, node: Node) -> Node | None:
    """``node`` with the power, factorial, percent sign, degree or subscript that follows it, or None."""
    if p.token.kind == "command" and p.token.text == "permil":
        p.at += 1
        return Apply("/", (node, integer(1000)))
    if p.token.kind != "op":
        return None
    match p.token.text:
        case "^":
            p.at += 1
            return _power(p, node)
        case "!" if p.peek().text != "=":
            p.at += 1
            return Apply("factorial2" if p.accept("!") else "factorial", (node,))
        case "%":
            p.at += 1
            return Apply("percent", (node,))
        case "degree" | "circ":
            p.at += 1
            return _degrees(p, node)
        case "_":
            return _base(p, node)
        case "'" if isinstance(node, Number | Quantity):
            return _minutes(p, node)
        case _:
            return None


def _power(p: Parser, node: Node) -> Node:
    if p.is_op("circ", "degree"):
        p.at += 1
        return _degrees(p, node)
    if p.is_op("{") and p.peek().text in ("circ", "degree") and p.peek(2).text == "}":
        p.at += 3
        return _degrees(p, node)
    if p.is_op("'") or (p.is_op("{") and p.peek().text == "'"):
        while p.is_op("'", "{", "}"):
            p.at += 1
        return Symbol(f"{node.name}'") if isinstance(node, Symbol) else node
    if p.is_op("*"):
        p.at += 1
        return Apply("conj", (node,))
    if p.is_op("{") and p.peek().kind == "word" and p.peek().text in ("th", "st", "nd", "rd"):
        p.at += 3
        return node
    return Apply("^", (node, _exponent(p)))


def _exponent(p: Parser) -> Node:
    if p.accept("{"):
        return p.braced("}")
    if p.accept("-"):
        return negative(_exponent(p))
    if p.token.kind == "number":
        node: Node = _number(p)
    else:
        node = atom(p)
    if p.is_op("^"):
        p.at += 1
        return Apply("^", (node, _exponent(p)))
    return node


def _degrees(p: Parser, node: Node) -> Node:
    if (p.token.kind == "letter" and p.token.text in ("C", "F")) or (p.token.kind == "unit" and p.token.text in ("C", "F")):
        return Quantity(node, units.CELSIUS if p.next().text == "C" else units.FAHRENHEIT)
    return Quantity(node, units.DEGREE)


def _minutes(p: Parser, node: Node) -> Node | None:
    """Minutes and seconds of arc."""
    if isinstance(node, Quantity):
        return None
    p.at += 1
    if p.accept("'"):
        return Quantity(node, units.ARC_SECOND)
    return Quantity(node, units.ARC_MINUTE)


def _base(p: Parser, node: Node) -> Node | None:
    """``(101)_2``; anything else with a subscript is a name."""
    if isinstance(node, Constant) and node in (E, I):
        p.at += 1
        return Symbol(f"{node.name}_{_subscript(p)}")
    if not isinstance(node, Number) or node.value.denominator != 1:
        raise ParseError("a subscript")
    p.at += 1
    base = _subscript(p)
    digits = str(node.value)
    if not base.isdigit() or not 2 <= int(base) <= 36 or any(int(d, 36) >= int(base) for d in digits.strip("-")):
        raise ParseError("no base")
    return Based(digits, int(base))


__all__ = ["EMPTY", "atom", "suffix"]
