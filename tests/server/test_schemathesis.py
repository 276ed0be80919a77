"""Requests made up from the OpenAPI document, right and wrong ones: no answer is a 500, and each is as documented."""

import importlib
from typing import Any

from hypothesis import HealthCheck, settings

from scripts.openapi import PATH
from tests.conftest import RunningServer

schemathesis: Any = importlib.import_module("schemathesis")  # whose types are partial
checks: Any = importlib.import_module("schemathesis.checks")
openapi_checks: Any = importlib.import_module("schemathesis.specs.openapi.checks")

CHECKS: list[Any] = [
    checks.not_a_server_error,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.status_code_conformance,
]

schema: Any = schemathesis.openapi.from_path(PATH)


@schema.parametrize()
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_no_request_breaks_the_service(case: Any, server: RunningServer) -> None:
    case.call_and_validate(base_url=server.url, checks=CHECKS)
