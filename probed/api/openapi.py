"""The OpenAPI 3.1 description, made from the route table and the wire shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from probed.api.answers import adapter_of, strict_adapter_of
from probed.api.endpoint import JSON, Endpoint
from probed.api.json_value import MOST_BYTES
from probed.api.submission import LONGEST_TTL_S, MOST_FINDINGS
from probed.api.text import TEXTS, WORD
from probed.wire import paths
from probed.wire.problem import Problem
from probed.wire.status import Readiness

TEMPLATE = "#/components/schemas/{model}"
COMMON = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WITH_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.UNPROCESSABLE_ENTITY)
PROBLEM_BODY = {
    "type": "object",
    "properties": {"error": {"$ref": TEMPLATE.format(model="Problem")}},
    "required": ["error"],
}
Document = dict[str, Any]


def build_document(endpoints: Sequence[Endpoint]) -> Document:
    schemas = _Schemas(endpoints)
    by_path: dict[str, Document] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cortex",
            "version": "1",
            "description": "HTTP/1.1 over the daemon's Unix socket; who asks is known by the peer's credentials.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "http://localhost/", "description": f"behind {paths.SYSTEM_SOCKET}"}],
        "paths": by_path,
        "components": {"schemas": schemas.components},
    }


class _Schemas:
    """The schemas of all shapes in one place, so that a shape that is used twice is described once."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        adapters: dict[tuple[Any, JsonSchemaMode], TypeAdapter[Any]] = {(Problem, "serialization"): adapter_of(Problem)}
        for endpoint in endpoints:
            if endpoint.answer:
                adapters[endpoint.answer, "serialization"] = adapter_of(endpoint.answer)
            if endpoint.body:
                adapters[endpoint.body, "validation"] = strict_adapter_of(endpoint.body)
        inputs = [(shape, mode, adapter) for (shape, mode), adapter in adapters.items()]
        self._references, described = TypeAdapter.json_schemas(inputs, ref_template=TEMPLATE)
        self.components: Document = described.get("$defs", {})
        _add_limits(self.components)

    def of(self, shape: Any, mode: JsonSchemaMode) -> Mapping[str, Any]:
        return self._references[shape, mode]


def _add_limits(components: Document) -> None:
    """What is checked beyond the types of what is handed in."""
    for shape, texts in TEXTS.items():
        described = components.get(f"{shape}-Input") or components[shape]  # pydantic's name where the answers' differs
        for name, text in texts.items():
            described["properties"][name] |= text.schema
    finding = components["SubmittedFinding"]["properties"]
    finding["evidence"]["type"] = ["object", "array", "string", "null"]
    finding["evidence"]["description"] = f"At most {MOST_BYTES} bytes of JSON, as the parameters of an action."
    for member in finding["proposed_action"]["anyOf"]:
        if member.get("type") == "string":
            member |= WORD.schema
    finding["ttl_s"] |= {"exclusiveMinimum": 0, "maximum": LONGEST_TTL_S}
    components["SubmittedReport"]["properties"]["findings"]["maxItems"] = MOST_FINDINGS


def _operation(endpoint: Endpoint, schemas: _Schemas) -> Document:
    operation: Document = {
        "operationId": endpoint.handler.__name__,
        "summary": endpoint.summary,
        "tags": [endpoint.path.removeprefix(paths.API).split("/")[1]],
        "x-role": endpoint.role.name.lower(),
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, schemas),
    }
    if endpoint.body:
        content = {JSON: {"schema": schemas.of(endpoint.body, "validation")}}
        operation["requestBody"] = {"required": endpoint.body_required, "content": content}
    return operation


def _parameters(endpoint: Endpoint) -> list[Document]:
    name_of = {"type": "string", **WORD.schema}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": name_of, "description": "Its id."}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            "required": False,
            "schema": dict(parameter.schema),
            "description": parameter.description,
        }
        for parameter in endpoint.query
    ]
    return in_path + in_query


def _responses(endpoint: Endpoint, schemas: _Schemas) -> Document:
    content = {"schema": schemas.of(endpoint.answer, "serialization")} if endpoint.answer else {}
    good = {"description": HTTPStatus(endpoint.status).phrase, "content": {endpoint.media_type: content}}
    refusals = {*COMMON, *endpoint.refusals, *(WITH_BODY if endpoint.body else ())}
    if "{" in endpoint.path:
        refusals.add(HTTPStatus.NOT_FOUND)
    bad = {str(int(status)): _refusal(status) for status in sorted(refusals)}
    if endpoint.answer is Readiness:
        bad["503"] = {"description": "Not ready", "content": {JSON: content}}
    return {str(endpoint.status): good, **bad}


def _refusal(status: int) -> Document:
    return {"description": HTTPStatus(status).phrase, "content": {JSON: {"schema": PROBLEM_BODY}}}
