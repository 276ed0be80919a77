"""Requests made up from the OpenAPI document, right and wrong ones: no answer is a 500, and each is as documented."""

import hypothesis
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from scripts.openapi import PATH
from tests.conftest import RunningServer

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]


schema = schemathesis.openapi.from_path(PATH)


@schema.parametrize()
@hypothesis.settings(max_examples=60, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
def test_no_request_breaks_the_service(case: schemathesis.Case, server: RunningServer) -> None:
    case.call_and_validate(base_url=server.url, checks=CHECKS)
