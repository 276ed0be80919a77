"""The whole service over HTTP: one large batch, many small requests, and the same again after a flood of hostile ones."""

import asyncio
import json
import random
import statistics
import time

import httpx

from benchmarks.service import running

BATCH = 8_192
TOKENS = 2_000
SMALL_REQUESTS = 4_000
CONCURRENCY = 32
WORDS = (
    "let us consider the sum of both sides and then divide by two which gives the value that we were asked for so wait "
    "maybe it is better to check this again since the first step looked wrong now therefore x equals seven plus three"
).split()


def completion(answer: int, rng: random.Random) -> str:
    """An R1 completion of about :data:`TOKENS` tokens: four characters each, as for English."""
    words: list[str] = []
    length = 0
    while length < TOKENS * 4:
        words.append(rng.choice(WORDS))
        length += len(words[-1]) + 1
    return f"<think>{' '.join(words)}</think>\n<answer>The answer is $\\boxed{{\\frac{{{answer}}}{{7}}}}$.</answer>"


def samples(count: int) -> list[dict[str, str]]:
    """Groups of 16 rollouts a question, every other one right."""
    rng = random.Random(0)
    texts = [completion(answer, rng) for answer in range(64)]
    return [{"completion": texts[i % 64], "answer": f"{i % 64 if i % 2 else i % 64 + 1}/7"} for i in range(count)]


def hostile(count: int) -> list[dict[str, str]]:
    """Completions that are out to cost time."""
    bombs = [
        "\\boxed{9^{9^{9^9}}}",
        "\\boxed{" + "(" * 3_000 + "}",
        "\\boxed{\\sum_{n=1}^{10^9} \\frac{1}{n!}}",
        "{" * 100_000,
    ]
    return [{"completion": bombs[i % len(bombs)], "answer": "1729"} for i in range(count)]


async def large_batch(client: httpx.AsyncClient) -> float:
    """Seconds for one batch, request building excluded."""
    body = client.build_request("POST", "/v1/rewards", json={"rubric": "r1-zero", "samples": samples(BATCH)})
    started = time.perf_counter()
    response = await client.send(body)
    elapsed = time.perf_counter() - started
    rewards = [reward["reward"] for reward in response.json()["rewards"]]
    assert rewards == [1.0, 2.0] * (BATCH // 2), "a verdict is wrong"
    return elapsed


async def small_requests(url: str, count: int) -> list[float]:
    """Milliseconds of each of many requests of one sample, over :data:`CONCURRENCY` connections.

    Over bare sockets: a full HTTP client would take more of the machine than the service does.
    """
    host, port = url.removeprefix("http://").split(":")
    requests = iter([_request(sample) for sample in samples(count)])
    took: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for request in requests:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            took.append((time.perf_counter() - started) * 1e3)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONCURRENCY)))
    return took


def _request(sample: dict[str, str]) -> bytes:
    body = json.dumps({"rubric": "r1-zero", "samples": [sample]}).encode()
    return b"POST /v1/rewards HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def measure(url: str) -> None:
    """All of it, printed."""
    async with httpx.AsyncClient(base_url=url, timeout=300) as client:
        await small_requests(url, 200)
        for label in ("fresh", "after the flood"):
            seconds = min([await large_batch(client) for _ in range(3)])
            print(
                f"{label}: one batch of {BATCH:,} x {TOKENS:,} tokens: {seconds:.2f} s, {BATCH / seconds:,.0f} a second"
            )
            started = time.perf_counter()
            took = await small_requests(url, SMALL_REQUESTS)
            rate = SMALL_REQUESTS / (time.perf_counter() - started)
            p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
            print(
                f"{label}: requests of one, {CONCURRENCY} at once: {rate:,.0f} a second, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
            )
            started = time.perf_counter()
            response = await client.post("/v1/rewards", json={"rubric": "r1-zero", "samples": hostile(400)})
            statuses = {reward["status"] for reward in response.json()["rewards"]}
            print(f"{label}: 400 hostile completions: {time.perf_counter() - started:.2f} s, statuses {statuses}")


def main() -> None:
    """Run it against a service with default settings."""
    with running() as url:
        asyncio.run(measure(url))


if __name__ == "__main__":
    main()
