"""Every reference of GSM8K, AIME 2024 and AMC 2023 written as an R1 completion is right, and a neighbour's answer wrong."""

import time

from verifier_client import Client, Reward

from benchmarks.data import Question, questions
from benchmarks.service import running


def completion(answer: object) -> str:
    """An R1 completion that ends in ``answer``."""
    return f"<think>Let me work this out, step by step.</think>\n<answer>The answer is \\boxed{{{answer}}}.</answer>"


def neighbour(question: Question, others: list[Question]) -> Question:
    """The next question whose answer is another number."""
    after = others.index(question) + 1
    return next(other for other in others[after:] + others[:after] if float(_plain(other)) != float(_plain(question)))


def _plain(question: Question) -> str:
    return str(question.answer).replace(",", "")


def main() -> None:
    """Grade them over HTTP and name the exceptions."""
    with running() as url, Client(url) as client:
        for name in ("gsm8k", "aime24", "amc23"):
            asked = questions(name)
            if not asked:
                continue
            started = time.perf_counter()
            right = client.rewards([_sample(question, question) for question in asked], rubric="r1-zero")
            wrong = client.rewards(
                [_sample(question, neighbour(question, asked)) for question in asked], rubric="r1-zero"
            )
            elapsed = time.perf_counter() - started
            exceptions = _exceptions(asked, right, 1.0) + _exceptions(asked, wrong, 0.0)
            print(f"{name:8} {len(asked):5} references, {2 * len(asked) / elapsed:7.0f} completions/s")
            print(f"{name:8} exceptions: {', '.join(exceptions) or 'none'}")


def _sample(question: Question, answered: Question) -> dict[str, object]:
    return {
        "id": question.id,
        "prompt": question.text,
        "completion": completion(answered.answer),
        "answer": question.answer,
    }


def _exceptions(asked: list[Question], rewards: list[Reward], expected: float) -> list[str]:
    pairs = zip(asked, rewards, strict=True)
    return [
        f"{question.id} should be {expected:g}"
        for question, reward in pairs
        if reward.scores["accuracy"].value != expected
    ]


if __name__ == "__main__":
    main()
