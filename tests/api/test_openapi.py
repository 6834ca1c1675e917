from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from probed.api.endpoint import Endpoint
from probed.api.routes.table import ENDPOINTS
from tests.api.asgi import app_of, ask
from tests.api.fakes import World


async def document() -> Any:
    return (await ask(app_of(World()), "GET", "/openapi.json")).json


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)


async def test_it_says_which_version_of_openapi_it_is() -> None:
    assert (await document())["openapi"].startswith("3.1.")


async def test_every_reference_leads_somewhere() -> None:
    described = await document()
    schemas = described["components"]["schemas"]
    targets = set(references(described))
    assert targets
    for target in targets:
        assert target.removeprefix("#/components/schemas/") in schemas


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
async def test_each_endpoint_is_described_as_the_route_table_has_it(endpoint: Endpoint) -> None:
    operation = (await document())["paths"][endpoint.path][endpoint.method.lower()]
    assert operation["x-role"] == endpoint.role.name.lower()
    in_query = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
    in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
    assert in_query == {parameter.name for parameter in endpoint.query}
    assert in_path == set(re.findall(r"{(\w+)}", endpoint.path))
    assert ("requestBody" in operation) == (endpoint.body is not None)
    assert {str(endpoint.status), "400", "403", "500", "503"} <= set(operation["responses"])
    assert ("404" in operation["responses"]) == ("{" in endpoint.path or 404 in endpoint.refusals)


async def test_the_body_of_a_report_is_described_with_its_limits() -> None:
    described = await document()
    operation = described["paths"]["/api/v1/reports"]["post"]
    body = operation["requestBody"]
    schemas = described["components"]["schemas"]
    assert body["required"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/SubmittedReport"}
    report, finding = schemas["SubmittedReport"], schemas["SubmittedFinding"]
    assert set(report["required"]) == {"source", "verdict", "summary", "findings"}
    assert set(finding["required"]) == {"check", "object", "severity", "summary"}
    assert report["additionalProperties"] is False
    assert (finding["properties"]["object"]["minLength"], finding["properties"]["object"]["maxLength"]) == (1, 512)
    assert report["properties"]["findings"]["maxItems"] == 1000
    assert {"201", "413", "415", "422"} <= set(operation["responses"])


async def test_the_choices_of_a_parameter_are_listed() -> None:
    parameters = (await document())["paths"]["/api/v1/alerts"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter["schema"] for parameter in parameters}
    assert by_name["state"]["enum"] == ["firing", "acknowledged", "resolved"]
    assert by_name["limit"] == {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}


async def test_a_refusal_is_described_and_a_daemon_that_is_not_ready_shows_its_probes() -> None:
    paths = (await document())["paths"]
    refusal = paths["/api/v1/runs/{id}"]["get"]["responses"]["404"]["content"]["application/json"]["schema"]
    assert refusal["properties"]["error"] == {"$ref": "#/components/schemas/Problem"}
    unready = paths["/readyz"]["get"]["responses"]["503"]["content"]["application/json"]["schema"]
    assert unready == {"$ref": "#/components/schemas/Readiness"}


async def test_it_is_made_once() -> None:
    app = app_of(World())
    first = (await ask(app, "GET", "/openapi.json")).body
    assert (await ask(app, "GET", "/openapi.json")).body == first
