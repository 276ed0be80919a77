"""What a response without a box states as its answer: behind a phrase that introduces it, else in its last sentences."""

import re
from collections.abc import Callable

from verifier.verifiers.math.budgets import REGION_CHARS
from verifier.verifiers.math.extract.computation import is_derivation
from verifier.verifiers.math.extract.denial import (
    committed,
    gives_up,
    is_announcement,
    is_question,
    is_supposed,
    is_task,
)
from verifier.verifiers.math.extract.found import Found, of_sentence
from verifier.verifiers.math.extract.offers import offered
from verifier.verifiers.math.extract.parts import assigned, in_line, labelled
from verifier.verifiers.math.extract.phrases import CORRECTION, FINAL, RETRACTION, Introduction, introductions
from verifier.verifiers.math.extract.rejection import is_introduced_in_doubt, taken_back
from verifier.verifiers.math.extract.sections import asserted, under_heading
from verifier.verifiers.math.extract.sentence import expression, spelled_out
from verifier.verifiers.math.extract.spans import (
    first_sentence,
    has_value,
    sentences,
    trimmed,
    unbolded,
    without_period,
)
from verifier.verifiers.math.parse.prose import is_program
from verifier.verifiers.math.parse.special import choice

_RUNS = re.compile(r"(\s)\s{4,}|([^\w\s(){}\[\]])\2{40,}")
"""Long runs of one character, which would cost the patterns of sentences quadratic time."""
STATEMENTS = 6
"""Most statements of an answer that are compared with the last one."""
_THOUSANDS = re.compile(r"(?<=\d)\{,\}(?=\d{3})")
_FULL_STOP = re.compile(r"．(?!\d)")
_SOLUTION = re.compile(r"\s*【(?:分析|详解|解析|点评|点睛|考点)】")
"""Where a Chinese answer key goes on to explain its answer."""
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
MARK = r"<\|(?:im_start|im_end|endoftext|eot_id|end|end_of_text|start_header_id|user|assistant)\|>|</s>"
_TEMPLATE = re.compile(
    rf"{MARK}|"
    r"\n[^\S\n]*(?:Q|Question|Problem|Human|User)\s*\d*\s*:"
)
"""Where a completion goes on with another question."""


def plain(text: str) -> str:
    """``text`` up to where a chat template goes on, without long runs."""
    if fenced := _FENCED.fullmatch(text):
        text = fenced[1]
    before = _TEMPLATE.split(text, maxsplit=1)[0]
    text = _FULL_STOP.sub("。", before if before.strip() else text)
    text = _THOUSANDS.sub(",", text) if "{,}" in text else text
    return _RUNS.sub(lambda match: match.group()[:4], text)


def final(text: str, is_math: Callable[[str], bool]) -> Found:
    text = _MARKDOWN.sub("", in_line(plain(text[-REGION_CHARS:]), is_math))
    if "【" in text and has_value(answer := _SOLUTION.split(text, maxsplit=1)[0]):
        text = answer
    marker = text.rfind("####")
    if marker >= 0 and text[marker + 4 :].strip():
        return Found((expression(text[marker + 4 :].strip().split("\n")[0], is_math),), "after ####")
    body = under_heading(text)
    if body is not None and not introductions(text[text.rfind(body) :]):
        text = body
    stated = introduced(text, is_math)
    if stated is not None:
        return stated
    return last_expression(text, is_math)


def introduced(text: str, is_math: Callable[[str], bool]) -> Found | None:
    """What phrases introduce as the answer; None where there is no such phrase."""
    phrases = [phrase for phrase in introductions(text) if text[phrase.end :].strip()]
    if not phrases:
        return None
    stated = [phrase for phrase in phrases if not is_supposed(text[: phrase.start])
              and not is_introduced_in_doubt(text, phrase.end)]  # fmt: skip
    if not stated:
        rest = "\n".join(sentences(text[phrases[-1].end :])[1:])
        return (
            last_expression(rest, is_math) if has_value(rest) else Found((), "an answer is only supposed, or doubted")
        )
    last = stated[-1]
    sentence = first_sentence(text[last.end :].strip())
    rest = text[last.end :].strip()[len(sentence) :]
    if re.match(r"\?\s*no\b", rest, re.IGNORECASE):
        return Found((), "an answer is asked for, and denied")
    if (retraction := RETRACTION.search(rest)) and has_value(rest[retraction.end() :]):
        found = last_expression(rest[retraction.end() :], is_math)
        return found._replace(how=f"after '{retraction.group().strip(' .')}', which takes an answer back")
    if taken_back(rest) is not None:
        return Found((), "the answer is taken back")
    found = of_sentence(sentence, f"after '{last.text.strip()}'", is_math, last.text)
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
            found = of_sentence(sentence, "", is_math, phrase.text)
            others += [answer for answer in found.answers if is_math(answer)]
    return tuple(dict.fromkeys(others))


def last_expression(text: str, is_math: Callable[[str], bool]) -> Found:
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
        return of_sentence(whole, "the whole response", is_math)
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
        answer = of_sentence(last, "the last sentence", is_math)._replace(last=last)
        return answer._replace(whole=whole) if is_whole and answer.answers else answer
    if found and found[-1] is not valued and (counted := spelled_out(found[-1], valued, is_math)) is not None:
        return Found((counted,), "the number that the last sentence spells out", last=found[-1])
    if is_question(valued, text):
        return Found((), "it is only asked whether that is the answer")
    answer = of_sentence(valued, "the last sentence with a value", is_math)._replace(last=found[-1])
    return answer._replace(whole=whole) if is_whole else answer


def _parts(text: str, is_math: Callable[[str], bool]) -> Found | None:
    """The values of (a), (b) and so on."""
    bodies = labelled(text)
    values = [of_sentence(first_sentence(body), "", is_math).answers for body in bodies]
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
