"""What operators rely on: health, draining, keys, limits, overload, request ids, metrics, documents."""

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

from scripts.openapi import PATH, document
from tests.conftest import RunningServer
from tests.test_cli import verifier as command
from verifier.server.app import create_app
from verifier.settings import Settings

Serve = Callable[..., AbstractContextManager[RunningServer]]
SAMPLE = {"completion": "\\boxed{4}", "answer": "4"}
HOSTILE = {"scores": {"hostile": {"verifier": "hostile"}}}


def test_health_and_readiness(http: httpx.Client) -> None:
    assert http.get("/healthz").json()["status"] == "ok"
    assert http.head("/healthz").status_code == http.head("/readyz").status_code == 200
    ready = http.get("/readyz")
    assert ready.status_code == 200 and ready.json()["status"] == "ready" and ready.json()["workers"] >= 1


def test_what_there_is_can_be_listed(http: httpx.Client) -> None:
    rubrics = {rubric["name"]: rubric for rubric in http.get("/v1/rubrics").json()}
    assert {"math", "code", "format", "language", "r1-zero", "r1"} <= set(rubrics)
    assert rubrics["r1"]["description"] and rubrics["r1"]["rubric"]["scores"]["language"]["verifier"] == "language"
    verifiers = {verifier["name"]: verifier for verifier in http.get("/v1/verifiers").json()}
    assert {"math", "code", "format", "choice", "text", "language"} <= set(verifiers)
    for verifier in verifiers.values():
        assert verifier["description"] and verifier["options"]["type"] == "object"
    assert any(language["name"] == "python" for language in http.get("/v1/languages").json())


def test_a_rubric_that_is_listed_can_be_posted_inline(http: httpx.Client) -> None:
    rubrics = {rubric["name"]: rubric for rubric in http.get("/v1/rubrics").json()}
    body = http.post("/v1/rewards", json={"rubric": rubrics["math"]["rubric"], "samples": [SAMPLE]}).json()
    assert body["rewards"][0]["reward"] == 1.0
    assert body["rubric"]["digest"] == rubrics["math"]["digest"]


def test_unknown_paths_and_methods_are_problems(http: httpx.Client) -> None:
    missing = http.get("/v2/rewards").json()
    assert missing["status"] == 404 and "/docs" in missing["detail"]
    response = http.get("/v1/rewards")
    assert "only POST" in response.json()["detail"]
    assert response.status_code == 405 and response.headers["content-type"] == "application/problem+json"


