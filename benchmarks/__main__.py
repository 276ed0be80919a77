"""``python -m benchmarks [NAME ...]``: run them all, or those named."""

import importlib
import sys

NAMES = ("references", "humaneval", "math_vs_math_verify", "language", "rules", "sandbox", "groups", "throughput")

for name in sys.argv[1:] or NAMES:
    print(f"\n== {name}")
    importlib.import_module(f"benchmarks.{name}").main()
