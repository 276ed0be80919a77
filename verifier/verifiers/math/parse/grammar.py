"""Tokens to a tree: a recursive descent parser, one method for each level of binding, loosest first."""

from verifier.verifiers.math.budgets import DEPTH, ITEMS, NESTING, NODES, OverBudget
from verifier.verifiers.math.parse.arithmetic import (
    applied,
    combined,
    composed,
    compound,
    exact,
    negative,
    product,
    total,
)
from verifier.verifiers.math.parse.atoms import atom
from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.lexer import Lexer
from verifier.verifiers.math.parse.measures import is_unit, measured, unit
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.parse.suffixes import suffix
from verifier.verifiers.math.parse.tokens import Notation, Token
from verifier.verifiers.math.tree import (
    DOTS,
    EMPTY,
    IMAGINARY,
    Apply,
    Cases,
    E,
    Group,
    Listing,
    Matrix,
    Node,
    Number,
    Quantity,
    Ratio,
    Relation,
    Symbol,
    depth,
    integer,
    walk,
)

_RELATIONS = frozenset(
    "= != < <= > >= ~ equiv in notin subset supset subsetneq supsetneq cong sim -> => <=> parallel perp propto".split()
)

_SET_OPERATIONS = {"cup": "union", "cap": "intersection", "setminus": "minus"}

_CLOSERS = {"(": (")", "]"), "[": ("]", ")"), "\\{": ("\\}",), "{": ("}",), "langle": ("rangle",)}

MEASURES = 20
"""Most units and words behind one value: each looks through all of it."""
_STARTS = frozenset(("(", "[", "\\{", "{", "langle", "lfloor", "lceil"))


