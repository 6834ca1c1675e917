"""Removing what is old, in small transactions between which others write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probed.monitor.aggregates import FIVE_MINUTES_S, HOUR_S
from probed.monitor.cells import micros
from probed.monitor.rollup import STEP
from probed.monitor.session import Row
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
AGGREGATES = """
DELETE FROM aggregates WHERE series_id = :series_id AND step_s = :step_s AND number IN (
    SELECT number FROM aggregates WHERE series_id = :series_id AND step_s = :step_s AND number < :cutoff
    ORDER BY number LIMIT :batch
)
"""
OLD_SAMPLES = """
SELECT id, min(rolled_to, :cutoff) AS cutoff FROM series WHERE EXISTS (
    SELECT 1 FROM samples WHERE series_id = series.id AND at < min(series.rolled_to, :cutoff)
)
"""
OLD_AGGREGATES = """
SELECT id FROM series WHERE EXISTS (
    SELECT 1 FROM aggregates WHERE series_id = series.id AND step_s = :step_s AND number < :cutoff
)
"""
EMPTY_SERIES = """
DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM samples WHERE samples.series_id = series.id)
AND NOT EXISTS (SELECT 1 FROM aggregates WHERE aggregates.series_id = series.id)
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

SILENT_SOURCES = """
DELETE FROM reports WHERE seq IN (
    WITH RECURSIVE names(name) AS (
        SELECT min(source) FROM reports
        UNION ALL
        SELECT (SELECT min(source) FROM reports WHERE source > name) FROM names WHERE name IS NOT NULL
    )
    SELECT newest.seq FROM names JOIN reports AS newest ON newest.seq = (
        SELECT max(seq) FROM reports WHERE source = name
    )
    WHERE newest.created_at < :cutoff
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.inspection = name AND runs."trigger" <> 'external')
    AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.source = name AND cases.stage <> 'resolved')
    LIMIT :batch
)
"""
"""Another program that has said nothing for so long, and of which nothing is open, says nothing any more."""

RUNS = """
DELETE FROM runs WHERE seq > :after AND seq <= :last AND created_at < :cutoff AND state NOT IN ('pending', 'running')
AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.run_id = runs.id)
AND (runs."trigger" = 'external' OR EXISTS (
    SELECT 1 FROM runs AS newer WHERE newer.inspection = runs.inspection AND newer.seq > runs.seq
    AND (newer.started_at IS NOT NULL OR runs.started_at IS NULL)
))
"""
"""Each inspection keeps the run that began last: the schedule goes on from it."""

ALERTS = """
DELETE FROM alerts WHERE seq > :after AND seq <= :last AND state = 'resolved' AND ends_at < :cutoff
AND NOT EXISTS (SELECT 1 FROM alert_members WHERE alert_members.alert_id = alerts.id)
"""

CHANGES = """
DELETE FROM changes WHERE seq > :after AND seq <= :last AND ended_at < :cutoff
AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.id = changes.case_id AND cases.stage <> 'resolved')
AND NOT EXISTS (
    SELECT 1 FROM effects WHERE effects.subject = changes.id AND effects.kind = 'roll_back'
    AND effects.state IN ('pending', 'started', 'in_doubt')
)
"""

DECISIONS = """
DELETE FROM decisions WHERE seq > :after AND seq <= :last AND created_at < :cutoff
AND state NOT IN ('proposed', 'analysed', 'waiting', 'approved', 'executing')
AND NOT EXISTS (SELECT 1 FROM changes WHERE changes.decision_id = decisions.id)
AND NOT EXISTS (SELECT 1 FROM cases WHERE cases.id = decisions.case_id AND cases.stage <> 'resolved')
"""

NEVER_ASKED = """
DELETE FROM decisions WHERE seq > :after AND seq <= :last AND state = 'withdrawn' AND hash = '' AND created_at < :cutoff
"""

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

INQUIRIES = "DELETE FROM inquiries WHERE seq > :after AND seq <= :last AND asked_at < :cutoff AND state <> 'asked'"
MODEL_CALLS = "DELETE FROM model_calls WHERE seq > :after AND seq <= :last AND at < :cutoff"

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

DOCUMENTS = """
DELETE FROM documents WHERE seq IN (SELECT seq FROM documents WHERE superseded_at < :cutoff LIMIT :batch)
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

SOLVED_CASES = """
DELETE FROM solved_cases WHERE seq IN (
    SELECT seq FROM solved_cases WHERE changed_at < :cutoff AND coalesce(met_at, 0) < :cutoff LIMIT :batch
)
"""

WINDOWS = """
DELETE FROM maintenance WHERE seq IN (SELECT seq FROM maintenance WHERE ends_at < :cutoff LIMIT :batch)
"""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds."""

    samples_s: float = 2 * 86400.0
    """As they were measured."""
    reports_s: float = 30 * 86400.0
    """Reports, their runs and findings; messages; decisions that were never asked; people's questions and answers."""
    events_s: float = 7 * 86400.0
    alerts_s: float = 90 * 86400.0
    """Alerts with their cases, groups, incidents, silences and windows."""
    changes_s: float = 180 * 86400.0
    """Changes and decisions, and versions of documents that are no longer in force."""
    intents_s: float | None = None
    """None: for ever. Else their chain is cut at its beginning, see `chain.py`."""
    transcripts_s: float = 30 * 86400.0
    five_minutes_s: float = 30 * 86400.0
    """Numbers of five minutes in one row."""
    hours_s: float = 730 * 86400.0
    memories_s: float = 730 * 86400.0
    """Solved cases, since one like them last came, or their record changed."""


