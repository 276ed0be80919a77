"""Tokens to a tree: a recursive descent parser, one method for each level of binding, loosest first."""

from collections.abc import Callable
from fractions import Fraction

from verifier.verifiers.math import numerals, units
from verifier.verifiers.math.budgets import DEPTH, ITEMS, NESTING, NODES, OverBudget
from verifier.verifiers.math.lexer import Lexer, Notation, Token
from verifier.verifiers.math.phrase import NOISE, ParseError, noun_phrase
from verifier.verifiers.math.tree import (
    EMPTY,
    Apply,
    Based,
    Constant,
    Group,
    Listing,
    Node,
    Number,
    Quantity,
    Ratio,
    Relation,
    Symbol,
    Unit,
    Words,
    depth,
    integer,
    walk,
)  # fmt: skip

_RELATIONS = frozenset(("=", "!=", "<", "<=", ">", ">=", "~", "equiv", "in", "notin", "subset", "cong", "sim", "->", "=>",
                        "<=>", "parallel", "perp", "propto"))  # fmt: skip
_SET_OPERATIONS = {"cup": "union", "cap": "intersection", "setminus": "minus"}
_CLOSERS = {"(": (")", "]"), "[": ("]", ")"), "\\{": ("\\}",), "{": ("}",), "langle": ("rangle",)}
_STARTS = frozenset(("(", "[", "\\{", "{", "langle", "lfloor", "lceil"))
_CALLED = frozenset("fghFGH")


