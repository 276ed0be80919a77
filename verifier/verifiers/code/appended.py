"""Tests in the program's own language, put after it as MultiPL-E and HumanEval-X do: one source, one process (``shared``).

They passed when the program ends with exit code 0 and its output closes with a word that the tests' ``main`` prints at its
end, and that nobody knew before: so an early exit fails. What would let a program read the word, or switch the tests off, is
refused before it is compiled.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from sandbox import Program, Status
from verifier.errors import Unjudgeable
from verifier.schema import AssertTests
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown

Join = Callable[[str, str, str], str]
MAIN = {
    "c": r"\bmain\s*\(",
    "cpp": r"\bmain\s*\(",
    "rust": r"\bfn\s+main\s*\(",
    "go": r"\bfunc\s+main\s*\(",
    "java": r"\bstatic\s+void\s+main\s*\(",
}
READS_ITSELF = {
    "c": r"\bincbin\b|#\s*embed|#\s*include\s*(?![<\"\s])|#\s*include\s*\"[^\"]*(main\.|/)|__FILE__|__BASE_FILE__|\basm\b|__asm|\\\n|\?\?/|%:",
    "rust": r"\binclude(_str|_bytes)?\s*!|\bfile\s*!|\bglobal_asm\s*!|\bmacro_rules\s*!\s*(assert|panic|println|vec)",
    "go": r"//go:(embed|linkname)|\bfunc\s+(panic|len|cap|append|string|print|println|recover)\s*\(|\b(var|const|type)\s+(true|false|nil|panic|len|string|int|bool)\b",
    "java": r"\bjavax\.annotation\.processing\b|\bclass\s+(AssertionError|Arrays|Objects|System|String|Math|List|ArrayList)\b",
}
"""Ways to read the tests, or to replace what they are made of."""
READS_ITSELF["cpp"] = READS_ITSELF["c"]


def judge(tests: AssertTests, source: str, trial: Trial, language: str) -> list[TestResult]:
    """One result: all that the tests say together."""
    join = JOINS.get(language)
    if join is None:
        raise Unjudgeable(f"tests of type 'assert' are for python, {', '.join(JOINS)}, not {language!r}")
    if not re.search(MAIN[language], tests.code) and not _gets_main(language, tests.code):
        raise Unjudgeable(f"tests.code defines no main function in {language}")
    if found := re.search(READS_ITSELF[language], source):
        return [TestResult(Verdict.COMPILE_ERROR, f"not allowed beside tests in one source: {found[0].strip()!r}")]
    word = secrets.token_hex(16)
    program = Program(language, join(source, tests.setup + "\n" + tests.code, word))
    build = trial.sandbox.build(program)
    if build.failure:
        return [of_ending(build.failure)]
    result = trial.sandbox.run(build.program, trial.one)
    said = result.stdout.strip().rpartition(b"\n")
    if result.status is not Status.OK:
        return [replace(of_ending(result), got=shown(result.stdout))]
    right = said[2] == word.encode()
    verdict = Verdict.ACCEPTED if right else Verdict.RUNTIME_ERROR
    message = "" if right else "the program ended before the tests did"
    return [TestResult(verdict, message, cpu_s=result.cpu_s, memory_mb=result.peak_memory_mb)]


def _gets_main(language: str, code: str) -> bool:
    return (language == "go" and bool(GO_TEST.search(code))) or (language == "rust" and "#[test]" in code)


# ---- braces ----

TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])'|[{}]", re.DOTALL)


def closing(code: str, start: int) -> int:
    """Where the brace is that closes the first one after ``start``; the end of the code when none does."""
    depth = 0
    for token in TOKEN.finditer(code, start):
        if token[0] == "{":
            depth += 1
        elif token[0] == "}":
            depth -= 1
            if depth == 0:
                return token.start()
    return len(code)


def with_word(language: str, code: str, say: str) -> str:
    """The tests, whose ``main`` says the word at its end, and before it returns 0."""
    found = list(re.finditer(MAIN[language], code))
    if not found:
        return code
    start = found[-1].start()
    end = closing(code, start)
    body = re.sub(r"\breturn\s+(0|EXIT_SUCCESS)\s*;", lambda m: f"{{ {say} {m[0]} }}", code[start:end])
    return f"{code[:start]}{body}\n{say}\n{code[end:]}"


# ---- languages ----


def join_c(source: str, tests: str, word: str) -> str:
    """Macros of the program's do not reach into the tests, and ``assert`` is on."""
    macros = sorted(set(re.findall(r"#\s*define\s+(\w+)", source)) | {"NDEBUG", "assert", "main"})
    undone = "".join(f"#undef {name}\n" for name in macros if name in ("NDEBUG", "assert") or re.search(rf"\b{name}\b", tests))
    say = f'fflush(stdout); fputs("\\n{word}\\n", stdout); fflush(stdout);'
    own = re.sub(MAIN["c"], f"main_{word[:8]}(", source)
    return f"{own}\n{undone}#include <assert.h>\n#include <stdio.h>\n{with_word('c', tests, say)}\n"


