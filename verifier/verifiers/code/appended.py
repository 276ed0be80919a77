"""Tests in the program's own language, put after it as MultiPL-E and HumanEval-X do: one source, one process (``shared``).

They passed when the program ends with exit code 0 and its output holds a word that the tests' ``main`` prints at its
end, and that nobody knew before: so an early exit fails. What would let a program read the word, or switch the tests off, is
refused before it is compiled. It starts no processes, each of which could try another answer until one of them gets to the word.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace

from sandbox import Build, Program, Result, Status
from verifier.errors import Unjudgeable
from verifier.schema import AssertTests
from verifier.verifiers.code import impostors, namesakes, suites, supplied, trespass
from verifier.verifiers.code.braces import bare, closing, fault, joined, unclosed
from verifier.verifiers.code.trial import Trial
from verifier.verifiers.code.verdict import TestResult, Verdict, of_ending, shown

Join = Callable[[str, str, str], str]
FRAMEWORKS = re.compile(
    r"^[ \t]*(?:#[ \t]*include\s*[<\"]|import\s+(?:static\s+)?)"
    r"((?:[\w.-]*/)*(?:gmock|unity|criterion|CUnit|munit|boost/test|CppUTest)\b[\w./]*"
    r"|org\.(?:junit|testng|hamcrest|assertj|mockito)\b[\w.]*)",
    re.MULTILINE,
)
"""What tests may be written with that is nowhere here."""
MAIN = {
    "c": r"\bmain\s*\(",
    "cpp": r"\bmain\s*\(",
    "rust": r"\bfn\s+main\s*\(",
    "go": r"\bfunc\s+main\s*\(",
    "java": r"\bstatic\s+void\s+main\s*\(",
}


def judge(tests: AssertTests, source: str, trial: Trial, language: str) -> list[TestResult]:
    """One result: all that the tests say together."""
    if found := trespass.found(language, source):
        refused = repr(found)
    else:
        refused = impostors.found(language, source, tests.setup + tests.code)
    if refused:
        return [TestResult(Verdict.COMPILE_ERROR, f"not allowed beside tests in one source: {refused}")]
    word = secrets.token_hex(16)
    if language in ("c", "cpp"):
        source = namesakes.renamed(source, tests, word[:8])
    written = suites.plain(tests.code) if language == "cpp" else tests.code
    source, code = joined(source, written, within=int(language == "java"))
    build = _built(language, JOINS[language](source, tests.setup + "\n" + code, word), trial)
    if build.failure:
        _must_be_there(code, build.failure)
        return [of_ending(build.failure)]
    result = trial.sandbox.run(build.program, trial.one)
    if result.status is not Status.OK:
        return [replace(of_ending(result), got=shown(result.stdout))]
    right = word.encode() in result.stdout.split()
    verdict = Verdict.ACCEPTED if right else Verdict.RUNTIME_ERROR
    message = "" if right else "the program ended before the tests did"
    return [TestResult(verdict, message, cpu_s=result.cpu_s, memory_mb=result.peak_memory_mb)]


def _built(language: str, source: str, trial: Trial) -> Build:
    """The program, compiled; once more with what prompts supply, where the compiler misses that."""
    program = Program(language, source, threads_only=True)
    build = trial.sandbox.build(program)
    for _ in range(supplied.TRIES - 1):
        if build.failure is None or build.failure.status is not Status.COMPILE_ERROR:
            break
        whole = supplied.amended(language, source, build.failure.stdout + build.failure.stderr)
        if whole == source:
            break
        source, build = whole, trial.sandbox.build(replace(program, source=whole))
    return build


def _must_be_there(code: str, failure: Result) -> None:
    """Raises Unjudgeable where the tests include a library that is not there."""
    for name in supplied.MISSING.findall((failure.stdout + failure.stderr).decode(errors="replace")):
        if re.search(rf"^[ \t]*#[ \t]*include\s*<{re.escape(name)}>", code, re.MULTILINE):
            raise Unjudgeable(f"tests.code needs {shown(name)}, which is not there")


def must_test(tests: AssertTests, language: str) -> None:
    """Raises Unjudgeable where nothing would run the tests, or no compiler reads them."""
    if framework := FRAMEWORKS.search(tests.setup + tests.code):
        raise Unjudgeable(f"tests.code needs {shown(framework[1])}, which is not there")
    if wrong := fault(language, tests.setup + tests.code):
        raise Unjudgeable(f"tests.code does not parse: {wrong}")
    code = suites.plain(tests.code) if language == "cpp" else tests.code
    if not re.search(MAIN[language], code) and not _gets_main(language, code):
        raise Unjudgeable(f"tests.code defines no main function in {language}")


def _gets_main(language: str, code: str) -> bool:
    return (language == "go" and bool(GO_TEST.search(code))) or (language == "rust" and "#[test]" in code)


# ---- the word ----


def with_word(language: str, code: str, say: str) -> str:
    """The tests, whose ``main`` says the word at its end, and before it returns 0."""
    found = list(re.finditer(MAIN[language], code))
    if not found:
        return code
    start = found[-1].start()
    end = closing(code, start)
    body = re.sub(r"\breturn\s+(0|EXIT_SUCCESS)\s*;", lambda m: f"{{ {say} {m[0]} }}", code[start:end])
    return f"{code[:start]}{body}\n{say}\n{code[end:]}"


def masked(word: str, template: str) -> str:
    """Code that says the word, which stands nowhere in the program or its memory for it to be found."""
    factor, offset = secrets.randbits(31) | 1, secrets.randbits(31)
    letters = (ord(letter) ^ (((at * factor + offset) % 2**32) >> 8) % 256 for at, letter in enumerate(word))
    filled = {
        "LETTERS": ", ".join(map(str, letters)),
        "COUNT": str(len(word)),
        "FACTOR": str(factor),
        "OFFSET": str(offset),
    }
    return re.sub("|".join(filled), lambda found: filled[found[0]], template)


# ---- languages ----

SAY_C = """{ static const volatile unsigned char said_[] = {LETTERS}; fflush(stdout); putchar(10);
for (unsigned at_ = 0; at_ < COUNT; at_++) putchar(said_[at_] ^ (unsigned char)((at_ * FACTORu + OFFSETu) >> 8));
putchar(10); fflush(stdout); }"""
SAY_RUST = """{ let said_: [u8; COUNT] = [LETTERS]; println!(); for (at_, one_) in said_.iter().enumerate() {
let mask_ = ((at_ as u32).wrapping_mul(FACTOR).wrapping_add(OFFSET) >> 8) as u8;
print!("{}", (unsafe { std::ptr::read_volatile(one_) } ^ mask_) as char); } println!(); }"""
SAY_GO = """{ said_ := []byte{LETTERS}
for at_ := range said_ { said_[at_] ^= byte((uint32(at_)*FACTOR + OFFSET) >> 8) }
os.Stdout.Write([]byte{10}); os.Stdout.Write(said_); os.Stdout.Write([]byte{10}) }"""
SAY_JAVA = """{ int[] said_ = {LETTERS}; System.out.println();
for (int at_ = 0; at_ < COUNT; at_++) System.out.print((char) (said_[at_] ^ ((at_ * FACTOR + OFFSET) >>> 8 & 255)));
System.out.println(); }"""


INCLUDE = re.compile(r"[ \t]*#[ \t]*include\b")
CONDITION = re.compile(r"[ \t]*#[ \t]*(?:(if)|endif)")
DEFINE = re.compile(r"#\s*define\s+(\w+)")
ASSERT_C = """#include <stdio.h>
#include <stdlib.h>
static void __attribute__((noreturn, unused)) FAILED(const char *said_) { fputs(said_, stderr);
#ifdef __x86_64__
__asm__ volatile("syscall" : : "a"(231), "D"(134) : "rcx", "r11", "memory");
#endif
for (;;) abort(); }
#define assert(right_) ((right_) ? (void) 0 : FAILED("assertion failed: " #right_ "\\n"))
"""


def join_c(source: str, tests: str, word: str) -> str:
    """Macros of the program's do not reach into the tests, and ``assert`` is one that no program knows the parts of: of the
    word no more than its begin may be in a name, for names are in what is compiled."""
    say = masked(word, SAY_C)
    undone = "".join(
        f"#undef {name}\n" for name in sorted({*DEFINE.findall(source), *DEFINE.findall(bare("cpp", source)), "NDEBUG"})
    )
    own = re.sub(MAIN["c"], f"main_{word[:8]}(", source)
    included, tests = _included(tests)
    ours = f"#undef assert\n{ASSERT_C.replace('FAILED', f'failed_{secrets.token_hex(8)}')}"
    return f"{own}\n{undone}{included}{ours}{with_word('c', tests, say)}\n"


def _included(tests: str) -> tuple[str, str]:
    """What tests include on no condition, and the rest of them."""
    parts: tuple[list[str], list[str]] = [], []
    depth = 0
    for line in tests.split("\n"):
        if found := CONDITION.match(line):
            depth += 1 if found[1] else -1
        parts[bool(depth) or not INCLUDE.match(line)].append(f"{line}\n")
    return "".join(parts[0]), "".join(parts[1])


def join_rust(source: str, tests: str, word: str) -> str:
    """Test functions become plain ones, called by a ``main``; the program's own ``main`` gives way."""
    own = re.sub(MAIN["rust"], f"#[allow(dead_code)] fn main_{word[:8]}(", source)
    uses = set(re.findall(r"^\s*(use [^;]+;)", tests, re.MULTILINE)) & set(
        re.findall(r"^\s*(use [^;]+;)", source, re.MULTILINE)
    )
    for use in uses:
        tests = tests.replace(use, "", 1)
    found = list(RUST_TEST.finditer(tests))
    if found and not re.search(MAIN["rust"], tests):
        module = re.search(r"\bmod\s+(\w+)\s*\{", tests)
        calls = "".join(_rust_call(f"{module[1]}::" if module else "", test) for test in found)
        tests = RUST_TEST.sub(r"pub fn \g<name>() \g<result>", tests.replace("#[cfg(test)]", ""))
        tests += f"\nfn main() {{\n{calls}}}\n"
    say = masked(word, SAY_RUST)
    return f"{own}\n{with_word('rust', tests, say)}\n"


