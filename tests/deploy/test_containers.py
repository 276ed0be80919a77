"""The service as it is deployed: built, brought up by compose behind its balancer, asked, broken, and taken down."""

import json
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from verifier_client import Client

from tests.deploy.engine import Composed, build, engine, lacking

pytestmark = pytest.mark.xdist_group("docker")

QUEUE = 16
MAX_BODY_MB = 32
DOUBLE = {
    "python": "print(int(input()) * 2)",
    "c": '#include <stdio.h>\nint main(void) { int n; scanf("%d", &n); printf("%d\\n", n * 2); }',
    "cpp": "#include <bits/stdc++.h>\nint main() { int n; std::cin >> n; std::cout << n * 2; }",
    "javascript": "console.log(Number(require('fs').readFileSync(0, 'utf8')) * 2)",
}
# Each would print the right answer if what it tries went through.
HOSTILE = {
    "reads a file of the service": "open('/opt/verifier/bin/verifier').read(); print(42)",
    "reads the passwords": "open('/etc/shadow').read(); print(42)",
    "reads its keeper's memory": "import os; open(f'/proc/{os.getppid()}/mem', 'rb').read(1); print(42)",
    "reads the environment": "open('/proc/1/environ').read(); print(42)",
    "writes outside": "open('/tmp/mine', 'w').write('x'); print(42)",
    "calls the service": "import socket; socket.create_connection(('127.0.0.1', 8000)); print(42)",
    "calls the balancer": "import socket; socket.getaddrinfo('balancer', 8080); print(42)",
    "starts processes": "import os\nwhile True: os.fork()\nprint(42)",
    "takes all memory": "x = bytearray(8 << 30); print(42)",
    "never ends": "while True: pass",
    "kills everyone": "import os; os.kill(-1, 9); print(42)",
    "becomes a shell": "import os; os.execv('/bin/sh', ['sh', '-c', 'echo 42'])",
}


def sample(source: str, language: str = "python", expected: str = "42\n") -> dict[str, Any]:
    tests = {"type": "stdio", "language": language, "cases": [{"stdin": "21\n", "stdout": expected}]}
    return {"completion": f"```{language}\n{source}\n```", "tests": tests}


@pytest.fixture(scope="module")
def service() -> Generator[Composed]:
    """Three replicas with short queues, behind the balancer."""
    if missing := lacking():
        pytest.skip(f"DEPLOYMENT NOT TESTED: {missing}. Start an engine, or run .ci/run as root")
    build()
    composed = Composed(
        VERIFIER_QUEUE_SAMPLES=str(QUEUE),
        VERIFIER_MAX_BODY_MB=str(MAX_BODY_MB),
        VERIFIER_MEMORY="2g",
        VERIFIER_SHM="256m",
    )
    try:
        composed.up(3)
        yield composed
    finally:
        composed.down()
        assert composed.containers() == []


@pytest.fixture
def client(service: Composed) -> Generator[Client]:
    with Client(service.url, deadline_s=240, max_retries=40, on_error="raise") as client:
        yield client


