from __future__ import annotations

from probed.api.mapping import moment
from probed.core.incident import Entry, Incident
from probed.ports import IncidentFile
from probed.wire.alert import AlertShape
from probed.wire.incident import EntryShape, IncidentInFull, IncidentShape


def incident_shape(incident: Incident) -> IncidentShape:
    return IncidentShape(
        id=incident.id,
        state=incident.state.value,
        severity=incident.severity.value,
        title=incident.title,
        root_id=incident.root_id,
        alerts=incident.alerts,
        firing=incident.firing,
        opened_at=moment.text(incident.opened_at),
        updated_at=moment.text(incident.updated_at),
        closed_at=moment.text_or_none(incident.closed_at),
    )


def entry_shape(entry: Entry) -> EntryShape:
    return EntryShape(moment.text(entry.at), entry.kind.value, entry.text, entry.subject)


def incident_in_full(file: IncidentFile, alerts: list[AlertShape]) -> IncidentInFull:
    return IncidentInFull(incident_shape(file.incident), alerts, [entry_shape(entry) for entry in file.timeline])
