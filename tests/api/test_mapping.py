"""Every wire shape as JSON, compared with a file: a field that is renamed or lost breaks somebody's script."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from probed.api.answers import to_json
from probed.api.mapping import moment
from probed.api.mapping.alert import alert_shape
from probed.api.mapping.case import case_shape
from probed.api.mapping.change import change_shape, intent_shape
from probed.api.mapping.channel import channel_shape, channel_test_shape, message_shape
from probed.api.mapping.decision import decision_shape
from probed.api.mapping.event import event_bytes
from probed.api.mapping.finding import found_in_shape
from probed.api.mapping.inspection import broken_shape, inspection_shape, planned_shape
from probed.api.mapping.report import report_shape
from probed.api.mapping.run import run_shape
from probed.api.mapping.status import readiness_shape, status_shape
from probed.core.alert import Alert, AlertState
from probed.core.breaker import BreakerFacts, BreakerState
from probed.core.case import Case, Stage
from probed.core.channel import ChannelFacts, ChannelTest
from probed.core.decision import Decision, DecisionState
from probed.core.effect import EffectState
from probed.core.event import StreamEvent
from probed.core.finding import ActionCall, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen, BrokenDocument, CheckCall, Inspection, Schedule
from probed.core.intent import link
from probed.core.permission import Mode
from probed.core.report import Report, Verdict
from probed.core.run import Run, RunState, Trigger
from probed.engine.cards import notice_card
from probed.engine.overview import Gauge, ReadinessProbe
from probed.ports import FoundIn, PlannedRun
from tests.api.fakes import make_overview
from tests.factories import NOW, make_alert, make_case, make_change, make_decision, make_message

GOLDEN = Path(__file__).parent / "golden"
LATER = NOW + timedelta(seconds=2.5)
FINDING = Finding(
    "systemd_unit",
    "nginx.service",
    Severity.CRITICAL,
    "nginx.service has failed",
    {"active_state": "failed", "since_s": 12.5, "restarts": 3, "lines": ["a", "b"], "user": None},
    ActionCall("restart_unit", {"unit": "nginx.service"}),
    ttl_s=600.0,
)
INSPECTION = Inspection(
    id="services",
    title="Services",
    checks=(CheckCall("systemd_unit", {"unit": "nginx.service"}, line=6), CheckCall("tcp_port", line=7)),
    schedule=Schedule(every_s=300.0),
    agent=AgentRule(AgentWhen.ON_FINDING, "small", 0.1),
    labels={"team": "home"},
    runbook="https://example.org/services",
    body="What to look at.",
    document_hash="ab" * 32,
    path="/etc/cortex/inspections/services.md",
)
REPORT = Report(
    id="report-1",
    run_id="run-1",
    source="services",
    verdict=Verdict.CRITICAL,
    summary="nginx.service has failed",
    findings=(FINDING, Finding("tcp_port", "80", Severity.INFO, "nobody listens")),
    created_at=LATER,
    unanswered=("http: no answer within 59 s",),
    notes=("no Docker engine on this host",),
    cost_usd=0.012,
)
RUN = Run(
    id="run-1",
    inspection="services",
    trigger=Trigger.SCHEDULE,
    state=RunState.TIMEOUT,
    created_at=NOW,
    document_hash="ab" * 32,
    started_at=NOW,
    ended_at=LATER,
    reason="http: no answer within 59 s",
    report_id="report-1",
    cost_usd=0.012,
    by="uid:1000 alice",
    gate="new",
    gate_reason="new: disk /srv",
)
LABELS = {"alertname": "systemd_unit", "object": "nginx.service", "host": "host-a", "source": "services"}
CASE: Case = make_case(
    id="case-1",
    source="services",
    check="systemd_unit",
    object="nginx.service",
    severity=Severity.CRITICAL,
    summary="nginx.service has failed",
    stage=Stage.ASKING,
    labels=LABELS,
    evidence={"active_state": "failed"},
    runbook="https://example.org/services",
    outlook="restart_unit: not verified",
)
ALERT: Alert = make_alert(
    CASE,
    id="alert-1",
    state=AlertState.FIRING,
    labels={**LABELS, "severity": "critical"},
    annotations={"outlook": "restart_unit: not verified"},
    updated_at=LATER,
)
DECISION: Decision = make_decision(CASE, id="decision-1", summary="nginx.service has failed")
CLOSED: Decision = make_decision(
    CASE,
    id="decision-2",
    state=DecisionState.REJECTED,
    decided_by="uid:1000 alice",
    decided_at=LATER,
    note="not at night",
)
PLAN = PlannedRun(INSPECTION, LATER, paused=False)
INTENT = link(None, NOW, "audit", "uid:1000 alice", "decision-1", "approved restart_unit", {"pid": 7})
OPEN = BreakerFacts("webhook:ops/0", BreakerState.OPEN, 7, NOW, LATER, "http://hooks answers 503")
MESSAGE = make_message(
    "webhook:ops/0",
    id="message-1",
    state=EffectState.DEAD,
    attempts=1,
    ended_at=LATER,
    note="http://hooks answers 400",
    payload=notice_card("host-a", "the configuration was not reloaded", "warning").to_payload(),
)
OVERVIEW = make_overview(
    verdict=Verdict.CRITICAL,
    mode=Mode.ACT,
    sources=(REPORT,),
    alerts=(ALERT,),
    decisions=(DECISION,),
    gauges=(Gauge("disk /", 41.5, "%", 80.0, 90.0), Gauge("load", 0.25, "")),
    next_runs=(PLAN, PlannedRun(INSPECTION, None, paused=True)),
    notes=("no Docker engine on this host",),
    broken=(BrokenDocument("/etc/cortex/inspections/bad.md", 3, "unknown check 'dsik'"),),
    recent_changes=("2026-11-20 06:00 L1 restart_unit, by cortex: verified",),
    breakers=(OPEN, BreakerFacts("telegram", BreakerState.CLOSED)),
    counts={"alerts_firing": 1, "messages_pending": 2, "messages_dead": 3},
)
SHAPES: dict[str, Callable[[], Any]] = {
    "alert": lambda: alert_shape(ALERT, [INSPECTION]),
    "case": lambda: case_shape(CASE),
    "change": lambda: change_shape(make_change(CASE, id="change-1", decision_id="decision-1", by="uid:1000 alice")),
    "decision": lambda: decision_shape(DECISION, CASE, [INSPECTION]),
    "decision_closed": lambda: decision_shape(CLOSED, CASE, [INSPECTION]),
    "found_in": lambda: found_in_shape(FoundIn(12, "report-1", "services", NOW, FINDING)),
    "inspection": lambda: inspection_shape(INSPECTION, PLAN, REPORT),
    "inspection_never_run": lambda: inspection_shape(INSPECTION, None, None),
    "broken": lambda: broken_shape(BrokenDocument("/etc/cortex/inspections/bad.md", 3, "unknown check 'dsik'")),
    "planned": lambda: planned_shape(PLAN),
    "intent": lambda: intent_shape(INTENT),
    "channel": lambda: channel_shape(ChannelFacts("webhook:ops/0", "webhook", OPEN, pending=2, dead=1)),
    "channel_test": lambda: channel_test_shape(ChannelTest("mail", "message-2", False, "no such mailbox", 0.25)),
    "message": lambda: message_shape(MESSAGE),
    "message_sent": lambda: message_shape(make_message("mail", id="message-3", state=EffectState.DONE)),
    "message_unreadable": lambda: message_shape(make_message("mail", id="message-4", payload={"kind": "no such kind"})),
    "readiness": lambda: readiness_shape([ReadinessProbe("monitor", True, "wrote"), ReadinessProbe("loop", False)]),
    "report": lambda: report_shape(REPORT),
    "run": lambda: run_shape(RUN, "critical"),
    "status": lambda: status_shape(
        OVERVIEW, [alert_shape(ALERT, [INSPECTION])], {CASE.id: CASE}, [INSPECTION], "operator"
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_shape_is_the_one_that_scripts_know(name: str) -> None:
    shape = SHAPES[name]()
    assert json.loads(to_json(type(shape), shape)) == json.loads((GOLDEN / f"{name}.json").read_text())


def test_an_event_is_one_server_sent_event() -> None:
    event = StreamEvent(7, NOW, "alert.changed", "alert-1", {"summary": "two\nlines", "state": "firing"})
    assert event_bytes(event).decode() == (GOLDEN / "event.txt").read_text()


def test_moments_are_utc_whatever_their_zone() -> None:
    summer = timezone(timedelta(hours=2))
    assert moment.text(datetime(2026, 7, 1, 12, 0, 0, 123_456, summer)) == "2026-07-01T10:00:00.123Z"
    assert moment.text(datetime(2026, 7, 1, 12, tzinfo=UTC)) == "2026-07-01T12:00:00.000Z"


def test_evidence_that_json_does_not_know_is_told_as_well_as_can_be() -> None:
    evidence = {"when": NOW, "path": Path("/srv"), "ids": {3}, "ratio": float("nan"), "pair": (1, 2)}
    shape = report_shape(Report("r", "u", "s", Verdict.OK, "", (Finding("c", "o", Severity.INFO, "", evidence),), NOW))
    told = json.loads(to_json(type(shape), shape))["findings"][0]["evidence"]
    assert told["path"] == "/srv"
    assert (told["ids"], told["ratio"], told["pair"]) == ([3], None, [1, 2])


def test_a_file_name_that_is_no_text_does_not_spoil_the_answer() -> None:
    evidence = {"file": b"caf\xe9".decode("utf-8", "surrogateescape")}
    shape = report_shape(Report("r", "u", "s", Verdict.OK, "", (Finding("c", "o", Severity.INFO, "", evidence),), NOW))
    assert json.loads(to_json(type(shape), shape))["findings"][0]["evidence"] == {"file": "caf?"}
