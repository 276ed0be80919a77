"""Runs of Chinese, Japanese and Korean text, cut into numerals, scales, units, separators and words."""

import re
from collections.abc import Callable
from fractions import Fraction

from verifier.verifiers.math import units
from verifier.verifiers.math.parse import numerals
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.parse.tokens import Kind, Token
from verifier.verifiers.math.tree import Node, Number

SEPARATORS = {"or": "or", "and": "and", "或": "or", "或者": "or", "和": "and", "与": "and", "及": "and", "且": "and",
               "et": "and", "oder": "or", "und": "and", "ou": "or", "или": "or", "и": "and", "y": "", "또는": "or",
               "または": "or"}  # fmt: skip
_WORDS_OF_ONE = re.compile("一[共起样定般直些]")
"""Words that begin with one, and count nothing: 一共 is "altogether"."""
_DENIAL = re.compile("不是|不满足|不符合|不合|不成立|应?舍去")
_CHINESE_DECIMAL = re.compile(f"({numerals.CHINESE.pattern})点({numerals.CHINESE.pattern})")
_CJK_PARTS = "比 又 每 分之 百分之 一半 半 负 根号 点 等于 万 萬 亿 億 千 百 만 억".split()
_CJK_WORDS = re.compile(
    "|".join(
        sorted((*(k for k in (*units.KNOWN, *SEPARATORS) if ord(k[0]) > 0x2FFF), *_CJK_PARTS), key=len, reverse=True)
    )
)

Emit = Callable[[Kind, str, Node | units.Unit | None], None]


def cut(text: str, tokens: list[Token], emit: Emit) -> None:
    """Emit the tokens of a run behind ``tokens``."""
    position = 0
    while position < len(text):
        if (point := _CHINESE_DECIMAL.match(text, position)) and (value := numerals.chinese_decimal(*point.groups())):
            emit("number", point.group(), value)
            position = point.end()
            continue
        numeral = None if _WORDS_OF_ONE.match(text, position) else numerals.CHINESE.match(text, position)
        known = _CJK_WORDS.match(text, position)
        if known and not (numeral and numeral.end() > known.end()):
            _word(known.group(), tokens, emit)
            position = known.end()
        elif numeral and (whole := numerals.chinese(numeral.group())) is not None:
            emit("number", numeral.group(), Number(whole))
            position = numeral.end()
        elif _DENIAL.match(text, position):
            raise ParseError("words that deny what stands before them")
        else:
            emit("word", text[position:], None)
            return


def _word(word: str, tokens: list[Token], emit: Emit) -> None:
    after_number = bool(tokens) and tokens[-1].kind == "number"
    if word in SEPARATORS:
        emit("separator", SEPARATORS[word], None)
    elif word in numerals.SCALES and after_number:
        emit("op", "*", None)
        emit("number", word, Number(Fraction(numerals.SCALES[word])))
    elif word in units.KNOWN:
        emit("unit", word, units.KNOWN[word])
    elif word == "负":
        emit("op", "-", None)
    elif word == "比" and after_number:
        emit("op", ":", None)
    elif word == "又" and after_number:
        emit("op", "-" if tokens[-2:-1] and tokens[-2].text == "-" else "+", None)
    elif word == "等于":
        emit("op", "=", None)
    elif word in ("一半", "半"):
        emit("number", word, Number(Fraction(1, 2)))
    elif word == "根号":
        emit("command", "sqrt", None)
    else:
        emit("word", word, None)
