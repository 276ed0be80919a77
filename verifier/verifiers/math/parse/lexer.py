r"""Text to tokens. LaTeX, plain text and Unicode all become the same few kinds of token."""

import re
from fractions import Fraction

from verifier.verifiers.math import units
from verifier.verifiers.math.budgets import DIGITS, NESTING, OverBudget
from verifier.verifiers.math.parse import cjk, commands, numerals
from verifier.verifiers.math.parse.basis import UNIT_VECTOR
from verifier.verifiers.math.parse.commas import is_enclosed
from verifier.verifiers.math.parse.figures import CORRESPOND, FIGURE, NAMED, named
from verifier.verifiers.math.parse.literals import BASED, based, continued, decimal, repeating
from verifier.verifiers.math.parse.patterns import (
    BRACED,
    CALL,
    DIGIT_GROUPS,
    ELLIPSIS,
    EXPONENT,
    GLUED_COMMAND,
    LATEX_COMMA,
    MASTER,
    REPEATING,
    STYLED_COMMA,
)
from verifier.verifiers.math.parse.prose import ParseError
from verifier.verifiers.math.parse.tokens import Kind, Notation, Token
from verifier.verifiers.math.tree import Based, Constant, Node, Number

_LETTER_RUN = re.compile(
    "|".join(sorted((f for f in commands.WORD_FUNCTIONS if len(f) > 2 or f == "ln"), key=len, reverse=True))
)
_WORD_CONSTANTS = {"pi": "pi", "infinity": "oo", "inf": "oo", "infty": "oo", "oo": "oo", "Infinity": "oo", "INF": "oo"}
_SHORT_WORDS = frozenset(("to", "of", "no", "go", "if", "so", "we", "my", "do", "he", "is", "are", "was"))
_FORMULA = ("\\frac", "^", "\\sqrt", "=", "\\sin", "\\cos", "\\tan", "\\theta", "\\alpha", "\\omega", "\\mu")
_PRODUCTS = frozenset(("mg", "kT", "kA", "kV", "mV", "mA", "mL", "ms", "eV", "kN", "mN"))
"""Units whose letters are as well the quantities of formulas: a mass in a field, Boltzmann's constant by a temperature."""
_VOWELS = frozenset("aeiouyAEIOUY")
_ONLY_VARIABLES = (frozenset("xyzwuvtn"), frozenset("abc"), frozenset("pqr"), frozenset("mnk"), frozenset("abcxyz"))


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
        position, end, match_at = 0, len(text), MASTER.match
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
            cjk.cut(text, self.tokens, self._emit)
        elif kind == "currency":
            self._emit("unit", text, units.KNOWN[text])
        elif text == ".":
            self._space = True
        elif kind == "foreign" and text.lower() in cjk.SEPARATORS:
            self._emit("separator", cjk.SEPARATORS[text.lower()])
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
        self._emit("op", {"**": "^", "==": "=", ":=": "=", "/=": "!=", "<>": "!="}.get(text, text))

    # Numbers

    def _number(self, text: str, match: re.Match[str]) -> int:
        raw, end = match.group(), match.end()
        if (base := BASED.match(text, match.start())) and (value := based(base)) is not None:
            self._emit("number", base.group(), value)
            return base.end()
        if raw[:2].lower() in ("0x", "0b"):
            self._emit("number", raw, Based(raw[2:].upper(), 16 if raw[1] in "xX" else 2))
            return end
        if "," in raw and (raw.count("{,}") == 1 or "," in STYLED_COMMA.sub("", raw)):
            cut = self._comma(text, match)
            if cut is not None:
                return cut
        digits = "".join(DIGIT_GROUPS.findall(raw))
        digits = digits.replace(".", "") if digits.count(".") > 1 else digits
        if len(digits) > DIGITS:
            raise OverBudget(f"a number of more than {DIGITS} digits")
        if not raw[0].isdigit() or "." in raw:
            repeated = self._repeating(text, digits, end)
            if repeated is not None:
                return repeated
        return self._plain(text, digits, end)

    def _plain(self, text: str, digits: str, end: int) -> int:
        exponent = EXPONENT.match(text, end)
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
        if LATEX_COMMA.fullmatch(raw):
            if len(raw.partition("{,}")[2]) != 3 or raw.startswith("0"):
                self._emit("number", raw, decimal(raw.replace("{,}", ".")))
                return match.end()
            return None
        if "," in STYLED_COMMA.sub("", raw):
            bracketed = self._depth > 0 and not self._spaced_commas
            if ",0" not in raw and not (bracketed and is_enclosed(text, match.start(), match.end())):
                self.ambiguous.add("comma")
            if raw.startswith("0") or (self.notation.comma == "thousands") == bracketed:
                first = raw.partition(",")[0]
                return self._plain(text, first, match.start() + len(first))
        return None

    def _repeating(self, text: str, digits: str, end: int) -> int | None:
        match = REPEATING.match(text, end)
        if match:
            period = re.sub(r"[^0-9]", "", match.group())
            self._emit("number", digits, repeating(digits, period))
            return match.end()
        match = ELLIPSIS.match(text, end)
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
            self._run(run, text[end : end + 1])
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
        elif cjk.SEPARATORS.get(lower):
            self._emit("separator", cjk.SEPARATORS[lower])
        elif run in units.CODES:
            self._emit("unit", run, units.KNOWN[run])
        elif run in _SHORT_WORDS:
            self._emit("word", run)
        elif lower in ("percent", "percentage", "pct"):
            self._emit("op", "%")
        elif (self._upright or self._is_measured(run)) and (unit := units.known_unit(run)) is not None:
            self._emit("unit", run, unit)
        elif (
            lower in numerals.ENGLISH or lower in numerals.ENGLISH_SCALES or lower in ("mod", "times", "plus", "minus")
        ):
            self._emit("word", lower)
        else:
            return False
        return True

    def _is_measured(self, run: str) -> bool:
        """Whether a run behind a number is a unit: ``3mg`` may be milligrams, or a mass in a field."""
        if not self._after_number():
            return False
        if run in _PRODUCTS:
            self.ambiguous.add("letters")
            return self.notation.letters
        return True

    def _after_number(self) -> bool:
        if not self.tokens:
            return False
        last = self.tokens[-1]
        return (
            last.kind in ("number", "unit", "constant")
            or last.text in "/)}%"
            or (last.kind == "letter" and self._space)
            or (
                last.text == "("
                and len(self.tokens) > 3
                and self.tokens[-2].text == "/"
                and self.tokens[-3].text in units.KNOWN
            )
        )

    def _run(self, run: str, behind: str) -> None:
        """A run of letters that is no keyword: a product of letters, a function and its argument, or a word."""
        if (head := _LETTER_RUN.match(run)) and len(run) - head.end() <= 2 and not self._upright:
            self._emit("function", commands.WORD_FUNCTIONS[head.group()])
            self._run(run[head.end() :], behind)
            return
        power = behind == "^" and run[-1] == "e" and len(run) <= 4  # Axe^x
        if not self._upright and (len(run) <= 2 or (run.isupper() and len(run) <= 4) or power or self._variables(run)):
            for letter in run:
                self._emit("letter", letter)
        else:
            self._emit("word", run)

    def _is_formula(self) -> bool:
        """Whether it evidently is a formula: short runs of consonants or with capitals are products in it."""
        return any(mark in self.text for mark in _FORMULA)

    def _variables(self, run: str) -> bool:
        """Whether a run of three or more letters is a product: by its letters, or by the algebra that it stands in."""
        if any(frozenset(run) <= group for group in _ONLY_VARIABLES):
            return True
        if (
            len(run) <= 4
            and self._is_formula()
            and (_VOWELS.isdisjoint(run) or (any(map(str.isupper, run[1:])) and not run.isupper()))
        ):
            return True
        if (
            run[1:] != run[1:].lower()
            and not run.isupper()
            and len(run) <= 4
            and "/" in self.text
            and " " not in self.text
        ):
            return True  # nRT/V
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
        elif name in ("Gamma", "zeta") and CALL.match(text, end):
            self._emit("function", name.lower())
        elif name in commands.OPERATORS:
            self._operator_command(commands.OPERATORS[name])
        elif name in NAMED and (figure := FIGURE.match(text, match.start())):
            self._emit(*named(figure, ordered=any(mark in self.text for mark in CORRESPOND)))
            return figure.end()
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
        elif glued := GLUED_COMMAND.match(name):
            shorter = MASTER.match(text, match.start(), match.start() + 1 + glued.end())
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


def _closing(text: str, start: int) -> int:
    """Where the brace at ``start`` is closed; the end of the text if it is not."""
    depth = 0
    for match in BRACED.finditer(text, start):
        brace = match.group()
        depth += (brace == "{") - (brace == "}")
        if not depth:
            return match.start()
    return len(text)
