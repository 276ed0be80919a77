"""Functions of a program in C or C++ that have the name of one that its tests use: beside them in one source they give way.

A helper of the same name is honest, and would not compile; one for other types would be called in place of the tests'.
"""

import re

from verifier.schema import AssertTests
from verifier.verifiers.code.braces import changed, silenced, top
from verifier.verifiers.code.definitions import NO_NAMES, heads

TESTING = frozenset(
    "abort abs exit _Exit fabs fabsf fabsl fflush fprintf fputs labs llabs memcmp printf putchar puts quick_exit strcasecmp"
    " strcmp strcoll strlen strncasecmp strncmp strstr wcscmp".split()
)
"""What tests in C compare with, and say failure with."""
WORD = re.compile(r"\w+")
IN_PARENTHESES = re.compile(r"\(\s*(\w+)\s*\)\s*\([^;{}()]*+\)\s*\{")
RENAMES = re.compile(r"#\s*define\s+(\w+)[ \t]+(\w+)[ \t]*$", re.MULTILINE)


def functions(code: str) -> set[str]:
    """The functions that a source defines in no class, also by a macro's name."""
    code = silenced(code)
    outside = top(code)
    found = {head[1] for head in heads(outside) if not outside[: head.start()].endswith("::")}
    found |= {*IN_PARENTHESES.findall(outside)}
    return (found | {name for macro, name in RENAMES.findall(code) if macro in found}) - NO_NAMES


def renamed(source: str, tests: AssertTests, word: str) -> str:
    """The program, with another name for its functions that the tests have too, or use of the library and do not test."""
    code = tests.setup + "\n" + tests.code
    own, theirs, named = functions(source), functions(code), set(WORD.findall(silenced(code)))
    tested = own & named - theirs
    used = tested & TESTING - {tests.entry_point, *_declared(code)}
    if not tested - TESTING:
        used = set[str]()
    names = "|".join(sorted(own & theirs | used))
    if not names:
        return source
    own_name = re.compile(rf"(?<![\w.])(?<!->)(?<!std::)(?:{names})\b")
    return changed(source, lambda part: own_name.sub(rf"\g<0>_{word}", part))


def _declared(code: str) -> set[str]:
    """The functions that tests declare, for the program to define."""
    found = re.findall(r"\b(\w+)[\s*]+(\w+)\s*\([^;{}()]*\)\s*;", top(silenced(code)))
    return {name for before, name in found if before not in NO_NAMES}
