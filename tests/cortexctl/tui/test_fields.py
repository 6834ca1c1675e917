"""What a person sees before a yes."""

from __future__ import annotations

from dataclasses import replace

from cortexctl.tui import fields
from probed.wire.decision import AnalysisShape
from tests.cortexctl.tui import samples

ANALYSIS = AnalysisShape("medium", "the unit", "irreversible", 3, 1, 90.0, ["2026-11-01 a: approved"], None, "", 0.25)


def test_an_approval_shows_risk_inverse_record_cost_and_precedents() -> None:
    shown = dict(fields.of_decision(replace(samples.RESTART_PHP, analysis=ANALYSIS)))

    assert (shown["risk"], shown["inverse"], shown["record"]) == ("medium", "irreversible", "helped 3 of 4 times")
    assert shown["cost"] == "at most 1 min, advice 0.2500 USD"
    assert shown["precedents"] == "2026-11-01 a: approved"


def test_a_long_dry_run_leaves_the_hash_in_sight_and_stands_whole_below() -> None:
    files = "\n".join(f"would remove /tmp/{number}" for number in range(200))

    shown = fields.of_decision(replace(samples.RESTART_PHP, dry_run=files))

    names = [name for name, _ in shown]
    assert names.index("dry run") < names.index("hash") < names.index("dry run in full")
    assert str(dict(shown)["dry run"]).splitlines()[2:] == ["would remove /tmp/2", "… 197 more lines, below"]
    assert dict(shown)["dry run in full"] == files
