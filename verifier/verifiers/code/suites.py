"""Tests of C++ in the manner of GoogleTest, Catch2 and doctest: a header of ours with their usual macros, in place of theirs."""

import re
import secrets

from verifier.errors import Unjudgeable
from verifier.verifiers.code.braces import closing
from verifier.verifiers.code.supplied import resource

_INCLUDE = re.compile(
    r"^[ \t]*#[ \t]*include\s*[<\"](?:[\w.-]*/)*(?:gtest|catch|catch2|catch_\w+|doctest)\b[\w./-]*[>\"].*$",
    re.MULTILINE,
)
_USED = re.compile(
    r"\b((?:REQUIRE|CHECK|EXPECT|ASSERT|TEST|TYPED|INSTANTIATE|TEMPLATE|GENERATE|MOCK|SCOPED|DYNAMIC|WARN|BENCHMARK)\w*(?=\s*\()|Matchers)\b"
)
_DEFINED = re.compile(r"^[ \t]*#[ \t]*define\s+(\w+)", re.MULTILINE)
_MAIN = re.compile(r"^[ \t]*(?:auto|int)\s+main\s*\([^{;]*", re.MULTILINE)
_RUN_ALL = "#define EXERCISM_RUN_ALL_TESTS\n"


def plain(code: str) -> str:
    """Tests with a ``main`` that runs all of their cases; others are left as they are. Raises Unjudgeable for what the
    header has not."""
    if not _INCLUDE.search(code):
        return code
    ours = f"judged_{secrets.token_hex(4)}"  # a name that no program knows: it could declare what is in it, and change that
    header = resource("tested.hpp").replace("OURS", ours)
    if missing := sorted({*_USED.findall(code)} - {*_DEFINED.findall(header + code)}):
        raise Unjudgeable(f"tests.code needs {missing[0]}, which is not there")
    if main := _MAIN.search(code):
        code = code[: main.start()] + code[closing(code, main.start()) + 1 :]
    return f"{_RUN_ALL}{header}{_INCLUDE.sub('', code)}\nint main() {{\n    {ours}::run_cases_();\n}}\n"
