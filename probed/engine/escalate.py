"""Tells the next contact when nobody looks after an alert."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core.alert import Alert, AlertState
from probed.core.escalation import Escalation, EscalationStep, next_escalation
from probed.engine import cards
from probed.engine.rules import Rules
from probed.engine.suppression import AlertChange
from probed.engine.telling import Telling
from probed.ports import Clock, Transaction

AGAIN_S = 60.0
"""How soon to look again at what is not to be told now, at the latest."""


class Escalator:
    """An AlertListener. The timers are rows: an acknowledgement or an end takes its alert's away."""

    def __init__(self, telling: Telling, clock: Clock, rules: Rules) -> None:
        self._telling, self._clock, self._rules = telling, clock, rules

    @property
    def _steps(self) -> Sequence[EscalationStep]:
        return self._rules.escalation

    async def alerts_changed(self, tx: Transaction, changes: Sequence[AlertChange]) -> None:
        now = self._clock.now()
        await tx.escalations.remove([change.after.id for change in changes if change.before and _is_moot(change)])
        planned = [
            next_escalation(self._steps, change.after, now)
            for change in changes
            if _is_left(change) and _is_news(change)
        ]
        await tx.escalations.begin([escalation for escalation in planned if escalation])
        ended = {change.after.id: change.after for change in changes if change.fired and not change.fires}
        told = await tx.effects.told_of(list(ended)) if self._steps and ended else {}
        for alert_id, recipients in told.items():
            await self._tell_end(tx, ended[alert_id], {name.partition("@")[0] for name in recipients})

    async def _tell_end(self, tx: Transaction, alert: Alert, told: Set[str]) -> None:
        """To the contacts who heard of it only because nobody acknowledged. `told`: whoever heard of it by itself."""
        others = set(told).difference(self._rules.all_recipients_for(alert.labels))
        for step in self._steps if others else ():
            whom = [name for name in step.recipients if name in others]
            others.difference_update(whom)
            card = cards.over_card(self._rules.host, alert)
            await self._telling.tell_receiver(tx, alert, card, step.receiver, whom)

    async def escalate_due(self, tx: Transaction, now: datetime) -> None:
        for escalation in await tx.escalations.due(now):
            if following := await self._look(tx, escalation, now):
                await tx.escalations.save(following)
            else:
                await tx.escalations.remove([escalation.alert_id])

    async def _look(self, tx: Transaction, escalation: Escalation, now: datetime) -> Escalation | None:
        """What is planned after it. As long as nothing is told of the alert to anybody, nobody can look after it."""
        alert = await tx.alerts.get(escalation.alert_id)
        planned = next_escalation(self._steps, alert, escalation.began_at, escalation.step - 1)
        if planned is None:
            return None
        if await self._telling.why_not(tx, alert, now):
            began_at = planned.began_at if await self._telling.is_told(tx, alert) else now
            soon_s = min(AGAIN_S, self._steps[planned.step].after_s)
            return replace(planned, began_at=began_at, due_at=now + timedelta(seconds=soon_s))
        if planned.due_at > now:
            return planned
        await self._escalate(tx, planned, alert)
        return next_escalation(self._steps, alert, planned.began_at, planned.step)

    async def _escalate(self, tx: Transaction, escalation: Escalation, alert: Alert) -> None:
        step = self._steps[escalation.step]
        card = cards.escalation_card(self._rules.host, alert, step.after_s, step.receiver)
        whom = step.recipients or self._rules.recipients_for(alert.labels)
        await self._telling.tell_receiver(tx, alert, card, step.receiver, whom)
        text = f"told {step.receiver}, for nobody acknowledged: {alert.summary}"
        await tx.ledger.append("note", "cortex", alert.id, text)


def _is_left(change: AlertChange) -> bool:
    """Whether nobody looks after it."""
    return change.after.state is AlertState.FIRING


def _is_moot(change: AlertChange) -> bool:
    """Whether what was planned before no longer holds: what has become worse begins with the first step again."""
    return not _is_left(change) or (change.before is not None and change.before.peak is not change.after.peak)


def _is_news(change: AlertChange) -> bool:
    before, after = change.before, change.after
    return not before or (before.state, before.severity) != (after.state, after.severity)
