from __future__ import annotations

from typing import Any

import pytest

from probed.agent.judge import report_in, wrong_start
from probed.errors import NoAnswer
from tests.agent.arrange import REPORT, RESULT, START


def test_a_start_with_our_probes_alone_is_right() -> None:
    assert wrong_start(START, ["processes"]) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mcp_servers": []}, "the MCP server is not there"),
        ({"mcp_servers": [{"name": "cortex", "status": "failed"}]}, "the MCP server is failed"),
        ({"mcp_servers": [{"name": "cortex", "status": "pending"}]}, "the MCP server is pending"),
        ({"mcp_servers": "cortex"}, "the MCP server is not there"),
        ({"tools": ["StructuredOutput"]}, "mcp__cortex__processes missing"),
        ({"tools": None}, "mcp__cortex__processes missing"),
        ({"tools": [*START["tools"], "Bash"]}, "tools that are not ours: Bash"),
        ({"tools": [*START["tools"], "mcp__other__shell"]}, "tools that are not ours: mcp__other__shell"),
    ],
)
def test_any_other_start_is_told_apart(changes: dict[str, Any], reason: str) -> None:
    assert reason in wrong_start({**START, **changes}, ["processes"])


def test_a_success_holds_the_report() -> None:
    assert report_in(RESULT, 0.02) == REPORT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"structured_output": None, "result": "All fine!"}, "in words instead of with a report: All fine!"),
        ({"is_error": True, "api_error_status": 529, "result": "Overloaded"}, "answered 529: Overloaded"),
        ({"is_error": True, "api_error_status": 401, "result": "Invalid"}, "does not accept the key (401)"),
        ({"is_error": True, "result": "Not logged in\n\x00 Please"}, "failed: Not logged in Please"),
        ({"subtype": "error_max_turns", "errors": ["Reached 5"]}, "no report: Reached 5"),
        ({"subtype": "error_max_structured_output_retries", "errors": ["at /verdict"]}, "no valid report: at /verdict"),
        ({"subtype": "error_during_execution"}, "failed: error_during_execution"),
        ({"subtype": None}, "failed"),
    ],
)
def test_anything_else_is_no_answer_with_a_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(NoAnswer) as caught:
        report_in({**RESULT, **changes}, 0.02)

    assert reason in caught.value.reason
    assert caught.value.cost_usd == 0.02
    assert not caught.value.over_budget
