"""Coverage-guided fuzzing of the math verifier: no text may raise, and none may take longer than its budget.

Not part of ``make test``. In an environment with ``atheris`` and this project's dependencies:
``python -m tests.fuzz.math_verifier CORPUS -max_total_time=1800 -timeout=10``. The golden cases are added to the corpus.
"""

import contextlib
import importlib
import json
import sys
from pathlib import Path
from typing import Any

atheris: Any = importlib.import_module("atheris")  # which only this needs, and which has no types

with atheris.instrument_imports(include=["verifier.verifiers.math"]):
    from verifier.errors import Unjudgeable
    from verifier.schema import Sample
    from verifier.verifiers.math import Math, MathOptions

GOLDEN = Path(__file__).parent.parent / "golden" / "math"
SEPARATOR = b"\0|\0"
verifier = Math(MathOptions())


def one_input(data: bytes) -> None:
    """The bytes before the separator are the reference, those behind it the completion."""
    reference, _, completion = data.partition(SEPARATOR)
    sample = Sample(completion=completion.decode("utf-8", "replace"), answer=reference.decode("utf-8", "replace"))
    with contextlib.suppress(Unjudgeable):
        verifier.verify(sample)


def seed(corpus: Path) -> None:
    """Start from what answers look like."""
    corpus.mkdir(parents=True, exist_ok=True)
    for path in sorted(GOLDEN.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n")):
            case: dict[str, Any] = json.loads(line) if line.strip() else {}
            if case and "repeat" not in case and len(line) < 1_000:
                pair = (
                    case["reference"].encode("utf-8", "replace")
                    + SEPARATOR
                    + case["completion"].encode("utf-8", "replace")
                )
                (corpus / f"{path.stem}-{number}").write_bytes(pair)


if __name__ == "__main__":
    seed(Path(sys.argv[1]))
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
