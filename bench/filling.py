"""A database as it is after a long time: one row of each kind is stored as the daemon stores it, and multiplied within
SQLite, with its times, names and states spread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from probed.core.decision import DecisionState
from probed.core.effect import EffectState
from probed.core.inquiry import Inquiry, InquiryState
from probed.core.run import RunState
from probed.daemon.clock import SystemClock
from probed.monitor.cells import micros
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.factories import (
    NOW,
    make_alert,
    make_case,
    make_change,
    make_decision,
    make_execution,
    make_incident,
    make_memory,
    make_message,
    make_observation,
    make_report,
    make_run,
    make_silence,
    make_window,
    new_id,
)

FIRST_ROWS = 10
"""More than there are of any kind before it is multiplied."""
BACK = timedelta(days=25)
"""The oldest row: younger than what retention removes."""
SOURCE = """CASE WHEN :n % 10 < 8 THEN 'inspection-' || (:n % 5) ELSE 'program-' || (:n % 45) END"""
SEVERITY = """CASE WHEN :n % 500 = 0 THEN 'critical' WHEN :n % 20 = 0 THEN 'warning' ELSE 'info' END"""
VERDICT = """CASE WHEN :n % 500 = 0 THEN 'critical' WHEN :n % 20 = 0 THEN 'warning'
    WHEN :n % 90 = 0 THEN 'unknown' ELSE 'ok' END"""
Cells = Mapping[str, str]
"""What a row's columns hold instead of the first row's, as SQL: `:n` is its number, `:at` its time, `:last` how many
there are, `:id` the id of the row of that number in any table."""

FOR_A_THOUSAND: Mapping[str, tuple[float, Cells]] = {
    "runs": (
        1000,
        {
            "inspection": SOURCE,
            "trigger": "CASE WHEN :n % 10 < 8 THEN 'schedule' ELSE 'external' END",
            "state": "CASE WHEN :n % 90 = 0 THEN 'unknown' WHEN :n % 5000 = 0 THEN 'failed' ELSE 'ok' END",
            "created_at": ":at",
            "started_at": ":at",
            "ended_at": ":at",
            "report_id": ":id",
        },
    ),
    "reports": (1000, {"run_id": ":id", "source": SOURCE, "verdict": VERDICT, "created_at": ":at"}),
    "findings": (
        1000,
        {"report_id": ":id", "source": SOURCE, "at": ":at", "object": "'/srv/' || (:n % 300)", "severity": SEVERITY},
    ),
    "events": (500, {"at": ":at", "subject": ":id"}),
    "intents": (100, {"at": ":at", "subject": ":id"}),
    "effects": (
        100,
        {
            "state": "CASE WHEN :n > :last - 50 THEN 'dead' ELSE 'done' END",
            "created_at": ":at",
            "due_at": ":at",
            "subject": ":id",
        },
    ),
    "cases": (
        50,
        {
            "source": SOURCE,
            "object": "'/srv/' || :n",
            "severity": SEVERITY,
            "stage": "CASE WHEN :n > :last - 200 THEN 'told' ELSE 'resolved' END",
            "opened_at": ":at",
            "changed_at": ":at",
            "last_seen_at": ":at",
            "resolved_at": "CASE WHEN :n > :last - 200 THEN NULL ELSE :at END",
        },
    ),
    "alerts": (
        50,
        {
            "case_id": ":id",
            "severity": SEVERITY,
            "state": "CASE WHEN :n > :last - 100 THEN 'firing' WHEN :n > :last - 120 THEN 'acknowledged' "
            "ELSE 'resolved' END",
            "starts_at": ":at",
            "updated_at": ":at",
            "ends_at": "CASE WHEN :n > :last - 120 THEN NULL ELSE :at END",
        },
    ),
    "decisions": (
        10,
        {
            "case_id": ":id",
            "state": "CASE WHEN :n > :last - 10 THEN 'waiting' WHEN :n % 3 = 0 THEN 'rejected' ELSE 'verified' END",
            "created_at": ":at",
            "expires_at": ":at + 2592000000000",
        },
    ),
    "changes": (10, {"case_id": ":id", "effect_id": ":id", "started_at": ":at", "ended_at": ":at"}),
    "incidents": (
        10,
        {
            "state": "CASE WHEN :n > :last - 5 THEN 'open' ELSE 'closed' END",
            "opened_at": ":at",
            "updated_at": ":at",
            "closed_at": "CASE WHEN :n > :last - 5 THEN NULL ELSE :at END",
            "root_id": ":id",
        },
    ),
    "incident_alerts": (50, {"alert_id": ":id", "incident_id": "printf('00%014d', (:n + 4) / 5)"}),
    "inquiries": (5, {"session_id": ":id", "asked_at": ":at", "ended_at": ":at"}),
    "solved_cases": (1, {"created_at": ":at", "changed_at": ":at"}),
    "silences": (0.2, {"starts_at": ":at", "ends_at": ":at", "updated_at": ":at"}),
    "maintenance": (0.1, {"starts_at": ":at", "ends_at": ":at"}),
    "samples": (500, {"at": ":at"}),
}


def fill(path: Path, reports: int) -> None:
    """A database with so many reports, and of everything else what goes with them."""
    asyncio.run(_first_rows(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA foreign_keys = OFF")
        with _without_indexes(database):
            for table, (share, cells) in FOR_A_THOUSAND.items():
                _multiply(database, table, max(2, int(reports * share / 1000)), cells)
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def _first_rows(path: Path) -> None:
    monitor = await open_monitor(path, SystemClock())
    try:
        await _store_one_of_each(monitor)
    finally:
        await monitor.close()


async def _store_one_of_each(monitor: SqliteMonitor) -> None:
    run, case = make_run(state=RunState.OK, started_at=NOW, ended_at=NOW), make_case()
    report, alert, execution = make_report(run), make_alert(case), make_execution(case, state=EffectState.DONE)
    incident = make_incident()
    async with monitor.transaction() as tx:
        await tx.runs.save(replace(run, report_id=report.id))
        await tx.reports.add(report)
        case = await tx.cases.save(case)
        await tx.alerts.save(alert)
        await tx.decisions.save(make_decision(case, state=DecisionState.VERIFIED))
        await tx.effects.save(make_message(state=EffectState.DONE))
        await tx.effects.save(execution)
        await tx.changes.save(make_change(case, execution))
        await tx.incidents.save_all([incident])
        await tx.incidents.join({alert.id: incident.id})
        await tx.inquiries.add(
            Inquiry(new_id(), new_id(), "Why is it slow?", "uid:1000 ann", NOW, InquiryState.ANSWERED)
        )
        await tx.solved_cases.save(make_memory())
        await tx.silences.save(make_silence())
        await tx.windows.save(make_window())
        await tx.samples.add("disk", [make_observation()], NOW)
        await tx.ledger.append("decision", "cortex", case.id, "nothing is done", {})
        await tx.stream.publish("run.ended", run.id, {"inspection": run.inspection, "state": "ok", "verdict": "ok"})


@contextmanager
def _without_indexes(database: sqlite3.Connection) -> Iterator[None]:
    """They are made anew at the end, which is faster than to keep them."""
    made = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    for name, _ in made:
        database.execute(f"DROP INDEX {name}")
    yield
    for _, sql in made:
        database.execute(sql)


def _multiply(database: sqlite3.Connection, table: str, rows: int, cells: Cells) -> None:
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    number = next((name for name in ("seq", "number", "id") if name in columns), None)
    spread = {**({"id": ":id"} if number == "seq" and "id" in columns else {}), **cells}
    if number and number not in spread:
        spread[number] = f":n + {FIRST_ROWS}"
    values = ", ".join(_expression(spread.get(column, f'first."{column}"')) for column in columns)
    now = micros(datetime.now(UTC))
    database.execute(
        f"""
        WITH RECURSIVE
            first AS (SELECT * FROM {table} LIMIT 1),
            numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})
        INSERT OR IGNORE INTO {table} SELECT {values} FROM numbers CROSS JOIN first
        """,
        {"last": rows, "began": now - micros_of(BACK), "pace": micros_of(BACK) // rows},
    )


def micros_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _expression(sql: str) -> str:
    for word, meaning in ((":id", "printf('00%014d', :n)"), (":at", ":began + :n * :pace"), (":n", "n")):
        sql = sql.replace(word, meaning)
    return sql
