"""Whether a completion keeps to a template that the rubric writes out, for formats that are no tags in angle brackets.

    template: "### Thinking\\n{reasoning}\\n### Answer\\n{answer}"

What stands between the slots must be in the completion exactly once and in that order, whatever whitespace is around and between
its words. A slot must be filled, unless its name ends in a question mark. Where the template begins or ends with a fixed text,
nothing but whitespace may stand outside of it. Braces are doubled: ``\\boxed{{{answer}}}``.
"""

import re
from itertools import pairwise
from string import Formatter
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from verifier.registry import Verifier, verifier
from verifier.schema import Sample, Score
from verifier.words import visible


class Part(NamedTuple):
    """A fixed text, and the slot that follows it: empty at the end of a template that ends in a fixed text."""

    fixed: str
    slot: str


_SLOTS = "slots of a template are different names, such as {reasoning} or {remark?}"


def _parts(template: str) -> list[Part]:
    """Raises ValueError for a template that cannot be read."""
    parts: list[Part] = []
    fixed = ""
    for text, slot, _, _ in Formatter().parse(template):  # a doubled brace ends a text, and no slot follows it
        fixed += text
        if slot is not None:
            if not re.fullmatch(r"\w+\??", slot):
                raise ValueError(_SLOTS)
            parts.append(Part(" ".join(fixed.split()), slot))
            fixed = ""
    if fixed.strip():
        parts.append(Part(" ".join(fixed.split()), ""))
    if sum(bool(part.fixed) for part in parts) < 1:
        raise ValueError("a template needs a fixed text")
    if any(not before.slot or (not after.fixed and after.slot) for before, after in pairwise(parts)):
        raise ValueError("between two slots of a template a fixed text is needed")
    names = [part.slot for part in parts if part.slot]
    if len(set(names)) < len(names):
        raise ValueError(_SLOTS)
    fixed = [part.fixed for part in parts if part.fixed]
    if any(one in other for i, one in enumerate(fixed) for j, other in enumerate(fixed) if i != j):
        raise ValueError("no fixed text of a template may be part of another")
    return parts


class TemplateOptions(BaseModel):
    """Options of ``template``."""

    model_config = ConfigDict(extra="forbid")

    template: str = Field(
        "<think>{reasoning}</think> <answer>{answer}</answer>",
        max_length=2_000,
        description="The fixed texts and, in braces, the slots between them.",
    )
    prompt_ends_with: str = Field(
        "", max_length=2_000, description="What of the template the prompt has written already, such as <think>."
    )
    mode: Literal["strict", "graded"] = Field(
        "strict", description="strict: 1 if all requirements are met, else 0. graded: the share that is met."
    )

    @field_validator("template")
    @classmethod
    def _can_be_read(cls, template: str) -> str:
        _parts(template)
        return template


@verifier("template")
class Template(Verifier[TemplateOptions]):
    """The completion keeps to the rubric's template: each fixed text once, in order, every slot filled."""

    Options = TemplateOptions

    def __init__(self, options: TemplateOptions) -> None:
        super().__init__(options)
        self._parts = _parts(options.template)
        self._patterns = {
            part.fixed: re.compile(r"\s*".join(map(re.escape, part.fixed.split())))
            for part in self._parts
            if part.fixed
        }

    def verify(self, sample: Sample) -> Score:
        met = self._requirements(self.options.prompt_ends_with + sample.text)
        missing = [name for name, is_met in met.items() if not is_met]
        value = 1 - len(missing) / len(met) if self.options.mode == "graded" else float(not missing)
        share = (
            f"{len(met) - len(missing)} of {len(met)} requirements are met: " if self.options.mode == "graded" else ""
        )
        why = f"{share}asked for by the template and not so: {missing[0]}" if missing else "keeps to the template"
        return Score.of(value, why, detail={"requirements": met})

    def _requirements(self, text: str) -> dict[str, bool]:
        places = {
            fixed: [match.span() for match in pattern.finditer(text)] for fixed, pattern in self._patterns.items()
        }
        met = {f"{fixed!r} once": len(spans) == 1 for fixed, spans in places.items()}
        whole = all(met.values())
        spans = [spans[0] for spans in places.values() if spans]
        ordered = whole and spans == sorted(spans)
        if len(places) > 1:
            met["in order"] = ordered
        met |= self._filled(text, spans if ordered else None)
        return met

    def _filled(self, text: str, spans: list[tuple[int, int]] | None) -> dict[str, bool]:
        """Whether each slot is filled, and nothing stands outside; all is lost where the fixed texts are not in order."""
        met: dict[str, bool] = {}
        at, following = 0, iter(spans or [])
        edges: list[tuple[str, str]] = []
        slot = None
        for part in self._parts:
            if part.fixed:
                start, end = next(following, (at, at))
                edges.append(("nothing before it" if slot is None else slot, text[at:start]))
                at = end
            slot = part.slot
        edges.append((slot or "nothing behind it", text[at:]))
        for name, inside in edges:
            if name.startswith("nothing "):
                met[name] = spans is not None and not inside.strip()
            elif not name.endswith("?"):
                met[f"{{{name}}} filled"] = spans is not None and bool(visible(inside).strip())
        return met