def join_rust(source: str, tests: str, word: str) -> str:
    """Test functions become plain ones, called by a ``main``; the program's own ``main`` gives way."""
    own = re.sub(MAIN["rust"], f"#[allow(dead_code)] fn main_{word[:8]}(", source)
    uses = set(re.findall(r"^\s*(use [^;]+;)", tests, re.MULTILINE)) & set(re.findall(r"^\s*(use [^;]+;)", source, re.MULTILINE))
    for use in uses:
        tests = tests.replace(use, "", 1)
    names = re.findall(r"#\[test\]\s*(?:pub\s+)?fn\s+(\w+)", tests)
    if names and not re.search(MAIN["rust"], tests):
        module = re.search(r"\bmod\s+(\w+)\s*\{", tests)
        prefix = f"{module[1]}::" if module else ""
        tests = re.sub(r"#\[test\]\s*(?:pub\s+)?fn", "pub fn", tests.replace("#[cfg(test)]", ""))
        tests += "\nfn main() {\n" + "".join(f"{prefix}{name}();\n" for name in names) + "}\n"
    return f"{own}\n{with_word('rust', tests, f'println!(); println!("{word}");')}\n"


GO_TEST = re.compile(r"^func\s+(Test\w+)\s*\(\s*\w+\s+\*testing\.T\s*\)", re.MULTILINE)
GO_IMPORT = re.compile(r"^import\s+(?:\(([^)]*)\)|((?:[\w.]+\s+)?\"[^\"]+\"))[ \t]*\n?", re.MULTILINE)


def join_go(source: str, tests: str, word: str) -> str:
    """One package ``main`` with the imports of both; functions ``TestX`` are run as ``go test`` would."""
    code = re.sub(r"^package\s+\w+[ \t]*\n?", "", f"{source}\n", count=1, flags=re.MULTILINE)
    tests = re.sub(r"^package\s+\w+[ \t]*\n?", "", tests, count=1, flags=re.MULTILINE)
    say = f'os.Stdout.WriteString("\\n{word}\\n")'
    names = GO_TEST.findall(tests)
    if names and not re.search(MAIN["go"], tests):
        table = "".join(f'{{"{name}", {name}}}, ' for name in names)
        run = f"testing.RunTests(func(a, b string) (bool, error) {{ return true, nil }}, []testing.InternalTest{{{table}}})"
        tests += f"\nfunc main() {{\n\tif !{run} {{\n\t\tos.Exit(1)\n\t}}\n}}\n"
        tests = tests.replace("func main() {", 'func main() {\n\tos.Args = os.Args[:1]\n\ttesting.Init()', 1)
    code = re.sub(MAIN["go"], f"func main_{word[:8]}(", code)
    wanted = {line.strip() for text in (code, tests) for a, b in GO_IMPORT.findall(text) for line in (a or b).split("\n")}
    wanted |= {'"os"'} | ({'"testing"'} if names else set())
    rest = GO_IMPORT.sub("", code) + "\n" + with_word("go", GO_IMPORT.sub("", tests), say)
    used = [name for name in sorted(wanted - {""}) if _used(name, rest)]
    return "package main\n\nimport (\n" + "".join(f"\t{name}\n" for name in used) + f")\n\n{rest}\n"


def _used(imported: str, code: str) -> bool:
    """Go refuses imports that nobody uses."""
    alias, _, path = imported.rpartition(" ")
    name = alias.strip() or path.strip('"').rpartition("/")[2]
    return name in ("_", ".") or re.search(rf"\b{re.escape(name)}\.", code) is not None


JAVA_IMPORT = re.compile(r"^\s*import\s+(?:static\s+)?[\w.*]+\s*;[ \t]*\n?", re.MULTILINE)


def join_java(source: str, tests: str, word: str) -> str:
    """Imports first; ``assert`` becomes a throw, for the virtual machine leaves assertions off."""
    imports = [found.strip() for found in JAVA_IMPORT.findall(source + "\n" + tests)]
    tests = _thrown(JAVA_IMPORT.sub("", tests))
    own = JAVA_IMPORT.sub("", source)
    if not _opens_class(own, tests):
        own = own.replace("public class", "class")
    say = f'System.out.println(); System.out.println("{word}");'
    return "\n".join(dict.fromkeys(imports)) + f"\n{own}\n{with_word('java', tests, say)}\n"


def _opens_class(source: str, tests: str) -> bool:
    """Whether the program is a class that the tests close, as in MultiPL-E."""
    return not re.search(r"\bclass\s+\w+", tests[: (re.search(MAIN["java"], tests) or re.search("$", tests)).start()])  # pyright: ignore[reportOptionalMemberAccess] - the end is always there


def _thrown(code: str) -> str:
    """``assert condition : message;`` as an ``if`` that throws."""
    parts: list[str] = []
    at = 0
    for found in re.finditer(r"\bassert\b\s*", code):
        end = _statement_end(code, found.end())
        parts += [code[at : found.start()], f"if (!({code[found.end() : end]})) throw new AssertionError();"]
        at = end + 1
    return "".join(parts) + code[at:]


def _statement_end(code: str, start: int) -> int:
    quoted = False
    for at in range(start, len(code)):
        if code[at] == '"' and code[at - 1] != "\\":
            quoted = not quoted
        elif code[at] == ";" and not quoted:
            return at
    return len(code)


JOINS: dict[str, Join] = {"c": join_c, "cpp": join_c, "rust": join_rust, "go": join_go, "java": join_java}
