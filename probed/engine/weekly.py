"""The weekly digest."""

from __future__ import annotations

from datetime import datetime, timedelta

from probed.core.week import week_lines
from probed.engine import cards
from probed.engine.outbox import Outbox
from probed.engine.rules import Rules
from probed.ports import Transaction

TIMER = "weekly digest"
WEEK = timedelta(days=7)
FARTHEST = 2 * WEEK
"""What is planned later was so by a clock that was wrong by much."""
MOST_ALERTS = 5000


class WeeklyDigest:
    def __init__(self, outbox: Outbox, rules: Rules) -> None:
        self._outbox, self._rules = outbox, rules

    async def arm(self, tx: Transaction, now: datetime) -> None:
        """Whenever the configuration may have changed."""
        weekly, planned = self._rules.weekly, await tx.timers.get(TIMER)
        if weekly is None:
            await tx.timers.remove(TIMER)
        elif planned is None or planned > now:  # one that was missed is told late
            await tx.timers.set(TIMER, weekly.next_after(now))

    async def clock_was_set(self, tx: Transaction, now: datetime) -> None:
        """A clock that goes back and forth across the hour tells no week twice."""
        planned = await tx.timers.get(TIMER)
        if planned is None or planned > now + FARTHEST:
            await self.arm(tx, now)

    async def tell_due(self, tx: Transaction, now: datetime) -> None:
        due_at, weekly = await tx.timers.get(TIMER), self._rules.weekly
        if due_at is None or due_at > now:
            return
        if weekly is None:
            await tx.timers.remove(TIMER)
            return
        await tx.timers.set(TIMER, weekly.next_after(now))
        if now - due_at > WEEK:  # it was planned by a clock that was wrong, or nobody has watched since
            return
        alerts = await tx.alerts.begun_since(now - WEEK, MOST_ALERTS)
        lines = week_lines(alerts, await tx.changes.count_since(now - WEEK))
        if lines:
            await self._outbox.post(tx, "weekly-digest", cards.weekly_card(self._rules.host, lines))
