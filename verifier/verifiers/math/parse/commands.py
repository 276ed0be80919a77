r"""What LaTeX commands mean to the lexer: ``\dfrac`` is ``frac``, ``\leq`` is ``<=``, ``\left`` is nothing."""

SKIPPED = frozenset(
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle scriptstyle "
    "scriptscriptstyle limits nolimits hline hfill noindent nonumber notag boldmath rm bf it cal tt sf nobreak mathstrut "
    "allowbreak strut null centering relax large Large small normalsize".split()
)
SPACES = frozenset(
    "quad qquad enspace enskip thinspace medspace thickspace negthinspace negmedspace negthickspace space hspace".split()
) | {",", ";", ":", "!", ">", " ", "/", "\n", "\t"}

OPERATORS = {
    "cdot": "*", "times": "*", "ast": "*", "star": "*", "bullet": "*", "div": "/", "le": "<=", "leq": "<=",
    "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">=", "lt": "<", "gt": ">",
    "ne": "!=", "neq": "!=", "approx": "~", "approxeq": "~", "simeq": "~", "doteq": "~", "cong": "cong", "equiv": "equiv",
    "sim": "sim", "in": "in", "notin": "notin", "subset": "subset", "subseteq": "subset", "supset": "supset",
    "supseteq": "supset", "subsetneq": "subsetneq", "subsetneqq": "subsetneq", "supsetneq": "supsetneq",
    "supsetneqq": "supsetneq", "ni": "ni", "to": "->",
    "rightarrow": "->", "longrightarrow": "->", "mapsto": "->", "Rightarrow": "=>", "implies": "=>",
    "Longrightarrow": "=>", "iff": "<=>", "Leftrightarrow": "<=>", "leftrightarrow": "<=>", "coloneqq": "=",
    "triangleq": "=", "cup": "cup", "bigcup": "cup", "cap": "cap", "bigcap": "cap", "setminus": "setminus",
    "smallsetminus": "setminus", "backslash": "setminus", "pm": "+-", "mp": "-+", "{": "\\{", "}": "\\}",
    "lbrace": "\\{", "rbrace": "\\}", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "lvert": "|",
    "rvert": "|", "vert": "|", "mid": "mid", "colon": ":", "lVert": "||", "rVert": "||", "Vert": "||", "|": "||",
    "langle": "langle", "rangle": "rangle", "lfloor": "lfloor", "rfloor": "rfloor", "lceil": "lceil", "rceil": "rceil",
    "land": "and", "wedge": "and", "lor": "or", "vee": "or", "%": "%", "&": "&", "prime": "'", "ldots": "...",
    "cdots": "...", "dots": "...", "dotsc": "...", "dotsb": "...", "vdots": "...", "ddots": "...", "circ": "circ",
    "degree": "degree",
    "over": "over", "crossproduct": "cross", "backsim": "sim", "mod": "mod", "bmod": "mod", "parallel": "parallel",
    "perp": "perp", "choose": "choose",
    "oplus": "oplus", "otimes": "otimes", "models": "models", "propto": "propto", "newline": "newline", "cr": "newline",
}  # fmt: skip

CONSTANTS = {
    "pi": "pi", "infty": "oo", "infinity": "oo", "infin": "oo", "emptyset": "empty", "varnothing": "empty",
    "reals": "R", "R": "R", "Z": "Z", "N": "N", "Q": "Q", "C": "C", "imath": "i", "i": "i",
}  # fmt: skip

_NAMED = {
    **dict.fromkeys("sin cos tan cot sec csc sinh cosh tanh coth sech csch exp gcd lcm min max det arg sgn".split()),
    "arcsin": "arcsin", "asin": "arcsin", "arccos": "arccos", "acos": "arccos", "arctan": "arctan", "atan": "arctan",
    "tg": "tan", "ctg": "cot", "arctg": "arctan", "arcctg": "arccot", "arccot": "arccot", "acot": "arccot", "sign": "sgn",
    "arcsec": "arcsec", "asec": "arcsec", "arccsc": "arccsc", "acsc": "arccsc", "cosec": "csc", "sh": "sinh", "ch": "cosh",
    "arcsinh": "arcsinh", "asinh": "arcsinh", "arsinh": "arcsinh", "arccosh": "arccosh", "acosh": "arccosh",
    "arcosh": "arccosh", "arctanh": "arctanh", "atanh": "arctanh", "artanh": "arctanh", "ln": "ln", "log": "log",
    "lg": "lg", "lb": "lb", "abs": "abs", "floor": "floor", "ceil": "ceil", "ceiling": "ceil", "sqrt": "sqrt",
    "cbrt": "cbrt", "Re": "re", "Im": "im", "conj": "conj", "cis": "cis", "trace": "tr", "tr": "tr", "Arg": "arg",
    "factorial": "factorial", "binomial": "binomial", "arth": "arctanh", "Gamma": "gamma", "gamma": "gamma",
}  # fmt: skip
FUNCTIONS: dict[str, str] = {name: head or name for name, head in _NAMED.items()}

WORD_FUNCTIONS = {
    name: head for name, head in FUNCTIONS.items() if name not in ("sh", "ch", "tr", "Gamma", "gamma", "lb")
}
"""Functions that plain text may name; the others only as commands."""

GREEK = frozenset(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi omicron rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "ell hbar aleph nabla partial triangle angle Box square top bot".split()
)
VARIANTS = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma"}

TEXT = frozenset(
    "text textbf textit textrm textnormal textsf texttt textup mbox hbox mathrm operatorname textsc emph textmd "
    "underline mathop".split()
)
"""Commands whose argument is upright: words and units rather than products of letters."""
FONTS = frozenset(
    "mathbf boldsymbol bm mathit mathsf mathtt mathcal mathscr mathfrak pmb vec overrightarrow boxed fbox color phantom "
    "widetilde cancel operatorname* smash ensuremath displaymath".split()
)
"""Commands that only change how their argument looks."""
ACCENTS = {
    "hat": "hat",
    "widehat": "hat",
    "tilde": "tilde",
    "bar": "bar",
    "overline": "bar",
    "dot": "dot",
    "ddot": "ddot",
}

MATRICES = frozenset(
    "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array psmallmatrix bsmallmatrix".split()
)
SYSTEMS = frozenset(
    "cases dcases rcases aligned align align* gathered gather gather* split equation equation* eqnarray".split()
)

LAYOUT = {
    **dict.fromkeys("dfrac tfrac cfrac nicefrac sfrac flatfrac".split(), "frac"),
    **dict.fromkeys("dbinom tbinom".split(), "binom"),
}
"""Commands that differ from another in size only."""
