"""Throughput of every rule-based verifier, in one process: a completion of 2,000 tokens, judged again and again."""

import random
import time
from typing import Any

from benchmarks.throughput import completion
from verifier.registry import load, registered
from verifier.schema import Sample

SECONDS = 0.5
ZEBRA = {
    f"House {i}": {"name": name, "drink": drink}
    for i, (name, drink) in enumerate([("Eric", "tea"), ("Peter", "milk")], 1)
}
REFERENCES: dict[str, dict[str, Any]] = {
    "math": {"answer": "3/7"},
    "choice": {"answer": "B", "choices": ["one", "two", "three", "four"]},
    "text": {"answer": "three"},
    "similarity": {"answer": "the answer is three"},
    "game24": {"answer": "4 7 8 8"},
    "assignment": {"answer": ZEBRA},
    "output": {"answer": "[1, 2]"},
    "language": {"language": "en"},
}
ANSWERS = {
    "choice": "The answer is B.",
    "game24": "(7 - 8 / 8) * 4 = 24",
    "assignment": "House 1: Eric, tea\nHouse 2: Peter, milk",
    "output": "[1,2]",
}
LENGTH = {"tokens": 2_000, "group_min": 500, "group_max": 4_000}


def main() -> None:
    """Print samples a second of each verifier; in CPU time, which other work on the machine changes little."""
    load()
    rng = random.Random(0)
    texts = [completion(3, rng) for _ in range(16)]
    for name, cls in registered().items():
        if name == "code":
            continue
        verifier = cls(cls.Options.model_validate({}))
        answer = ANSWERS.get(name)
        completions = [text.split("<answer>")[0] + f"<answer>{answer}</answer>" if answer else text for text in texts]
        samples = [
            Sample.model_validate({"completion": c, "length": LENGTH, **REFERENCES.get(name, {})}) for c in completions
        ]
        value = verifier.verify(samples[0]).value
        judged, started = 0, time.process_time()
        while (took := time.process_time() - started) < SECONDS:
            verifier.verify(samples[judged % len(samples)])
            judged += 1
        print(f"{name:16} {judged / took:10,.0f} a second  {took / judged * 1e6:8.0f} us  (value {value:.2f})")


if __name__ == "__main__":
    main()
