"""Benchmarks on real data: ``make bench`` runs them all, ``python -m benchmarks NAME`` one.

The data is read from ``$BENCH_DATA`` (default ``../shared/data``): ``gsm8k.jsonl``, ``aime24.jsonl``, ``amc23.jsonl``,
``HumanEval.jsonl.gz``. Where a file is absent, what needs it says so and is skipped.
"""
