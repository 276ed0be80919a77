"""How many of a template's tags are there."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score

Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]


class TagCountOptions(BaseModel):
    """Options of ``tag-count``."""

    model_config = ConfigDict(extra="forbid")

    tags: list[Tag] = Field(
        ["think", "answer"], min_length=1, max_length=8, description="The tags to count, without brackets."
    )
    prompt_opens_think: bool = Field(
        False, description="The prompt ends in the first opening tag: it is not asked for."
    )


@verifier("tag-count")
class TagCount(Verifier[TagCountOptions]):
    """The share of the tags that stand there exactly once, in whatever order.

    Source: open-r1's ``tag_count_reward``, a quarter for each of ``<think>``, ``</think>``, ``<answer>``, ``</answer>``:

        value = number of tags that occur exactly once / number of tags

    Unlike there, line breaks around a tag are not asked for. ``format`` in mode ``graded`` asks for order and content as
    well, and is harder to game; this one is for the first steps of a policy that knows no tags at all.
    """

    Options = TagCountOptions

    def verify(self, sample: Sample) -> Score:
        wanted = [form for tag in self.options.tags for form in (f"<{tag}>", f"</{tag}>")][
            self.options.prompt_opens_think :
        ]
        counts = {tag: sample.text.count(tag) for tag in wanted}
        wrong = [f"{tag} stands {count} times, not once" for tag, count in counts.items() if count != 1]
        value = (len(wanted) - len(wrong)) / len(wanted)
        return Score.of(value, ", ".join(wrong) if wrong else "every tag stands once", detail={"counts": counts})
