"""The program in a completion."""

import ast
import re
from collections.abc import Callable

from verifier.schema import Sample
from verifier.verifiers import response
from verifier.verifiers.code.options import CodeOptions

FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$", re.MULTILINE)
PARSED_CHARS = 200_000
"""Longest text that is tried as a program without a fence."""


def extract(sample: Sample, options: CodeOptions, is_language: Callable[[str], bool], python: bool) -> str | None:
    """The program, or None. ``is_language`` tells whether a fence's tag names the language that the tests are for."""
    parts = response.split(sample.text)
    region = parts.final if parts.answer is None or options.region == "final" else parts.answer
    blocks = fenced(region)
    if blocks:
        tagged = [code for tag, code in blocks if is_language(tag)]
        return _choose(tagged or [code for tag, code in blocks if not tag], options.block)
    if options.unfenced and region.strip() and (not python or _is_program(region, sample, options)):
        return region
    return None


def _choose(blocks: list[str], how: str) -> str | None:
    if not blocks or (how == "only" and len(blocks) > 1):
        return None
    return "\n".join(blocks) if how == "joined" else blocks[0 if how == "first" else -1]


def fenced(text: str) -> list[tuple[str, str]]:
    """Every fenced block: its tag in lower case, and its text. One that is never closed runs to the end."""
    blocks: list[tuple[str, str]] = []
    opened: re.Match[str] | None = None
    for match in FENCE.finditer(text):
        if opened is None:
            opened = match
        elif _closes(match, opened):
            blocks.append(_block(opened, text, match.start()))
            opened = None
    if opened is not None:
        blocks.append(_block(opened, text, len(text)))
    return blocks


def _closes(match: re.Match[str], opened: re.Match[str]) -> bool:
    """A fence inside a docstring is indented deeper than the one that opened the block."""
    bare = match["fence"].startswith(opened["fence"]) and not match["info"].strip()
    return bare and len(match["indent"]) <= len(opened["indent"]) + 3


def _block(opened: re.Match[str], text: str, end: int) -> tuple[str, str]:
    words = re.split(r"[\s,{]+", opened["info"].strip().lower(), maxsplit=1)
    lines = text[opened.end() + 1 : end].split("\n")
    indent = opened["indent"]
    return words[0], "\n".join(line.removeprefix(indent) for line in lines)


def _is_program(region: str, sample: Sample, options: CodeOptions) -> bool:
    """Whether text without fences is Python, by itself or as the rest of its prompt; bare words and numbers are not."""
    tree = parse(region)
    if tree is None:
        entry = getattr(sample.tests, "entry_point", None)
        return continues(region, sample.prompt_text, entry, options) and parse(sample.prompt_text + region) is not None
    return not all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Name | ast.Constant) for node in tree.body)


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None when there is none."""
    if len(source) > PARSED_CHARS:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None


def complete(program: str, sample: Sample, entry: str | None, options: CodeOptions) -> str:
    """The whole program: the completion's, after its prompt where it continues that."""
    if not continues(program, sample.prompt_text, entry, options):
        return program
    tree = parse(program)
    if tree is not None and entry in defined(tree):
        # a program that restates the function still needs what the prompt imports and defines
        return f"{sample.prompt_text.rstrip()}\n\n{program}"
    return sample.prompt_text + program


def continues(program: str, prompt: str, entry: str | None, options: CodeOptions) -> bool:
    """Whether a program is the rest of its prompt."""
    if options.continue_prompt != "auto":
        return options.continue_prompt == "always"
    if not prompt or entry is None:
        return False
    tree = parse(prompt)
    return tree is not None and entry in defined(tree)


def defined(tree: ast.Module) -> set[str]:
    """The functions and classes that a module defines at its top."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}
