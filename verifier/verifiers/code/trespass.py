"""What a program may not hold that its tests follow in one source: ways to read them, or to replace what they are made of."""

import re

from verifier.verifiers.code.braces import bare, comments, top

READS = {
    "c": r"#[ \t]*/\*|\bincbin\b|#\s*embed|#\s*include\s*(?![<\"\s])|#\s*include\s*\"[^\"]*(main\.|/)|__FILE__|__BASE_FILE__"
    r"|\basm\b|__asm|\\\n|\?\?/|%:|\b_Pragma\s*\(\s*\"\s*(weak|redefine_extname)\b",
    "go": r"//go:(embed|linkname)",
}
"""Looked for in the source as it stands."""
READS["cpp"] = READS["c"]
REPLACES = {
    "c": r"(\b__attribute__\b[^;{}]{0,200}|\bgnu\s*::\s*)\b_*(alias|ifunc)_*\b|#\s*pragma\s+(weak|redefine_extname)\b"
    # to begin anew after a failure, and try another answer
    r"|\b(f?exec(v|ve|vp|vpe|veat|l|le|lp)|syscall|dlv?sym|dlm?open)\b",
    "rust": r"\binclude\s*!|\binclude_(str|bytes)\b|\bfile\s*!|\bglobal_asm\s*!"
    r"|(\bmacro_rules\s*!|\bas\b)\s*(r#)?(assert|panic|println|vec\b)|\bmacro_rules\s*!\s*\$",
    "java": r"\bjavax\s*\.\s*annotation\s*\.\s*processing\b|\bnewProxyInstance\b|\bUnsafe\b"
    r"|\b(class|interface|enum|record)\s+((Assertion)?Error|Throwable|(Runtime)?Exception|Arrays|Objects?|System|String|Math"
    r"|Integer|Long|Double|Boolean|Character|(Array)?List|(Hash)?Map|(Hash)?Set|Collections|Optional)\b",
}
REPLACES["cpp"] = REPLACES["c"]
"""Looked for outside of comments and text."""

PREDECLARED = frozenset(
    "append bool byte cap error false float64 int len nil panic print println recover rune string true".split()
)
GO_FUNC = re.compile(r"\bfunc\s+(\w+)\s*[(\[]")
GO_GROUP = re.compile(r"\b(var|const|type)\s*\(")
GO_INNER = re.compile(r"(?<!\bvar)(?<!\bconst)(?<!\btype)\([^()]*\)")
GO_SPECS = re.compile(r"\b(?:var|const|type)(?:\(([^()]*)\)|\s+([^\n;]*))")
GO_NAMES = re.compile(r"\s*(\w+(?:\s*,\s*\w+)*)(?![\w.])(?!\s*@)")
DEEPEST = 100
"""Most parentheses in each other outside of functions."""


def found(language: str, source: str) -> str | None:
    """The first of it; None where there is nothing."""
    code = bare(language, _unescaped(source) if language == "java" else source)
    reads = re.search(READS.get(language, r"(?!)"), source)
    if match := reads or re.search(REPLACES.get(language, r"(?!)"), code):
        return match[0].strip()
    if language == "rust" and any("/*" in comment[2:] for comment in comments(language, source)):
        return "a comment in a comment"
    return _predeclared(top(code)) if language == "go" else None


def _unescaped(code: str) -> str:
    """Java's own first step, as far as it can begin or end comments, text and names."""
    return re.sub(
        r"\\\\|\\u+00([2-7][0-9a-fA-F]|0[aAdD])", lambda found: chr(int(found[1], 16)) if found[1] else found[0], code
    )


def _predeclared(code: str) -> str | None:
    """A name of Go's own that a program gives to something for the whole package."""
    names = set(GO_FUNC.findall(code))
    code = re.sub(r",\s+", ",", GO_GROUP.sub(r"\1(", code))
    for _ in range(DEEPEST):
        code, flat = GO_INNER.subn("@", code)
        if not flat:
            break
    else:
        return "parentheses too deep"
    for group, single in GO_SPECS.findall(code):
        for spec in re.split(r"[\n;]", group or single):
            if match := GO_NAMES.match(spec):
                names |= {name.strip() for name in match[1].split(",")}
    return min(names & PREDECLARED, default=None)
