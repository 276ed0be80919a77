"""The program in a completion."""

import ast
import re
import warnings
from collections.abc import Callable
from itertools import islice

from verifier.schema import Sample
from verifier.verifiers import response
from verifier.verifiers.code.blocks import Block, fenced, marked
from verifier.verifiers.code.continuation import continued, continues
from verifier.verifiers.code.definitions import PARSED_CHARS, defined, of_tree, parse, wanted
from verifier.verifiers.code.names import lacking
from verifier.verifiers.code.options import CodeOptions

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
BEGINS = re.compile(r"^(?:def|class|from|import|async def|@\w+)\b.*", re.MULTILINE)
DATA = (
    ast.Name | ast.Constant | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.UnaryOp | ast.unaryop | ast.expr_context
)
CUTS = 8
"""Most places at which text that is not all a program is tried as one that ends there."""
TRIED_CHARS = 2 * PARSED_CHARS
"""Most that is parsed in all of those tries."""


def extract(sample: Sample, options: CodeOptions, is_language: Callable[[str], bool], language: str) -> str | None:
    """The program, or None. ``is_language`` tells whether a fence's tag names the language that the tests are for."""
    parts = response.split(sample.text)
    region = parts.final if parts.answer is None or options.region == "final" else parts.answer
    if blocks := fenced(region):
        return _choose(_suitable(blocks, is_language, language), options.block, sample, language)
    if not options.unfenced or not region.strip():
        return None
    region = marked(region)
    return _bare(region, sample, options) if language == "python" else region


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
    return tree is not None and not _says_nothing(tree)


def _choose(programs: list[str], how: str, sample: Sample, language: str) -> str | None:
    if not programs or (how == "only" and len(programs) > 1):
        return None
    if how == "joined":
        return "\n".join(programs)
    if how == "last" and len(programs) > 1:
        # an example of use, or tests of its own, may follow the program
        if names := wanted(sample.tests, language):
            found = [len(names & defined(program, language)) for program in programs]
            most = max(found)
            programs = [program for program, count in zip(programs, found, strict=True) if count == most]
        elif language == "python" and sum(map(len, programs)) <= PARSED_CHARS:
            return _last_whole(programs)
    return programs[0 if how == "first" else -1]


def _last_whole(programs: list[str]) -> str:
    """The last that says something, and uses nothing that it leaves to those before it."""
    whole, known = programs[0], set[str]()
    for program in programs:
        tree = parse(program)
        if tree is None or not (_says_nothing(tree) or lacking(tree) & known):
            whole = program
        known |= of_tree(tree) if tree else set()
    return whole


def _bare(region: str, sample: Sample, options: CodeOptions) -> str | None:
    """Text without fences that is Python: by itself, as the rest of its prompt, or from its first definition to where prose
    goes on; bare words and numbers are none."""
    tree = parse(region)
    if tree is not None:
        return None if _says_nothing(tree) else region
    prompt = sample.prompt_text
    if continues(region, sample, options) and parse(continued(region, prompt)) is not None:
        return region
    names, left = wanted(sample.tests, "python"), TRIED_CHARS
    for start in islice(BEGINS.finditer(region), CUTS):
        program, left = _up_to_prose(region[start.start() :], left)
        if program and (not names or names & defined(program, "python")):
            return program
    return None


def _up_to_prose(text: str, left: int) -> tuple[str, int]:
    """The first lines, as many as are Python, and how much may be parsed still."""
    for _ in range(CUTS):
        if not text or len(text) > min(left, PARSED_CHARS):
            break
        left -= len(text)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what a completion writes nobody needs to hear
                ast.parse(text)
            return text, left
        except SyntaxError as error:
            text = "\n".join(text.split("\n")[: (error.lineno or 1) - 1])
        except (ValueError, MemoryError, RecursionError):
            break
    return "", left


def _says_nothing(tree: ast.Module) -> bool:
    """Whether it is words or data alone, as an output is."""
    return all(
        isinstance(node, ast.Expr) and all(isinstance(part, DATA) for part in ast.walk(node.value))
        for node in tree.body
    )