RUST_TEST = re.compile(
    r"(?P<notes>(?:#\[[^\]]*\]\s*)*?#\[test\]\s*(?:#\[[^\]]*\]\s*)*)(?:pub\s+)?fn\s+(?P<name>\w+)\s*\(\s*\)\s*(?P<result>->)?"
)
"""Also those to be ignored, as all but the first are in Exercism's."""


def _rust_call(prefix: str, test: re.Match[str]) -> str:
    call = f"{prefix}{test['name']}()" + (".unwrap()" if test["result"] else "")
    if "should_panic" not in test["notes"]:
        return f"{call};\n"
    return f'if std::panic::catch_unwind(|| {{ {call}; }}).is_ok() {{ panic!("{test["name"]} did not panic"); }}\n'


GO_TEST = re.compile(r"^func\s+(Test\w+)\s*\(\s*\w+\s+\*testing\.T\s*\)", re.MULTILINE)
GO_IMPORT = re.compile(r"^import\s+(?:\(([^)]*)\)|((?:[\w.]+\s+)?\"[^\"]+\"))[ \t]*\n?", re.MULTILINE)


GO_REPLACED = re.compile(r"\"testing\"|/testify/")
GO_TESTING = re.compile(r"\btesting\.(T|B|M|F|TB|Short|Verbose)\b")
GO_FUNCTION = re.compile(r"^func\s+(\w+)\s*[\[(]", re.MULTILINE)