class Parser:
    """Parses one text. Raises :class:`ParseError` where it is no mathematics, :class:`OverBudget` where it is too large."""

    def __init__(self, tokens: list[Token], notation: Notation) -> None:
        self.tokens = tokens
        self.notation = notation
        self.ambiguous: set[str] = set()
        self.at = 0
        self.depth = 0
        self.bars = 0
        self.integrals = 0
        self.in_cell = False
        self.outward = False

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def is_op(self, *texts: str) -> bool:
        token = self.tokens[self.at]
        return token.kind == "op" and token.text in texts

    def accept(self, *texts: str) -> bool:
        if self.is_op(*texts):
            self.at += 1
            return True
        return False

    def expect(self, *texts: str) -> str:
        if not self.is_op(*texts):
            raise ParseError(f"expected {' or '.join(texts)}, found {self.token.text or 'the end'!r}")
        return self.next().text

    # Lists and relations

    def answer(self) -> Node:
        """All of the text."""
        while self.token.kind == "separator" or self.is_op("=", "~", "=>"):
            self.at += 1
        node = self.listing()
        while self.is_op("?", "!") or self.token.kind == "separator":
            self.at += 1
        if self.token.kind != "end":
            raise ParseError(f"unexpected {self.token.text!r}")
        if sum(1 for _ in walk(node)) > NODES:
            raise OverBudget(f"an expression of more than {NODES} nodes")
        if depth(node) > DEPTH:
            raise OverBudget(f"an expression deeper than {DEPTH}")
        return node

    def listing(self) -> Node:
        items = [self.relation()]
        joint = ""
        while self.token.kind == "separator":
            found = self._separators()
            if found is None or self.token.kind == "end" or self.token.text in (")", "]", "}", "\\}", "&", "rangle"):
                break
            joint = found or joint
            items.append(self.relation())
            if len(items) > ITEMS:
                raise OverBudget(f"a list of more than {ITEMS} items")
        return items[0] if len(items) == 1 else _listing(items, joint)

    def _separators(self) -> str | None:
        """Skip separators; the word among them, or None if a cell of a matrix ends here."""
        joint = ""
        while self.token.kind == "separator":
            text = self.token.text
            if text == "newline" and self.in_cell:
                return None
            joint = text if text in ("or", "and") else joint
            self.at += 1
        return joint

    def relation(self) -> Node:
        self.depth += 1
        if self.depth > NESTING:
            raise OverBudget(f"nested deeper than {NESTING}")
        operands, operators = [self._first_operand()], list[str]()
        while self.token.kind == "op" and self.token.text in _RELATIONS:
            operators.append(self.next().text)
            if operators[-1] in ("=", "~") and self.is_op("=", "~", "<", ">"):
                continue_with = self.next().text
                operators[-1] = {"<": "<=", ">": ">="}.get(continue_with, operators[-1])
            operands.append(self.set_operation())
        self.depth -= 1
        return self._modulo(Relation(tuple(operands), tuple(operators)) if operators else operands[0])

    def _first_operand(self) -> Node:
        """The first operand of a relation; a name of its own where none is written: ``>= 5``."""
        bare = self.is_op("<=", ">=", ">") or (self.is_op("<") and not any(t.text in (">", ",") for t in self.tokens))
        return Symbol("") if bare else self.set_operation()

    def _modulo(self, node: Node) -> Node:
        """``a = b (mod n)`` and ``a = b mod n``."""
        modulus: Node | None = None
        if self.token.kind == "command" and self.token.text in ("pmod", "pod"):
            self.at += 1
            modulus = self.argument()
        elif self.is_op("(") and self.peek().text == "mod":
            self.at += 2
            modulus = self.additive()
            self.expect(")")
        match node:
            case Relation((left, Apply("mod", (right, by))), (("equiv" | "cong"),)):
                return Apply("congruent", (left, right, by))
            case Relation((left, right), (("equiv" | "=" | "cong"),)) if modulus is not None:
                return Apply("congruent", (left, right, modulus))
            case _:
                return node if modulus is None else Apply("mod", (node, modulus))

    def set_operation(self) -> Node:
        left = self.ratio()
        while (self.token.kind == "op" and self.token.text in _SET_OPERATIONS) or self._is_letter_union():
            text = self.next().text
            left = Apply(_SET_OPERATIONS.get(text, "union"), (left, self.ratio()))
        return left

    def _is_letter_union(self) -> bool:
        previous = self.tokens[self.at - 1].text
        return self.token.text in ("U", "u") and previous in (")", "]", "\\}", "}") and self.peek().text in _STARTS

    def ratio(self) -> Node:
        left = self.additive()
        if not self.is_op(":"):
            return left
        items = [left]
        while self.accept(":"):
            items.append(self.additive())
        return Ratio(tuple(items))

    # Arithmetic

    def additive(self) -> Node:
        left = self.term()
        while self.token.kind == "op" and self.token.text in ("+", "-", "+-", "-+"):
            operator = self.next().text
            left = _sum(operator, left, self.term())
        return left

    def term(self) -> Node:
        left = self.unary()
        while True:
            token = self.token
            if token.kind == "op" and token.text in ("*", "/", "mod"):
                left = self._explicit(left)
            elif token.kind == "word" or self._is_unit(left):
                measured = self._measured(left)
                if measured is None:
                    return left
                left = measured
            elif self._starts_factor(token):
                left = self._implicit(left)
            else:
                return left

    def _explicit(self, left: Node) -> Node:
        operator = self.next().text
        right = self.unary()
        if operator == "/" and self._starts_factor(self.token) and not self._is_unit(right):
            self.ambiguous.add("tight")
            while self.notation.tight and self._starts_factor(self.token) and not self._is_unit(right):
                right = Apply("*", (right, self.unary()))
        if (
            operator == "/"
            and isinstance(left, Number)
            and isinstance(right, Number)
            and right.value
            and _exact(left, right)
        ):
            return Number(left.value / right.value)
        return _scientific(left, right) if operator == "*" else Apply(operator, (left, right))

    def _implicit(self, left: Node) -> Node:
        token = self.token
        if token.kind == "number" and self._is_number(left) and self.peek().text != "^":
            raise ParseError("two numbers side by side")
        right = self.unary()
        if isinstance(left, Quantity) and self._is_unit(right):
            right = Quantity(right, self._unit())
        if isinstance(left, Quantity) and isinstance(right, Quantity) and left.unit.dimension == right.unit.dimension:
            return _compound(left, right)
        return Apply("*", (left, right))

    def _is_number(self, left: Node) -> bool:
        return isinstance(left, Number) and self.tokens[self.at - 1].kind == "number"

    def _starts_factor(self, token: Token) -> bool:
        kind = token.kind
        if kind == "op":
            if token.text == "(" and self.peek().text == "mod":
                return False
            if token.text == "[" and self.outward:
                return False
            return token.text in _STARTS or (token.text == "|" and not self.bars) or (token.text == "||" and not self.bars)
        if self.integrals and kind == "letter" and token.text == "d" and self.peek().kind == "letter":
            return False
        if kind == "command":
            return not token.text.startswith(("end", "pmod", "pod"))
        return kind in ("number", "letter", "constant", "function")

    def unary(self) -> Node:
        signs: list[str] = []
        while self.is_op("+", "-", "+-", "-+"):
            signs.append(self.next().text)
        node = self.postfix()
        if signs and len(signs) > NESTING:
            raise OverBudget("too many signs")
        for sign in reversed(signs):
            node = node if sign == "+" else negative(node) if sign == "-" else Apply(sign, (node,))
        return node

    # Units and words

    def _is_unit(self, left: Node) -> bool:
        token = self.token
        if token.kind == "unit":
            return True
        if token.kind != "letter" or token.text not in units.KNOWN or isinstance(left, Symbol):
            return False
        after = self.peek()
        ends = after.kind in ("end", "separator", "word", "unit") or after.text in (
            "^",
            "/",
            ")",
            "]",
            "}",
            "\\}",
            "*",
            "=",
        )
        if not token.upright and not (token.space and ends and _numeric(left)):
            return False
        if not token.upright:
            self.ambiguous.add("letters")
        return token.upright or self.notation.letters

    def _measured(self, left: Node) -> Node | None:
        """``left`` with the unit, scale word or noun that follows it; None if the words belong to something else."""
        token = self.token
        if token.kind == "word" and token.text in numerals.ENGLISH_SCALES:
            self.at += 1
            return Apply("*", (left, integer(numerals.ENGLISH_SCALES[token.text])))
        if token.kind == "word" and token.text in ("times", "plus", "minus", "mod"):
            self.at += 1
            right = self.unary() if token.text in ("times", "mod") else self.term()
            return Apply({"times": "*", "plus": "+", "minus": "-", "mod": "mod"}[token.text], (left, right))
        if token.kind == "word" and token.text == "分之":
            self.at += 1
            return Apply("/", (self.unary(), left))
        if any(isinstance(node, Symbol) for node in walk(left)) and token.kind == "word":
            return None
        unit = self._unit()
        return left if unit == units.NO_UNIT else Quantity(_unmeasured(left), unit)

    def _unit(self) -> Unit:
        unit = self._unit_factor(1)
        while True:
            token = self.token
            if token.text in ("/", "per", "每") and self._names_unit(self.peek()):
                self.at += 1
                unit = units.multiply(unit, self._unit_factor(1), -1)
            elif token.kind == "op" and token.text == "*" and self._names_unit(self.peek()):
                self.at += 1
            elif (token.kind == "unit" and token.text not in units.CURRENCY) or (token.upright and self._names_unit(token)):
                unit = units.multiply(unit, self._unit_factor(1))
            else:
                return unit

    def _names_unit(self, token: Token) -> bool:
        return token.kind in ("unit", "word") or (token.kind == "letter" and token.text in units.KNOWN)

    def _unit_factor(self, power: int) -> Unit:
        token = self.token
        if token.kind == "word":
            if token.text.lower() in ("square", "sq", "cubic") and self._names_unit(self.peek()):
                self.at += 1
                dimension = 3 if token.text.lower() == "cubic" else 2
                return units.multiply(units.NO_UNIT, self._unit_factor(1), dimension * power)
            known = units.known_unit(token.text)
            if known is not None:
                self.at += 1
                return units.multiply(units.NO_UNIT, known, self._unit_power() * power)
            words, self.at = noun_phrase(self.tokens, self.at)
            return units.multiply(units.NO_UNIT, units.noun(words), power) if words not in NOISE else units.NO_UNIT
        self.at += 1
        base = token.value if isinstance(token.value, Unit) else units.KNOWN[token.text]
        exponent = self._unit_power()
        return units.multiply(units.NO_UNIT, base, exponent * power)

    def _unit_power(self) -> int:
        if self.is_op("^"):
            self.at += 1
            exponent = self.argument()
            if isinstance(exponent, Number) and exponent.value.denominator == 1 and abs(exponent.value) < 10:
                return int(exponent.value)
            raise ParseError("a unit to a power that is no small integer")
        if self.token.kind == "number" and not self.token.space and self.token.text in ("2", "3"):
            return int(self.next().text)
        return 1

    # Powers, postfixes, brackets

    def postfix(self) -> Node:
        from verifier.verifiers.math.atoms import atom, suffix

        self.depth += 1
        if self.depth > NESTING:
            raise OverBudget(f"nested deeper than {NESTING}")
        node = atom(self)
        while (extended := suffix(self, node)) is not None:
            node = extended
        self.depth -= 1
        return node

    def argument(self) -> Node:
        r"""The argument of a command: a braced group, or the next single token."""
        if self.accept("{"):
            return self.braced("}")
        token = self.token
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            self.tokens[self.at] = token._replace(text=token.text[1:], value=integer(int(token.text[1:])))
            return integer(int(token.text[0]))
        from verifier.verifiers.math.atoms import atom

        return atom(self)

    def braced(self, closing: str) -> Node:
        r"""The inside of ``{..}`` up to its end, with ``a \over b``."""
        node = self.fenced(self.listing)
        if self.accept("over"):
            node = Apply("/", (node, self.fenced(self.listing)))
        elif self.accept("choose"):
            node = Apply("binomial", (node, self.fenced(self.listing)))
        self.expect(closing)
        return node

    def fenced(self, parse: Callable[[], Node]) -> Node:
        """Parse inside brackets: bars, cells and differentials of the outside mean nothing there."""
        saved = self.bars, self.in_cell
        self.bars, self.in_cell = 0, False
        node = parse()
        self.bars, self.in_cell = saved
        return node

    def bracketed(self, opening: str) -> Node:
        """The inside of a bracket that was just opened, to its end."""
        if self.is_op(*_CLOSERS[opening]):
            self.at += 1
            return EMPTY if opening in ("\\{", "{") else Group(opening, ")" if opening == "(" else "]", ())
        if opening in ("\\{", "{") and self._builder_bar():
            return self._builder("\\}" if opening == "\\{" else "}")
        if opening == "{":
            return self.braced("}")
        node = self.fenced(self.listing)
        closing = self.expect(*_CLOSERS[opening])
        if opening == "\\{":
            return Group("{", "}", node.items if isinstance(node, Listing) else (node,))
        if opening == "langle":
            opening, closing = "(", ")"
        if isinstance(node, Listing):
            return Group(opening, closing, node.items)
        if (opening == "(") != (closing == ")"):
            raise ParseError("brackets that do not match")
        return node

    def _builder_bar(self) -> bool:
        """Whether the set just opened is ``{x | ..}``: marks its bar."""
        depth, bars = 0, list[int]()
        for index in range(self.at, len(self.tokens)):
            token = self.tokens[index]
            if token.kind != "op":
                continue
            if token.text in _STARTS:
                depth += 1
            elif token.text in (")", "]", "\\}", "}", "rangle"):
                depth -= 1
                if depth < 0:
                    break
            elif not depth and token.text in ("|", "mid", ":"):
                bars.append(index)
        mids = [index for index in bars if self.tokens[index].text != "|"] or (bars if len(bars) % 2 else [])
        if mids:
            self.tokens[mids[0]] = self.tokens[mids[0]]._replace(text="such that")
        return bool(mids)

    def _builder(self, closing: str) -> Node:
        element = self.fenced(self.listing)
        self.expect("such that")
        condition = self.fenced(self.listing)
        self.expect(closing)
        conditions = condition.items if isinstance(condition, Listing) else (condition,)
        if isinstance(element, Relation) and element.operators == ("in",):
            conditions = (element, *conditions)
            element = element.operands[0]
        joint = condition.joint if isinstance(condition, Listing) else ""
        return Apply("builder", (element, _variable(element), Listing(conditions, joint or "and")))