class Parser(Cursor):
    """Parses one text. Raises :class:`ParseError` where it is no mathematics, :class:`OverBudget` where it is too large."""

    def atom(self) -> Node:
        return atom(self)

    def answer(self) -> Node:
        """All of the text."""
        while self.token.kind == "separator" or self.is_op("=", "~", "=>"):
            self.at += 1
        node = self.listing()
        if self.accept("over"):
            node = Apply("/", (node, self.listing()))
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
        while self.token.kind == "separator" or self._is_membership():
            if self._is_membership():
                self.at += 1
                items.append(self.relation())
                self.expect(")")
                continue
            found = self._separators()
            if found is None or self.is_kind("end") or self.token.text in (")", "]", "}", "\\}", "&", "rangle"):
                break
            joint = found or joint
            items.append(self.relation())
            if len(items) > ITEMS:
                raise OverBudget(f"a list of more than {ITEMS} items")
        return items[0] if len(items) == 1 else _listing(items, joint)

    def _is_membership(self) -> bool:
        """Whether ``(k in Z)`` stands here, behind what it is said of."""
        return self.is_op("(") and self.peek().kind == "letter" and self.peek(2).text == "in"

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
        while self.token.kind == "op" and (self.token.text in _RELATIONS or self._divides()):
            operators.append(self.next().text)
            if operators[-1] in ("=", "~") and self.is_op("=", "~", "<", ">"):
                continue_with = self.next().text
                operators[-1] = {"<": "<=", ">": ">="}.get(continue_with, operators[-1])
            operands.append(self.set_operation())
        self.depth -= 1
        return self._modulo(Relation(tuple(operands), tuple(operators)) if operators else operands[0])

    def _divides(self) -> bool:
        r"""Whether ``\mid`` stands here outside of all brackets, where it is no condition."""
        return self.token.text == "mid" and self.depth == 1

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
            case Relation((divisor, number), ("mid",)) if modulus is None:
                return Apply("congruent", (number, integer(0), divisor))
            case Relation(_, operators) if "mid" in operators:
                raise ParseError("a condition without brackets")
            case Relation(operands, operators) if modulus is None and "equiv" in operators:
                return Relation(operands, tuple("=" if sign == "equiv" else sign for sign in operators))
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
        if any(isinstance(item, Matrix | Group | Cases) for item in items[1:]):
            raise ParseError("a ratio of what are no numbers")
        return Ratio(tuple(items))

    def additive(self) -> Node:
        left = self.term()
        while self.token.kind == "op" and self.token.text in ("+", "-", "+-", "-+"):
            operator = self.next().text
            left = total(operator, left, self.term())
        return left

    def term(self) -> Node:
        left = self.unary()
        measures = 0
        while True:
            token = self.token
            if token.kind == "op" and token.text in ("*", "/", "mod", "cross"):
                left = self._explicit(left)
            elif token.text == "circ":
                self.at += 1
                left = composed(left, self.unary())
            elif token.text == "..." and (self.peek().text == "}" or (isinstance(left, Apply) and left.head == "*")):
                self.at += 1
                left = Apply("*", (left, DOTS))
                if self._starts_factor(self.token):
                    left = Apply("*", (left, self.unary()))
            elif token.kind == "word" or is_unit(self, left):
                measures += 1
                quantity = measured(self, left) if measures <= MEASURES else None
                if quantity is None:
                    return left
                left = quantity
            elif self._starts_factor(token):
                left = self._implicit(left)
            else:
                return left

    def _explicit(self, left: Node) -> Node:
        operator = self.next().text
        right = self.unary()
        if operator == "/" and self._starts_factor(self.token) and not is_unit(self, right):
            self.ambiguous.add("tight")
            while self.notation.tight and self._starts_factor(self.token) and not is_unit(self, right):
                right = Apply("*", (right, self.unary()))
        if (
            operator == "/"
            and isinstance(left, Number)
            and isinstance(right, Number)
            and right.value
            and exact(left, right)
        ):
            return Number(left.value / right.value)
        if operator == "*":
            return product(left, right)
        return (combined(operator, left, right) if operator == "/" else None) or Apply(operator, (left, right))

    def _implicit(self, left: Node) -> Node:
        token = self.token
        behind = self.peek(-1).text
        if token.kind == "number" and self.peek().text != "^" and behind != "!" and not isinstance(left, Quantity):
            raise ParseError("a number directly behind a factor, such as x2")
        if token.kind == "number" and isinstance(left, Quantity) and self.is_after_word():
            raise ParseError("a sentence")
        right = self.unary()
        if isinstance(left, Apply) and left.head == "compose":
            return applied(left, right)
        if isinstance(left, Quantity) and is_unit(self, right):
            right = Quantity(right, unit(self))
        if isinstance(left, Quantity) and token.kind == "number" and not isinstance(right, Quantity):
            raise ParseError("a number behind a unit")
        if isinstance(left, Quantity) and isinstance(right, Quantity) and left.unit.dimension == right.unit.dimension:
            return compound(left, right)
        return combined("*", left, right) or Apply("*", (left, right))

    def is_after_word(self) -> bool:
        return self.tokens[self.at - 1].kind == "word"

    def _starts_factor(self, token: Token) -> bool:
        kind = token.kind
        if self._is_letter_union():
            return False
        if kind == "op":
            if (token.text == "(" and self.peek().text == "mod") or self._is_membership():
                return False
            if token.text == "[" and self.outward:
                return False
            return (
                token.text in _STARTS or (token.text == "|" and not self.bars) or (token.text == "||" and not self.bars)
            )
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

    def postfix(self) -> Node:
        self.depth += 1
        if self.depth > NESTING:
            raise OverBudget(f"nested deeper than {NESTING}")
        node = self.atom()
        while (extended := suffix(self, node)) is not None:
            node = extended
        self.depth -= 1
        return node

    def argument(self) -> Node:
        r"""The argument of a command: a braced group, or the next single token."""
        if self.accept("{"):
            return self.braced("}")
        token = self.token
        if token.kind == "number" and token.text.isdigit():
            first, rest = token.text[0], token.text[1:]
            self.at += not rest
            if rest:
                self.tokens[self.at] = token._replace(text=rest, value=integer(int(rest)))
            return integer(int(first))
        if token.kind == "letter" and self.peek().kind == "number" and not self.peek().space:
            self.at += 1
            return {"i": IMAGINARY, "e": E}.get(token.text, Symbol(token.text))
        return self.atom()

    def braced(self, closing: str) -> Node:
        r"""The inside of ``{..}`` up to its end, with ``a \over b``."""
        node = self.fenced(self.listing)
        if self.accept("over"):
            node = Apply("/", (node, self.fenced(self.listing)))
        elif self.accept("choose"):
            node = Apply("binomial", (node, self.fenced(self.listing)))
        self.expect(closing)
        return node

    def bracketed(self, opening: str) -> Node:
        """The inside of a bracket that was just opened, to its end."""
        if self.is_op(*_CLOSERS[opening]):
            self.at += 1
            return EMPTY if opening in ("\\{", "{") else Group(opening, ")" if opening == "(" else "]", ())
        if opening in ("\\{", "{") and self._builder_bar():
            return self._builder("\\}" if opening == "\\{" else "}")
        if opening == "{":
            node = self.braced("}")
            return Group("{", "}", node.items) if isinstance(node, Listing) else node
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
        if opening == "[" and not isinstance(node, Number):
            self.ambiguous.add("floor")
            return Apply("floor", (node,)) if self.notation.floor else node
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
        variable = element if isinstance(element, Symbol) else Symbol("")  # an expression binds none
        return Apply("builder", (element, variable, Listing(conditions, joint or "and")))


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


def _listing(items: list[Node], joint: str) -> Node:
    """``n = 1, 2, 3`` names all of its values; ``n in S, ...`` does not."""
    first, rest = items[0], items[1:]
    match first, items[-1]:
        case Relation((left, value), (("equiv" | "="),)), Apply("mod", (last, modulus)):
            return Apply("congruent", (left, Listing((value, *rest[:-1], last), "or"), modulus))
        case Relation((left, value), ("=",)), _ if not any(map(_is_statement, rest)):
            return Relation((left, Listing((value, *rest), joint)), ("=",))
        case _:
            return Listing(tuple(items), joint)


def _is_statement(node: Node) -> bool:
    return isinstance(node, Relation) or (isinstance(node, Apply) and node.head in ("congruent", "mod"))
