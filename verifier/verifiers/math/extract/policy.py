"""The policies of extraction. Only the answer region is looked at: what stands before ``</think>`` never pays."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from verifier.verifiers.math.boxed import Box, boxes, unwrapped
from verifier.verifiers.math.budgets import ANSWER_CHARS, REGION_CHARS
from verifier.verifiers.math.extract.computation import is_derivation
from verifier.verifiers.math.extract.denial import (
    committed,
    gives_up,
    is_announcement,
    is_denied,
    is_question,
    is_supposed,
    is_task,
    without_dropped,
)
from verifier.verifiers.math.extract.measure import boxed_with_unit
from verifier.verifiers.math.extract.offers import offered
from verifier.verifiers.math.extract.parts import assigned, in_line, labelled
from verifier.verifiers.math.extract.phrases import (
    CONCLUSION,
    CORRECTION,
    FINAL,
    RETRACTION,
    Introduction,
    introductions,
)
from verifier.verifiers.math.extract.rejection import is_introduced_in_doubt, is_rejected, rejects, taken_back
from verifier.verifiers.math.extract.sections import asserted, of_json, under_heading, without_cancelled, without_struck
from verifier.verifiers.math.extract.sentence import expression, is_chinese_sentence, one_formula, spelled_out
from verifier.verifiers.math.extract.spans import (
    Span,
    first_sentence,
    has_value,
    sentences,
    trimmed,
    unbolded,
    without_period,
)
from verifier.verifiers.math.options import MathOptions
from verifier.verifiers.math.parse.prose import is_program
from verifier.verifiers.math.parse.special import choice
from verifier.verifiers.response import split

_RUNS = re.compile(r"(\s)\s{4,}|([^\w\s(){}\[\]])\2{40,}")
"""Long runs of one character, which would cost the patterns of sentences quadratic time."""
LEAD_CHARS = 80
"""How far before a box the words stand that single it out."""
STATEMENTS = 6
"""Most statements of an answer that are compared with the last one."""
_THOUSANDS = re.compile(r"(?<=\d)\{,\}(?=\d{3})")
_FULL_STOP = re.compile(r"．(?!\d)")
_SOLUTION = re.compile(r"\s*【(?:分析|详解|解析|点评|点睛|考点)】")
"""Where a Chinese answer key goes on to explain its answer."""
BOXES = 64
"""Most boxes whose surroundings are looked at."""
_ALTERNATIVES = re.compile(
    r"</answer>\W*(?:or|or\s+maybe|alternatively|或者?|ou|oder|o|или)\W*<answer>(?!.*<answer>)",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(r"^[ \t]*(?:>\s+(?=\*\*)|[-*•]\s+(?=\$|\*\*|[A-Za-z(\\]))", re.MULTILINE)
"""Marks of quotes and of lists."""
_FENCED = re.compile(r"\s*```[a-z]*\s*\n([^\n`]*)\n\s*```\s*")
"""A single line between fences."""
_CHATTER = re.compile(
    r"\s*(?:let me know|feel free|i hope|hope (?:this|that)|if you(?:['’]d| would| have| need| want)|would you like|do you want|"
    r"please (?:let|feel)|is there anything|happy to)\b",
    re.IGNORECASE,
)
_CHOICES = re.compile(r"\s*(?:[-*]?[ \t]*\(?[A-J][.)][ \t][^\n]*(?:\n+|$)){2,}")
"""Nothing but the choices, which is the question over again."""
_BETWEEN = re.compile(r"\beither\s+\(?[A-J]\)?\s+or\s+\(?[A-J]\b(?!\s*=)")
_BOUNDED = re.compile(r"\d\s*\D?(?:以[上下内]|或更[多少大小高低])$")
_NAMED = re.compile(r"[\s$]*\\[a-zA-Z]+\s*=([^=]+)")
r"""A value behind a bare name: ``\lim = 1``."""
_IDENTIFIES = re.compile(
    r"(?<=[\w})])\s*(?:\\(?:text|mathrm|textrm|mbox)\s*\{\s*|\s)(?:is|are|being|as)\s+(?:the|an?|our)\s+(?!not\b)(?:(?!\b(?:not|no|if|or|but|wrong|incorrect)\b)[^{}\d$\\]){2,60}\}?\s*$"
)
_REASONED = re.compile(r"\\text\s*\{\s*\(\s*(?:since|because|as)\b.*\)\s*\}?\s*$")
r"""A reason behind a value: ``12 \text{ (since } 3 \cdot 4 = 12)``."""
_RESTATED = re.compile(
    r"(.*[a-z%])(?<!\bof)(?<!\bfrom)(?<!\bin)(?<!\bat)(?<!\bto)\s+\((\d[^()]*[a-z]{3}[^()]*|-?[$€£]?\d[\d.,/]*%?)\)|(\$?\d[\d.,/]*%?)\s+\((-?[$€£]?\d[\d.,/]*%?)\)",
    re.DOTALL,
)
"""A value in two units, which have to agree: "122 minutes (2 hours and 2 minutes)"."""
_MARK = r"<\|(?:im_start|im_end|endoftext|eot_id|end|end_of_text|start_header_id|user|assistant)\|>|</s>"
_END = re.compile(_MARK)
_TEMPLATE = re.compile(
    rf"{_MARK}|"
    r"\n[^\S\n]*(?:Q|Question|Problem|Human|User)\s*\d*\s*:"
)
"""Where a completion goes on with another question."""


class Found(NamedTuple):
    """The final answer of a completion, or the reason that there is none."""

    answers: tuple[str, ...]
    """Usually one. Several when different boxes share the answer: together they may answer a reference that is a set."""
    how: str
    """Where they were found, or why nothing was, in words."""
    whole: str = ""
    """The text that the answer was cut from, where that could be an answer as it stands: "all $n > 3$"."""
    last: str = ""
    """The last sentence, where an answer in words may stand."""
    exclaimed: bool = False
    """Whether the mark at the end of the answer may be one of exclamation, and no factorial: "The answer is 42!"."""


def extract(text: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found:
    """Find the final answer of a completion. ``is_math`` says whether a text reads as mathematics by itself."""
    response = split(text)
    if not response.final.strip():
        return Found((), "no answer region: the reasoning was never closed" if response.reasoning else "it is empty")
    policy = options.extraction
    if policy == "answer_tag" or (policy == "auto" and response.answer is not None):
        if response.answer is None:
            return Found((), "there is no <answer>")
        if _ALTERNATIVES.search(response.final) and options.several == "reject":
            return Found((), "one <answer> or another")
        return _inside_answer(response.answer, options, is_math)
    text = without_struck(response.final)
    if (ends := _END.search(text)) and boxes(text[: ends.start()]):
        text = text[: ends.start()]
    boxed = _from_boxes(text, options, is_math) if policy in ("boxed", "auto") else None
    if boxed is not None and len(boxed.answers) > 1 and policy == "auto":
        boxed = _stated_after(text, is_math) or boxed
    if boxed is not None:
        return boxed
    if policy == "boxed":
        return Found((), "there is no box")
    if (value := of_json(text)) is not None:
        return _inside_answer(value, options, is_math)._replace(how="the key of a JSON object that says answer")
    return _final(text, is_math)


def _inside_answer(answer: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found:
    answer = without_struck(answer)
    boxed = _from_boxes(answer, options, is_math)
    if boxed is not None:
        return boxed._replace(how=f"<answer>, {boxed.how}")
    if (value := of_json(answer)) is not None:
        answer = value
    if not answer.strip():
        return Found((), "the <answer> is empty")
    text = _plain(answer[:REGION_CHARS])
    if len(sentences(text)) > 1 or introductions(text):
        found = _final(text, is_math)
        return found._replace(how=f"<answer>, {found.how}")
    return _of_sentence(text, "<answer>", is_math)


def _of_sentence(sentence: str, how: str, is_math: Callable[[str], bool], introduction: str = "") -> Found:
    """The value of a sentence, unless the sentence only says what it is not."""
    sentence = without_dropped(sentence)
    value = expression(sentence, is_math)
    if (named := _NAMED.fullmatch(value)) and not is_math(value) and is_math(named[1]):
        value = named[1]
    bare = value.split(" \\text{")[0]
    start = max(sentence.rfind(bare), 0)
    before, after = introduction + sentence[:start], sentence[start + len(bare) :]
    if is_denied(before, bare, after) or rejects(before, after) or _BOUNDED.search(bare):
        return Found((), "it is only said what the answer is not, or how large it is at most", trimmed(sentence))
    if "##" in value and len(forms := [form.strip() for form in value.split("##")]) > 1 and all(map(is_math, forms)):
        return Found(tuple(forms), how, trimmed(sentence))
    restated = _RESTATED.fullmatch(value)
    twice = tuple(side.replace(" and ", " ") for side in restated.groups() if side) if restated else ()
    exclaimed = value.endswith("!") and (introduction or sentence.strip() != value) and not value.startswith("$")
    return Found(
        twice if twice and all(map(is_math, twice)) else (value,), how, trimmed(sentence), exclaimed=bool(exclaimed)
    )


def _from_boxes(text: str, options: MathOptions, is_math: Callable[[str], bool]) -> Found | None:
    found = boxes(text)
    if not found:
        return None
    last = found[-1]
    if last.content is None:
        return Found((), "the last box is never closed")
    if not last.content.strip():
        return Found((), "the last box is empty")
    rest = text[last.end : last.end + REGION_CHARS]
    if (after := taken_back(rest)) is not None:
        stated = _final(rest[after:], is_math) if has_value(rest[after:]) else Found((), "nothing")
        return stated._replace(how=f"the box is taken back; then {stated.how}")
    if options.corrections == "last" and (corrected := _corrected(rest, is_math)) is not None:
        return corrected
    complete = [box for box in found if box.content is not None and box.content.strip()]
    stood = _stood_by(text, complete)
    if not stood:
        rest = _plain(rest)
        said = _final(rest, is_math) if introductions(rest) and has_value(rest) else None
        return said or Found((), "the box is only said not to be the answer, or supposed")
    measured = _with_units(text, stood, is_math)
    contents = tuple(dict.fromkeys(measured))
    if len(contents) == 1 and options.several == "reject" and (other := offered(rest, is_math)):
        value, corrects = other
        if corrects and options.corrections == "last":
            return Found((value,), "behind the box, which it corrects")
        return Found((*contents, value), "the box, and another answer behind it")
    if len(contents) == 1 or options.several == "last":
        how = "the box" if len(contents) == 1 else "the last box"
        if not contents[-1].strip(" $"):
            return Found((), "the box is struck out")
        if len(contents[-1]) <= ANSWER_CHARS and (
            one_formula(contents[-1], is_math) or is_chinese_sentence(contents[-1], is_math)
        ):
            return _of_sentence(contents[-1], how, is_math)
        return Found(contents[-1:], how)
    return _of_several(text, stood, measured, options)


def _corrected(rest: str, is_math: Callable[[str], bool]) -> Found | None:
    """What is stated as the answer behind the last box, where words before that take the box back: "Wait. .. The answer is 4"."""
    rest = _plain(rest)
    if (retraction := RETRACTION.search(rest)) is None:
        return None
    rest = rest[retraction.end() :]
    stated = None if any("would" in phrase.text for phrase in introductions(rest)) else _stated(rest, is_math)
    if stated is None or len(stated.answers) != 1 or not is_math(stated.answers[0]):
        return None
    return stated._replace(how="behind the box, which is taken back")


def _stood_by(text: str, found: list[Box]) -> list[Box]:
    """The boxes that the words around them do not reject; of many boxes, only the last ones are looked at."""
    stood = found[:-BOXES]
    for before, box in zip([None, *found][-BOXES - 1 :], found[-BOXES:], strict=False):
        if not is_rejected(text, box.start, box.end, before.end if before else 0):
            stood.append(box)
    return stood


def _unlabelled(content: str, is_math: Callable[[str], bool]) -> str:
    r"""The content of a box without the words that identify its value: ``9 \text{ is the largest such integer}``."""
    match = _IDENTIFIES.search(content) or _REASONED.search(content)
    value = content[: match.start()] if match else ""
    return value if is_math(value) and not value.strip(" $").isalpha() else content


def _with_units(text: str, found: list[Box], is_math: Callable[[str], bool]) -> list[str]:
    """What is in each box, with the unit around it; a box without one takes over that of another with the same content."""
    bare = [_unlabelled(without_cancelled(unwrapped(box.content or "")), is_math) for box in found]
    full = bare[:-BOXES] + [
        boxed_with_unit(text, Span(box.start, box.end, content), is_math)
        for box, content in zip(found[-BOXES:], bare[-BOXES:], strict=True)
    ]
    units: dict[str, set[str]] = {}
    for content, measured in zip(bare, full, strict=True):
        if measured != content:
            units.setdefault(content, set()).add(measured)
    return [next(iter(own)) if len(own := units.get(content, set())) == 1 else measured
            for content, measured in zip(bare, full, strict=True)]  # fmt: skip


def _stated_after(text: str, is_math: Callable[[str], bool]) -> Found | None:
    """Where different boxes are no answer: what a phrase calls the final answer after the last of them."""
    rest = _plain(text[boxes(text)[-1].end :])
    return _final(rest, is_math) if FINAL.search(rest) and introductions(rest) else None


def _of_several(text: str, found: list[Box], measured: list[str], options: MathOptions) -> Found:
    """Of different boxes the last counts alone only if words single it out."""
    contents = tuple(dict.fromkeys(measured))
    between = [text[a.end : b.start] for a, b in pairwise(found)]
    if options.corrections == "last" and CORRECTION.search(between[-1]):
        return Found(contents[-1:], "the last box, which corrects an earlier one")
    before = [text[max(0, box.start - LEAD_CHARS) : box.start] for box in found]
    for named in (FINAL.search, introductions, CONCLUSION.search):
        if named(between[-1][-LEAD_CHARS:]) and not any(named(lead) for lead in before[:-1]):
            return Found(contents[-1:], "the box named the final answer")
    return Found(contents, f"{len(contents)} different boxes")


def _plain(text: str) -> str:
    """``text`` up to where a chat template goes on, without long runs."""
    if fenced := _FENCED.fullmatch(text):
        text = fenced[1]
    before = _TEMPLATE.split(text, maxsplit=1)[0]
    text = _FULL_STOP.sub("。", before if before.strip() else text)
    text = _THOUSANDS.sub(",", text) if "{,}" in text else text
    return _RUNS.sub(lambda match: match.group()[:4], text)


def _final(text: str, is_math: Callable[[str], bool]) -> Found:
    text = _MARKDOWN.sub("", in_line(_plain(text[-REGION_CHARS:]), is_math))
    if "【" in text and has_value(answer := _SOLUTION.split(text, maxsplit=1)[0]):
        text = answer
    marker = text.rfind("####")
    if marker >= 0 and text[marker + 4 :].strip():
        return Found((expression(text[marker + 4 :].strip().split("\n")[0], is_math),), "after ####")
    body = under_heading(text)
    if body is not None and not introductions(text[text.rfind(body) :]):
        text = body
    stated = _stated(text, is_math)
    if stated is not None:
        return stated
    return _last_expression(text, is_math)


def _stated(text: str, is_math: Callable[[str], bool]) -> Found | None:
    """What phrases introduce as the answer; None where there is no such phrase."""
    phrases = [phrase for phrase in introductions(text) if text[phrase.end :].strip()]
    if not phrases:
        return None
    stated = [phrase for phrase in phrases if not is_supposed(text[: phrase.start])
              and not is_introduced_in_doubt(text, phrase.end)]  # fmt: skip
    if not stated:
        rest = "\n".join(sentences(text[phrases[-1].end :])[1:])
        return (
            _last_expression(rest, is_math) if has_value(rest) else Found((), "an answer is only supposed, or doubted")
        )
    last = stated[-1]
    sentence = first_sentence(text[last.end :].strip())
    rest = text[last.end :].strip()[len(sentence) :]
    if re.match(r"\?\s*no\b", rest, re.IGNORECASE):
        return Found((), "an answer is asked for, and denied")
    if (retraction := RETRACTION.search(rest)) and has_value(rest[retraction.end() :]):
        found = _last_expression(rest[retraction.end() :], is_math)
        return found._replace(how=f"after '{retraction.group().strip(' .')}', which takes an answer back")
    if taken_back(rest) is not None:
        return Found((), "the answer is taken back")
    found = _of_sentence(sentence, f"after '{last.text.strip()}'", is_math, last.text)
    others = _other_statements(text, stated, is_math) if found.answers and is_math(found.answers[0]) else ()
    if found.answers and (other := offered(rest, is_math)):
        others = (*others, other[0])
    if not others:
        return found
    return Found((*others, *found.answers), f"{len(others) + 1} different statements of an answer")


def _other_statements(text: str, phrases: list[Introduction], is_math: Callable[[str], bool]) -> tuple[str, ...]:
    """Answers that were stated before the last one, and that nothing took back since."""
    last, others = phrases[-1], list[str]()
    for phrase in phrases[-STATEMENTS:-1]:
        between = text[phrase.end : last.end]
        sentence = first_sentence(text[phrase.end :].strip())
        taken_back = CORRECTION.search(between) or (FINAL.search(last.text) and not FINAL.search(phrase.text))
        if not taken_back:
            found = _of_sentence(sentence, "", is_math, phrase.text)
            others += [answer for answer in found.answers if is_math(answer)]
    return tuple(dict.fromkeys(others))


def _last_expression(text: str, is_math: Callable[[str], bool]) -> Found:
    """Without any mark: the whole response if it is mathematics, else the value of the last sentence that has one."""
    whole = without_period(unbolded(text))
    if is_program(text):
        return Found((whole[-200:],), "the whole response, a program")
    is_whole = len(whole) < 200 and not is_derivation(whole)
    if is_whole and ((picked := choice(whole)) is not None and picked.plain):
        return Found((whole,), "the whole response")
    if _CHOICES.fullmatch(text):
        return Found((), "the choices are only listed")
    spoken = [sentence for sentence in sentences(text) if not _CHATTER.match(sentence)]
    found = asserted((sentence for sentence in spoken if not is_announcement(sentence)), text) or spoken or [text]
    if is_whole and whole.endswith(("?", "？")) and is_math(whole):
        return Found((), "it is only asked whether that is the answer")
    if is_whole and len(spoken) < 2 and is_math(whole):
        return _of_sentence(whole, "the whole response", is_math)
    if (several := _parts(text, is_math) or _assignments(found)) is not None:
        return several
    if found and _BETWEEN.search(found[-1]):
        return Found((), "one choice or another")
    if gives_up(found[-1]):
        return Found((), "it gives up")
    valued = next((sentence for sentence in reversed(found) if has_value(sentence) and _says_something(sentence)), None)
    if valued is not None and is_task(found[-1]) and not has_value(found[-1]):
        return Found((), "it is only asked, or set as a task")
    if valued is None:
        last = next(filter(_says_something, reversed(found)), text)
        answer = _of_sentence(last, "the last sentence", is_math)._replace(last=last)
        return answer._replace(whole=whole) if is_whole and answer.answers else answer
    if found and found[-1] is not valued and (counted := spelled_out(found[-1], valued, is_math)) is not None:
        return Found((counted,), "the number that the last sentence spells out", last=found[-1])
    if is_question(valued, text):
        return Found((), "it is only asked whether that is the answer")
    answer = _of_sentence(valued, "the last sentence with a value", is_math)._replace(last=found[-1])
    return answer._replace(whole=whole) if is_whole else answer


def _parts(text: str, is_math: Callable[[str], bool]) -> Found | None:
    """The values of (a), (b) and so on."""
    bodies = labelled(text)
    values = [_of_sentence(first_sentence(body), "", is_math).answers for body in bodies]
    given = [value[0] for value in values if len(value) == 1 and is_math(value[0])]
    if not bodies or len(given) != len(bodies):
        return None
    whole = " ".join(f"({label}) {value}" for label, value in zip("abcde", given, strict=False))
    return Found((whole,), f"{len(given)} parts")


def _assignments(found: list[str]) -> Found | None:
    """The values of several names, one in each of the last sentences."""
    values = [trimmed(sentence).rstrip(";") for sentence in assigned(found)]
    return Found((", ".join(values),), f"the values of {len(values)} names") if values else None


def _says_something(sentence: str) -> bool:
    """Whether anything is left of a sentence without what it rejects."""
    return bool(trimmed(committed(" , " + sentence)).strip(" ,"))
