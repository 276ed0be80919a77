"""The program in a completion."""

import ast
import re
from collections.abc import Callable
from typing import NamedTuple

from verifier.schema import Sample
from verifier.verifiers import response
from verifier.verifiers.code.braces import closing, unclosed
from verifier.verifiers.code.options import CodeOptions

FENCE = re.compile(r"^(?P<lead>[^\n`~]*?)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$", re.MULTILINE)
CLOSED_LATE = re.compile(r"^(?P<last>[^\n`]*[^\s`])`{3,}[ \t]*$", re.MULTILINE)
"""A closing fence behind the last line of a program, instead of below it."""
LEAD = re.compile(r"[ \t]*((>|[-*+]|\d+[.)])[ \t]+)*")
"""What may stand before a fence that is the first thing on its line: indents, quotes, marks of lists."""
TAG = re.compile(r"[{.\s]*([a-z0-9+#_-]+(?:\.\d+)*)")
PARSED_CHARS = 200_000
"""Longest text that is tried as a program without a fence."""
KIN = {"cpp": ("c",), "typescript": ("javascript",), "c": ("cpp",), "javascript": ("typescript",)}
"""Tags that count where the right one is not there: languages whose programs are often tagged as their neighbour's."""
MARKS = {
    "c": r"#include|\bmain\s*\(",
    "cpp": r"#include|\bmain\s*\(|\b(int|void|bool|auto|vector|string)\b[^;\n]*\(",
    "java": r"\b(class|interface|record)\s+\w+",
    "javascript": r"\b(const|let|var|function|class)\b|=>|console\.",
    "typescript": r"\b(const|let|var|function|class|interface|type)\b|=>|console\.",
    "go": r"\bfunc\s+\w*|\bpackage\s+\w+",
    "rust": r"\bfn\s+\w+|\buse\s+\w+",
}
"""What tells a program from its output, in blocks without a tag."""


class Block(NamedTuple):
    tag: str
    text: str


def extract(sample: Sample, options: CodeOptions, is_language: Callable[[str], bool], language: str) -> str | None:
    """The program, or None. ``is_language`` tells whether a fence's tag names the language that the tests are for."""
    parts = response.split(sample.text)
    region = parts.final if parts.answer is None or options.region == "final" else parts.answer
    entry = getattr(sample.tests, "entry_point", None)
    if blocks := fenced(region):
        return _choose(_suitable(blocks, is_language, language), options.block, entry if language == "python" else None)
    if options.unfenced and region.strip() and (language != "python" or _is_program(region, sample, options)):
        return region
    return None


def _suitable(blocks: list[Block], is_language: Callable[[str], bool], language: str) -> list[str]:
    """The blocks with the right tag; else, with a neighbour's; else those without any that look like programs."""
    tagged = [block.text for block in blocks if is_language(block.tag) or is_language(block.tag.rstrip("0123456789."))]
    kin = [block.text for block in blocks if block.tag in KIN.get(language, ())]
    bare = [block.text for block in blocks if not block.tag]
    return tagged or kin or [text for text in bare if _looks_like(text, language)] or bare


def _looks_like(text: str, language: str) -> bool:
    if language != "python":
        return re.search(MARKS.get(language, ""), text) is not None
    tree = parse(text)
    return tree is not None and not _is_bare(tree)


def _choose(programs: list[str], how: str, entry: str | None) -> str | None:
    if not programs or (how == "only" and len(programs) > 1):
        return None
    if how == "joined":
        return "\n".join(programs)
    if how == "last" and entry and len(programs) > 1:
        # an example of use may follow the program
        defining = [program for program in programs if (tree := parse(program)) and _provides(tree, entry)]
        programs = defining or programs
    return programs[0 if how == "first" else -1]


def _provides(tree: ast.Module, entry: str) -> bool:
    named = entry.partition("(")[0].partition(".")[0]
    return bool(defined(tree) & {named, "Solution"})


def fenced(text: str) -> list[Block]:
    """Every fenced block: its tag in lower case, and its text. One that is never closed runs to the end."""
    blocks: list[Block] = []
    opened: re.Match[str] | None = None
    for match in FENCE.finditer(text):
        late = CLOSED_LATE.match(text, match.start())
        if opened is None:
            opened = match if _opens(match) else None
        elif late or _closes(match, opened):
            blocks.append(_block(opened, text, late.end("last") if late else match.start()))
            opened = None
    if opened is not None:
        blocks.append(_block(opened, text, len(text)))
    return blocks


def _opens(match: re.Match[str]) -> bool:
    """After words on the same line, only a fence with a tag opens a block."""
    return LEAD.fullmatch(match["lead"]) is not None or bool(re.fullmatch(r"[\w+#.-]+", match["info"].strip()))


def _closes(match: re.Match[str], opened: re.Match[str]) -> bool:
    """A fence inside a docstring is indented deeper than the one that opened the block."""
    bare = match["fence"].startswith(opened["fence"]) and not match["info"].strip()
    if not bare or match["lead"].strip(" \t>"):
        return False
    return not LEAD.fullmatch(opened["lead"]) or len(match["lead"]) <= len(opened["lead"]) + 3


def _block(opened: re.Match[str], text: str, end: int) -> Block:
    tag = TAG.match(opened["info"].strip().lower())
    lines = text[opened.end() + 1 : end].split("\n")
    lead = opened["lead"]
    if LEAD.fullmatch(lead):
        lines = [_without(line, lead) for line in lines]
    return Block(tag[1] if tag else "", "\n".join(lines).replace("\r", "").removeprefix("\ufeff"))


def _without(line: str, lead: str) -> str:
    """A line without what stood before the block's fence: the same, or as much of blanks."""
    if line.startswith(lead):
        return line[len(lead) :]
    if lead.strip().startswith(">") and line.strip() == lead.strip():
        return ""
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(blank, len(lead)) :]


def _is_program(region: str, sample: Sample, options: CodeOptions) -> bool:
    """Whether text without fences is Python, by itself or as the rest of its prompt; bare words and numbers are not."""
    tree = parse(region)
    if tree is None:
        entry = getattr(sample.tests, "entry_point", None)
        prompt = sample.prompt_text
        return continues(region, prompt, entry, options) and parse(_continued(region, prompt)) is not None
    return not _is_bare(tree)


def _is_bare(tree: ast.Module) -> bool:
    return all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Name | ast.Constant) for node in tree.body)


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
    return _continued(program, sample.prompt_text)


def complete_braces(program: str, sample: Sample, entry: str | None, options: CodeOptions) -> str:
    """As :func:`complete`, in languages with braces: a prompt that ends in the head of a function is continued."""
    prompt = sample.prompt_text
    if options.continue_prompt == "auto":
        defines = re.compile(rf"\b{re.escape(entry)}\s*(?:=|\([^;{{]*\)[^;{{]*\{{)") if entry else None
        if (
            not prompt.rstrip().endswith("{")
            or defines is None
            or not defines.search(prompt)
            or defines.search(program)
        ):
            return program
    elif options.continue_prompt == "never":
        return program
    whole = prompt + program
    end = closing(whole, len(prompt.rstrip()) - 1)
    return whole[: end + 1] + "\n}" * max(0, unclosed(whole[: end + 1]))


def _continued(program: str, prompt: str) -> str:
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
