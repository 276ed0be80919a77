"""The math verifier: what the engine calls."""

from functools import lru_cache
from itertools import product

from verifier.errors import ServiceFault, Unjudgeable
from verifier.registry import Answer, Budget, Comparison, Verifier, Votes, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.math.budgets import CACHED, SYMBOLIC_WALL_S
from verifier.verifiers.math.extract import Found, extract
from verifier.verifiers.math.extract.computation import is_tautology
from verifier.verifiers.math.extract.sentence import in_one_value, is_chinese_sentence, statements
from verifier.verifiers.math.judge import Judgement, NotUnderstood, judge
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.reading import read
from verifier.verifiers.math.symbolic.client import CLIENT, START_S, Allowance
from verifier.verifiers.math.tree import Group, Listing, Relation, Words
from verifier.verifiers.math.vote import MathComparison
from verifier.verifiers.references import named


@verifier("math")
class Math(Verifier[MathOptions], Votes):
    """Whether the final answer of the completion equals the reference."""

    Options = MathOptions

    @classmethod
    def prepare(cls) -> None:
        CLIENT.start()

    def verify(self, sample: Sample) -> Score:
        """Judge one sample. Raises :class:`Unjudgeable` where no reference can be understood, and
        :class:`ServiceFault` when the symbolic worker is broken (or nothing decides, by the option ``undecided``)."""
        references = [reference for reference in sample.references if reference.strip()]
        if not references:
            raise Unjudgeable("the sample has no reference answer")
        found = find(sample.text, self.options)
        if not found.answers and not self._verbatim(references, found):
            self._understand(references)
            return Score.of(0.0, f"no final answer: {found.how}")
        return self._judge(references, found)

    def budget(self, sample: Sample) -> Budget:
        """Our own CPU time is small and bounded; the wall clock waits for the symbolic worker, which has limits of its own:
        where the machine is too busy to keep them, that is an error, and must not come to be a verdict."""
        return Budget(cpu_s=2.0, wall_s=START_S + 2 * SYMBOLIC_WALL_S * (1 + len(sample.references)))

    def final_answer(self, sample: Sample) -> Answer:
        found = find(sample.text, self.options)
        if not found.answers:
            return Answer("", None, f"no final answer: {found.how}")
        text, _ = self._single(found)
        return Answer(text, read(text).key or text, found.how)

    def comparison(self) -> Comparison:
        return MathComparison(self.options)

    def _verbatim(self, references: list[str], found: Found) -> bool:
        """Whether all of what was said is a reference, word for word: no formula is to be cut out of it."""
        return bool(found.whole) and any(
            is_same_text(reference, found.whole) or self._says(reference, found.whole) for reference in references
        )

    def _says(self, reference: str, whole: str) -> bool:
        """Whether all of what was said gives a reference in words: "Yes, because 7 is odd"."""
        wanted = read(reference_text(reference))
        words = isinstance(wanted.node, Words) and not wanted.fault and not wanted.over_budget
        return words and judge(wanted.text, whole, self.options).verdict.equal is True

    def _understand(self, references: list[str]) -> None:
        """An unusable reference is the sample's fault, whatever the completion lacks."""
        if all(read(reference_text(reference)).fault for reference in references):
            raise Unjudgeable(f"the reference cannot be understood: {read(references[0]).fault}")

    def _judge(self, references: list[str], found: Found) -> Score:
        answer, several = (found.whole, False) if self._verbatim(references, found) else self._single(found)
        judgements: list[Judgement] = []
        fault = ""
        answers = (answer, answer.rstrip("!")) if found.exclaimed and not several else (answer,)
        for reference, answer in product(references, answers):
            if is_tautology(answer) and "=" in reference:
                return Score.of(0.0, "the answer says that something equals itself", extracted=answer)
            try:
                judgement = judge(reference_text(reference), answer, self.options)
            except NotUnderstood as reason:
                fault = str(reason)
                continue
            judgements.append(judgement)
            if judgement.verdict.equal and not (several and not _is_collection(judgement)):
                return self._score(judgement, found, answer, [judgement.reference.text])
        if not judgements:
            raise Unjudgeable(f"the reference cannot be understood: {fault}")
        if several:
            return Score.of(0.0, f"no final answer: {found.how}", extracted=answer)
        if said := self._said(references, found):
            return self._score(said, found, said.answer.text, [said.reference.text])
        undecided = [judgement for judgement in judgements if judgement.verdict.equal is None]
        if undecided and self.options.undecided == "error":
            raise ServiceFault(f"the answer could not be judged: {undecided[0].verdict.why}")
        return self._score((undecided or judgements)[0], found, answer, [*map(reference_text, references)])

    def _said(self, references: list[str], found: Found) -> Judgement | None:
        """The judgement on a statement of the last sentence that gives a reference in words: "So the winner is Alice"."""
        for reference in map(reference_text, references):
            if isinstance(read(reference).node, Words) and not read(reference).fault:
                for statement in statements(found.last or found.whole):
                    if (judgement := judge(reference, statement, self.options)).verdict.equal:
                        return judgement
        return None

    def _single(self, found: Found) -> tuple[str, bool]:
        """The answers as one text, and whether there are several that differ."""
        first, *rest = found.answers
        allowance = Allowance(self.options.symbolic_cpu_s)  # one for all: their number is the completion's choice
        distinct = [first, *(text for text in rest if not self._same(first, text, allowance))]
        return ", ".join(distinct), len(distinct) > 1

    def _same(self, first: str, other: str, allowance: Allowance) -> bool:
        try:
            return any(
                judge(*sides, self.options, allowance).verdict.equal for sides in ((first, other), (other, first))
            )
        except NotUnderstood:
            return False

    def _score(self, judgement: Judgement, found: Found, answer: str, references: list[str]) -> Score:
        verdict = judgement.verdict
        outcome = {True: "equal to", False: "different from", None: "worth 0, as it could not be compared with"}
        return Score.of(
            1.0 if verdict.equal else 0.0,
            f"{outcome[verdict.equal]} {named(references)}: {verdict.why}",
            extracted=answer,
            detail={
                "tier": verdict.tier,
                "found": found.how,
                "reference": judgement.reference.shown,
                "answer": judgement.answer.shown,
            },
        )