def test_every_container_has_less_than_docker_gives(service: Composed) -> None:
    assert len(service.containers("verifier")) == 3
    for container in service.containers():
        found = service.inspect(container)
        host = found["HostConfig"]
        assert found["Config"]["User"].split(":")[0] not in ("", "0", "root")
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["CapAdd"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"], "no profile but Docker's own"
        assert not host["Privileged"] and not host["Binds"] and not host["Devices"]
        assert host["Memory"] and host["MemorySwap"] == host["Memory"] and host["PidsLimit"] > 0
        assert host["RestartPolicy"]["Name"] == "unless-stopped"
        assert all(mount["Type"] == "tmpfs" for mount in found["Mounts"])
    for replica in service.containers("verifier"):
        ready = json.loads(service.ask(replica, "/readyz"))
        assert ready["status"] == "ready" and ready["sandbox"].startswith("C: ")
        assert service.inspect(replica)["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("language", DOUBLE)
def test_honest_programs(client: Client, language: str) -> None:
    right, wrong = client.rewards(
        [sample(DOUBLE[language], language), sample(DOUBLE[language], language, expected="43\n")], "code"
    )
    assert (right.reward, wrong.reward) == (1.0, 0.0), (right, wrong)


def test_bash_cannot_be_judged_without_processes(client: Client) -> None:
    (reward,) = client.rewards([sample("read n; echo $((n * 2))", "bash")], "code", on_error="mask")
    assert (reward.status, reward.reward) == ("unjudgeable", None), reward


def test_programs_have_numpy(client: Client) -> None:
    (reward,) = client.rewards([sample("import numpy as np; print(int(np.dot([2], [int(input())])[()]))")], "code")
    assert reward.reward == 1.0, reward


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_programs(client: Client, what: str) -> None:
    hostile, honest = client.rewards([sample(HOSTILE[what]), sample(DOUBLE["python"])], "code")
    assert (hostile.status, hostile.reward) == ("ok", 0.0), hostile
    assert (honest.status, honest.reward) == ("ok", 1.0), honest


def test_answers_that_are_no_programs(service: Composed) -> None:
    samples = [{"completion": "\\boxed{0.5}", "answer": "\\frac12"}, {"completion": "\\boxed{0.5}"}]
    with Client(service.url, on_error="mask") as client:
        right, broken = client.rewards(samples, "math")
    assert (right.status, right.reward) == ("ok", 1.0)
    assert (broken.status, broken.reward) == ("unjudgeable", None)


def test_a_stream_is_not_held_back(service: Composed) -> None:
    slow = sample(f"import time; time.sleep(3)\n{DOUBLE['python']}")
    body = {"rubric": "code", "samples": [slow, sample(DOUBLE["python"])]}
    with httpx.stream(
        "POST", f"{service.url}/v1/rewards", json=body, headers={"Accept": "application/x-ndjson"}, timeout=120
    ) as response:
        parts = [part for part in response.iter_raw() if part]
    assert len(parts) > 1, "the first reward came with the last"
    assert [json.loads(line)["index"] for line in b"".join(parts).splitlines()] == [1, 0]


def test_a_full_service_says_so_before_the_body_has_come(service: Composed) -> None:
    """Held back by samples that sleep, every replica is full in the end, and the balancer passes on what it says."""
    sleeper = sample("import time; time.sleep(2)")
    batch = {"rubric": "code", "samples": [sleeper] * QUEUE}
    large = {"rubric": "code", "samples": [sleeper], "padding": "x" * (20 << 20)}
    with ExitStack() as held:
        refused = None
        for _ in range(30):
            request = httpx.stream(
                "POST", f"{service.url}/v1/rewards", json=batch, headers={"Accept": "application/x-ndjson"}, timeout=120
            )
            response = held.enter_context(request)
            if response.status_code == 503:
                refused = httpx.post(f"{service.url}/v1/rewards", json=large, timeout=120)
                break
        assert refused is not None and refused.status_code == 503, "never full"
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        assert refused.json()["retryable"] and "full" in refused.json()["detail"]


def test_a_body_over_the_limit_is_told_why(service: Composed) -> None:
    with httpx.Client(base_url=service.url, timeout=120) as http:
        response = http.post("/v1/rewards", content=b"x" * ((MAX_BODY_MB << 20) + 1))
    assert (response.status_code, response.json()["detail"][:16]) == (413, "the body is over")


def test_each_replica_has_its_own_metrics(service: Composed) -> None:
    assert httpx.get(f"{service.url}/metrics").status_code == 404
    for replica in service.containers("verifier"):
        assert "verifier_workers_alive" in service.ask(replica, "/metrics")


def test_a_replica_dies_under_load_and_nothing_is_lost(service: Composed) -> None:
    """And the balancer has spread the load, leaves the dead one out, and takes a new one in."""
    before = service.containers("verifier")
    batch = [sample(DOUBLE["python"]), sample(DOUBLE["python"], expected="43\n"), sample(DOUBLE["c"], "c")] * 4

    def load(_: int) -> list[float | None]:
        with Client(service.url, deadline_s=240, max_retries=60, on_error="raise") as client:
            return [reward.reward for reward in client.rewards(batch, "code")]

    with ThreadPoolExecutor(6) as pool:
        pending = [pool.submit(load, number) for number in range(48)]
        until(lambda: all(service.served(replica) for replica in before))
        engine("kill", before[0])
        rewards = [future.result() for future in pending]
    assert rewards == [[1.0, 0.0, 1.0] * 4] * 48

    service.up(3)
    (added,) = set(service.containers("verifier")) - set(before) or {before[0]}

    def is_served() -> bool:
        load(0)
        return service.served(added) > 0

    until(is_served)


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.2)
