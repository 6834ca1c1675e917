"""`cortexctl models`: what may be spent, what was, and why which one is asked."""

from __future__ import annotations

import json

from probed.wire import paths
from probed.wire.model import BudgetShape, ChoiceShape, ModelsShape, SpendingShape, TierShape
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

MODELS = ModelsShape(
    "claude",
    [TierShape("small", "claude-haiku-4-5", "https://api.anthropic.com", 1.0, 5.0)],
    [BudgetShape("call", None, None), BudgetShape("day", 5.0, 0.25), BudgetShape("month", 50.0, 12.5)],
    [SpendingShape("disk", 12, 34567, 890, 1.25, 31)],
)


def test_tiers_budgets_and_the_months_spending_are_shown(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.MODELS}", MODELS)

    shown, as_json = ctl("models"), ctl("models", "--json")

    assert "claude-haiku-4-5  $1 / $5" in shown.out
    lines = [line.split() for line in shown.out.splitlines()]
    assert ["each", "request", "none"] in lines
    assert ["today", "$0.2500", "$5"] in lines
    assert ["this", "month", "$12.5000", "$50"] in lines
    assert ["disk", "12", "31", "34,567", "890", "$1.2500"] in lines
    assert json.loads(as_json.out)["spending"][0]["cost_usd"] == 1.25


def test_without_a_model_that_is_said(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.MODELS}", ModelsShape("none", [], [], []))

    assert "agent.backend is none" in ctl("models").out


def test_a_choice_is_explained(daemon: StubDaemon, ctl: Ctl) -> None:
    choice = ChoiceShape("disk", ["large", "local"], "agent.routes[0]: severity critical or worse", 0.5)
    daemon.answer(f"GET {paths.INSPECTIONS}/disk/model", choice)

    explained = ctl("models", "explain", "disk", "--severity", "critical")

    assert daemon.requests[-1].query == "severity=critical"
    assert explained.out.splitlines() == [
        "large: agent.routes[0]: severity critical or worse",
        "where it is away or too dear: local",
        "50% of the budget is left",
    ]
