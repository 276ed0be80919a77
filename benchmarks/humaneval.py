"""All of HumanEval over HTTP: references pass, emptied bodies fail, and mutants get the same verdict each time.

The data is OpenAI's (github.com/openai/human-eval, MIT); it is no part of this project.
"""

import ast
import copy
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from verifier_client import Client

from benchmarks.data import lines
from benchmarks.service import running

EMPTIED = "    pass\n"
COMPLETIONS = 2_000
RUNS = 5
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mod,
    ast.Pow: ast.Mult,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Mod: ast.FloorDiv,
}


def sample(task: dict[str, Any], program: str, label: str) -> dict[str, Any]:
    """A completion of the task, as a policy would write it."""
    tests = {"type": "assert", "entry_point": task["entry_point"], "code": task["test"]}
    completion = f"<think>Let me write it.</think>\n<answer>\n```python\n{program}\n```\n</answer>"
    return {"id": f"{task['task_id']} {label}", "completion": completion, "tests": tests}


def mutants(program: str) -> Iterator[str]:
    """The program with one thing changed: an operator, a number, a truth."""
    tree = ast.parse(program)
    count = sum(1 for _ in ast.walk(tree))
    for at in range(count):
        changed = copy.deepcopy(tree)
        node = next(node for number, node in enumerate(ast.walk(changed)) if number == at)
        if _mutate(node):
            yield ast.unparse(changed)


def _mutate(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPPED:
            node.op = SWAPPED[type(op)]()  # pyright: ignore[reportAttributeAccessIssue] - an operator for one of its kind
        case ast.Compare(ops=[op]) if type(op) in SWAPPED:
            node.ops = [SWAPPED[type(op)]()]  # pyright: ignore[reportAttributeAccessIssue] - as above
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(value)):
            node.value = value + 1
        case ast.Constant(value=float(value)):
            node.value = value / 2 + 1
        case ast.Constant(value=str(value)):
            node.value = value + "x"
        case ast.Return(value=ast.expr()):
            node.value = ast.Constant(None)
        case _:
            return False
    return True


def everything(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """References first, then mutants, one of each task in turn."""
    programs = {task["task_id"]: task["prompt"] + task["canonical_solution"] for task in tasks}
    found = [sample(task, programs[task["task_id"]], "reference") for task in tasks]
    sources = [(task, mutants(programs[task["task_id"]])) for task in tasks]
    while sources and len(found) < COMPLETIONS:
        left: list[tuple[dict[str, Any], Iterator[str]]] = []
        for task, source in sources:
            if mutant := next(source, None):
                found.append(sample(task, mutant, f"mutant {len(found)}"))
                left.append((task, source))
        sources = left
    return found[:COMPLETIONS]


def main() -> None:
    """Grade references, emptied bodies and mutants, and name the exceptions."""
    tasks = lines("HumanEval.jsonl.gz")
    if not tasks:
        return
    emptied = [sample(task, task["prompt"] + EMPTIED, "emptied") for task in tasks]
    samples = everything(tasks)
    with running() as url, Client(url) as client:
        rewards = client.rewards(emptied, rubric="code")
        exceptions = [f"{reward.id}: {reward.explanation}" for reward in rewards if reward.reward != 0.0]
        print(f"emptied    {len(emptied)} programs, exceptions: {'; '.join(exceptions) or 'none'}")
        seen: list[list[Any]] = []
        for run in range(1, RUNS + 1):
            started = time.perf_counter()
            rewards = client.rewards(samples, rubric="code")
            rate = len(samples) / (time.perf_counter() - started)
            wrong = [f"{r.id}: {r.explanation}" for r in rewards[: len(tasks)] if r.reward != 1.0]
            seen.append([reward.reward for reward in rewards])
            print(
                f"run {run}      {len(samples)} completions, {rate:.0f} a second, {dict(Counter(seen[-1]))}, "
                f"references that failed: {'; '.join(wrong) or 'none'}"
            )
        differing = sum(len(set(verdicts)) > 1 for verdicts in zip(*seen, strict=True))
        print(f"verdicts that differ between {RUNS} runs: {differing}")


if __name__ == "__main__":
    main()
