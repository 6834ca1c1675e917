"""What changes about something that was told already: its message shows it, and nobody is notified again."""

from __future__ import annotations

from dataclasses import replace

from probed.core.alert import Alert, AlertState
from probed.core.card import Card, Manner
from probed.core.decision import Decision
from probed.core.group import Announcement, NotifyReason
from probed.core.phrases import say
from probed.engine import cards
from probed.engine.outbox import Outbox
from probed.ports import Transaction


async def mark_acknowledged(tx: Transaction, outbox: Outbox, alert: Alert) -> None:
    """On the newest message of each group that told of the alert."""
    keys = (await tx.groups.memberships([alert.id])).get(alert.id, frozenset())
    records = [record for record in await tx.records.of_groups(keys) if alert.is_told_in(record.firing)]
    for key in sorted({record.group_key for record in records}):
        told = [record for record in records if record.group_key == key]
        open_ = [one for one in await tx.alerts.of_group(key) if one.state is not AlertState.RESOLVED]
        news = Announcement("", NotifyReason.NOTHING, tuple(open_), (), told[0])
        await _mark(tx, outbox, key, cards.alert_card(outbox.rules.host, news))


async def mark_approved(tx: Transaction, outbox: Outbox, decision: Decision) -> None:
    """Its buttons go at once, not only when it is carried out."""
    await _mark(tx, outbox, decision.id, cards.outcome_card(decision, say("it is being carried out")))


async def _mark(tx: Transaction, outbox: Outbox, subject: str, card: Card) -> None:
    await outbox.post(tx, subject, replace(card, manner=Manner.MARK), await tx.effects.told(subject))
