"""Plans that read from the service: its lists, and its health."""

import json
import time
from typing import Any

from verifier_client._call import Plan
from verifier_client._exchange import Exchange, Sleep
from verifier_client._retry import Tries
from verifier_client._state import Options, State

PROBE_S = 5.0


class Fetch:
    """``GET path``, tried again like every request; ``value`` is its JSON."""

    def __init__(self, options: Options, state: State[Any], path: str) -> None:
        self._options, self._state, self._path = options, state, path
        self.value: Any = None

    def plan(self) -> Plan:
        """Raises the last error when all tries are spent."""
        deadline = time.monotonic() + self._options.deadline_s
        tries = Tries(self._options.retry, self._state.endpoints, deadline)
        while True:
            with self._state.endpoints.lease(tries.tried) as lease:
                tries.tried.add(lease.endpoint)
                url = lease.endpoint.url + self._path
                exchange = Exchange("GET", url, self._options.headers, None, self._options.read_s, deadline)
                self._state.count(requests=1)
                yield exchange
                self._read(exchange)
                lease.fault = fault = exchange.fault
            if fault is None:
                return
            wait = tries.wait(fault)
            if wait is None:
                raise fault
            yield Sleep(wait)
            self._state.count(retries=1)

    def _read(self, exchange: Exchange) -> None:
        exchange.finish()
        if exchange.fault is None:
            try:
                self.value = json.loads(exchange.body)
            except (ValueError, RecursionError) as error:
                exchange.fault = exchange.bad(error)


class Probe:
    """``GET path`` of one replica after the other; ``value`` is whether any of them answered 200."""

    def __init__(self, options: Options, state: State[Any], path: str) -> None:
        self._options, self._state, self._path = options, state, path
        self.value = False

    def plan(self) -> Plan:
        """Raises nothing, and tries nothing again."""
        for endpoint in self._state.endpoints:
            url, deadline = endpoint.url + self._path, time.monotonic() + PROBE_S
            exchange = Exchange("GET", url, self._options.headers, None, PROBE_S, deadline)
            yield exchange
            exchange.finish()
            self.value = exchange.fault is None
            if self.value:
                return
