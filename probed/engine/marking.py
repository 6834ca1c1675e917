"""What changes about something that was told already: its message shows it, and nobody is notified again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.card import Card, Manner
from probed.core.decision import Decision
from probed.core.group import Announcement, NotifyReason
from probed.core.phrases import say
from probed.engine import cards
from probed.engine.outbox import Outbox
from probed.ports import Transaction


async def mark_alerts(tx: Transaction, outbox: Outbox, alerts: Sequence[Alert]) -> None:
    for key, card in await _telling(tx, outbox, alerts):
        await _mark(tx, outbox, key, card)


async def mark_silenced(tx: Transaction, outbox: Outbox, alert: Alert, by: str, now: datetime) -> None:
    """When and by whom: that stays true when the silence has ended."""
    text = say("silenced by {who} at {time} UTC", who=by, time=f"{now:%Y-%m-%d %H:%M}")
    for key, card in await _telling(tx, outbox, [alert]):
        sections = (
            replace(section, lines=(*section.lines, text)) if section.subject == alert.id else section
            for section in card.sections
        )
        await _mark(tx, outbox, key, replace(card, sections=tuple(sections)))


async def _telling(tx: Transaction, outbox: Outbox, alerts: Sequence[Alert]) -> Sequence[tuple[str, Card]]:
    """Each group that told of one of them, as it is now; what is held back stays out of it."""
    found = []
    memberships = await tx.groups.memberships([alert.id for alert in alerts])
    records = await tx.records.of_groups(frozenset[str]().union(*memberships.values()))
    telling = [record for record in records if any(alert.is_told_in(record.firing) for alert in alerts)]
    for key in sorted({record.group_key for record in telling}):
        told = [record for record in telling if record.group_key == key]
        heard = frozenset[str]().union(*(record.firing for record in told))
        open_ = [each for each in await tx.alerts.of_group(key) if _is_open(each) and each.is_told_in(heard)]
        news = Announcement("", NotifyReason.NOTHING, tuple(open_), (), told[0])
        found.append((key, cards.alert_card(outbox.rules.host, news, can_ask=outbox.rules.has_model)))
    return found


def _is_open(alert: Alert) -> bool:
    return alert.state is not AlertState.RESOLVED


async def mark_approved(tx: Transaction, outbox: Outbox, decision: Decision) -> None:
    """Its buttons go at once, not only when it is carried out."""
    await _mark(tx, outbox, decision.id, cards.outcome_card(decision, say("it is being carried out")))


async def _mark(tx: Transaction, outbox: Outbox, subject: str, card: Card) -> None:
    await outbox.post(tx, subject, replace(card, manner=Manner.MARK), await tx.effects.told(subject))
