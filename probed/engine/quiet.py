"""Quiet hours: what can wait is held back, and told in one message at their end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from probed.core.alert import Alert, AlertState
from probed.core.card import Card
from probed.core.hours import TOLD_AT_THE_END
from probed.engine import cards
from probed.engine.rules import Rules
from probed.engine.sieve import held_back
from probed.engine.suppression import Annotator
from probed.engine.telling import Telling
from probed.ports import Transaction

REASON = "quiet hours"
TIMER = "quiet hours"


class QuietKeeper:
    """A Suppressor, and a timer at the end of the hours."""

    def __init__(self, telling: Telling, annotator: Annotator, rules: Rules) -> None:
        self._telling, self._annotator, self._rules = telling, annotator, rules

    async def suppressed(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Mapping[str, str]:
        quiet = self._rules.quiet
        span = quiet.hours.at(now) if quiet else None
        if quiet is None or span is None:
            return {}
        held = {alert.id: REASON for alert in alerts if alert.severity not in quiet.passes}
        if held and await tx.timers.get(TIMER) != span.ends_at:
            await tx.timers.set(TIMER, span.ends_at)
        return held

    async def tell_due(self, tx: Transaction, now: datetime) -> None:
        due_at = await tx.timers.get(TIMER)
        if due_at is None or due_at > now:
            return
        span = self._rules.quiet.hours.at(now) if self._rules.quiet else None
        if span:  # the hours or the clock were set meanwhile
            await tx.timers.set(TIMER, span.ends_at)
            return
        await tx.timers.remove(TIMER)
        held = await tx.alerts.held_for(REASON)
        untellable = await self._telling.untellable(tx, held, now)
        free = [held_back(alert, "") for alert in held if _is_over(alert) or alert.id not in untellable]
        await tx.alerts.save_all(free)
        newest = await self._annotator.annotated(tx, await self._newest(tx, free), now)
        for recipients, alerts in self._by_recipients(newest).items():
            if await self._is_news(tx, alerts):
                await self._telling.post(tx, TOLD_AT_THE_END, self._card(alerts), recipients)
                await self._telling.count_as_told(tx, alerts, now)
        await tx.holds.let_go([alert.id for alert in free])

    async def _is_news(self, tx: Transaction, alerts: Sequence[Alert]) -> bool:
        """Where all merely goes on, it was told before, and is repeated as at any other time."""
        for alert in alerts:
            if _is_over(alert) or not await self._telling.is_told(tx, alert):
                return True
        return False

    async def _newest(self, tx: Transaction, alerts: Sequence[Alert]) -> Sequence[Alert]:
        """The last word on each; that what is over fires again is told by its new alert."""
        newest = {alert.fingerprint: alert for alert in alerts}
        again = await tx.alerts.open_of([alert.fingerprint for alert in newest.values() if _is_over(alert)])
        return [alert for alert in newest.values() if not (_is_over(alert) and alert.fingerprint in again)]

    def _by_recipients(self, alerts: Sequence[Alert]) -> Mapping[tuple[str, ...], Sequence[Alert]]:
        found: dict[tuple[str, ...], list[Alert]] = defaultdict(list)
        for alert in alerts:
            found[self._rules.recipients_for(alert.labels)].append(alert)
        return found

    def _card(self, alerts: Sequence[Alert]) -> Card:
        over = [alert for alert in alerts if _is_over(alert)]
        return cards.quiet_card(self._rules.host, [alert for alert in alerts if not _is_over(alert)], over)


def _is_over(alert: Alert) -> bool:
    return alert.state is AlertState.RESOLVED
