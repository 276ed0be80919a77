"""Environments: matrices, cases and systems of equations."""

from verifier.verifiers.math.budgets import ITEMS, OverBudget
from verifier.verifiers.math.parse import commands
from verifier.verifiers.math.parse.cursor import Cursor
from verifier.verifiers.math.parse.parity import parity
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.tree import Apply, Cases, Listing, Matrix, Node, Relation, Symbol, Words

_OTHERWISE = Symbol("otherwise")

_CONDITIONAL = frozenset(("if", "for", "when", "where", "otherwise", "else", "当", "其他"))

_CASES = ("cases", "dcases", "rcases")


def environment(p: Cursor, name: str) -> Node:
    rows = _rows(p, name)
    if name in commands.MATRICES:
        width = {len(row) for row in rows}
        if len(width) != 1:
            raise ParseError("a matrix with rows of different lengths")
        matrix = Matrix(tuple(map(tuple, rows)))
        return Apply("det", (matrix,)) if name == "vmatrix" else matrix
    rows = _split(rows) if name in _CASES else rows
    if name in _CASES and all(len(row) == 2 for row in rows):
        return Cases(tuple((row[0], None if row[1] == _OTHERWISE else row[1]) for row in rows))
    if name in commands.SYSTEMS:
        items = [cell for row in rows for cell in row]
        return items[0] if len(items) == 1 else Listing(tuple(items), "and")
    raise ParseError(f"unknown environment {name}")


def _split(rows: list[list[Node]]) -> list[list[Node]]:
    """Rows of cases whose conditions stand behind a comma, and no ``&``: ``1, n = 1``."""
    pairs: list[list[Node]] = []
    for row in rows:
        match row:
            case [Listing((value, Relation(), *_) as items, "")] if not isinstance(value, Relation):
                pairs.append([value, items[1] if len(items) == 2 else Listing(items[1:], "")])
            case _:
                return rows
    return pairs


def _rows(p: Cursor, name: str) -> list[list[Node]]:
    rows: list[list[Node]] = [[]]
    saved, p.in_cell = (p.bars, p.in_cell), True
    p.bars = 0
    while not (p.token.kind == "command" and p.token.text == f"end {name}"):
        if p.token.kind == "end" or sum(map(len, rows)) > ITEMS:
            raise ParseError("a matrix that never ends") if p.token.kind == "end" else OverBudget("a large matrix")
        if p.token.kind == "separator":
            if p.next().text == "newline":
                rows.append([])
        elif name not in commands.MATRICES and p.is_op("=") and not rows[-1] and len(rows) > 1 and rows[-2]:
            rows[-2][-1] = _continued(p, rows[-2][-1])
        elif not p.accept("&"):
            _cell(p, rows[-1], aligned=name not in commands.MATRICES)
    p.at += 1
    p.bars, p.in_cell = saved
    return [row for row in rows if row]


def _continued(p: Cursor, left: Node) -> Node:
    """``x = 3/2`` and in the next row ``= 1.5``: one chain."""
    p.next()
    operands, operators = (left.operands, left.operators) if isinstance(left, Relation) else ((left,), ())
    return Relation((*operands, p.set_operation()), (*operators, "="))


def _condition(p: Cursor) -> Node:
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
    text = " ".join(words)
    return parity(text) or Words(text)


def _cell(p: Cursor, row: list[Node], *, aligned: bool) -> None:
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
