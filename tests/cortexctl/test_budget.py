"""`cortexctl budget`: what models may still cost, and what was raised."""

from __future__ import annotations

import json
from datetime import timedelta

from probed.wire import paths
from probed.wire.model import BudgetShape, ModelsShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

UNTIL = samples.NOW + timedelta(hours=5)
MODELS = ModelsShape(
    "claude",
    [],
    [
        BudgetShape("call", None, None),
        BudgetShape("inspection", 1.0, None, 1.0),
        BudgetShape("day", 10.0, 4.75, 5.25, "", 5.0, UNTIL.isoformat()),
        BudgetShape("month", 50.0, 12.5, 37.5),
    ],
    [],
    [BudgetShape("inspection", 1.0, 0.75, 0.25, "web")],
)


def test_what_was_spent_what_is_left_and_what_was_raised_is_shown(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.MODELS}", MODELS)

    shown, as_json = ctl("budget"), json.loads(ctl("budget", "--json").out)

    assert [line.split() for line in shown.out.splitlines()] == [
        ["BUDGET", "SPENT", "LEFT", "LIMIT", "RAISED"],
        ["each", "request", "none"],
        ["each", "inspection,", "a", "day", "$1.0000", "$1"],
        ["today", "$4.7500", "$5.2500", "$10", "from", "$5,", "ends", "in", "5", "h"],
        ["this", "month", "$12.5000", "$37.5000", "$50"],
        ["web,", "today", "$0.7500", "$0.2500", "$1"],
    ]
    assert as_json["budgets"][2]["raised_from_usd"] == 5.0
    assert as_json["today"] == [
        {
            "span": "inspection",
            "limit_usd": 1.0,
            "spent_usd": 0.75,
            "left_usd": 0.25,
            "inspection": "web",
            "raised_from_usd": None,
            "until": None,
        }
    ]


def test_without_a_model_that_is_said(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.MODELS}", ModelsShape("none", [], [], []))

    assert "agent.backend is none" in ctl("budget").out
