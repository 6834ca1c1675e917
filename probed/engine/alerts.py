"""The book of alerts: raised and ended by cases, grouped, and told when their group's timer is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from probed.core import alert as alerts
from probed.core.alert import Alert
from probed.core.case import Case
from probed.core.group import Flush, Group, flush, holding, wake
from probed.core.inspection import Inspection
from probed.engine import cards
from probed.engine.catalogue import Catalogue
from probed.engine.ids import Ids
from probed.engine.outbox import Outbox
from probed.engine.rules import Rules
from probed.engine.sieve import Sieve
from probed.engine.suppression import AlertListener
from probed.ports import Clock, Transaction

FIRST_SWEEP = "first-sweep"
"""Key of the group that takes what a new installation finds at its first look; it is told once, as a whole."""


class AlertBook:
    def __init__(
        self,
        outbox: Outbox,
        catalogue: Catalogue,
        ids: Ids,
        clock: Clock,
        rules: Rules,
        sieve: Sieve,
        listeners: Sequence[AlertListener] = (),
    ) -> None:
        self._outbox, self._catalogue, self._ids, self._clock = outbox, catalogue, ids, clock
        self.rules = rules
        self._sieve, self._listeners = sieve, listeners

    async def raise_for(self, tx: Transaction, case: Case) -> None:
        now = self._clock.now()
        known = await tx.alerts.of_case(case.id)
        group = await self._group_of(tx, case, known)
        alert = alerts.update(known, case.severity, case.summary, now) if known else self._new(case, group.key, now)
        await tx.alerts.save(alert)
        await self._wake(tx, group, now)
        await self._changed(tx, known, alert)

    async def end_for(self, tx: Transaction, case: Case) -> None:
        alert = await tx.alerts.of_case(case.id)
        now = self._clock.now()
        ended = alerts.resolve(alert, now) if alert else None
        if ended is None:
            return
        await tx.alerts.save(ended)
        group = await tx.groups.get(ended.group_key)
        if group:
            await self._wake(tx, group, now)
        await self._changed(tx, alert, ended)

    async def flush_due(self, tx: Transaction, now: datetime) -> None:
        for group in await tx.groups.due(now):
            result = await self._flush(tx, group, now)
            if result.reason.should_notify:
                await self._outbox.post(tx, group.key, cards.alert_card(self.rules.host, result))

    async def tell_first_sweep(self, tx: Transaction) -> None:
        """End the first sweep: what it brought up goes out as one card."""
        await tx.settings.set("first_sweep_done", True)
        group = await tx.groups.get(FIRST_SWEEP)
        firing = (await self._flush(tx, group, self._clock.now())).firing if group else ()
        waiting = await tx.decisions.waiting()
        if firing or waiting:
            card = cards.first_sweep_card(self.rules.host, firing, waiting)
            await self._outbox.post_first_sweep(tx, FIRST_SWEEP, card, [decision.id for decision in waiting])

    async def _flush(self, tx: Transaction, group: Group, now: datetime) -> Flush:
        known = await tx.alerts.of_group(group.key)
        sifted = await self._sieve.sift(tx, known, lambda alert: alert.is_told_in(group.told_firing), now)
        result = flush(group, sifted.tellable, now, self.rules.timing)
        await tx.groups.save(holding(group, result.group, sifted.held, now, self.rules.timing))
        for alert in (*result.settled, *(replace(alert, is_settled=True) for alert in sifted.missed)):
            await tx.alerts.save(alert)
        return result

    async def _group_of(self, tx: Transaction, case: Case, known: Alert | None) -> Group:
        if known:
            key = known.group_key
        elif not await tx.settings.get("first_sweep_done"):
            key = FIRST_SWEEP
        else:
            key = self._key(self._labels(case))
        labels = {name: value for name, value in self._labels(case).items() if name in self.rules.group_by}
        return await tx.groups.get(key) or Group(key, {} if key == FIRST_SWEEP else labels, next_flush_at=None)

    async def _wake(self, tx: Transaction, group: Group, now: datetime) -> None:
        held = group.key == FIRST_SWEEP and not await tx.settings.get("first_sweep_done")
        await tx.groups.save(group if held else wake(group, now, self.rules.timing))

    async def _changed(self, tx: Transaction, before: Alert | None, after: Alert) -> None:
        await _publish(tx, after)
        for listener in self._listeners:
            await listener.alert_changed(tx, before, after)

    def _new(self, case: Case, group_key: str, now: datetime) -> Alert:
        return Alert(
            id=self._ids.new(),
            case_id=case.id,
            labels=self._labels(case),
            severity=case.severity,
            peak=case.severity,
            summary=case.summary,
            annotations=_annotations(case, self._catalogue.document(case.source)),
            starts_at=now,
            updated_at=now,
            group_key=group_key,
        )

    def _labels(self, case: Case) -> dict[str, str]:
        return {
            **case.labels,
            "alertname": case.check,
            "object": case.object,
            "host": self.rules.host,
            "source": case.source,
            "severity": str(case.severity),
        }

    def _key(self, labels: Mapping[str, str]) -> str:
        names = labels if "..." in self.rules.group_by else self.rules.group_by
        return ",".join(f"{name}={labels[name]!r}" for name in sorted(names) if name in labels and name != "severity")


def _annotations(case: Case, document: Inspection | None) -> dict[str, str]:
    """What the card shows below the summary: what was or would have been done, the runbook, where to re-tune it."""
    tune = f"$EDITOR {document.path}  # {case.check}" if document and document.path else ""
    texts = {"outlook": case.outlook, "runbook": case.runbook, "tune": tune}
    return {name: text for name, text in texts.items() if text}


async def _publish(tx: Transaction, alert: Alert) -> None:
    data = {"state": str(alert.state), "severity": str(alert.severity), "summary": alert.summary}
    await tx.stream.publish("alert.changed", alert.id, data)