@lru_cache(maxsize=CACHED)
def reference_text(reference: str) -> str:
    """The answer that a reference states, where it is a whole solution (its box, or what follows ####) or says its value in a
    Chinese sentence."""
    marked = any(mark in reference for mark in ("\\boxed", "\\fbox", "####"))
    short = not marked and (len(reference) < SOLUTION_CHARS or is_math(reference))
    if short and not is_chinese_sentence(reference, is_math):
        return in_one_value(reference) or reference
    found = extract(reference, _REFERENCE, is_math)
    return ", ".join(_distinct(found.answers)) if found.answers else reference


def _distinct(answers: tuple[str, ...]) -> list[str]:
    """``answers`` without those that say the same as the first, in another way."""
    return [text for text in answers if text == answers[0] or not is_same_text(text, answers[0])]


SOLUTION_CHARS = 120
"""Shortest reference that may be a whole solution, though it has no box."""
_REFERENCE = MathOptions(several="reject", extraction="auto")


def _is_collection(judgement: Judgement) -> bool:
    node = judgement.reference.node
    value = node.operands[-1] if isinstance(node, Relation) else node
    return isinstance(value, Group | Listing)


def is_math(text: str) -> bool:
    """Whether ``text`` reads as mathematics by itself, or as words that stand for some."""
    return not isinstance(read(text).node, Words)


def is_same_text(reference: str, answer: str) -> bool:
    """Whether two texts are the same but for style."""
    wanted = read(reference_text(reference))
    return bool(wanted.key) and wanted.key == read(answer).key


_DEFAULTS = MathOptions()


def find(completion: str, options: MathOptions = _DEFAULTS) -> Found:
    """The final answer of a completion, by the policy of ``options``."""
    return extract(completion, options, is_math)


def equal(reference: str, answer: str, options: MathOptions = _DEFAULTS) -> bool | None:
    """Whether an answer, already extracted, equals a reference; None where no tier decides.

    Raises :class:`NotUnderstood` for a malformed reference, and ServiceFault when the symbolic worker is broken.
    """
    return judge(reference_text(reference), answer, options).verdict.equal
