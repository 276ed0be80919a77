"""A small HTTP server with a script: it grades honestly, and fails exactly as told.

An honest sample is right when its completion contains its answer. ``metadata.errors`` makes it come back as ``error`` that
many times first. Each entry of the script is what becomes of one request; when the script is empty, all are graded.
"""

import json
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass
class Request:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Json:
        return json.loads(self.raw)

    @property
    def samples(self) -> list[Json]:
        return self.body["samples"]

    @property
    def streams(self) -> bool:
        return "application/x-ndjson" in self.headers.get("accept", "")


@dataclass
class Scripted:
    """The server: its script, its limits, and all that it saw."""

    script: deque["Act"] = field(default_factory=deque["Act"])
    requests: list[Request] = field(default_factory=list[Request])
    max_batch: int | None = None
    max_bytes: int | None = None
    limit_status: int = 413
    key: str | None = None
    up: bool = True
    can_stream: bool = True
    connections: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self.seen = Counter[str]()
        self.lock = threading.Lock()

    def then(self, *acts: "Act") -> None:
        """What becomes of the next requests."""
        self.script.extend(acts)

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.requests if request.method == "POST"]

    def __enter__(self) -> "Scripted":
        scripted = self

        class Bound(Handler):
            server_script = scripted

        class Server(ThreadingHTTPServer):
            request_queue_size = 128  # else many connections at once wait a second for a place

        self._http = Server(("127.0.0.1", 0), Bound)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def grade(self, sample: Json) -> Json:
        """The honest reward of one sample."""
        name = str(sample.get("id"))
        with self.lock:
            self.seen[name] += 1
            flaky = self.seen[name] <= sample.get("metadata", {}).get("errors", 0)
        if flaky:
            return reward(sample, "error", None, "the worker was lost")
        if "completion" not in sample:
            return reward(sample, "unjudgeable", None, "completion: missing")
        right = str(sample.get("answer")) in sample["completion"]
        return reward(sample, "ok", float(right), "contains the answer" if right else "does not")


def reward(sample: Json, status: str, number: float | None, why: str) -> Json:
    """A reward in the service's shape."""
    score = {"verifier": "math", "status": status, "value": number, "weight": 1.0, "extracted": None}
    score |= {"explanation": why, "detail": {}, "elapsed_ms": 0.1}
    return {"id": sample.get("id"), "status": status, "reward": number, "scores": {"accuracy": score}}


class Handler(BaseHTTPRequestHandler):
    """Carries out the script."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_script: Scripted

    def setup(self) -> None:
        super().setup()
        with self.server_script.lock:
            self.server_script.connections += 1

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        scripted = self.server_script
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, raw)
        with scripted.lock:
            scripted.requests.append(request)
            act = scripted.script.popleft() if scripted.script and request.method == "POST" else honest
        try:
            act(self, request)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def reply(self, status: int, body: object, headers: dict[str, str] | None = None) -> None:
        """A whole answer; bytes go out as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/json" if status == 200 else "application/problem+json"
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(data))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, data: bytes) -> None:
        """A piece of a streamed body; an empty one ends it."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def drop(self) -> None:
        """Breaks the connection, for good and at once."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


Act = Callable[[Handler, Request], None]


def honest(handler: Handler, request: Request) -> None:
    """Grades, or lists, or says how it is."""
    scripted = handler.server_script
    if scripted.key and request.headers.get("authorization") != f"Bearer {scripted.key}":
        return problem(401, "a valid key is needed")(handler, request)
    if request.method == "GET":
        ok = scripted.up and request.path in LISTS
        return handler.reply(200 if ok else 503, LISTS.get(request.path, {}))
    over_batch = scripted.max_batch and len(request.samples) > scripted.max_batch
    if over_batch or (scripted.max_bytes and len(request.raw) > scripted.max_bytes):
        return problem(scripted.limit_status, "too many samples: send fewer in a request")(handler, request)
    rewards = [scripted.grade(sample) for sample in request.samples]
    if request.streams and scripted.can_stream:
        handler.begin_stream()
        handler.piece(lines(enumerate(rewards)))
        return handler.piece(b"")
    handler.reply(200, {"rewards": rewards, "rubric": {"name": "math", "digest": "d"}, "elapsed_ms": 1.0})


LISTS: dict[str, Any] = {
    "/v1/rubrics": [{"name": "math"}],
    "/v1/verifiers": [{"name": "math"}],
    "/v1/languages": [{"name": "python", "available": True}],
    "/healthz": {"status": "ok"},
    "/readyz": {"status": "ready"},
}


def lines(rewards: Any) -> bytes:
    """Rewards as lines of a stream, each with its place."""
    return b"".join(json.dumps({"index": i, **item}, ensure_ascii=False).encode() + b"\n" for i, item in rewards)


def problem(status: int, detail: str = "", retryable: bool | None = None, retry_after: str | None = None) -> Act:
    """Refuses, as RFC 9457 says."""

    def act(handler: Handler, request: Request) -> None:
        body: Json = {
            "type": "urn:x",
            "title": "Scripted",
            "status": status,
            "detail": detail,
            "instance": request.path,
        }
        body["request_id"] = request.headers.get("x-request-id")
        if retryable is not None:
            body["retryable"] = retryable
        handler.reply(status, body, {} if retry_after is None else {"Retry-After": retry_after})

    return act


def raw(status: int, body: bytes, kind: str = "text/html") -> Act:
    """Answers with these bytes."""
    return lambda handler, _: handler.reply(status, body, {"Content-Type": kind})


def drop(handler: Handler, _: Request) -> None:
    """Breaks the connection instead of an answer."""
    handler.drop()


def cut(handler: Handler, request: Request) -> None:
    """Breaks the connection in the middle of an answer."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"rewards": [')
    handler.drop()


def hang(until: threading.Event) -> Act:
    """Answers honestly, but not before ``until`` is set."""

    def act(handler: Handler, request: Request) -> None:
        until.wait(30)
        honest(handler, request)

    return act


def partial(count: int, *, broken: bool) -> Act:
    """Streams the first ``count`` rewards only; then the stream breaks within a line, or ends as if that were all."""

    def act(handler: Handler, request: Request) -> None:
        rewards = [handler.server_script.grade(sample) for sample in request.samples[:count]]
        handler.begin_stream()
        handler.piece(lines(enumerate(rewards)))
        if broken:
            handler.piece(b'{"index": 1')
            handler.drop()
        else:
            handler.piece(b"")

    return act
