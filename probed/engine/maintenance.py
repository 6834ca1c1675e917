"""Maintenance windows: begun and ended by a person, or coming again by the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from probed.core.alert import Alert, AlertState
from probed.core.maintenance import Window, WindowDraft, WindowState, covering, freezing
from probed.core.matcher import matchers_text
from probed.engine.audit import audit
from probed.engine.ids import Ids
from probed.engine.rules import Rules
from probed.errors import Conflict, ParameterError, TooMany
from probed.ports import Actor, Clock, Transaction

LONGEST = timedelta(days=366)
MOST_WINDOWS = 500
"""That are not over: each is read at every notification and before every fix."""
LONGEST_MATCHERS = 16_384
"""Characters."""


class MaintenanceBook:
    """A Suppressor, and what freezes automatic fixes."""

    def __init__(self, ids: Ids, clock: Clock, rules: Rules) -> None:
        self._ids, self._clock, self._rules = ids, clock, rules

    async def start(self, tx: Transaction, draft: WindowDraft, by: Actor) -> Window:
        """Raises ParameterError, TooMany."""
        now = self._clock.now()
        if len(matchers_text(draft.matchers)) > LONGEST_MATCHERS:
            raise ParameterError("matchers", f"they have {LONGEST_MATCHERS} characters at most")
        if len(await tx.windows.not_over(now)) >= MOST_WINDOWS:
            raise TooMany(f"there are {MOST_WINDOWS} maintenance windows already")
        starts_at = max(draft.starts_at or now, now)
        if not starts_at < draft.ends_at <= starts_at + LONGEST:
            raise ParameterError("ends_at", "a window ends after its start, and in the future, within a year")
        window = Window(self._ids.new(), draft.matchers, starts_at, draft.ends_at, draft.fixes, draft.comment, by.name)
        await tx.windows.save(window)
        detail = {"matchers": matchers_text(window.matchers), "fixes": str(window.fixes)}
        await audit(tx, by, window.id, f"began {window.title}: {window.scope}", detail)
        await self._publish(tx, window, now)
        return window

    async def end(self, tx: Transaction, window_id: str, by: Actor) -> Window:
        """Raises NotFound, Conflict."""
        now, window = self._clock.now(), await tx.windows.get(window_id)
        if window.state(now) is WindowState.OVER:
            raise Conflict(f"the maintenance window {window.id} is over already")
        ended = replace(window, starts_at=min(window.starts_at, now), ends_at=now)
        await tx.windows.save(ended)
        await audit(tx, by, window.id, f"ended {window.title}: {window.scope}")
        await self._publish(tx, ended, now)
        return ended

    async def suppressed(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Mapping[str, str]:
        firing = [alert for alert in alerts if alert.state is not AlertState.RESOLVED]
        windows = await self._open(tx, now) if firing else ()
        found = {alert.id: covering(windows, alert.labels, now) for alert in firing}
        return {alert_id: window.title for alert_id, window in found.items() if window}

    async def freezing(self, tx: Transaction, labels: Mapping[str, str], now: datetime) -> str:
        window = freezing(await self._open(tx, now), labels, now)
        return window.title if window else ""

    def recurring(self, now: datetime) -> Sequence[Window]:
        """Those of the configuration that are open now."""
        return [window for each in self._rules.windows if (window := each.at(now))]

    async def _open(self, tx: Transaction, now: datetime) -> Sequence[Window]:
        return [*await tx.windows.not_over(now), *self.recurring(now)]

    async def _publish(self, tx: Transaction, window: Window, now: datetime) -> None:
        await tx.stream.publish("maintenance.changed", window.id, {"state": str(window.state(now))})