def parse(text: str, notation: Notation) -> tuple[Node, frozenset[str]]:
    """The tree of ``text``, and the notations in it that could be read otherwise.

    Raises :class:`ParseError` or :class:`OverBudget`.
    """
    lexer = Lexer(text, notation)
    parser = Parser(lexer.run(), notation)
    try:
        node = parser.answer()
    except RecursionError:
        raise OverBudget("nested too deeply") from None
    return node, frozenset(lexer.ambiguous | parser.ambiguous)


def negative(node: Node) -> Node:
    match node:
        case Number(value, places):
            return Number(-value, places)
        case Quantity(value, unit):
            return Quantity(negative(value), unit)
        case _:
            return Apply("neg", (node,))


def _exact(left: Number, right: Number) -> bool:
    return left.places is None and right.places is None


def _numeric(node: Node) -> bool:
    return not any(isinstance(part, Symbol | Words) for part in walk(node))


def _variable(element: Node) -> Node:
    """The variable that a set-builder binds; a placeholder when the element is an expression."""
    return element if isinstance(element, Symbol) else Symbol("")


def _unmeasured(node: Node) -> Node:
    return node.value if isinstance(node, Quantity) else node


def _sum(operator: str, left: Node, right: Node) -> Node:
    """``2 + 3 cm``: the unit of the last term measures the sum."""
    if isinstance(right, Quantity) and operator in ("+", "-", "+-"):
        same = isinstance(left, Quantity) and left.unit == right.unit
        if same or not isinstance(left, Quantity):
            return Quantity(Apply(operator, (_unmeasured(left), right.value)), right.unit)
    return Apply(operator, (left, right))


