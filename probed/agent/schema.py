"""The shape of the report that ends an investigation, as JSON Schema: the subset of draft 07 that every model takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from probed.core.finding import Severity
from probed.core.report import Verdict

MAX_FINDINGS = 50
MAX_SUMMARY = 2000
"""Characters."""
MAX_CITES = 30
MAX_ID = 20
"""Characters."""
MAX_NAME = 200
"""Characters of a check's and an object's name."""


def report_schema(actions: Sequence[str]) -> dict[str, Any]:
    """`actions` are the only names that a finding may propose; without any it cannot propose at all."""
    finding: dict[str, Any] = {
        "check": _text(MAX_NAME, "what was looked at, such as disk; for a problem given to you, its own check"),
        "object": _text(MAX_NAME, "the one thing that has the problem: a mount point, a unit, a process"),
        "severity": {"type": "string", "enum": [each.value for each in Severity]},
        "summary": _text(MAX_SUMMARY, "one sentence with the figures that show it"),
        "evidence": {"type": "object", "description": "the facts it rests on, by name, as the probes gave them"},
    }
    finding["cites"] = {
        "type": "array",
        "maxItems": MAX_CITES,
        "items": {"type": "string", "maxLength": MAX_ID},
        "description": "the ids of what shows it: e3 of a probe's answer, o1 and f1 of the task",
    }
    if actions:
        finding["proposed_action"] = _object(
            {"action": {"type": "string", "enum": list(actions)}, "params": {"type": "object"}}, ["action", "params"]
        )
    required = ["check", "object", "severity", "summary", "evidence"]
    return _object(
        {
            "verdict": {"type": "string", "enum": [each.value for each in Verdict]},
            "summary": _text(MAX_SUMMARY, "the whole matter in a sentence or two"),
            "findings": {"type": "array", "maxItems": MAX_FINDINGS, "items": _object(finding, required)},
        },
        ["verdict", "summary", "findings"],
    )


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _text(longest: int, description: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "description": description}
