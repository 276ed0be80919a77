r"""Text to tokens. LaTeX, plain text and Unicode all become the same few kinds of token."""

import re
from fractions import Fraction

from verifier.verifiers.math import units
from verifier.verifiers.math.budgets import DIGITS, NESTING, OverBudget
from verifier.verifiers.math.parse import commands, numerals
from verifier.verifiers.math.parse.basis import UNIT_VECTOR
from verifier.verifiers.math.parse.commas import is_enclosed
from verifier.verifiers.math.parse.literals import BASED, based, continued, decimal, repeating
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.parse.tokens import Kind, Notation, Token
from verifier.verifiers.math.tree import Based, Constant, Node, Number

_SPACE = r"(?:,\\!\s?|\{\s?,\s?\}|\\[,;:! ]|[ ~](?=\d{3}(?!\d)))"
_STYLED = r"(?:,\\!\s?|\{\s?,\s?\})"
_MASTER = re.compile(
    rf"""
    (?P<space>(?:\s|~|\\(?:[,;:!>\ /\n]|q?quad(?![a-zA-Z])))+)
  | (?P<number>
        (?:0[xX][0-9a-fA-F]+|0[bB][01]+)(?![0-9a-zA-Z])
      | [0-9]{{1,3}}(?:,[0-9]{{3}})+(?![0-9])(?:\.[0-9]+)?
      | [0-9]{{1,2}}(?:,[0-9]{{2}})+,[0-9]{{3}}(?![0-9])(?:\.[0-9]+)?
      | [0-9]{{1,2}}(?:{_STYLED}[0-9]{{2}})+{_STYLED}[0-9]{{3}}(?![0-9])(?:\.[0-9]+)?
      | [0-9]{{1,3}}(?:'[0-9]{{3}})+(?![0-9'])(?:\.[0-9]+)?
      | [1-9][0-9]{{0,2}}(?:\.[0-9]{{3}}){{2,}}(?![0-9.])
      | [0-9]{{1,3}}(?:{_SPACE}[0-9]{{3}})+(?![0-9])(?:\.[0-9]+)?
      | [0-9]+\{{,\}}[0-9]+
      | [0-9]+\.(?=\(|\\(?:overline|bar|dot|overbar)(?![a-zA-Z]))
      | \.(?=\\(?:overline|bar|dot|overbar)\s?\{{?\s?[0-9])
      | [0-9]+(?:\.[0-9]+)?|\.[0-9]+
    )
  | (?P<command>\\(?:[a-zA-Z]+\*?|.))
  | (?P<foreign>[^\W\d_]*[^\x00-\u2fff\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+[^\W\d_]*
      |[A-Za-z]*[\u00c0-\u024f\u0370-\u1fff]+[^\W\d_]*)
  | (?P<letters>[A-Za-z]+)
  | (?P<op>\*\*|<=>|<=|>=|!=|/=|==|:=|->|=>|\.\.\.|\|\||[-+*/^_=<>()\[\]{{}}|:!'%&~?])
  | (?P<separator>[,;]|\\\\)
  | (?P<cjk>[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)
  | (?P<currency>[€£¥₹₩₽¢$])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DIGIT_GROUPS = re.compile(r"[0-9.]+")
_LATEX_COMMA = re.compile(r"[0-9]+\{,\}[0-9]+")
_STYLED_COMMA = re.compile(r"\\,|\{\s?,\s?\}|,\\!")
_EXPONENT = re.compile(r"([eE])([-+]?)([0-9]{1,4})(?![0-9.a-zA-Z])")
_REPEATING = re.compile(
    r"\\(?:overline|bar|overbar|dot)\s?(?:\{\s?([0-9]+)\s?\}|([0-9]))((?:[0-9]*\\dot\s?(?:\{[0-9]\}|[0-9]))?)|\(([0-9]+)\)(?![\^!])"
)
_ELLIPSIS = re.compile(r"\s?(?:\.\.\.|\\[lc]?dots)")
_GLUED_COMMAND = re.compile(r"(?:leq|geq|neq|cdot|times|infty|pi|approx)(?=[a-zA-Z])")
r"""``\leqx``, where a space was lost."""
_CALL = re.compile(r"\s*(?:\\left\s*)?\(")
_BRACED = re.compile(r"\\.|[{}]", re.DOTALL)
_LETTER_RUN = re.compile(
    "|".join(sorted((f for f in commands.WORD_FUNCTIONS if len(f) > 2 or f == "ln"), key=len, reverse=True))
)
_SEPARATORS = {"or": "or", "and": "and", "或": "or", "或者": "or", "和": "and", "与": "and", "及": "and", "且": "and",
               "et": "and", "oder": "or", "und": "and", "ou": "or", "или": "or", "и": "and", "y": "", "또는": "or",
               "または": "or"}  # fmt: skip
_WORD_CONSTANTS = {"pi": "pi", "infinity": "oo", "inf": "oo", "infty": "oo", "oo": "oo", "Infinity": "oo", "INF": "oo"}
_SHORT_WORDS = frozenset(("to", "of", "no", "go", "if", "so", "we", "my", "do", "he", "is", "are", "was"))
_ONLY_VARIABLES = (frozenset("xyzwuvtn"), frozenset("abc"), frozenset("pqr"), frozenset("mnk"), frozenset("abcxyz"))
_CHINESE_DECIMAL = re.compile(f"({numerals.CHINESE.pattern})点({numerals.CHINESE.pattern})")
_CJK_PARTS = "比 又 每 分之 百分之 一半 半 负 根号 点 等于 万 萬 亿 億 千 百 만 억".split()
_CJK_WORDS = re.compile(
    "|".join(
        sorted((*(k for k in (*units.KNOWN, *_SEPARATORS) if ord(k[0]) > 0x2FFF), *_CJK_PARTS), key=len, reverse=True)
    )
)


class Lexer:
    """Reads one text. ``ambiguous`` names the notations in it that could be read otherwise."""

    def __init__(self, text: str, notation: Notation) -> None:
        self.text = text
        self.notation = notation
        self.tokens: list[Token] = []
        self.ambiguous: set[str] = set()
        self._depth = 0
        self._nesting = 0
        self._spaced_commas = ", " in text or ";" in text or ",\\" in text
        self._upright = False
        self._space = False

    def run(self) -> list[Token]:
        """The tokens, with an end token last."""
        self._scan(self.text)
        self.tokens.append(Token("end", ""))
        return self.tokens

    def _emit(self, kind: Kind, text: str, value: Node | units.Unit | None = None) -> None:
        self.tokens.append(Token(kind, text, self._space, self._upright, value))
        self._space = False

    def _scan(self, text: str) -> None:
        position, end, match_at = 0, len(text), _MASTER.match
        while position < end:
            match = match_at(text, position)
            assert match is not None  # the last alternative matches anything
            kind = match.lastgroup
            if kind == "space":
                self._space = True
                position = match.end()
            elif kind == "number":
                position = self._number(text, match)
            elif kind == "command":
                position = self._command(text, match)
            elif kind == "letters":
                position = self._letters(text, match)
            else:
                position = match.end()
                self._other(kind, match.group())

    def _other(self, kind: str | None, text: str) -> None:
        if kind == "op":
            self._operator(text)
        elif kind == "separator":
            self._emit("separator", "newline" if text == "\\\\" else text)
        elif kind == "cjk":
            self._cjk(text)
        elif kind == "currency":
            self._emit("unit", text, units.KNOWN[text])
        elif text == ".":
            self._space = True
        elif kind == "foreign" and text.lower() in _SEPARATORS:
            self._emit("separator", _SEPARATORS[text.lower()])
        elif kind == "foreign":
            self._emit("word", text)
        elif text not in '"`':
            self._emit("letter" if text.isalpha() else "word", text)

    def _operator(self, text: str) -> None:
        if text == "_" and self.tokens and self.tokens[-1].text == "_":
            raise ParseError("a program")
        if text == "=" and self.tokens and self.tokens[-1].text == "not":
            self.tokens.pop()
            text = "!="
        if text == "||":
            self._operator("|")
            text = "|"
        if text in "([":
            self._depth += 1
        elif text in ")]":
            self._depth -= 1
        self._emit("op", {"**": "^", "==": "=", ":=": "=", "/=": "!="}.get(text, text))

    # Numbers

    def _number(self, text: str, match: re.Match[str]) -> int:
        raw, end = match.group(), match.end()
        if (base := BASED.match(text, match.start())) and (value := based(base)) is not None:
            self._emit("number", base.group(), value)
            return base.end()
        if raw[:2].lower() in ("0x", "0b"):
            self._emit("number", raw, Based(raw[2:].upper(), 16 if raw[1] in "xX" else 2))
            return end
        if "," in raw and (raw.count("{,}") == 1 or "," in _STYLED_COMMA.sub("", raw)):
            cut = self._comma(text, match)
            if cut is not None:
                return cut
        digits = "".join(_DIGIT_GROUPS.findall(raw))
        digits = digits.replace(".", "") if digits.count(".") > 1 else digits
        if len(digits) > DIGITS:
            raise OverBudget(f"a number of more than {DIGITS} digits")
        if not raw[0].isdigit() or "." in raw:
            repeated = self._repeating(text, digits, end)
            if repeated is not None:
                return repeated
        return self._plain(text, digits, end)

    def _plain(self, text: str, digits: str, end: int) -> int:
        exponent = _EXPONENT.match(text, end)
        if exponent:
            unclear = exponent.group(1) == "e" and "." not in digits and bool(exponent.group(2))
            if unclear:
                self.ambiguous.add("exponent")
            if not unclear or self.notation.exponent:
                return self._scientific(digits, exponent)
        self._emit("number", digits, decimal(digits))
        return end

    def _scientific(self, digits: str, exponent: re.Match[str]) -> int:
        power = int(exponent.group(2) + exponent.group(3))
        mantissa = decimal(digits)
        places = None if mantissa.places is None else mantissa.places - power
        self._emit("number", digits, Number(mantissa.value * Fraction(10) ** power, places))
        return exponent.end()

    def _comma(self, text: str, match: re.Match[str]) -> int | None:
        r"""Whether the commas of a number separate thousands; else the end of the part before the first of them."""
        raw = match.group()
        if _LATEX_COMMA.fullmatch(raw):
            if len(raw.partition("{,}")[2]) != 3 or raw.startswith("0"):
                self._emit("number", raw, decimal(raw.replace("{,}", ".")))
                return match.end()
            return None
        if "," in _STYLED_COMMA.sub("", raw):
            bracketed = self._depth > 0 and not self._spaced_commas
            if ",0" not in raw and not (bracketed and is_enclosed(text, match.start(), match.end())):
                self.ambiguous.add("comma")
            if raw.startswith("0") or (self.notation.comma == "thousands") == bracketed:
                first = raw.partition(",")[0]
                return self._plain(text, first, match.start() + len(first))
        return None

    def _repeating(self, text: str, digits: str, end: int) -> int | None:
        match = _REPEATING.match(text, end)
        if match:
            period = re.sub(r"[^0-9]", "", match.group())
            self._emit("number", digits, repeating(digits, period))
            return match.end()
        match = _ELLIPSIS.match(text, end)
        if match:
            self._emit("number", digits, continued(digits))
            return match.end()
        return None

    # Letters

    def _letters(self, text: str, match: re.Match[str]) -> int:
        run, end = match.group(), match.end()
        if run.isupper() and (base := BASED.match(text, match.start())) and (value := based(base)) is not None:
            self._emit("number", base.group(), value)
            return base.end()
        if run == "j" and self.tokens and self.tokens[-1].kind == "number":
            self.ambiguous.add("imaginary_j")
            run = "i" if self.notation.imaginary_j else run
        if len(run) == 1:
            self._emit("letter", run)
        elif not self._keyword(run):
            self._run(run, end < len(text) and text[end] == "_")
        return end

    def _keyword(self, run: str) -> bool:
        """Emit ``run`` if it is a known word: a function, a constant, a separator, a unit or a number word."""
        lower = run.lower()
        if run == "min" and (self._after_number() or self._upright):
            self._emit("unit", run, units.KNOWN[run])
        elif run in commands.WORD_FUNCTIONS:
            self._emit("function", commands.WORD_FUNCTIONS[run])
        elif run in _WORD_CONSTANTS:
            self._emit("constant", run, Constant(_WORD_CONSTANTS[run]))
        elif _SEPARATORS.get(lower):
            self._emit("separator", _SEPARATORS[lower])
        elif run in units.CODES:
            self._emit("unit", run, units.KNOWN[run])
        elif run in _SHORT_WORDS:
            self._emit("word", run)
        elif lower in ("percent", "percentage", "pct"):
            self._emit("op", "%")
        elif (self._upright or self._after_number()) and (unit := units.known_unit(run)) is not None:
            self._emit("unit", run, unit)
        elif (
            lower in numerals.ENGLISH or lower in numerals.ENGLISH_SCALES or lower in ("mod", "times", "plus", "minus")
        ):
            self._emit("word", lower)
        else:
            return False
        return True

    def _after_number(self) -> bool:
        if not self.tokens:
            return False
        last = self.tokens[-1]
        return (
            last.kind in ("number", "unit", "constant")
            or last.text in "/)}%"
            or (last.kind == "letter" and self._space)
        )

    def _run(self, run: str, subscripted: bool) -> None:
        """A run of letters that is no keyword: a product of letters, a function and its argument, or a word."""
        if (head := _LETTER_RUN.match(run)) and len(run) - head.end() <= 2 and not self._upright:
            self._emit("function", commands.WORD_FUNCTIONS[head.group()])
            self._run(run[head.end() :], subscripted)
            return
        if not self._upright and (len(run) <= 2 or (run.isupper() and len(run) <= 4) or self._variables(run)):
            for letter in run:
                self._emit("letter", letter)
        else:
            self._emit("word", run)

    def _variables(self, run: str) -> bool:
        """Whether a run of three or more letters is a product: by its letters, or by the algebra that it stands in."""
        if any(frozenset(run) <= group for group in _ONLY_VARIABLES):
            return True
        return len(run) <= 4 and bool(self.tokens) and not self._space and self.tokens[-1].kind == "number"

    # Commands

    def _command(self, text: str, match: re.Match[str]) -> int:
        name, end = match.group()[1:], match.end()
        if vector := UNIT_VECTOR.match(text, match.start()):
            return self._unit_vector(vector)
        if name.startswith("quad") and name != "quad":
            name, end = "quad", match.start() + 5
        if name == "\\":
            self._emit("separator", "newline")
        elif name in commands.SPACES or name in commands.SKIPPED:
            self._space = self._space or name in commands.SPACES
        elif name == "in" and self.tokens and self.tokens[-1].text == "not":
            self.tokens[-1] = self.tokens[-1]._replace(kind="op", text="notin")
        elif name in ("Gamma", "zeta") and _CALL.match(text, end):
            self._emit("function", name.lower())
        elif name in commands.OPERATORS:
            self._operator_command(commands.OPERATORS[name])
        elif name in commands.TEXT or name in commands.FONTS:
            return self._argument(text, end, upright=name in commands.TEXT)
        elif name in ("begin", "end"):
            return self._environment(text, name, end)
        elif name in commands.CONSTANTS:
            self._emit("constant", name, Constant(commands.CONSTANTS[name]))
        elif name in commands.GREEK:
            self._emit("letter", commands.VARIANTS.get(name, name))
        elif name in commands.FUNCTIONS and name != "sqrt":
            self._emit("function", commands.FUNCTIONS[name])
        elif name == "mathbb":
            return self._blackboard(text, end)
        elif name == "$":
            self._emit("unit", "$", units.KNOWN["$"])
        elif glued := _GLUED_COMMAND.match(name):
            shorter = _MASTER.match(text, match.start(), match.start() + 1 + glued.end())
            assert shorter is not None
            return self._command(text, shorter)
        else:
            self._emit("command", commands.LAYOUT.get(name, name))
        return end

    def _unit_vector(self, match: re.Match[str]) -> int:
        self.ambiguous.add("basis")
        letter = next(filter(None, match.groups()))
        self._emit("letter", f"unit {letter}" if self.notation.basis else letter)
        return match.end()

    def _operator_command(self, operator: str) -> None:
        if operator in ("or", "and"):
            self._emit("separator", operator)
        elif operator == "newline":
            self._emit("separator", "newline")
        else:
            self._depth += (operator == "\\{") - (operator == "\\}")
            self._emit("op", operator)

    def _argument(self, text: str, start: int, *, upright: bool) -> int:
        """Scan the braced argument of a font command in place."""
        while start < len(text) and text[start].isspace():
            start += 1
        if not text.startswith("{", start):
            return start
        end = _closing(text, start)
        inside = text[start + 1 : end].replace("$", "")
        if not upright:
            inside = f"{{{inside}}}"
        self._nesting += 1
        if self._nesting > NESTING:
            raise OverBudget(f"nested deeper than {NESTING}")
        was, self._upright = self._upright, upright
        self._space = self._space or inside[:1].isspace()
        self._scan(inside)
        self._upright = was
        self._nesting -= 1
        return end + 1

    def _environment(self, text: str, name: str, start: int) -> int:
        match = re.compile(r"\s*\{([a-zA-Z]+\*?)\}(?:\s*(?<=\{array\})\s*\{[lcr|\s]*\})?").match(text, start)
        if not match:
            self._emit("command", name)
            return start
        self._emit("command", f"{name} {match.group(1)}")
        return match.end()

    def _blackboard(self, text: str, start: int) -> int:
        match = re.compile(r"\s*\{?\s*([A-Z])\s*\}?").match(text, start)
        if not match:
            return start
        letter = match.group(1)
        if letter in "NZQRC":
            self._emit("constant", letter, Constant(letter))
        else:
            self._emit("letter", letter)
        return match.end()

    # Chinese, Japanese, Korean

    def _cjk(self, text: str) -> None:
        """Cut a run into numerals, scales, units, separators and words."""
        position = 0
        while position < len(text):
            if (point := _CHINESE_DECIMAL.match(text, position)) and (
                value := numerals.chinese_decimal(*point.groups())
            ):
                self._emit("number", point.group(), value)
                position = point.end()
                continue
            numeral = numerals.CHINESE.match(text, position)
            known = _CJK_WORDS.match(text, position)
            if known and not (numeral and numeral.end() > known.end()):
                self._cjk_word(known.group())
                position = known.end()
            elif numeral and (value := numerals.chinese(numeral.group())) is not None:
                self._emit("number", numeral.group(), Number(value))
                position = numeral.end()
            else:
                self._emit("word", text[position:])
                return

    def _cjk_word(self, word: str) -> None:
        if word in _SEPARATORS:
            self._emit("separator", _SEPARATORS[word])
        elif word in numerals.SCALES and self.tokens and self.tokens[-1].kind == "number":
            self._emit("op", "*")
            self._emit("number", word, Number(Fraction(numerals.SCALES[word])))
        elif word in units.KNOWN:
            self._emit("unit", word, units.KNOWN[word])
        elif word == "负":
            self._emit("op", "-")
        elif word == "比" and self.tokens and self.tokens[-1].kind == "number":
            self._emit("op", ":")
        elif word == "又" and self.tokens and self.tokens[-1].kind == "number":
            self._emit("op", "-" if self.tokens[-2:-1] and self.tokens[-2].text == "-" else "+")
        elif word == "等于":
            self._emit("op", "=")
        elif word in ("一半", "半"):
            self._emit("number", word, Number(Fraction(1, 2)))
        elif word == "根号":
            self._emit("command", "sqrt")
        else:
            self._emit("word", word)


def _closing(text: str, start: int) -> int:
    """Where the brace at ``start`` is closed; the end of the text if it is not."""
    depth = 0
    for match in _BRACED.finditer(text, start):
        brace = match.group()
        depth += (brace == "{") - (brace == "}")
        if not depth:
            return match.start()
    return len(text)
