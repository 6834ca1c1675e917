"""The mock model for tests: a script is the name of one that comes with Cortex, or a function of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probed.mock_model import request as requests
from probed.mock_model.reply import Cut, Failure, Garbage, Hang, Message, Reply, text
from probed.mock_model.request import Request, call
from probed.mock_model.script import scripts, shipped
from probed.mock_model.server import MockModel, Script
from probed.mock_model.stream import whole

__all__ = [
    "MODES",
    "REPORT",
    "Cut",
    "Failure",
    "Garbage",
    "Hang",
    "Message",
    "MessagesApi",
    "Reply",
    "Request",
    "Script",
    "call",
    "investigate",
    "report",
    "text",
    "whole",
]

MODES = tuple(scripts())
REPORT: Mapping[str, Any] = {
    "verdict": "warning",
    "summary": "One process uses more memory than it should.",
    "findings": [
        {
            "check": "processes",
            "object": "worker",
            "severity": "warning",
            "summary": "worker grows without bound",
            "evidence": {"rss_bytes": 123456789},
        }
    ],
}


class MessagesApi(MockModel):
    def __init__(self, script: str | Script = "investigate", port: int = 0) -> None:
        super().__init__(shipped(script) if isinstance(script, str) else script, port)


def report(request: Request, content: Mapping[str, Any] = REPORT) -> Message:
    """The model ends the investigation."""
    return requests.report(request, content)


def investigate(request: Request) -> Reply:
    """One probe, then the report."""
    return report(request) if request.results else call(request, "processes", {"limit": 5})
