"""An incident in full: what it is, and what happened when."""

from __future__ import annotations

from cortexctl import times
from cortexctl.text import aligned, one_line
from cortexctl.times import between, moment, relative
from cortexctl.tui.fields import Fields
from probed.wire.incident import IncidentInFull, IncidentShape


def of_incident(incident: IncidentShape) -> Fields:
    now = times.now()
    took = between(incident.opened_at, incident.closed_at)
    return [
        ("title", incident.title),
        ("severity", incident.severity),
        ("state", incident.state),
        ("alerts", f"{incident.alerts}, {incident.firing} of them firing"),
        ("opened", relative(incident.opened_at, now)),
        ("closed", f"{relative(incident.closed_at, now)}, after {took}" if incident.closed_at else ""),
        ("id", incident.id),
    ]


def of_course(found: IncidentInFull) -> Fields:
    """Alerts, runs and deeds in their order, each at its time of the day here."""
    root = next((alert.summary for alert in found.alerts if alert.id == found.incident.root_id), "")
    alerts = (
        aligned((alert.state, alert.severity, one_line(alert.summary)) for alert in found.alerts)
        if found.alerts
        else []
    )
    entries: Fields = [
        (f"{moment(entry.at).astimezone():%m-%d %H:%M:%S}", f"{entry.kind}: {one_line(entry.text)}")
        for entry in found.timeline
    ]
    return [("root", "" if root == found.incident.title else root), ("its alerts", "\n".join(alerts)), *entries]
