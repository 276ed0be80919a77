"""Multiple choice: the completion must commit itself to the right letter, or to the right option's text.

Only the answer region counts: inside ``<answer>``, else what follows the reasoning. In it, in this order (``auto``):

1. the boxes, if there are any;
2. the whole region, when it is nothing but a choice: ``B``, ``(b)``, ``B) Paris``, ``Paris``, ``A, C``;
3. sentences that announce an answer ("the answer is B", "答案：B"), else "I choose B", else "B is correct";
4. a choice alone on the last line or on the first, outside of a list of the options.

What is found first counts, and all of it must agree; so must a last line that is a choice. Different answers,
alternatives ("A or B"), a letter with another option's text, a choice that is only named ("I doubt it is B"), taken back
("wait, no") or not alone ("C is right too") and not made anew behind that, and a list of options without a choice are worth
0. A set of letters counts only as a whole: ``A, C`` is right where the reference is ``AC`` or ``A,C``, in any order, and
nowhere else.
"""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from verifier.registry import Answer, Verifier, Votes, verifier
from verifier.schema import Sample, Score
from verifier.verifiers import response
from verifier.verifiers.choice import region
from verifier.verifiers.choice.besides import besides
from verifier.verifiers.choice.plain import plain
from verifier.verifiers.choice.question import Question, Reading
from verifier.verifiers.choice.reference import accepted_choices, question_of
from verifier.verifiers.choice.unsaid import is_taken_back

ANSWER_CHARS = 100_000
"""A longer answer is worth 0, unread."""
_AS_WELL = re.compile(r"(?:and|or)\b[^.!?,;:\n]*[.!]?\s*$", re.IGNORECASE)
"""A text that only goes on with what came before: "and it may be B"."""
_SHOWN = 3
"""Most accepted choices that an explanation names."""


class ChoiceOptions(BaseModel):
    """Options of ``choice``."""

    model_config = ConfigDict(extra="forbid")

    extract: Literal["auto", "answer", "boxed", "phrase"] = Field(
        "auto",
        description="Where the choice must stand. auto: anywhere that is clear; answer: inside <answer>; boxed: in a "
        "\\boxed{}; phrase: in a sentence that announces it.",
    )


@verifier("choice")
class Choice(Verifier[ChoiceOptions], Votes):
    """The completion chooses the right option of a multiple choice question, and no other."""

    Options = ChoiceOptions

    def verify(self, sample: Sample) -> Score:
        accepted, question = accepted_choices(sample)
        return _verdict(self._chosen(sample.text, question), accepted, question)

    def final_answer(self, sample: Sample) -> Answer:
        reading = self._chosen(sample.text, question_of(sample))
        letters = ", ".join(sorted(reading.letters))
        return Answer("", None, reading.fault) if reading.fault else Answer(letters, letters, "the choice")

    def _chosen(self, completion: str, question: Question) -> Reading:
        """What a completion chooses, or the fault."""
        regions = response.split(completion)
        if self.options.extract == "answer" and regions.answer is None:
            return Reading(fault="the completion has no <answer>")
        answer = regions.final if regions.answer is None else regions.answer
        if len(answer) > ANSWER_CHARS:
            return Reading(fault=f"worth 0: an answer of more than {ANSWER_CHARS:,} characters")
        text = plain(answer)
        reading = self._read(answer, text, question) or Reading(fault="no choice found in the answer")
        if len(reading.letters) == 1 and is_taken_back(text, *reading.letters):
            return Reading(fault=f"{', '.join(reading.letters)} is chosen, and taken back")
        other = besides(text, question, *reading.letters) if len(reading.letters) == 1 else None
        if other is None:
            return reading
        rest = text[other.end :].lstrip(" ?!.,;:")
        if not _AS_WELL.match(rest) and self._read(rest, plain(rest), question) == reading:
            return reading  # what follows chooses anew: the other was on the way
        if other.instead and not text[other.end :].strip(" .!)") and not besides(text, question, other.letter):
            return Reading(frozenset(other.letter))
        return Reading(fault=f"{', '.join(reading.letters)} is chosen, and {other.letter} as well or instead")

    def _read(self, answer: str, text: str, question: Question) -> Reading:
        """What an answer chooses, ``text`` without its markup."""
        match self.options.extract:
            case "boxed":
                return region.boxed(answer, question) or Reading(fault="no \\boxed{} in the answer")
            case "phrase":
                return region.announced(text, question)
            case _:
                return region.boxed(answer, question) or region.unboxed(text, question)


def _verdict(reading: Reading, accepted: list[frozenset[str]], question: Question) -> Score:
    if reading.fault:
        return Score.of(0.0, reading.fault)
    extracted = ", ".join(sorted(reading.letters))
    if reading.letters in accepted:
        return Score.of(1.0, f"chooses {extracted}, the reference", extracted=extracted)
    unknown = sorted(letter for letter in reading.letters if not question.has(letter))
    if unknown:
        reason = f"{unknown[0]} is not one of the options"
    elif len(reading.letters) > 1 and all(len(letters) == 1 for letters in accepted):
        reason = f"several different answers: {extracted}"
    else:
        wanted = " or ".join(", ".join(sorted(letters)) for letters in accepted[:_SHOWN])
        reason = f"chooses {extracted}, and the reference is {wanted}"
    return Score.of(0.0, reason, extracted=extracted)
