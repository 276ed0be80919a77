"""JavaScript's modules as scripts: imports are required, exports stand under their names or in ``module.exports``."""

import re

_WHAT = r"(?:\w+|\*\s*as\s+\w+|\{[^}]{0,2000}\})"
_IMPORT = re.compile(
    rf"^import\s+(?:({_WHAT}(?:\s*,\s*{_WHAT})?)\s*from\s*)?(['\"][^'\"\n]+['\"])[ \t]*;?", re.MULTILINE
)
_IMPORTED = re.compile(r"\{([^}]*)\}|\*\s*as\s+(\w+)|(\w+)")
_NAMED = re.compile(
    r"^export\s+(default\s+)?(?=(?:async\s+function|function|class|const|let|var)\b(?:\s*\*)?\s*(?!extends\b)([\w$]+)?)",
    re.MULTILINE,
)
_DEFAULT = re.compile(r"^export\s+default\s+", re.MULTILINE)
_LIST = re.compile(r"^export\s*\{([^}]{0,2000})\}[ \t]*(from\b[^;\n]*)?;?", re.MULTILINE)
_RENAMED = re.compile(r"([\w$]+)\s+as\s+([\w$]+)")


def as_script(code: str) -> str:
    """A module as a script. A script is left as it is."""
    late: list[str] = []
    """What is exported once all is defined: a class is no sooner."""

    def named(found: re.Match[str]) -> str:
        default, name = found.groups()
        if default and not name:
            return "module.exports.default = "
        if default:
            late.append(f"module.exports.default = {name};")
        return ""

    def listed(found: re.Match[str]) -> str:
        if not found[2]:
            late.append("Object.assign(module.exports, {" + _RENAMED.sub(r"\2: \1", found[1]) + "});")
        return ""

    code = _IMPORT.sub(_required, code)
    code = _LIST.sub(listed, _DEFAULT.sub("module.exports.default = ", _NAMED.sub(named, code)))
    return "\n".join((code, *late)) if late else code


def _required(found: re.Match[str]) -> str:
    """The name of a default import is told as well: a program that exports nothing has it under that."""
    what, module = found.groups()
    if what is None:
        return f"require({module});"
    lines: list[str] = []
    for names, whole, default in _IMPORTED.findall(what):
        if default:
            lines.append(f"const {default} = require({module}, '{default}');")
        elif whole:
            lines.append(f"const {whole} = require({module});")
        else:
            lines.append("const {" + _RENAMED.sub(r"\1: \2", names) + f"}} = require({module});")
    return " ".join(lines)
