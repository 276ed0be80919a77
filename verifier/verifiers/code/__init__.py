"""Verifies programs by running them: extraction, test protocols, comparison.

* ``extract``   the program in a completion
* ``stdio``     one run a case, outputs compared
* ``function``  one function called with plain data, values compared by us
* ``asserts``   tests that are code, in a sandbox of their own; ``dialogue`` and ``solver`` stand between
* ``harness``   the files that run inside the sandboxes
"""

from sandbox import Sandbox, SandboxError, languages
from verifier.verifiers.code.options import CodeOptions
from verifier.verifiers.code.verify import Code

__all__ = ["Code", "CodeOptions", "isolation", "languages"]


def isolation() -> str:
    """What stands between programs and this machine, or why there is nothing."""
    try:
        return Sandbox().isolation
    except SandboxError as error:
        return f"none: {error}"
