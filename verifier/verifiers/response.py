"""The regions of a completion: its reasoning, and the part that may hold an answer.

Only the answer region pays. What stands before the last ``</think>`` is reasoning, whether the completion or its prompt
opened the block; a ``<think>`` that is never closed leaves no answer at all. Tags are matched exactly, as in the R1
template. The tokens that end a turn (``<|im_end|>``, ``</s>``) are no part of an answer that a sampler left them behind.
"""

import re
from typing import NamedTuple

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
ANSWER_OPEN, ANSWER_CLOSE = "<answer>", "</answer>"

_ENDS_OF_TURN = tuple(
    "<|im_end|> <|endoftext|> <|eot_id|> <|end_of_text|> <|end|> <|return|> <end_of_turn> <｜end▁of▁sentence｜> </s>".split()
)


class Response(NamedTuple):
    """A completion, cut at its tags."""

    reasoning: str
    """The chain of thought; empty when there are no think tags."""
    final: str
    """What follows the reasoning, up to the end of the turn: the only region that may hold an answer. Empty when the reasoning
    is never closed."""
    answer: str | None
    """The inside of the last ``<answer>`` in ``final``; None when there is none. An answer that is not closed runs to
    the end, because samplers strip ``</answer>`` where it is their stop string."""


def split(text: str) -> Response:
    """Cut a completion into its regions."""
    close = text.rfind(THINK_CLOSE)
    if text.find(THINK_OPEN, close + 1 if close >= 0 else 0) >= 0:
        return Response(text, "", None)
    if close < 0:
        final = text[: _end_of_turn(text)]
        return Response("", final, _answer(final))
    reasoning = text[:close].lstrip().removeprefix(THINK_OPEN)
    final = text[close + len(THINK_CLOSE) : max(close + len(THINK_CLOSE), _end_of_turn(text))]
    return Response(reasoning, final, _answer(final))


def _end_of_turn(text: str) -> int:
    """Where the tokens start with which a text ends; its length, where it ends in none."""
    end = before = len(text)
    while True:
        while before and text[before - 1].isspace():
            before -= 1
        token = next((token for token in _ENDS_OF_TURN if text.endswith(token, 0, before)), "")
        if not token:
            return end
        end = before = before - len(token)


def _answer(final: str) -> str | None:
    opened = final.rfind(ANSWER_OPEN)
    if opened < 0:
        return None
    inside = final[opened + len(ANSWER_OPEN) :]
    closed = inside.find(ANSWER_CLOSE)
    return inside if closed < 0 else inside[:closed]


_BOX_TOKEN = re.compile(r"\\(?:boxed|fbox)\s*+(?:\{|(?<=\s)(?P<bare>[^\s\\{}$]++))|\\.|[{}]", re.DOTALL)
_BOX_IN_A_BOX = re.compile(r"\s*\\(?:boxed|fbox)\s*+\{([^{}]*+(?:\{[^{}]*+\}[^{}]*+)*+)\}\s*")


def boxes(text: str) -> list[str]:
    """The inside of each outermost ``\\boxed{...}`` (or ``\\boxed 5``), in order.

    A box that is never closed holds nothing: ``""``. What several different boxes are worth is the caller's to decide;
    a broken last one must not revive an earlier one. Time is linear in the length of the text.
    """
    found: list[str] = []
    start = depth = 0
    for token in _BOX_TOKEN.finditer(text):
        opens = token[0].endswith("{") and token[0] != "\\{"
        if depth:
            depth += opens - (token[0] == "}")
            if not depth:
                inside = text[start : token.start()]
                nested = _BOX_IN_A_BOX.fullmatch(inside)
                found.append(nested[1] if nested else inside)
        elif token["bare"]:
            found.append(token["bare"].rstrip(".,;:!?"))
        elif opens and len(token[0]) > 1:
            start, depth = token.end(), 1
    return [*found, ""] if depth else found
