"""The 24 game and its kin (Countdown): make a number from given numbers, each used exactly once, by + - * / and brackets.

The sample's ``answer`` is the numbers, and the target behind ``=`` where it is not the option's: ``"4 7 8 8"``, ``[4, 7, 8, 8]``,
``"3, 5, 7, 50 = 85"``. No solution is needed: any expression that uses the numbers and comes to the target is right.
"""

import re
from collections import Counter
from fractions import Fraction
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from verifier.errors import Unjudgeable
from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.logic.expression import Malformed, Value, evaluate
from verifier.verifiers.logic.region import answer

_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_PUZZLE = re.compile(
    rf"\s*\[?(?P<numbers>(?:{_NUMBER.pattern}[\s,;]*)+)\]?(?:\s*(?:=|->|→|to)\s*(?P<target>-?{_NUMBER.pattern}))?\s*"
)
_ANNOUNCED = re.compile(
    r"(?:answer|solution|expression|equation|result|one way|答案|解|式)[^:=：\n]{0,40}?(?:is|:|：|是|为)\s*",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(
    r"[-+*/×÷·∙⋅∗✕✖⁄∕－＋＊／−–xX()\[\]（）\d.\s{}$=＝]|\\(?:[dt]?frac|times|cdot|div|ast|left|right|[(),;!\[\]])"
)


class Game24Options(BaseModel):
    """Options of ``game24``."""

    model_config = ConfigDict(extra="forbid")

    target: int = Field(24, ge=-(10**9), le=10**9, description="The number to make, for samples that name none.")
    all_numbers: bool = Field(True, description="Every number must be used. Else any of them, as in Countdown.")


class Puzzle(NamedTuple):
    """The numbers, and what to make of them."""

    numbers: Counter[Fraction]
    target: Fraction


@verifier("game24")
class Game24(Verifier[Game24Options]):
    """An expression uses the given numbers, each exactly once, and comes to 24."""

    Options = Game24Options

    def verify(self, sample: Sample) -> Score:
        puzzle = self._puzzle(sample)
        region, fault = answer(sample.text)
        if fault:
            return Score.of(0.0, fault)
        expression, fault = _expression(region, puzzle, all_numbers=self.options.all_numbers)
        if fault:
            return Score.of(0.0, fault, extracted=region)
        try:
            found = evaluate(expression)
        except Malformed as error:
            return Score.of(0.0, f"no expression: {error}", extracted=expression)
        fault = self._fault(found, puzzle)
        return Score.of(float(not fault), fault or f"comes to {puzzle.target}", extracted=expression)

    def _puzzle(self, sample: Sample) -> Puzzle:
        references = sample.references
        text = (
            " ".join(references)
            if all(map(_NUMBER.fullmatch, references))
            else references[0]
            if len(references) == 1
            else ""
        )
        match = _PUZZLE.fullmatch(text)
        if match is None:
            raise Unjudgeable(
                "the answer of a 24 game is its numbers, such as '4 7 8 8', [4, 7, 8, 8] or '3 5 7 50 = 85'"
            )
        numbers = [Fraction(number) for number in _NUMBER.findall(match["numbers"])]
        if len(numbers) > 20:
            raise Unjudgeable("a 24 game of more than 20 numbers")
        return Puzzle(Counter(numbers), Fraction(match["target"] or self.options.target))

    def _fault(self, found: Value, puzzle: Puzzle) -> str:
        used = Counter(found.numbers)
        if extra := used - puzzle.numbers:
            number = next(iter(extra))
            given = puzzle.numbers[number]
            return (
                f"uses {number} {used[number]} times, given {given} times"
                if given
                else f"uses {number}, which is not given"
            )
        if self.options.all_numbers and (missing := puzzle.numbers - used):
            return f"does not use {next(iter(missing))}"
        return "" if found.value == puzzle.target else f"comes to {found.value}, not {puzzle.target}"


def _expression(region: str, puzzle: Puzzle, *, all_numbers: bool) -> tuple[str, str]:
    """The one expression of an answer, without ``= 24``, and what is wrong; different expressions are no answer.

    Intermediate steps, which use fewer numbers than are given, are no expressions where all of them have to be used.
    """
    lines = [line.strip().strip("*`$").rstrip(".。,;") for line in region.splitlines()]
    announced = [_ANNOUNCED.split(line)[-1] for line in lines if _ANNOUNCED.search(line)]
    sides = [_left_side(part, puzzle.target) for line in announced or lines for part in _arithmetic(line)]
    sides = [side.strip() for side in sides if _operates(side)]
    if not sides:
        return "", "no expression in the answer"
    if all_numbers:
        whole = [side for side in sides if len(_NUMBER.findall(side)) >= puzzle.numbers.total()]
        sides = whole or [max(sides, key=len)]
    if different := len({"".join(side.split()) for side in sides}) - 1:
        return "", f"{different + 1} different expressions"
    return sides[0], ""


def _arithmetic(line: str) -> list[str]:
    """The stretches of a line that are arithmetic."""
    stretches: list[str] = []
    start = end = 0
    for match in _EXPRESSION.finditer(line):
        if match.start() != end:
            stretches.append(line[start:end])
            start = match.start()
        end = match.end()
    return [*stretches, line[start:end]]


def _left_side(text: str, target: Fraction) -> str:
    """An equation's first side that is an expression, where the others come to the target; else all of it, which is none."""
    sides = [side for side in re.split("[=＝]", text) if side.strip(" ${}\\")]
    numbers = [side for side in sides if re.fullmatch(r"[ $()]*-?\d{1,12}[ $()]*", side)]
    rest = [side for side in sides if side not in numbers]
    stated = all(Fraction(side.strip(" $()")) == target for side in numbers)
    return rest[0] if rest and stated and all(_comes_to(side, target) for side in rest[1:]) else text


def _comes_to(side: str, target: Fraction) -> bool:
    try:
        return evaluate(side).value == target
    except Malformed:
        return False


def _operates(text: str) -> bool:
    return bool(
        re.search(r"\d", text) and re.search(r"[-+*/×÷·∙⋅∗✕✖⁄∕－＋＊／−–xX]|\\(?:[dt]?frac|times|cdot|div)", text)
    )
