"""The reference of the probes: what a model, or an assistant over MCP, may ask about the host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from manual.markdown import code, prose, table
from probed.agent.probes.cursors import CURSOR
from probed.agent.probes.probe import Probe
from probed.agent.probes.registry import all_probes

INTRO = """\
# Probes

The read-only questions that a model may ask while it investigates. No other way leads from it to the host: there is no
shell, and no probe changes anything. What a probe answers is redacted before it leaves.

An answer is one JSON object of at most 16 KiB: rows below their columns, and an id (`evidence`) by which a report
cites it. Where rows are left out, `truncated` says how many, `last_rows` has the end of what is told in order, and
`next` is the `cursor` with which the same probe goes on there. Every probe takes that argument; it leads to what the
first question found and did not show, for as long as the investigation lasts. What was answered is kept with the run:
`cortexctl runs evidence ID`.

Files, addresses and names that are no part of every host are shown only as far as [`agent.probes`](configuration.md)
lists them, or a check of an inspection names them. A document can name the probes that its model may ask:
`agent: {when: on_finding, probes: [journal, disk_usage]}`.
"""


def probes() -> Sequence[Probe[Any]]:
    """None of them is asked here, so that those of the past need none."""
    return all_probes(cast("Any", None), cast("Any", object()))


def page() -> str:
    return "\n".join([INTRO, *map(_section, probes())])


def _section(probe: Probe[Any]) -> str:
    properties: Mapping[str, Mapping[str, Any]] = probe.schema()["properties"]
    rows = [
        (code(name), _kind(schema), code(_default(schema)) or "has to be given", prose(schema.get("description", "")))
        for name, schema in properties.items()
        if name != CURSOR
    ]
    arguments = table(("argument", "takes", "default", "what it means"), rows) or "It takes no arguments.\n"
    return f"## `{probe.name}` {{ #{probe.name} }}\n\n{prose(probe.description)}\n\n{arguments}"


def _default(schema: Mapping[str, Any]) -> str:
    if "default" not in schema:
        return ""
    return str(schema["default"]) if schema["default"] != "" else '""'


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if schema["type"] == "boolean":
        return "true or false"
    if schema["type"] == "integer":
        return f"{schema['minimum']} to {schema['maximum']}"
    return f"text of at most {schema['maxLength']} characters"