def test_a_request_id_is_taken_or_made(http: httpx.Client) -> None:
    assert http.get("/healthz", headers={"X-Request-Id": "mine-1"}).headers["x-request-id"] == "mine-1"
    made = http.get("/healthz", headers={"X-Request-Id": "no good; at all"}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{32}", made)


def test_the_documentation_needs_no_network(http: httpx.Client) -> None:
    page = http.get("/docs").text
    sources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert sources and all(source.startswith("/") for source in sources)
    for source in sources:
        assert http.get(source).status_code == 200
    assert http.get("/openapi.json").json()["info"]["title"] == "r1-verifier"


def test_the_committed_openapi_document_is_true() -> None:
    assert document() == PATH.read_text(encoding="utf-8"), "run: make openapi"


def test_metrics_count_requests_samples_and_scores(http: httpx.Client) -> None:
    http.post("/v1/rewards", json={"rubric": "math", "samples": [SAMPLE, {}]})
    http.post("/v1/vote", json={"groups": [{"completions": ["\\boxed{4}"]}]})
    http.get("/no/such/path")
    text = http.get("/metrics").text
    for pattern in (
        r'verifier_requests_total\{code="200",route="/v1/rewards"\} [1-9]',
        r'verifier_requests_total\{code="404",route="unmatched"\} [1-9]',
        r'verifier_samples_total\{status="unjudgeable"\} [1-9]',
        r'verifier_score_seconds_count\{status="ok",verifier="math"\} [1-9]',
        r'verifier_groups_total\{status="ok"\} [1-9]',
        r"verifier_workers_alive [1-9]",
        r"verifier_unfinished_samples 0",
    ):
        assert re.search(pattern, text), pattern


def test_keys(serve: Serve, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("from-a-file\n\n", encoding="utf-8")
    with (
        serve(api_keys="first,zweiter-schlüssel", api_keys_file=keys) as server,
        httpx.Client(base_url=server.url) as http,
    ):
        for path in ("/healthz", "/readyz", "/metrics"):
            assert http.get(path).status_code == 200
        for header in ("", "Bearer wrong", "Basic first", "Bearer", "Bearer firs", "first"):
            response = http.get("/v1/rubrics", headers={"Authorization": header})
            assert response.status_code == 401 and response.headers["www-authenticate"] == "Bearer"
            assert response.json()["retryable"] is False
        for key in ("first", "from-a-file", "zweiter-schlüssel"):
            assert http.get("/v1/rubrics", headers=[(b"Authorization", f"Bearer {key}".encode())]).status_code == 200
        assert "first" not in server.log.read_text(encoding="utf-8")


def test_limits_of_body_and_batch(serve: Serve) -> None:
    with serve(max_body_mb=1, max_batch=10) as server, httpx.Client(base_url=server.url) as http:
        batch = http.post("/v1/rewards", json={"rubric": "math", "samples": [SAMPLE] * 11})
        assert batch.status_code == 413 and "11 completions" in batch.json()["detail"]
        body = http.post("/v1/rewards", content=b"x" * (2 << 20))
        assert body.status_code == 413 and "1 MiB" in body.json()["detail"]
        chunked = http.post("/v1/rewards", content=(b"x" * 65_536 for _ in range(64)))
        assert chunked.status_code == 413
        compressed = http.post("/v1/rewards", content=b"x", headers={"Content-Encoding": "gzip"})
        assert compressed.status_code == 415
        assert (
            http.post("/v1/rewards", json={"rubric": "math", "samples": [SAMPLE]}).json()["rewards"][0]["reward"] == 1
        )


def test_stalled_uploads_do_not_fill_the_service(serve: Serve) -> None:
    with serve(max_body_mb=256, max_inflight_mb=300) as server, httpx.Client(base_url=server.url) as http:
        host, port = server.url.removeprefix("http://").split(":")
        stalled = [socket.create_connection((host, int(port))) for _ in range(4)]
        for connection in stalled:
            connection.sendall(b"POST /v1/rewards HTTP/1.1\r\nHost: x\r\nContent-Length: 268435456\r\n\r\n{")
        time.sleep(0.2)
        assert http.post("/v1/rewards", json={"rubric": "math", "samples": [SAMPLE]}).status_code == 200
        for connection in stalled:
            connection.close()


def test_requests_in_flight_are_bounded_by_their_bytes_until_they_are_answered(serve: Serve) -> None:
    with (
        serve(max_inflight_mb=3, workers=1, plugins="tests.engine.hostile") as server,
        ThreadPoolExecutor(1) as executor,
    ):
        large: dict[str, object] = {"completion": "nap", "metadata": {"x": "x" * 2_000_000}}
        naps: dict[str, object] = {"rubric": HOSTILE, "samples": [large, *[{"completion": "nap"}] * 10]}
        first = executor.submit(httpx.post, f"{server.url}/v1/rewards", json=naps, timeout=60)
        with httpx.Client(base_url=server.url) as http:
            while http.get("/readyz").json()["unfinished_samples"] == 0:
                time.sleep(0.01)
            refused = http.post("/v1/rewards", json=naps)
            assert refused.status_code == 503 and int(refused.headers["retry-after"]) >= 1
            assert first.result().status_code == 200
            with http.stream("POST", "/v1/rewards", json=naps, headers={"Accept": "application/x-ndjson"}) as stream:
                assert len(list(stream.iter_lines())) == 11
            assert http.post("/v1/rewards", json=naps, timeout=60).status_code == 200


def test_headers_without_end_are_cut_off(server: RunningServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        with pytest.raises(ConnectionError):
            for _ in range(1_000):
                connection.sendall(b"x" * 65_536)


def test_a_full_service_says_so_before_it_reads_the_body(serve: Serve) -> None:
    with serve(queue_samples=5, workers=1, plugins="tests.engine.hostile") as server:
        naps = {"rubric": HOSTILE, "samples": [{"completion": "nap"}] * 20}
        thread = threading.Thread(
            target=httpx.post, args=(f"{server.url}/v1/rewards",), kwargs={"json": naps, "timeout": 60}
        )
        thread.start()
        with httpx.Client(base_url=server.url) as http:
            while http.get("/readyz").json()["unfinished_samples"] < 5:
                time.sleep(0.01)
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            # A body is announced and never sent: the answer comes all the same.
            connection.sendall(b"POST /v1/rewards HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
            head, _, body = connection.recv(65_536).partition(b"\r\n\r\n")
            body = body or connection.recv(65_536)
        assert b" 503 " in head.split(b"\r\n")[0]
        assert re.search(rb"retry-after: [1-9]", head, re.IGNORECASE)
        assert json.loads(body)["retryable"] is True
        thread.join()


def test_sigterm_turns_readiness_off_and_finishes_what_is_in_flight(serve: Serve) -> None:
    with serve(drain_s=1.5, workers=1, plugins="tests.engine.hostile") as server, ThreadPoolExecutor(1) as executor:
        naps = {"rubric": HOSTILE, "samples": [{"completion": "nap"}] * 15}
        in_flight = executor.submit(httpx.post, f"{server.url}/v1/rewards", json=naps, timeout=60)
        with httpx.Client(base_url=server.url) as http:
            while http.get("/readyz").json()["unfinished_samples"] == 0:
                time.sleep(0.01)
            server.process.terminate()
            while (ready := http.get("/readyz")).status_code == 200:
                time.sleep(0.01)
            assert ready.status_code == 503 and ready.json()["status"] == "draining"
            assert re.match(r"[ABC]: |none: ", ready.json()["sandbox"])
            late = http.post("/v1/rewards", json={"rubric": HOSTILE, "samples": [{"completion": "good"}]}, timeout=60)
            assert late.json()["rewards"][0]["reward"] == 1.0
        assert [reward["status"] for reward in in_flight.result().json()["rewards"]] == ["ok"] * 15
        assert server.process.wait(30) == 0


def test_a_port_in_use_is_told_with_what_would_mend_it(server: RunningServer) -> None:
    done = command("serve", "--port", server.url.rpartition(":")[2])
    told = done.stderr.decode().splitlines()[-1]
    assert done.returncode == 2 and "in use" in told and "--port" in told


def test_a_client_that_goes_away_frees_the_service(serve: Serve) -> None:
    with serve(workers=1, plugins="tests.engine.hostile") as server, httpx.Client(base_url=server.url) as http:
        with pytest.raises(httpx.ReadTimeout):
            http.post("/v1/rewards", json={"rubric": HOSTILE, "samples": [{"completion": "nap"}] * 500}, timeout=0.5)
        deadline = time.monotonic() + 20
        while http.get("/readyz").json()["unfinished_samples"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert 'code="499"' in http.get("/metrics").text
        assert "Traceback" not in server.log.read_text(encoding="utf-8")


def test_a_bug_is_a_problem_too() -> None:
    async def main() -> httpx.Response:
        app = create_app(Settings())  # its lifespan has not run: every route that needs the engine fails
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/readyz")

    response = asyncio.run(main())
    assert response.status_code == 500 and response.headers["content-type"] == "application/problem+json"
    assert response.json()["retryable"] is True
    assert response.json()["request_id"] == response.headers["x-request-id"]