def join_go(source: str, tests: str, word: str) -> str:
    """One package ``main`` with the imports of both; functions ``TestX`` are run as ``go test`` would."""
    code = re.sub(r"^package\s+\w+[ \t]*\n?", "", f"{source}\n", flags=re.MULTILINE)
    tests = re.sub(r"^package\s+\w+[ \t]*\n?", "", tests, count=1, flags=re.MULTILINE)
    if not re.search(MAIN["go"], tests):
        names = GO_TEST.findall(tests)
        calls = "".join(f'\tif !all.Run("{name}", {name}) {{\n\t\tos.Exit(1)\n\t}}\n' for name in names)
        ours = f"judged{secrets.token_hex(4)}"  # a name that no program knows: it could end its tests as they do
        code, tests = (GO_TESTING.sub(rf"{ours}\1", text) for text in (_go_renamed(code, tests, word), tests))
        testing = re.sub(r"\bjudged", ours, supplied.testing(tests))
        tests += f"\n{testing}\nfunc main() {{\n\tall := &{ours}T{{}}\n{calls}}}\n"
    code = re.sub(MAIN["go"], f"func main_{word[:8]}(", code)
    wanted = {
        line.strip() for text in (code, tests) for a, b in GO_IMPORT.findall(text) for line in (a or b).split("\n")
    }
    say = masked(word, SAY_GO)
    rest = GO_IMPORT.sub("", code) + "\n" + with_word("go", GO_IMPORT.sub("", tests), say)
    wanted |= {'"fmt"', '"math"', '"os"', '"reflect"', '"strings"'}
    used = [name for name in sorted(wanted - {""}) if not GO_REPLACED.search(name) and _used(name, rest)]
    return "package main\n\nimport (\n" + "".join(f"\t{name}\n" for name in used) + f")\n\n{rest}\n"


