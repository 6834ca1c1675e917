from __future__ import annotations

from probed.api.mapping import moment
from probed.api.mapping.finding import action_shape
from probed.core.change import Change
from probed.core.checkpoint import ChainVerdict, Checkpoint
from probed.core.intent import Intent
from probed.wire.change import ChainShape, ChangeShape, CheckpointShape, IntentShape


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
        object=change.object,
        object_kind=change.object_kind,
        change_class=change.change_class.value,
        impact=change.impact,
        steps=list(change.steps),
        snapshot=dict(change.snapshot),
        reversible=change.reversible,
        revert_at=moment.text_or_none(change.revert_at),
        confirmed_by=change.confirmed_by,
        rolled_back_at=moment.text_or_none(change.rolled_back_at),
        roll_back=change.roll_back,
        commands=_commands(change),
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


def _commands(change: Change) -> list[str]:
    if not change.reversible or change.rolled_back_at or not change.snapshot:
        return []
    confirm = [f"cortexctl changes confirm {change.id}"] if change.is_armed else []
    return [*confirm, f"cortexctl changes rollback {change.id}"]


def checkpoint_shape(checkpoint: Checkpoint) -> CheckpointShape:
    """The times are as they were signed."""
    return CheckpointShape(
        number=checkpoint.number,
        hash=checkpoint.hash,
        at=checkpoint.at.isoformat(),
        first_at=checkpoint.first_at.isoformat(),
        last_at=checkpoint.last_at.isoformat(),
        counts=dict(checkpoint.counts),
        previous=checkpoint.previous,
        seal=checkpoint.seal,
        key=checkpoint.key,
        fingerprint=checkpoint.fingerprint,
        signature=checkpoint.signature,
    )


def chain_shape(verdict: ChainVerdict) -> ChainShape:
    return ChainShape(
        intact=verdict.broken_at is None,
        broken_at=verdict.broken_at,
        fault=verdict.fault,
        checkpoint=checkpoint_shape(verdict.checkpoint) if verdict.checkpoint else None,
        vouched_for=verdict.is_vouched_for,
    )
