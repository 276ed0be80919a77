"""Which parameters of a JavaScript function are list or tree nodes, as its head or the comment before it says."""

import re
from collections.abc import Iterator
from itertools import islice

KINDS = ("ListNode", "TreeNode")
MOST_HEADS, LONGEST_COMMENT = 50, 4000
_HEAD = (
    r"(?<![\w$.])NAME\s*+(?::[^=;{}\n]{0,200})?(?:=\s*+)?(?:async\s*+)?(?:function\b\s*+\*?\s*+\w*+\s*+)?"
    r"(?:<[^()\n]{0,200}>\s*+)?\("
)
_COMMENT = re.compile(
    r"/\*\*((?:(?!\*/|/\*\*)[\s\S])*)\*/\s*(?:(?:export|default|public|static|async|function|const|let|var)\s+)*\Z"
)
_DOC_PARAMETER = re.compile(r"@param\s*\{([^}]*)\}")
_DOC_RETURN = re.compile(r"@returns?\s*\{([^}]*)\}")
_RETURN = re.compile(r"\s*(?::|->)([^{\n]{0,200})")


def kinds(entry: str, *texts: str) -> dict[str, object]:
    """``parameters``, and ``returned``: the kind of node of each, with ``[]`` for a list of such, or None. The first text
    that speaks of nodes decides."""
    name = re.escape(entry.rpartition(".")[2])
    for text in texts:
        for parameters, returned in _signatures(name, text):
            if any((*parameters, returned)):
                return {"parameters": parameters, "returned": returned}
    return {"parameters": [], "returned": None}


def _signatures(name: str, text: str) -> Iterator[tuple[list[str | None], str | None]]:
    for found in islice(re.finditer(_HEAD.replace("NAME", name), text), MOST_HEADS):
        end = _closing(text, found.end())
        head = [_kind(part) for part in _parts(text[found.end() : end])]
        comment = _COMMENT.search(text[max(0, found.start() - LONGEST_COMMENT) : found.start()])
        doc = comment[1] if comment else ""
        told = [_kind(note) for note in _DOC_PARAMETER.findall(doc)]
        gives = _RETURN.match(text, end + 1) or _DOC_RETURN.search(doc)
        yield head if any(head) else told, _kind(gives[1].partition("=>")[0]) if gives else None


def _kind(note: str) -> str | None:
    kind = next((kind for kind in KINDS if re.search(rf"\b{kind}\b", note)), None)
    return f"{kind}[]" if kind and re.search(r"\[\s*\]|\bArray<|\b[Ll]ist\[", note) else kind


def _closing(text: str, start: int) -> int:
    """Where the bracket closes that opens before ``start``."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if not depth:
            return at
    return len(text)


def _parts(parameters: str) -> list[str]:
    """Parameters between the commas that stand in no bracket; Python's ``self`` is none."""
    flat = re.sub(r"[<({\[][^<>(){}\[\]]*[>)}\]]", lambda found: found[0].replace(",", " "), parameters)
    return [part for part in flat.split(",") if part.strip() not in ("", "self")]
