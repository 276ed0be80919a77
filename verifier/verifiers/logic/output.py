"""What a program prints or returns, predicted by the completion: the literal in the answer is the one of the reference.

The sample's ``answer`` is the output as it would be printed, or its ``repr``: ``"[1, 2]"``, ``"'ab'"``, ``"3\\n4"``. Literals
are compared by value and by type: ``[1,2]`` is ``[1, 2]``, ``'a'`` is ``"a"``, but ``1`` is not ``1.0``, nor ``True``, nor
``'1'``. What is no literal is compared as text, line by line, without regard to whitespace at the ends of lines. Nothing is run.
"""

import re

from pydantic import BaseModel, ConfigDict, Field

from verifier.errors import Unjudgeable
from verifier.registry import Answer, Comparison, Verifier, Votes, verifier
from verifier.schema import Sample, Score
from verifier.verifiers import lead_in
from verifier.verifiers.logic import literal
from verifier.verifiers.logic.region import answer
from verifier.verifiers.references import named

_FENCE = re.compile(r"```[^\n`]*\n(?P<fenced>.*?)\n?```|`(?P<code>[^`\n]+)`", re.DOTALL)
_TAG_OPEN, _TAG_CLOSE = "[ANSWER]", "[/ANSWER]"  # where the prompts of CRUXEval ask for the answer
_LEAD_IN = re.compile(
    r"^(?:(?:so|thus|therefore|hence)\b,?\s*)?"
    rf"(?:(?:the\s+)?(?:final\s+)?(?:answer|output|result|return value|printed output|function returns|program prints)"
    r"|it returns|it prints"
    rf"|{lead_in.ARTICLE}(?:(?:输出|返回|运行)(?:结果|值)?|出力|출력|ausgabe|sortie|salida|saída|вывод|आउटपुट|{lead_in.NOUN}))"
    rf"(?:\s+(?:is|will be|would be)\b|{lead_in.IS})?\s*[:：]?\s*"
    r"|^>>>\s*|^assert\s+.*==\s*|^\w+\(.*\)\s*==?\s*",
    re.IGNORECASE,
)
_ENDS = re.compile(r"(?:です|입니다)?[.。]?\s*$")


class OutputOptions(BaseModel):
    """Options of ``output``."""

    model_config = ConfigDict(extra="forbid")

    tuples_are_lists: bool = Field(False, description="(1, 2) is [1, 2]: for references that came through JSON.")
    quotes: bool = Field(True, description="A string needs its quotes where the reference has them. Else ab is 'ab'.")


@verifier("output")
class Output(Verifier[OutputOptions], Votes):
    """The predicted output of a program is the one that it has."""

    Options = OutputOptions

    def verify(self, sample: Sample) -> Score:
        if not sample.references:
            raise Unjudgeable("the sample has no reference output")
        region, fault = answer(sample.text)
        if fault:
            return Score.of(0.0, fault)
        said = _said(region)
        for form in (said, _without_lead_in(said)):
            for reference in sample.references:
                if self.same(form, reference):
                    return Score.of(1.0, f"the output of {named([reference])}", extracted=said)
        return Score.of(0.0, f"another output than {named(sample.references)}", extracted=said)

    def final_answer(self, sample: Sample) -> Answer:
        region, fault = answer(sample.text)
        said = "" if fault else _without_lead_in(_said(region)).strip()
        return Answer(said, said, "the answer") if said else Answer("", None, fault or "no output in the answer")

    def comparison(self) -> Comparison:
        return OutputComparison(self)

    def same(self, said: str, reference: str) -> bool:
        """Whether a predicted output is that of the reference."""
        if _lines(said) == _lines(reference):
            return True
        mine_reads, mine = literal.read(said)
        theirs_reads, theirs = literal.read(reference)
        if mine_reads and theirs_reads:
            return literal.same(mine, theirs, tuples_are_lists=self.options.tuples_are_lists)
        if self.options.quotes:
            return False
        return (mine_reads and mine == reference.strip()) or (theirs_reads and theirs == said.strip())


class OutputComparison(Comparison):
    """Two outputs are the same where each would be right were the other the reference."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def quick(self, one: Answer, other: Answer) -> bool | None:
        return self._output.same(one.text, other.text) and self._output.same(other.text, one.text)


def _said(region: str) -> str:
    """The output in an answer: the inside of its tags, its one fence or its one piece of code, else all of it."""
    inside, closed, behind = region.partition(_TAG_OPEN)[2].partition(_TAG_CLOSE)
    region = inside.strip() if closed and _TAG_OPEN not in behind else region
    found = list(_FENCE.finditer(region))
    return (found[0]["fenced"] or found[0]["code"] or "").strip("\n") if len(found) == 1 else region


def _without_lead_in(text: str) -> str:
    if len(text) >= 2_000:
        return text
    said = _LEAD_IN.sub("", text.strip(), count=1).strip()
    for mark in ("**", "$"):
        said = said.removeprefix(mark).removesuffix(mark) if said.startswith(mark) and said.endswith(mark) else said
    return _ENDS.sub("", said, count=1)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
