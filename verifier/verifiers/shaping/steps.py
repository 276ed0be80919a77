"""Whether the reasoning shows its steps."""

import re
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.verifiers.units import Region, region_of
from verifier.words import words

_BEFORE_MARKER = re.compile(r"[\n.!?:。！？：]")
_MARKER = re.compile(
    r"""[ \t>]*+(?:
        (?:\*\*|\#{1,4}[ ])?(?:step|étape|schritt|paso|passo|stap|шаг|крок|krok|adım|bước|langkah)
            [ ]?(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)\b[*.:)]*
      | (?:\*\*)?第[一二三四五六七八九十\d]{1,3}步[：:，,]?
      | \d{1,3}[.)][ ] | [-*•][ ]
      | (?:first(?:ly)?|second(?:ly)?|third(?:ly)?|next|then|after[ ]that|finally|lastly|to[ ]begin[ ]with
          |d'abord|ensuite|puis|enfin|premièrement|(?:deux|trois)ièmement|zuerst|zunächst|dann|danach|schließlich|(?:ers|zwei|drit)tens
          |primero|segundo|tercero|luego|después|finalmente
          |prima|poi|infine|primeiro|depois|por[ ]fim|eerst|daarna|ten[ ]slotte|сначала|затем|потом|наконец)\b,?
      | (?:首先|其次|然后|接着|接下来|最后|まず|次に|それから|最後に|먼저|다음으로|그다음|마지막으로)[，,、]?
    )""",
    re.VERBOSE | re.IGNORECASE,
)
FEWEST_WORDS = 3
"""So many different words make a step."""


class ReasoningStepsOptions(BaseModel):
    """Options of ``reasoning-steps``."""

    model_config = ConfigDict(extra="forbid")

    steps: int = Field(3, ge=1, le=100, description="So many steps are worth 1.")
    region: Region = Field(
        "reasoning", description="The part that is judged; the completion where it has no reasoning."
    )


@verifier("reasoning-steps")
class ReasoningSteps(Verifier[ReasoningStepsOptions]):
    """Steps that are marked as such: ``Step 1:``, ``2.``, bullets, "First", "然后", ...

    Source: open-r1's ``reasoning_steps_reward``:

        value = min(1, number of marked steps / steps)

    Unlike there, a marker counts only where at least three words follow that no other step consists of: a column of bullets or
    the same step three times is no reasoning.
    """

    Options = ReasoningStepsOptions

    def verify(self, sample: Sample) -> Score:
        text = region_of(sample.text, self.options.region) or sample.text
        markers = list(_markers(text))
        ends = [marker.start() for marker in markers[1:]] + [len(text)]
        said = {_words(text[marker.end() : end]) for marker, end in zip(markers, ends, strict=False)} - {()}
        found = len(said)
        value = min(1.0, found / self.options.steps)
        return Score.of(
            value,
            f"{found} steps of reasoning, and {self.options.steps} make the full score",
            detail={"steps": found, "markers": len(markers)},
        )


def _markers(text: str) -> Iterator[re.Match[str]]:
    """The markers, each at the start of a line or behind what ends a sentence."""
    end = 0
    for start in (0, *(before.end() for before in _BEFORE_MARKER.finditer(text))):
        if start >= end and (marker := _MARKER.match(text, start)):
            yield marker
            end = marker.end()


def _words(step: str) -> tuple[str, ...]:
    """What a step says; nothing, when that is too little."""
    found = words(step[:400])
    different = dict(zip(*found, strict=True))
    return tuple(found.texts) if sum(different.values()) >= FEWEST_WORDS else ()
