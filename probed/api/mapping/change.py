from __future__ import annotations

from probed.api.mapping import moment
from probed.api.mapping.finding import action_shape
from probed.core.change import Change
from probed.core.intent import Intent
from probed.wire.change import ChangeShape, IntentShape


def change_shape(change: Change) -> ChangeShape:
    return ChangeShape(
        id=change.id,
        case_id=change.case_id,
        decision_id=change.decision_id,
        action=action_shape(change.call),
        level=change.level,
        by=change.by,
        dry_run=change.dry_run,
        outcome=change.outcome.value,
        detail=change.detail,
        before=dict(change.before),
        after=dict(change.after),
        started_at=moment.text(change.started_at),
        ended_at=moment.text(change.ended_at),
    )


def intent_shape(intent: Intent) -> IntentShape:
    return IntentShape(
        number=intent.number,
        at=moment.text(intent.at),
        kind=intent.kind,
        actor=intent.actor,
        subject=intent.subject,
        text=intent.text,
        detail=dict(intent.detail),
        hash=intent.hash,
    )
