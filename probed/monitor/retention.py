"""Removing what is old, in small transactions between which others write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from probed.monitor.cells import micros
from probed.monitor.transaction import SqliteTransaction

BATCH = 100

EVENTS = """
DELETE FROM events WHERE id < (SELECT min(id) FROM events) + :batch
AND at < :cutoff AND id <> (SELECT max(id) FROM events)
"""
"""The newest stays: the next id follows it."""

SAMPLES = """
DELETE FROM samples WHERE series_id = :series_id AND at IN (
    SELECT at FROM samples WHERE series_id = :series_id AND at < :cutoff ORDER BY at LIMIT :batch
)
"""
SERIES = "SELECT id FROM series"
EMPTY_SERIES = """
DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM samples WHERE samples.series_id = series.id)
"""

REPORTS = """
DELETE FROM reports WHERE seq > :after AND seq <= :last AND created_at < :cutoff
AND seq <> (SELECT max(newer.seq) FROM reports AS newer WHERE newer.source = reports.source)
AND NOT EXISTS (
    SELECT 1 FROM findings AS found JOIN cases
    ON cases.source = found.source AND cases."check" = found."check" AND cases.object = found.object
    AND cases.stage <> 'resolved'
    WHERE found.report_id = reports.id AND NOT EXISTS (
        SELECT 1 FROM findings AS newer WHERE newer.source = found.source AND newer.seq > found.seq
        AND newer."check" = found."check" AND newer.object = found.object
    )
)
"""
"""Each source keeps its newest report, each open case the one that found it last."""

RUNS = """
DELETE FROM runs WHERE seq > :after AND seq <= :last AND created_at < :cutoff AND state NOT IN ('pending', 'running')
AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.run_id = runs.id)
AND EXISTS (
    SELECT 1 FROM runs AS newer WHERE newer.inspection = runs.inspection AND newer.seq > runs.seq
    AND (newer.started_at IS NOT NULL OR runs.started_at IS NULL)
)
"""
"""Each inspection keeps the run that began last: the schedule goes on from it."""

ALERTS = """
DELETE FROM alerts WHERE seq > :after AND seq <= :last AND state = 'resolved' AND ends_at < :cutoff
AND NOT EXISTS (SELECT 1 FROM alert_members WHERE alert_members.alert_id = alerts.id)
"""

DECISIONS = """
DELETE FROM decisions WHERE seq > :after AND seq <= :last AND state = 'withdrawn' AND hash = '' AND created_at < :cutoff
"""
"""Questions that were never asked."""

CASES = """
DELETE FROM cases WHERE seq > :after AND seq <= :last AND stage = 'resolved' AND resolved_at < :cutoff
AND NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.case_id = cases.id)
AND NOT EXISTS (SELECT 1 FROM decisions WHERE decisions.case_id = cases.id)
AND NOT EXISTS (SELECT 1 FROM changes WHERE changes.case_id = cases.id)
"""

EFFECTS = """
DELETE FROM effects WHERE seq > :after AND seq <= :last AND state IN ('done', 'dead')
AND coalesce(ended_at, created_at) < :cutoff
AND NOT EXISTS (SELECT 1 FROM changes WHERE changes.effect_id = effects.id)
AND NOT EXISTS (SELECT 1 FROM alerts WHERE alerts.id = effects.subject AND alerts.state <> 'resolved')
AND NOT EXISTS (SELECT 1 FROM alert_members WHERE alert_members.group_key = effects.subject)
AND NOT EXISTS (SELECT 1 FROM decisions WHERE decisions.id = effects.subject AND decisions.state = 'waiting')
"""
"""The receipt of a message about something that is still open is needed to replace the message."""

GROUPS = """
DELETE FROM alert_groups WHERE "key" IN (
    SELECT "key" FROM alert_groups WHERE next_flush_at IS NULL AND (told_at < :cutoff OR told_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM alert_members WHERE alert_members.group_key = alert_groups."key")
    LIMIT :batch
)
"""
"""A group that sleeps and has nothing to tell any more is made anew by the next alert."""

INCIDENTS = """
DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE closed_at < :cutoff LIMIT :batch)
"""
FLAPPING = """
DELETE FROM flapping WHERE fingerprint IN (
    SELECT fingerprint FROM flapping WHERE seen_at < :cutoff AND since IS NULL LIMIT :batch
)
"""

RECORDS = """
DELETE FROM notification_records WHERE rowid IN (
    SELECT records.rowid FROM notification_records AS records WHERE records.told_at < :cutoff
    AND NOT EXISTS (SELECT 1 FROM alert_groups WHERE alert_groups."key" = records.group_key)
    LIMIT :batch
)
"""

SILENCES = """
DELETE FROM silences WHERE seq IN (SELECT seq FROM silences WHERE ends_at < :cutoff LIMIT :batch)
"""

WINDOWS = """
DELETE FROM maintenance WHERE seq IN (SELECT seq FROM maintenance WHERE ends_at < :cutoff LIMIT :batch)
"""

WALKS: Mapping[str, tuple[str, str]] = {
    "reports": (REPORTS, "created_at"),
    "runs": (RUNS, "created_at"),
    "alerts": (ALERTS, "starts_at"),
    "decisions": (DECISIONS, "created_at"),
    "cases": (CASES, "opened_at"),
    "effects": (EFFECTS, "created_at"),
}
"""In this order, because each is held by those before it; with the column that says when a row came."""


class Retention:
    """Intents, changes and decisions that somebody was asked stay for ever, and so does what these refer to."""

    def __init__(
        self, transaction: Callable[[], AbstractAsyncContextManager[SqliteTransaction]], now: datetime
    ) -> None:
        self._transaction, self._now = transaction, now

    async def prune(self, keep_samples_s: float, keep_reports_s: float, keep_events_s: float) -> Mapping[str, int]:
        removed = {table: await self._walk(table, self._cutoff(keep_reports_s)) for table in WALKS}
        removed["alert_groups"] = await self._repeat(GROUPS, {"cutoff": self._cutoff(keep_reports_s)})
        removed["incidents"] = await self._repeat(INCIDENTS, {"cutoff": self._cutoff(keep_reports_s)})
        removed["flapping"] = await self._repeat(FLAPPING, {"cutoff": self._cutoff(keep_events_s)})
        removed["notification_records"] = await self._repeat(RECORDS, {"cutoff": self._cutoff(keep_reports_s)})
        removed["silences"] = await self._repeat(SILENCES, {"cutoff": self._cutoff(keep_reports_s)})
        removed["maintenance"] = await self._repeat(WINDOWS, {"cutoff": self._cutoff(keep_reports_s)})
        removed["events"] = await self._repeat(EVENTS, {"cutoff": self._cutoff(keep_events_s)})
        removed["samples"] = await self._samples(self._cutoff(keep_samples_s))
        return removed

    def _cutoff(self, keep_s: float) -> int:
        return micros(self._now - timedelta(seconds=keep_s))

    async def _walk(self, table: str, cutoff: int) -> int:
        """Go through the table from its oldest row, batch by batch, as far as rows are old."""
        statement, came_at = WALKS[table]
        batch = f"SELECT seq, {came_at} AS at FROM {table} WHERE seq > :after ORDER BY seq LIMIT :batch"  # noqa: S608
        removed = after = 0
        while True:
            async with self._transaction() as tx:
                rows = await tx.session.rows(batch, {"after": after, "batch": BATCH})
                if not any(row["at"] < cutoff for row in rows):
                    return removed
                last = rows[-1]["seq"]
                removed += await tx.session.run(statement, {"after": after, "last": last, "cutoff": cutoff})
            after = last

    async def _repeat(self, statement: str, parameters: Mapping[str, object]) -> int:
        """Run the statement until it removes less than a batch."""
        removed = 0
        while True:
            async with self._transaction() as tx:
                gone = await tx.session.run(statement, {**parameters, "batch": BATCH})
            removed += gone
            if gone < BATCH:
                return removed

    async def _samples(self, cutoff: int) -> int:
        async with self._transaction() as tx:
            series = await tx.session.rows(SERIES)
        removed = 0
        for row in series:
            removed += await self._repeat(SAMPLES, {"series_id": row["id"], "cutoff": cutoff})
        async with self._transaction() as tx:
            await tx.session.run(EMPTY_SERIES)
        return removed
