"""Who is told next when nobody acknowledges: a pure walk over the configured steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from probed.core.alert import Alert, AlertState
from probed.core.finding import Severity


@dataclass(frozen=True, slots=True)
class EscalationStep:
    after_s: float
    """Since nobody has looked after the alert."""
    receiver: str
    recipients: tuple[str, ...]
    """The channels of the receiver."""
    severities: frozenset[Severity]


@dataclass(frozen=True, slots=True)
class Escalation:
    """A timer: at `due_at` the receiver of `step` is told, if the alert still fires and nobody has acknowledged it."""

    alert_id: str
    step: int
    """Index into the configured steps."""
    began_at: datetime
    """Since when nobody has looked after the alert."""
    due_at: datetime


def next_escalation(
    steps: Sequence[EscalationStep], alert: Alert, began_at: datetime, after: int = -1
) -> Escalation | None:
    """The first step behind `after` that concerns the alert; None where it does not fire unacknowledged, or there is no
    further step."""
    if alert.state is not AlertState.FIRING:
        return None
    for number, step in enumerate(steps):
        if number > after and alert.severity in step.severities:
            return Escalation(alert.id, number, began_at, began_at + timedelta(seconds=step.after_s))
    return None
