"""Types of a program's own that would be equal to whatever the tests compare them with.

In one source and one process nothing holds the tests' values apart from the program's, so a program that would bring its own
``==`` into the tests' comparisons is refused before it is compiled: a comparison with a type that is not its own, or a result
of a type of its own that the tests do not even name.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from verifier.verifiers.code import namesakes
from verifier.verifiers.code.braces import closing, silenced

WORD = re.compile(r"\b[A-Za-z_]\w*\b")
BEFORE = re.compile(r"[\w:<>,.&*\[\]?\s]*\Z")
MOST_BEFORE = 200
BODY = re.compile(r"\)\s*(?:(?:const|noexcept|override|final|mutable)\b\s*|->[^{};()]*|throws\b[^{};()]*|:[^{};]*)*\Z")
TYPE = re.compile(r"\b(?:struct|class|union|enum|record|interface|trait)\s+(?:class\s+|struct\s+)?(\w+)")
ALIAS = re.compile(
    r"\b(?:using|type)\s+(?P<a>\w+)\s*(?:<[^<>=;{}]{0,200}>\s*)?=(?P<of_a>[^;]{1,400});|\btypedef\b(?P<of_b>[^;]{1,400}?)\b(?P<b>\w+)\s*;"
)

LIBRARY = {
    "cpp": frozenset(
        "vector string map set unordered_map unordered_set pair tuple optional initializer_list make_pair".split()
    ),
    "rust": frozenset(
        "String Vec Option Some None Result Ok Err Box HashMap HashSet BTreeMap BTreeSet VecDeque".split()
    ),
}
"""Names whose values tests compare."""
TAKES = {
    "cpp": re.compile(r"\b(?:struct|class|enum|union)\s+(?:class\s+|struct\s+)?(\w+)\b(?!\s*<[^<>;{}]*>\s*::)"),
    "rust": re.compile(
        r"\b(?:struct|enum|union|trait|mod|fn|(?<!\*)const|(?<!')static)\s+(?:mut\s+)?(\w+)\b|\bas\s+(\w+)\s*[;,}]"
    ),
}
"""What gives such a name to something else; an alias of the library's own gives nothing away."""
OF_LIBRARY = re.compile(r"\s*(?:::\s*)?(?:std|core|alloc)\s*::")
TAKES_LIBRARY = re.compile(r"\b(?:mod|as)\s+(?:std|core|alloc)\b")


def found(language: str, source: str, tests: str) -> str | None:
    """What is to be refused, in a few words; None where nothing is."""
    look, code = LOOKS.get(language), silenced(source)
    if look is None:
        return None
    named = set(WORD.findall(tests))
    if taken := _taken(language, code, LIBRARY.get(language, frozenset()) & named):
        return f"{taken!r} of its own in place of the library's"
    if language == "cpp" and (befriended := set(FRIEND.findall(code)) & namesakes.functions(tests)):
        return f"a friend {min(befriended)!r} beside the tests'"
    return look(code, named)


def _taken(language: str, code: str, names: frozenset[str]) -> str | None:
    """A name of the library's that the program gives to something of its own."""
    if not names:
        return None
    taken = {name for found in TAKES[language].findall(code) for name in ([found] if isinstance(found, str) else found)}
    own, takes_library = _own_types(code), TAKES_LIBRARY.search(code)
    for alias in ALIAS.finditer(code):
        of = alias["of_a"] or alias["of_b"]
        library = OF_LIBRARY.match(of) and not takes_library
        if not library if language == "rust" else "decltype" in of or own & set(WORD.findall(of)):
            taken.add(alias["a"] or alias["b"])
    return min(taken & names, default=None)


def _own_types(code: str) -> set[str]:
    """Names of the types that the program defines, and of what it calls them."""
    own, aliases = set[str](), defaultdict[str, list[str]](list)
    for alias in ALIAS.finditer(code):
        for word in set(WORD.findall(alias["of_a"] or alias["of_b"])):
            aliases[word].append(alias["a"] or alias["b"])
    waiting = TYPE.findall(code)
    while waiting:
        name = waiting.pop()
        if name not in own:
            own.add(name)
            waiting += aliases.get(name, [])
    return own


def _outline(code: str) -> str:
    """Without the bodies of functions: what is declared in them is not what the tests call."""
    parts: list[str] = []
    at = 0
    for brace in re.finditer(r"\{", code):
        if brace.start() >= at and BODY.search(code[max(at, brace.start() - MOST_BEFORE) : brace.start()]):
            parts.append(code[at : brace.start()])
            at = closing(code, brace.start())
    return "".join(parts) + code[at:]


def _types_of(code: str, named: Iterable[str], end: str) -> Iterable[str]:
    """What stands before those names where they are defined; a pointer has no operators of its own."""
    for name in sorted(named):
        for match in re.finditer(rf"\b{name}\s*{end}", code):
            before = BEFORE.search(code[max(0, match.start() - MOST_BEFORE) : match.start()])
            if before and not before[0].rstrip().endswith("*"):
                yield before[0]


