"""What scripts and eyes rely on: the JSON and the plain tables, letter by letter.

After a wanted change: CORTEX_WRITE_GOLDEN=1 tests/run tests/cortexctl/test_golden.py, then read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

GOLDEN = Path(__file__).parent / "golden"
READING = {
    "status": ["status"],
    "inspections": ["inspections"],
    "inspection": ["inspections", "show", "disks"],
    "runs": ["runs"],
    "run": ["runs", "show", samples.RUN.id],
    "reports": ["reports"],
    "report": ["reports", "show", samples.REPORT.id],
    "findings": ["findings"],
    "cases": ["cases"],
    "case": ["cases", "show", samples.CASE.id],
    "alerts": ["alerts"],
    "alert": ["alerts", "show", samples.ALERT.id],
    "decisions": ["decisions"],
    "decision": ["decisions", "show", samples.DECISION.id],
    "changes": ["changes"],
    "change": ["changes", "show", samples.CHANGE.id],
    "memories": ["memories"],
    "memory": ["memories", "show", samples.MEMORY.id],
    "incidents": ["incidents"],
    "incident": ["incidents", "show", samples.INCIDENT.id],
    "postmortem": ["incidents", "export", samples.INCIDENT.id],
    "maintenance": ["maintenance"],
    "silences": ["silences"],
    "silence": ["silences", "show", samples.SILENCE.id],
    "routes": ["alerts", "routes"],
    "mode": ["mode"],
    "autonomy": ["autonomy"],
    "channels": ["channels"],
    "messages": ["messages"],
    "message": ["messages", "show", samples.MESSAGE.id],
    "intents": ["intents"],
    "checkpoints": ["intents", "checkpoints"],
    "questions": ["questions"],
    "question": ["questions", "show", samples.QUESTION.id],
    "schedule": ["schedule"],
    "backups": ["backup"],
}


@pytest.mark.parametrize("name", READING)
def test_plain_text_is_as_recorded(host: StubDaemon, ctl: Ctl, name: str) -> None:
    assert_golden(f"{name}.txt", ctl(*READING[name]).out)


@pytest.mark.parametrize("name", READING)
def test_json_is_as_recorded(host: StubDaemon, ctl: Ctl, name: str) -> None:
    assert_golden(f"{name}.json", ctl(*READING[name], "--json").out)


def test_a_calm_host_fits_a_few_lines(host: StubDaemon, ctl: Ctl) -> None:
    host.answer("GET /api/v1/status", samples.CALM)

    assert_golden("status_calm.txt", ctl("status").out)


def assert_golden(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("CORTEX_WRITE_GOLDEN"):
        file.write_bytes(text.encode())
    assert text
    assert text == file.read_bytes().decode()