def shorter_lives(lives: Lifetimes) -> Iterator[Lifetimes]:
    """What is tried in turn where room is wanted: detail goes sooner; what was decided and told does not."""
    for share in (0.5, 0.25, 0.1, 0.02):
        yield replace(
            lives,
            samples_s=lives.samples_s * share,
            reports_s=lives.reports_s * share,
            events_s=lives.events_s * share,
            transcripts_s=lives.transcripts_s * share,
            five_minutes_s=lives.five_minutes_s * share,
            hours_s=lives.hours_s * share,
        )


@dataclass(frozen=True, slots=True)
class Walk:
    table: str
    statement: str
    came_at: str
    """The column that says when a row came."""
    life: Callable[[Lifetimes], float]


WALKS = (
    Walk("reports", REPORTS, "created_at", lambda lives: lives.reports_s),
    Walk("runs", RUNS, "created_at", lambda lives: lives.reports_s),
    Walk("alerts", ALERTS, "starts_at", lambda lives: lives.alerts_s),
    Walk("changes", CHANGES, "started_at", lambda lives: lives.changes_s),
    Walk("decisions", DECISIONS, "created_at", lambda lives: lives.changes_s),
    Walk("decisions", NEVER_ASKED, "created_at", lambda lives: lives.reports_s),
    Walk("cases", CASES, "opened_at", lambda lives: lives.alerts_s),
    Walk("model_calls", MODEL_CALLS, "at", lambda lives: lives.changes_s),
    Walk("inquiries", INQUIRIES, "asked_at", lambda lives: lives.reports_s),
    Walk("effects", EFFECTS, "created_at", lambda lives: lives.reports_s),
)
"""In this order, because each is held by those before it."""
TRANSCRIPTS = """
DELETE FROM transcripts WHERE subject IN (SELECT subject FROM transcripts WHERE at < :cutoff LIMIT :batch)
"""
"""Those of runs, decisions and questions that go, go with them by a trigger; the files follow, see `transcripts.py`."""

ANALYSES = "DELETE FROM analyses WHERE seq IN (SELECT seq FROM analyses WHERE at < :cutoff LIMIT :batch)"

REPEATS: Mapping[str, tuple[str, Callable[[Lifetimes], float]]] = {
    "reports": (SILENT_SOURCES, lambda lives: lives.alerts_s),
    "alert_groups": (GROUPS, lambda lives: lives.reports_s),
    "incidents": (INCIDENTS, lambda lives: lives.alerts_s),
    "flapping": (FLAPPING, lambda lives: lives.events_s),
    "notification_records": (RECORDS, lambda lives: lives.reports_s),
    "silences": (SILENCES, lambda lives: lives.alerts_s),
    "maintenance": (WINDOWS, lambda lives: lives.alerts_s),
    "solved_cases": (SOLVED_CASES, lambda lives: lives.memories_s),
    "documents": (DOCUMENTS, lambda lives: lives.changes_s),
    "events": (EVENTS, lambda lives: lives.events_s),
    "analyses": (ANALYSES, lambda lives: lives.reports_s),
    "transcripts": (TRANSCRIPTS, lambda lives: lives.transcripts_s),
}


class Retention:
    """What is still open stays, whatever its age, and so does what it refers to."""

    def __init__(
        self, transaction: Callable[[], AbstractAsyncContextManager[SqliteTransaction]], now: datetime
    ) -> None:
        self._transaction, self._now = transaction, now

    async def prune(self, lives: Lifetimes) -> Mapping[str, int]:
        """How many rows went, by table."""
        removed: Counter[str] = Counter()
        for walk in WALKS:
            removed[walk.table] += await self._walk(walk, self._cutoff(walk.life(lives)))
        for table, (statement, life) in REPEATS.items():
            removed[table] += await self._repeat(statement, {"cutoff": self._cutoff(life(lives))})
        removed += await self._numbers(lives)
        return removed

    def _cutoff(self, keep_s: float) -> int:
        return micros(self._now - timedelta(seconds=keep_s))

    async def _walk(self, walk: Walk, cutoff: int) -> int:
        """Go through the table from its oldest row, batch by batch, as far as rows are old."""
        batch = f"SELECT seq, {walk.came_at} AS at FROM {walk.table} WHERE seq > :after ORDER BY seq LIMIT :batch"  # noqa: S608
        removed = after = 0
        while True:
            async with self._transaction() as tx:
                rows = await tx.session.rows(batch, {"after": after, "batch": BATCH})
                if not any(row["at"] < cutoff for row in rows):
                    return removed
                last = rows[-1]["seq"]
                removed += await tx.session.run(walk.statement, {"after": after, "last": last, "cutoff": cutoff})
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

    async def _numbers(self, lives: Lifetimes) -> Counter[str]:
        """Only what is rolled up goes, and whole steps of that."""
        removed: Counter[str] = Counter()
        for row in await self._series(OLD_SAMPLES, {"cutoff": self._cutoff(lives.samples_s) // STEP * STEP}):
            removed["samples"] += await self._repeat(SAMPLES, {"series_id": row["id"], "cutoff": row["cutoff"]})
        for step_s, keep_s in ((FIVE_MINUTES_S, lives.five_minutes_s), (HOUR_S, lives.hours_s)):
            of_step = {"step_s": step_s, "cutoff": self._cutoff(keep_s) // (step_s * 10**6)}
            for row in await self._series(OLD_AGGREGATES, of_step):
                removed["aggregates"] += await self._repeat(AGGREGATES, {**of_step, "series_id": row["id"]})
        async with self._transaction() as tx:
            await tx.session.write(EMPTY_SERIES)
        return removed

    async def _series(self, statement: str, parameters: Mapping[str, object]) -> Sequence[Row]:
        async with self._transaction() as tx:
            return await tx.session.rows(statement, parameters)
