"""Whether tests are in the manner of Jest and Mocha, whose names we then provide."""

import re

from verifier.errors import Unjudgeable

_TEXT = r"""(?:'(?:\\.|[^'\\])*+'|"(?:\\.|[^"\\])*+"|`(?:\\.|[^`\\])*+`)"""
_FUNCTION = r"(?:async\b\s*)?(?:function\b|\(|[\w$]+\s*=>)"
_CALL = re.compile(
    r"(?<![\w$.])(?P<name>x?(?:describe|test|it))(?P<how>(?:\.\w+)*)\s*"
    rf"(?:(?<=\.each)[(`]|(?<=\.todo)\(|\(\s*{_TEXT}\s*,\s*{_FUNCTION})"
)
"""A test or a suite of them: a text and a function, or a table of what they are made of."""
_USED = re.compile(r"(?:[^\s;{})>]|\breturn)[^\S\n]*\Z")
"""What stands before a call whose value is used, as no test's is."""
_EXPECTS = re.compile(r"\)\s*\.\s*(?:not|resolves|rejects|to[A-Z]\w*)\b")
_OWN = re.compile(r"\b(?:function|const|let|var)\s+(\w+)")


def used(code: str, entry: str | None) -> bool:
    """Whether tests use such names for that, with nothing of their own in their place. Raises Unjudgeable where
    all are skipped."""
    calls = [call for call in _CALL.finditer(code) if not _USED.search(code[max(0, call.start() - 20) : call.start()])]
    names = {call["name"] for call in calls}
    if re.search(r"(?<![\w$.])expect\s*\(", code) and _EXPECTS.search(code):
        names.add("expect")
    if not names - {*_OWN.findall(code), entry}:
        return False
    if _all_skipped(calls):
        raise Unjudgeable("tests.code skips all of its tests")
    return True


def _all_skipped(calls: list[re.Match[str]]) -> bool:
    skipped = [(call["name"], call["name"][0] == "x" or call["how"].startswith((".skip", ".todo"))) for call in calls]
    suites = [skips for name, skips in skipped if name.endswith("describe")]
    live = [name for name, skips in skipped if not skips and not name.endswith("describe")]
    return any(skips for _, skips in skipped) and (not live or (len(suites) > 0 and all(suites)))
