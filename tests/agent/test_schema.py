from __future__ import annotations

import json
from collections.abc import Iterator

from probed.agent.schema import report_schema


def objects(schema: object) -> Iterator[dict[str, object]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for each in schema.values():
            yield from objects(each)


def test_the_root_is_an_object_without_a_dialect() -> None:
    schema = report_schema(["restart_unit"])

    assert schema["type"] == "object"
    assert "$" not in json.dumps(schema)


def test_nothing_can_be_added_to_a_report_or_a_finding() -> None:
    shaped = [each for each in objects(report_schema(["restart_unit"])) if "properties" in each]

    assert len(shaped) == 3
    assert all(each["additionalProperties"] is False for each in shaped)


def test_only_the_given_actions_can_be_proposed() -> None:
    finding = report_schema(["restart_unit", "clean_files"])["properties"]["findings"]["items"]

    action = finding["properties"]["proposed_action"]["properties"]["action"]
    assert action["enum"] == ["restart_unit", "clean_files"]


def test_without_actions_nothing_can_be_proposed() -> None:
    finding = report_schema([])["properties"]["findings"]["items"]

    assert "proposed_action" not in finding["properties"]
