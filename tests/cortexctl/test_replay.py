"""`cortexctl replay`: what differs, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.replay import DifferenceShape, OutcomeShape, ReplayShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

THEN = replace(samples.REPORT, cost_usd=0.02)
SAME = ReplayShape(samples.RUN.id, True, OutcomeShape(THEN, ["L1"]), OutcomeShape(THEN, ["L1"]), [], 3, 0, [])
OTHER = replace(
    SAME,
    is_same=False,
    replayed=OutcomeShape(replace(THEN, verdict="ok", cost_usd=0.5), []),
    differences=[DifferenceShape("summary", "it is full\x1b[2J", "")],
    answers_recorded=0,
    answers_live=2,
    notes=["1 of the questions to probes was not asked then"],
)
PLACE = f"{paths.RUNS}/{samples.RUN.id}/replay"
TARGET = f"POST {PLACE}"


def test_the_same_is_said_in_a_few_words(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(TARGET, SAME)

    result = ctl("replay", samples.RUN.id)

    assert result.exit == Exit.OK
    assert "level    L1\n" in result.out
    assert "asked    3 recorded, 0 live\n" in result.out
    assert result.out.endswith("The same report, byte for byte.\n")
    assert daemon.bodies(PLACE)[-1] == {"document": None, "model": None}


def test_what_differs_is_shown_beside_what_was(daemon: StubDaemon, ctl: Ctl, tmp_path: Path) -> None:
    daemon.answer(TARGET, OTHER)
    (tmp_path / "disks.md").write_text("---\nid: disks\n---\n")

    result = ctl("replay", samples.RUN.id, "--document", str(tmp_path / "disks.md"), "--model", "large")

    assert result.exit == Exit.ATTENTION
    assert f"verdict  {THEN.verdict} → ok\n" in result.out
    assert "level    L1 → -\n" in result.out
    assert "note  1 of the questions" in result.out
    assert "summary:\n  then  it is full\\x1b[2J\n  now   -\n" in result.out
    assert daemon.bodies(PLACE)[-1] == {"document": "---\nid: disks\n---\n", "model": "large"}
    assert json.loads(ctl("replay", samples.RUN.id, "--json").out)["answers_live"] == 2


def test_a_document_that_cannot_be_read_is_a_usage_error(daemon: StubDaemon, ctl: Ctl) -> None:
    result = ctl("replay", samples.RUN.id, "--document", "/nonexistent.md")

    assert (result.exit, daemon.requests) == (Exit.USAGE, [])
    assert "/nonexistent.md cannot be read: No such file" in result.err
