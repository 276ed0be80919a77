"""Programs that go on where their prompt ends."""

import ast
import re

from verifier.schema import Sample, StdioTests
from verifier.verifiers.code.braces import closing, depths, unclosed
from verifier.verifiers.code.definitions import CALLED, NO_NAMES, defined, heads, of_tree, parse, wanted
from verifier.verifiers.code.options import CodeOptions

BOUND = re.compile(r"\b(?:const|let|var)\s+([\w$]+)\s*[:=]")
HEAD_LINES = 20
"""Longest head of a function."""


def complete(program: str, sample: Sample, options: CodeOptions, language: str) -> str:
    """The whole program: the completion's, in its template, or after its prompt where it continues that."""
    tests = sample.tests
    if tests and tests.template is not None:
        return _filled(tests.template, program, language)
    if tests is None or isinstance(tests, StdioTests):
        return program
    if language != "python":
        return _complete_braces(program, sample, options, language)
    if not continues(program, sample, options):
        return program
    if _entry(sample) in defined(program, language):
        # a program that restates the function still needs what the prompt imports and defines
        return f"{sample.prompt_text.rstrip()}\n\n{program}"
    return continued(program, sample.prompt_text)


def _filled(template: str, program: str, language: str) -> str:
    before, _, after = template.partition("[insert]")
    indent = before.rpartition("\n")[2]
    if indent.strip():
        return before + program + after
    program = program.strip("\n")
    within = _within_text(program) if language == "python" else set[int]()
    lines = (line if at in within else indent + line for at, line in enumerate(program.split("\n")))
    return before + "\n".join(lines).removeprefix(indent) + after


def _within_text(program: str) -> set[int]:
    """The lines that begin inside of a text, from 0."""
    tree = parse(program) or ast.Module([], [])
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant))
    return {at for node in texts for at in range(node.lineno, node.end_lineno or 0)}


# ---- Python ----


def continues(program: str, sample: Sample, options: CodeOptions) -> bool:
    """Whether a program is the rest of its prompt: code that defines what is tested."""
    if options.continue_prompt != "auto":
        return options.continue_prompt == "always"
    return _entry(sample) is not None


def _entry(sample: Sample) -> str | None:
    """The last function or class of the prompt's that the tests want."""
    tree = parse(sample.prompt_text) if sample.prompt_text else None
    if tree is None or not (of_prompt := of_tree(tree)):
        return None
    entry = getattr(sample.tests, "entry_point", None)
    if entry is not None:
        return entry if entry in of_prompt else None
    names = wanted(sample.tests, "python")
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return next((node.name for node in reversed(tree.body) if isinstance(node, kinds) and node.name in names), None)


def continued(program: str, prompt: str) -> str:
    """The prompt and its continuation, whose first indent a chat may have taken off, and which prose may follow."""
    whole = prompt + program
    if _is_whole(whole):
        return whole
    indented = f"{prompt.rstrip(' ')}    {program.lstrip(' ')}"
    everywhere = prompt.rstrip(" ") + "\n".join(f"    {line}" for line in program.split("\n"))
    body = re.split(r"\n(?=[^\s#@)\]}])", program)[0]
    for attempt in (indented, everywhere, prompt + body, f"{prompt.rstrip(' ')}    {body.lstrip(' ')}"):
        if _is_whole(attempt):
            return attempt
    return whole


def _is_whole(source: str) -> bool:
    """Whether it parses, and returns from nowhere outside of a function."""
    tree = parse(source)
    waiting: list[ast.AST] = list(tree.body) if tree else [ast.Return()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            return False
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return True


# ---- languages with braces ----


def _complete_braces(program: str, sample: Sample, options: CodeOptions, language: str) -> str:
    """A prompt that ends in the head of a function is continued; a function that restates it takes its place."""
    prompt = sample.prompt_text
    if options.continue_prompt == "never":
        return program
    if options.continue_prompt == "auto":
        start, name = head(prompt)
        entry = getattr(sample.tests, "entry_point", None)
        if not name or (entry and entry != name and entry not in defined(prompt, language)):
            return program
        if {name, entry} & defined(program, language):
            return _restated(program, prompt[:start], name, language)
    whole = prompt + program
    end = closing(whole, len(prompt.rstrip()) - 1)
    return _closed(whole[: end + 1])


def head(prompt: str) -> tuple[int, str]:
    """Where the head of a function begins that a prompt ends with, and the function's name; an empty name where there is none."""
    text = prompt.rstrip()
    at = len(text)
    for _ in range(HEAD_LINES if text.endswith("{") else 0):
        at = max(0, text.rfind("\n", 0, at))
        lines = text[at:]
        if lines.count("(") == lines.count(")"):
            found = next(
                (m[1] for m in (BOUND.search(lines), *CALLED.finditer(lines)) if m and m[1] not in NO_NAMES), ""
            )
            return at, found
    return 0, ""


def _restated(program: str, before: str, name: str, language: str) -> str:
    """A whole function, with what the prompt has before it: the class that it is a method of, or helpers that it calls."""
    of_prompt = defined(before, language)
    if not of_prompt or of_prompt & defined(program, language):
        return program
    places = (match.start() for match in heads(program) if match[1] == name)
    within = any(depth > 0 for depth in depths(program, places))
    return program if within else _closed(f"{before}\n{program}")


def _closed(whole: str) -> str:
    return whole + "\n}" * max(0, unclosed(whole))
