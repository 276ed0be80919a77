"""All of HumanEval over HTTP: every reference must pass, and every emptied body must fail.

The data is OpenAI's (github.com/openai/human-eval, MIT); it is no part of this project.
"""

import time
from typing import Any

from verifier_client import Client

from benchmarks.data import lines
from benchmarks.service import running

EMPTIED = "    pass\n"


def sample(task: dict[str, Any], body: str) -> dict[str, Any]:
    """A completion of the task with this body, as a policy would write it."""
    program = f"<think>Let me write it.</think>\n<answer>\n```python\n{task['prompt']}{body}\n```\n</answer>"
    tests = {"type": "assert", "entry_point": task["entry_point"], "code": task["test"]}
    return {
        "id": f"{task['task_id']} {'emptied' if body == EMPTIED else 'reference'}",
        "completion": program,
        "tests": tests,
    }


def main() -> None:
    """Grade references and emptied bodies, and name the exceptions."""
    tasks = lines("HumanEval.jsonl.gz")
    if not tasks:
        return
    with running() as url, Client(url) as client:
        for label, expected in (("references", 1.0), ("emptied", 0.0)):
            samples = [sample(task, task["canonical_solution"] if expected else EMPTIED) for task in tasks]
            started = time.perf_counter()
            rewards = client.rewards(samples, rubric="code")
            rate = len(samples) / (time.perf_counter() - started)
            exceptions = [f"{reward.id}: {reward.explanation}" for reward in rewards if reward.reward != expected]
            print(
                f"{label:10} {len(samples)} programs, {rate:.0f} a second, exceptions: {'; '.join(exceptions) or 'none'}"
            )


if __name__ == "__main__":
    main()
