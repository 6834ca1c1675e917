"""What a row stands for: how it is called, what there is to know about it, what more can be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cortexctl.change_fields import change_fields
from cortexctl.daemon import Daemon
from cortexctl.failure import Rejected
from cortexctl.text import call_text, one_line
from cortexctl.tui import event_words, fields
from cortexctl.tui.fields import Fields
from cortexctl.tui.incident_fields import of_course, of_incident
from cortexctl.tui.note import Note
from cortexctl.tui.reporter import Reporter
from cortexctl.tui.shape import shaped
from probed.wire.alert import AlertShape, CaseShape
from probed.wire.change import ChangeShape
from probed.wire.decision import DecisionShape
from probed.wire.event import EventShape
from probed.wire.incident import IncidentInFull, IncidentShape
from probed.wire.inspection import InspectionShape
from probed.wire.report import ReportShape
from probed.wire.run import RunShape
from probed.wire.status import GaugeShape


@dataclass(frozen=True, slots=True)
class Subject:
    noun: str
    name: Callable[[Any], str]
    fields: Callable[[Any], Fields]
    more: Callable[[Daemon, Any], Fields] | None = None
    """Asks the daemon, so it is for a thread."""


def more_of_case(daemon: Daemon, item: DecisionShape | AlertShape) -> Fields:
    try:
        case = shaped(CaseShape, daemon.case(item.case_id))
    except Rejected:  # it has none, or it is no longer kept
        return []
    return fields.of_evidence(case.evidence)


def more_of_incident(daemon: Daemon, item: IncidentShape) -> Fields:
    return of_course(shaped(IncidentInFull, daemon.incident(item.id)))


def more_of_reporter(daemon: Daemon, item: Reporter) -> Fields:
    more: Fields = []
    if item.last:
        run = shaped(RunShape, daemon.run(item.last.run_id))
        report = shaped(ReportShape, daemon.report(run.report_id)) if run.report_id else None
        more += fields.of_run(run, report)
    if item.planned:
        more += fields.of_inspection(shaped(InspectionShape, daemon.inspection(item.name)))
    return more


SUBJECTS = {
    DecisionShape: Subject("Decision", lambda item: call_text(item.action), fields.of_decision, more_of_case),
    AlertShape: Subject("Alert", lambda item: one_line(item.summary), fields.of_alert, more_of_case),
    IncidentShape: Subject("Incident", lambda item: one_line(item.title), of_incident, more_of_incident),
    ChangeShape: Subject("Change", lambda item: call_text(item.action), change_fields),
    Reporter: Subject("Inspection", lambda item: one_line(item.name), fields.of_reporter, more_of_reporter),
    GaugeShape: Subject("Number", lambda item: one_line(item.name), fields.of_gauge),
    EventShape: Subject("Event", lambda item: one_line(event_words.words(item)), fields.of_event),
    Note: Subject("Note", lambda item: one_line(item.text), fields.of_note),
}
