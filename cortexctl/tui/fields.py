"""One thing in full, as names and values; an empty value is left out."""

from __future__ import annotations

from collections.abc import Mapping

from cortexctl import times
from cortexctl.analysis import analysis_fields
from cortexctl.table import facts
from cortexctl.text import APPROVALS, call_text, notes_of, pairs
from cortexctl.times import between, duration, relative
from cortexctl.tui import event_words, scale
from cortexctl.tui.note import Note
from cortexctl.tui.reporter import Reporter
from probed.wire.alert import AlertShape
from probed.wire.decision import DecisionShape
from probed.wire.event import EventShape
from probed.wire.inspection import InspectionShape
from probed.wire.report import ReportShape
from probed.wire.run import RunShape
from probed.wire.status import GaugeShape

Fields = list[tuple[str, object]]
SHOWN_OF_DRY_RUN = 3
"""Lines, before the hash."""


def of_decision(decision: DecisionShape) -> Fields:
    """What would happen and the hash are in sight; what may be long comes last."""
    now, would = times.now(), decision.dry_run.splitlines()
    is_waiting, reverts = decision.state == "waiting", decision.revert_after_s
    is_long = len(would) > SHOWN_OF_DRY_RUN
    begins = [*would[:SHOWN_OF_DRY_RUN], f"… {len(would) - SHOWN_OF_DRY_RUN} more lines, below"] if is_long else would
    return [
        ("problem", decision.summary),
        ("severity", decision.severity),
        ("state", "" if is_waiting else decision.state.replace("_", " ")),
        ("decided by", f"{decision.decided_by}, {relative(decision.decided_at, now)}" if decision.decided_at else ""),
        ("note", decision.note),
        ("action", call_text(decision.action)),
        ("dry run", "\n".join(begins)),
        ("host", decision.host),
        ("hash", decision.hash),
        ("approval", APPROVALS.get(decision.approval, "")),
        ("approved by", ", ".join(decision.approvals)),
        ("why asked", decision.reason),
        *analysis_fields(decision.analysis),
        ("asked", relative(decision.created_at, now)),
        ("expires", relative(decision.expires_at, now) if is_waiting else ""),
        ("rolled back", f"{duration(reverts)} after it began, unless somebody confirms it" if reverts else ""),
        ("id", decision.id),
        ("dry run in full", decision.dry_run if is_long else ""),
        ("precondition", facts(decision.snapshot)),
    ]


def of_alert(alert: AlertShape) -> Fields:
    return [
        ("summary", alert.summary),
        ("severity", alert.severity),
        ("state", alert.state),
        ("since", relative(alert.starts_at, times.now())),
        ("taken by", alert.acknowledged_by),
        ("not told", alert.not_told),
        ("outlook", alert.annotations.get("outlook", "")),
        ("labels", pairs(alert.labels)),
        ("notes", facts(notes_of(alert))),
        ("commands", "\n".join(alert.commands)),
        ("id", alert.id),
    ]


def of_evidence(evidence: Mapping[str, object]) -> Fields:
    return [("evidence", facts(evidence))]


def of_reporter(reporter: Reporter) -> Fields:
    now, last, planned = times.now(), reporter.last, reporter.planned
    fields: Fields = []
    if last:
        fields += [("last verdict", last.verdict), ("reported", relative(last.at, now)), ("summary", last.summary)]
    if planned:
        next_at = "paused" if planned.paused else relative(planned.next_at, now)
        return [*fields, ("schedule", planned.schedule), ("next", next_at)]
    return [*fields, ("source", "another program hands its reports in")]


def of_inspection(inspection: InspectionShape) -> Fields:
    return [
        ("title", inspection.title),
        ("checks", ", ".join(inspection.checks)),
        ("document", inspection.path),
        ("runbook", inspection.runbook),
        ("text", inspection.body),
    ]


def of_run(run: RunShape, report: ReportShape | None) -> Fields:
    took = between(run.started_at, run.ended_at)
    findings = [f"{finding.severity}: {finding.summary}" for finding in report.findings] if report else []
    return [
        ("found", "\n".join(findings)),
        ("unanswered", "\n".join(report.unanswered) if report else ""),
        ("run", run.id),
        ("took", took),
        ("why", run.reason),
    ]


def of_event(event: EventShape) -> Fields:
    at = times.moment(event.at).astimezone()
    return [
        ("what", event_words.words(event)),
        ("at", f"{at:%Y-%m-%d %H:%M:%S}"),
        ("type", event.type),
        ("subject", event.subject),
        ("data", facts(event.data)),
        ("number", event.id),
    ]


def of_gauge(gauge: GaugeShape) -> Fields:
    return [
        ("name", gauge.name),
        ("value", scale.value_text(gauge)),
        ("state", scale.state(gauge)),
        ("warning at", "" if gauge.warning is None else f"{gauge.warning:g} {gauge.unit}"),
        ("critical at", "" if gauge.critical is None else f"{gauge.critical:g} {gauge.unit}"),
        ("outlook", gauge.outlook),
    ]


def of_note(note: Note) -> Fields:
    return [("note", note.text)]
