"""Votes, selection and decontamination: a group of 64 answers, many groups, and training text against test sets."""

import json
import random
import statistics
import time

import httpx

from benchmarks.service import running
from benchmarks.throughput import WORDS, completion
from verifier.decontaminate import TestGrams

GROUPS = 256
OF = 16
TIMES = 20
FORMS = (
    "\\frac{1}{2}",
    "0.5",
    "2^{-1}",
    "50\\%",
    "\\sqrt{2}",
    "3",
    "-1",
    "\\frac{2}{3}",
    "x^2+1",
    "(1,2)",
    "\\pi",
    "7.25",
)


def sixty_four(*, distinct: bool) -> list[str]:
    """Completions of 64 short math answers."""
    rng = random.Random(0)
    answers = [f"{i}+\\sqrt{{{i + 2}}}" for i in range(64)] if distinct else rng.choices(FORMS, k=64)
    return [f"<think>Let us see.</think>\\boxed{{{answer}}}" for answer in answers]


def median_ms(client: httpx.Client, completions: list[str]) -> float:
    """Milliseconds of a vote, the first not counted."""
    took: list[float] = []
    for _ in range(TIMES + 1):
        response = client.post("/v1/vote", json={"rubric": "math", "groups": [{"completions": completions}]})
        took.append(response.json()["elapsed_ms"])
    return statistics.median(took[1:])


def groups() -> list[dict[str, object]]:
    """Groups of rollouts of 2,000 tokens, a fourth of them wrong."""
    rng = random.Random(0)
    texts = [completion(answer, rng) for answer in range(64)]
    return [
        {
            "prompt": "What is the value, and why is it so?",
            "answer": f"{g % 64}/7",
            "completions": [texts[(g + (i % 4 == 3)) % 64] + " " * i for i in range(OF)],
        }
        for g in range(GROUPS)
    ]


def decontamination() -> None:
    """Megabytes of training text a second, in one process."""
    rng = random.Random(0)
    grams = TestGrams(10)
    for line in range(2_000):
        grams.add("test", line, " ".join(f"{rng.choice(WORDS)}{rng.randrange(100)}" for _ in range(60)))
    records = [
        {"prompt": " ".join(f"{rng.choice(WORDS)}{rng.randrange(100)}" for _ in range(1_500))} for _ in range(300)
    ]
    started = time.perf_counter()
    hits = sum(grams.find(record) is not None for record in records)
    seconds = time.perf_counter() - started
    size = sum(len(json.dumps(record)) for record in records) / 1e6
    print(f"decontaminate: {size / seconds:.1f} MB/s against {len(grams):,} 10-grams, {hits} hits")


def main() -> None:
    """Run it against a service with default settings."""
    with running() as url, httpx.Client(base_url=url, timeout=300) as client:
        for label, distinct in (("of 12 forms", False), ("all distinct", True)):
            print(f"vote on 64 math answers, {label}: {median_ms(client, sixty_four(distinct=distinct)):.1f} ms")
        for path, rubric in (("/v1/vote", "math"), ("/v1/select", "r1-select")):
            body = {"rubric": rubric, "groups": groups()}
            started = time.perf_counter()
            response = client.post(path, json=body)
            seconds = time.perf_counter() - started
            assert response.status_code == 200, response.text
            print(
                f"{path}: {GROUPS} groups of {OF} completions of 2,000 tokens: {GROUPS * OF / seconds:,.0f} completions a second"
            )
    decontamination()


if __name__ == "__main__":
    main()
