"""The parser's place in the tokens, and what the parts of the grammar ask of the whole."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.parse.tokens import Notation, Token
from verifier.verifiers.math.tree import Node


class Cursor(ABC):
    """Where the parser stands. Each abstract method is one level of binding of the grammar."""

    def __init__(self, tokens: list[Token], notation: Notation) -> None:
        self.tokens = tokens
        self.notation = notation
        self.ambiguous: set[str] = set()
        self.at: int = 0
        self.depth = 0
        self.bars = 0
        self.integrals = 0
        self.in_cell = False
        self.outward = False

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def is_kind(self, *kinds: str) -> bool:
        return self.tokens[self.at].kind in kinds

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

    def fenced(self, parse: Callable[[], Node]) -> Node:
        """Parse inside brackets: bars, cells and differentials of the outside mean nothing there."""
        saved = self.bars, self.in_cell
        self.bars, self.in_cell = 0, False
        node = parse()
        self.bars, self.in_cell = saved
        return node

    @abstractmethod
    def listing(self) -> Node:
        """A list of relations, or a single one."""

    @abstractmethod
    def set_operation(self) -> Node:
        """Unions and intersections of ratios."""

    @abstractmethod
    def additive(self) -> Node:
        """Sums of terms."""

    @abstractmethod
    def relation(self) -> Node:
        """A relation, or what would be one side of it."""

    @abstractmethod
    def term(self) -> Node:
        """Products of factors, with their units."""

    @abstractmethod
    def unary(self) -> Node:
        """A factor with its signs."""

    @abstractmethod
    def postfix(self) -> Node:
        """An atom with what follows it."""

    @abstractmethod
    def atom(self) -> Node:
        """A number, a name, a bracket, a function or a command."""

    @abstractmethod
    def argument(self) -> Node:
        """The argument of a command: a braced group, or the next single token."""

    @abstractmethod
    def braced(self, closing: str) -> Node:
        """The inside of braces up to ``closing``."""

    @abstractmethod
    def bracketed(self, opening: str) -> Node:
        """The inside of a bracket that was just opened, to its end."""