def _returns_own(
    code: str, own: set[str], named: set[str], end: str = r"\(", also: frozenset[str] = frozenset()
) -> str | None:
    """A type of the program's that tests get from it without naming it."""
    for text in _types_of(code, named, end):
        words = set(WORD.findall(text))
        if hidden := (words & own) - named or words & also:
            return f"a result of type {min(hidden)!r} with operators of its own"
    return None


# ---- C++ ----

FRIEND = re.compile(r"\bfriend\b[^;{}()]{0,200}?(\w+)\s*\(")
TEMPLATE = re.compile(r"\btemplate\s*<")
COMPARES = re.compile(r"\boperator\s*(==|!=|<=>|<=|>=|<|>)\s*\(")
OPERATES = re.compile(r"\boperator\b\s*(?!\(|\[|<<|>>|new\b|delete\b)")
AUTO = frozenset({"auto"})


def _cpp(code: str, named: set[str]) -> str | None:
    if hidden := re.search(r"#\s*define\b[^\n]*\boperator\b", code):
        return hidden[0]
    code = _without_parameters(code)
    own = _own_types(code)
    compares = list(COMPARES.finditer(code))
    for compared in compares:
        of = [bool(set(WORD.findall(part)) & own) for part in _arguments(code, compared.end())]
        if not all(of) and (any(of) or len(of) == 1 or compared[1] in ("==", "!=", "<=>")):
            return f"{compared[0]} of a type that is not the program's own"
    if not OPERATES.search(code):
        return None
    outline = _outline(code)
    if not compares:
        return _returns_own(outline, own, named)
    objects = (name for name in re.findall(r"\}\s*(\w+)\s*[;={]", outline) if name in named)
    return (
        _returns_own(outline, own, named, also=AUTO)
        or _returns_own(outline, own, named, r"[;={]", AUTO)
        or next((f"an object {name!r} with operators of its own" for name in objects), None)
    )


def _without_parameters(code: str) -> str:
    """Without the parameters of templates, which are no types of the program's."""
    while start := TEMPLATE.search(code):
        code = code[: start.start()] + " " + code[_end(code, start.end(), "<", ">") :]
    return code


def _end(code: str, at: int, opens: str, closes: str) -> int:
    """Where what was opened before ``at`` has been closed."""
    depth = 1
    while depth and at < len(code):
        depth += (code[at] == opens) - (code[at] == closes)
        at += 1
    return at


def _arguments(code: str, start: int) -> list[str]:
    """The parameters from there on, up to the parenthesis that closes them."""
    inside = code[start : _end(code, start, "(", ")") - 1]
    while "<" in inside and (flat := re.sub(r"<([^<>]*)>", lambda m: " " + m[1].replace(",", " "), inside)) != inside:
        inside = flat
    return [part for part in inside.split(",") if part.strip()]


# ---- Java ----

CLASS = re.compile(r"\bclass\s+\w+[^{;]{0,300}(?=\{)")
INHERITS = re.compile(
    r"\b(?:extends|implements)\b.*\b\w*"
    r"(?:List|Set|Map|Collection|Deque|Queue|Vector|Stack|Number|CharSequence|Iterable)\b",
    re.DOTALL,
)
ANONYMOUS = re.compile(r"\bnew\s+[\w.]+\s*(?:<[^;{}()]{0,300}>)?\s*\([^;{}]{0,300}?\)\s*(?=\{)")
EQUALS = re.compile(r"\bboolean\s+equals\s*\(")


def _java(code: str, named: set[str]) -> str | None:
    made = [match for match in CLASS.finditer(code) if INHERITS.search(match[0])]
    for match in (*made, *ANONYMOUS.finditer(code)):
        if EQUALS.search(code[match.end() : closing(code, match.end())]):
            return f"{' '.join(match[0].split())} with an equals of its own"
    if not EQUALS.search(code):
        return None
    return _returns_own(_outline(code), _own_types(code), named, also=frozenset({"Object"}))


# ---- Rust ----

COMPARED_WITH = re.compile(r"\b(?:PartialEq|PartialOrd)\s*<([^{}]{0,300}?)>\s+for\s+(\w+)")
ARITHMETIC = re.compile(r"\bimpl\b[^{;]{0,300}\b(?:Add|Sub|Mul|Div|Rem|Neg)\b[^{;]{0,300}\bfor\b")


def _rust(code: str, named: set[str]) -> str | None:
    if hidden := re.search(r"\b(?:struct|enum|type|union|fn|mod)\s+\$\w+|\buse\b[^;]{0,400}?\bas\s+\$\w+", code):
        return hidden[0]
    own = _own_types(code) | {"Self"}
    for match in COMPARED_WITH.finditer(code):
        if not set(WORD.findall(match[1])) & own:
            return match[0]
    for name, text in re.findall(r"\bfn\s+(\w+)[^{;]{0,500}->([^{;]{0,300})", code):
        if name in named and (hidden := set(WORD.findall(text)) & own - named) and ARITHMETIC.search(code):
            return f"a result of type {min(hidden)!r} with operators of its own"
    return None


LOOKS: dict[str, Callable[[str, set[str]], str | None]] = {"cpp": _cpp, "java": _java, "rust": _rust}
