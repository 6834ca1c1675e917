"""What a person may do about silences: make one, change it, end it; for an alert, also until it resolves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probed.core import silence as silences
from probed.core.alert import Alert, AlertState
from probed.core.matcher import Matcher, MatchOp
from probed.core.phrases import phrase
from probed.core.silence import FOREVER, Silence, SilenceDraft
from probed.engine.audit import audit
from probed.engine.ids import Ids
from probed.engine.marking import mark_silenced
from probed.engine.outbox import Outbox
from probed.engine.pulse import Pulse
from probed.errors import Conflict, ParameterError, TooMany
from probed.ports import Actor, Clock, Monitor, Queries, Transaction

MOST_SILENCES = 10_000
"""That are not expired."""


class SilenceBook:
    def __init__(
        self, monitor: Monitor, queries: Queries, outbox: Outbox, ids: Ids, clock: Clock, pulse: Pulse
    ) -> None:
        self._monitor, self._queries, self._outbox, self._ids = monitor, queries, outbox, ids
        self._clock, self._pulse = clock, pulse

    async def silence(self, draft: SilenceDraft, by: Actor) -> Silence:
        """One with an id changes that silence, in place where that can be.

        Raises ParameterError, NotFound, TooMany.
        """
        if problem := silences.problem_of(draft, self._clock.now()):
            raise ParameterError("", problem)
        async with self._monitor.transaction() as tx:
            kept = await self._changed(tx, draft, by) if draft.id else None
            kept = kept or silences.create(draft, self._ids.new(), by.name, self._clock.now())
            await self._keep(tx, kept, by)
        return kept

    async def silence_alert(self, alert_id: str, by: Actor, for_s: float | None, comment: str = "") -> Silence:
        """`for_s`: seconds; None: until it resolves. Raises NotFound, Conflict where it has resolved already."""
        found = await self._queries.alert(alert_id)
        now = self._clock.now()
        ends_at = FOREVER if for_s is None else now + timedelta(seconds=for_s)
        async with self._monitor.transaction() as tx:
            alert = await tx.alerts.get(found.id)
            if alert.state is AlertState.RESOLVED:
                raise Conflict(phrase("alert {id} is {state} already", id=alert.id, state=alert.state))
            draft = SilenceDraft(matchers_of(alert), ends_at, comment)
            made = silences.create(draft, self._ids.new(), by.name, now)
            await self._keep(tx, replace(made, alert_id=alert.id if for_s is None else ""), by)
            await mark_silenced(tx, self._outbox, alert, by.name, now)
        return made if for_s is not None else replace(made, alert_id=found.id)

    async def expire(self, silence_id: str, by: Actor) -> Silence:
        """Raises NotFound, Conflict where it has expired already."""
        found = await self._queries.silence(silence_id)
        async with self._monitor.transaction() as tx:
            silence = await tx.silences.get(found.id)
            expired = silences.expire(silence, self._clock.now())
            if expired is None:
                raise Conflict(f"silence {silence.id} has expired already")
            await tx.silences.save(expired)
            await audit(tx, by, silence.id, "silence expired")
            await tx.stream.publish("silence.changed", silence.id, {"state": "expired", "by": by.name})
        self._pulse.beat()
        return expired

    async def _changed(self, tx: Transaction, draft: SilenceDraft, by: Actor) -> Silence | None:
        """The silence that the draft changes; None where another one has to take its place."""
        now = self._clock.now()
        known = await tx.silences.get(draft.id)
        if silences.can_edit(known, draft, now):
            return silences.edit(known, draft, now)
        if expired := silences.expire(known, now):
            await tx.silences.save(expired)
            await audit(tx, by, known.id, "silence expired: another one takes its place")
        return None

    async def _keep(self, tx: Transaction, silence: Silence, by: Actor) -> None:
        if await tx.silences.count_unexpired(self._clock.now()) >= MOST_SILENCES:
            raise TooMany(phrase("there are {count} silences already", count=MOST_SILENCES))
        await tx.silences.save(silence)
        detail = {"comment": silence.comment}
        await audit(tx, by, silence.id, silence.title, detail)
        await tx.stream.publish("silence.changed", silence.id, {"state": "active", "by": by.name})
        self._pulse.beat()


def matchers_of(alert: Alert) -> tuple[Matcher, ...]:
    """Those that match exactly this alert, at whatever severity a case may come to."""
    names = sorted(name for name in alert.labels if alert.is_external or name != "severity")
    return tuple(Matcher(name, MatchOp.EQUAL, alert.labels[name]) for name in names)
