"""The reference of the API, from the same description that `GET /openapi.json` gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from manual.markdown import code, prose, table
from probed.api.openapi import build_document
from probed.api.routes.table import ENDPOINTS

INTRO = """\
# API

HTTP over the daemon's Unix socket; who asks is known by the kernel's word. Every request needs a role: members of the
group `cortex` are operators, or viewers, who only look, with `api.members: viewer`; members of `cortex-admin` and root
are administrators. `GET /openapi.json` is this page for programs.

A refusal answers with `{"error": {"code", "message", …}}`: 400 for a query that does not fit, 403 for a role that does
not suffice, 404 for what is not there, 409 for what is no longer possible, 422 for a body that does not fit, 503 where
the database takes nothing. Lists are pages: `limit`, and `before` with the `next` of the page before. Alertmanager's
part of the API lies below `/api/v2`, and is Alertmanager's own.
"""

Schema = Mapping[str, Any]


def page() -> str:
    document = build_document(ENDPOINTS)
    by_tag: dict[str, list[str]] = {}
    for path, method, operation in operations(document):
        by_tag.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    tags = ["\n".join([f"## {tag}\n", *texts]) for tag, texts in by_tag.items()]
    shapes = [_shape(name, schema) for name, schema in document["components"]["schemas"].items()]
    return "\n".join([INTRO, *tags, "## Shapes\n", *shapes])


def operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, by_method in document["paths"].items():
        for method, operation in by_method.items():
            yield path, method.upper(), operation


def _operation(path: str, method: str, operation: Schema) -> str:
    status, good = next((status, answer) for status, answer in operation["responses"].items() if status < "300")
    media, content = next(iter(good["content"].items()))
    answer = _type(content["schema"]) if "schema" in content else code(media)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    facts = [f"Role: {operation['x-role']}", *([f"body: {_type(body)}"] if body else []), f"answer: {status}, {answer}"]
    rows = [
        (code(each["name"]), f"in the {each['in']}", _type(each["schema"]), prose(each["description"]))
        for each in operation["parameters"]
    ]
    given = table(("parameter", "where", "takes", "what it means"), rows)
    return f"### `{method} {path}`\n\n{prose(operation['summary'])}\n\n{'; '.join(facts)}.\n\n{given}"


def _shape(name: str, schema: Schema) -> str:
    required = schema.get("required", ())
    rows = [
        (code(field), _type(each), "" if field in required else "may be left out")
        for field, each in schema.get("properties", {}).items()
    ]
    values = ", ".join(code(str(value)) for value in schema.get("enum", ()))
    text = prose(" ".join(schema.get("description", "").split()))
    fields = table(("field", "type", ""), rows)
    return "\n\n".join(part for part in (f"### {name} {{ #{_anchor(name)} }}", text, values, fields) if part) + "\n"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{prose(name)}](#{_anchor(name)})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(code(str(value)) for value in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"array of {_type(schema.get('items', {}))}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _anchor(shape: str) -> str:
    return f"shape-{shape.lower()}"
