"""All of HumanEval through the verifier ``code``: every reference must pass, and every emptied body must fail.

    python benchmarks/humaneval.py HumanEval.jsonl.gz [--jobs 2] [--repeat 1]

The file is OpenAI's, from https://github.com/openai/human-eval; it is not part of this project.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from verifier.schema import AssertTests, Sample
from verifier.verifiers.code import Code, CodeOptions


class Case(NamedTuple):
    name: str
    sample: Sample
    passes: bool


def cases(path: Path) -> Iterator[Case]:
    """Each task twice: with its reference as a completion of the prompt, and with ``pass`` instead."""
    with gzip.open(path, "rt") as file:
        for line in file:
            task: dict[str, Any] = json.loads(line)
            tests = AssertTests(type="assert", entry_point=task["entry_point"], code=task["test"])
            for body, passes in ((task["canonical_solution"], True), ("    pass\n", False)):
                sample = Sample(prompt=task["prompt"], completion=body, tests=tests)
                yield Case(f"{task['task_id']} {'reference' if passes else 'emptied'}", sample, passes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--jobs", type=int, default=2, help="threads; each waits for a sandbox of its own")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    if not options.path.exists():
        print(f"{options.path} is absent: nothing was measured. Get it from https://github.com/openai/human-eval")
        return 2
    todo = [case for case in cases(options.path) for _ in range(options.repeat)]
    verifier = Code(CodeOptions())
    start = time.perf_counter()
    with ThreadPoolExecutor(options.jobs) as pool:
        scores = list(pool.map(verifier.verify, [case.sample for case in todo]))
    elapsed = time.perf_counter() - start
    wrong = [(c, s) for c, s in zip(todo, scores, strict=True) if (s.value == 1.0) != c.passes]
    for case, score in wrong:
        print(f"WRONG {case.name}: {score.value} {score.explanation}")
    print(
        f"{len(todo) - len(wrong)} of {len(todo)} as they should be; {elapsed:.1f} s with {options.jobs} jobs, "
        f"{len(todo) / elapsed:.1f} samples/s, {elapsed / len(todo) * options.jobs * 1000:.1f} ms each"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
