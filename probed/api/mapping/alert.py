from __future__ import annotations

from collections.abc import Iterable

from probed.api.mapping import moment
from probed.api.mapping.command import alert_commands
from probed.core.alert import Alert
from probed.core.inspection import Inspection
from probed.wire.alert import AlertShape


def alert_shape(alert: Alert, inspections: Iterable[Inspection], not_told: str = "") -> AlertShape:
    return AlertShape(
        id=alert.id,
        case_id=alert.case_id,
        fingerprint=alert.fingerprint,
        state=alert.state.value,
        severity=alert.severity.value,
        summary=alert.summary,
        labels=dict(alert.labels),
        annotations=dict(alert.annotations),
        starts_at=moment.text(alert.starts_at),
        updated_at=moment.text(alert.updated_at),
        ends_at=moment.text_or_none(alert.ends_at),
        acknowledged_by=alert.acknowledged_by,
        acknowledged_until=moment.text_or_none(alert.acknowledged_until),
        not_told=not_told,
        commands=alert_commands(alert, inspections),
    )
