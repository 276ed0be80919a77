"""Bearer keys. Without any in the settings, nobody is asked for one."""

import hashlib
import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from verifier.server.problems import Problem

LACKING = (
    "a valid key is needed: send 'Authorization: Bearer KEY' (the Python client takes VERIFIER_API_KEY or api_key)"
)


class BearerAuth:
    """Middleware that answers 401 to requests without a key, except on ``open_paths``."""

    def __init__(self, app: ASGIApp, keys: tuple[str, ...], open_paths: frozenset[str]) -> None:
        self._app = app
        self._hashes = [_hash(key.encode()) for key in keys]
        self._open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._hashes or scope["path"] in self._open_paths or self._known(scope):
            await self._app(scope, receive, send)
            return
        problem = Problem(401, "unauthorized", LACKING)
        await problem.response(scope["path"], {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        scheme, _, key = Headers(scope=scope).get("Authorization", "").partition(" ")
        given = _hash(key.strip().encode("latin-1"))  # as the bytes that were sent
        # Every hash is compared, each in constant time: how long it takes says nothing about the keys.
        matches = [hmac.compare_digest(given, known) for known in self._hashes]
        return scheme.lower() == "bearer" and any(matches)


def _hash(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