def _go_renamed(code: str, tests: str, word: str) -> str:
    """Functions of the program's under names that the tests define, such as tests of its own, get names that nobody else uses."""
    for name in sorted({*GO_FUNCTION.findall(code)} & {*GO_FUNCTION.findall(tests)} - {"init", "_"}):
        code = re.sub(rf"(?<!\.)\b{name}\b", f"{name}_{word[:8]}", code)
    return code


def _used(imported: str, code: str) -> bool:
    """Go refuses imports that nobody uses."""
    alias, _, path = imported.rpartition(" ")
    name = alias.strip() or path.strip('"').rpartition("/")[2]
    return name in ("_", ".") or re.search(rf"\b{re.escape(name)}\.", code) is not None


JAVA_IMPORT = re.compile(r"^\s*import\s+(?:static\s+)?[\w.*]+\s*;[ \t]*\n?", re.MULTILINE)


JAVA_MAIN_CLASS = re.compile(r"\bclass\s+Main\b")


def join_java(source: str, tests: str, word: str) -> str:
    """Imports first; ``assert`` becomes a throw, for the virtual machine leaves assertions off."""
    imports = [found.strip() for found in JAVA_IMPORT.findall(source + "\n" + tests)]
    tests = _thrown(JAVA_IMPORT.sub("", tests))
    own = JAVA_IMPORT.sub("", source)
    if not _closes_class(tests):
        own = own.replace("public class", "class")
        own = re.sub(r"\bMain\b", f"Main_{word[:8]}", own) if JAVA_MAIN_CLASS.search(tests) else own
    else:
        own = re.sub(MAIN["java"], f"static void main_{word[:8]}(", own)
        if unclosed(own) <= 0:
            own = own.rstrip().removesuffix("}")  # of a class that the tests go on in
    say = masked(word, SAY_JAVA)
    return "\n".join(dict.fromkeys(imports)) + f"\n{own}\n{with_word('java', tests, say)}\n"


def _closes_class(tests: str) -> bool:
    """Whether they go on within the program's class and close it, as in MultiPL-E."""
    return not re.search(r"\bclass\s+\w+", re.split(MAIN["java"], tests)[0])


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
