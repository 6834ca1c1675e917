from __future__ import annotations

from collections.abc import Iterable

from probed.api.mapping import moment
from probed.api.mapping.alert import alert_shape
from probed.core.incident import Entry, Incident
from probed.core.inspection import Inspection
from probed.ports import IncidentFile
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


def incident_in_full(file: IncidentFile, inspections: Iterable[Inspection]) -> IncidentInFull:
    return IncidentInFull(
        incident_shape(file.incident),
        [alert_shape(alert, inspections) for alert in file.alerts],
        [entry_shape(entry) for entry in file.timeline],
    )