def _scientific(left: Node, right: Node) -> Node:
    """``1.20 * 10^5`` keeps the precision of its mantissa."""
    match left, right:
        case Number(value, int(places)), Apply("^", (Number(Fraction(numerator=10, denominator=1)), Number(power))):
            if power.denominator == 1 and abs(power) <= 400:
                return Number(value * Fraction(10) ** int(power), places - int(power))
        case Number(value, int(places)), Number(scale, None) if scale in (10**2, 10**3, 10**4, 10**6, 10**8, 10**9):
            return Number(value * scale, places - (len(str(scale)) - 1))
        case _:
            pass
    return Apply("*", (left, right))


def _compound(left: Quantity, right: Quantity) -> Quantity:
    """``5 ft 3 in``, ``2 h 30 min``."""
    ratio = right.unit.scale / left.unit.scale
    return Quantity(Apply("+", (left.value, Apply("*", (right.value, Number(ratio))))), left.unit)


def _listing(items: list[Node], joint: str) -> Node:
    """``n = 1, 2, 3`` names all of its values; ``n in S, ...`` does not."""
    first, rest = items[0], items[1:]
    match first, items[-1]:
        case Relation((left, value), (("equiv" | "="),)), Apply("mod", (last, modulus)):
            return Apply("congruent", (left, Listing((value, *rest[:-1], last), "or"), modulus))
        case _:
            pass
    if (
        isinstance(first, Relation)
        and first.operators == ("=",)
        and not any(isinstance(item, Relation) for item in rest)
    ):
        plain = [item for item in rest if not isinstance(item, Apply) or item.head not in ("congruent", "mod")]
        if len(plain) == len(rest):
            return Relation((first.operands[0], Listing((first.operands[1], *rest), joint)), ("=",))
    return Listing(tuple(items), joint)


__all__ = ["Based", "Constant", "Parser", "negative", "parse"]
