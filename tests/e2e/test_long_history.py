"""A hundred thousand inspections are on record: the daemon starts, sweeps, answers and forgets as it does with few."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from probed.daemon.clock import SystemClock
from probed.monitor.cells import micros
from probed.monitor.file import prepare
from probed.monitor.migrate import known_migrations
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import open_monitor
from tests.real.daemon import RealDaemon

INSPECTIONS = 100_000
OLD = 3000
"""Of them, from before what is kept."""
SOURCES = 50
DAY_S = 86400.0
NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :most)"
FILL = (
    f"""
    {NUMBERS} INSERT INTO runs (
        seq, id, inspection, "trigger", state, created_at, started_at, ended_at, document_hash, reason, report_id,
        cost_usd
    )
    SELECT n, 'run' || n, 'source-' || (n % :sources), 'schedule', 'ok', at, at, at, '', '', 'report' || n, 0
    FROM (SELECT n, CASE WHEN n <= :old THEN :long_ago ELSE :lately END + n AS at FROM numbers)
    """,
    """
    INSERT INTO reports (seq, id, run_id, source, verdict, summary, created_at, unanswered, notes, cost_usd)
    SELECT seq, report_id, id, inspection, 'ok', 'all is well', created_at, '[]', '[]', 0 FROM runs
    """,
    """
    INSERT INTO findings (seq, report_id, source, at, "check", object, severity, summary, evidence)
    SELECT seq, id, source, created_at, 'disk', '/srv', 'info', 'fine', '{}' FROM reports
    """,
    "INSERT INTO events SELECT seq, created_at, 'run.ended', id, '{}' FROM runs",
)


def fill(path: Path) -> None:
    now = datetime.now(UTC)
    prepare(path, now, known_migrations())
    wanted = {
        "most": INSPECTIONS,
        "sources": SOURCES,
        "old": OLD,
        "long_ago": micros(now - timedelta(days=40)),
        "lately": micros(now - timedelta(days=3)),
    }
    with closing(sqlite3.connect(path)) as database, database:
        for statement in FILL:
            database.execute(statement, wanted)


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as database:
        (rows,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(rows)


async def test_a_hundred_thousand_inspections_on_record(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    fill(path)
    daemon = RealDaemon(tmp_path)
    daemon.document("beat", f"schedule: every 1s\nchecks:\n  - file: {{path: {tmp_path}}}")

    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        daemon.wait_until(lambda: len(daemon.items("runs?inspection=beat")) >= 3, 180)
        pages = [len(daemon.items(f"{noun}?limit=500")) for noun in ("runs", "reports")]
        status = daemon.get("/api/v1/status")[1]
        shown = daemon.ctl("reports", "show", f"report{INSPECTIONS}")
        first = daemon.items("reports?source=source-7&limit=1")
    monitor = await open_monitor(path, SystemClock())
    removed = await monitor.prune(datetime.now(UTC), Lifetimes(DAY_S, 30 * DAY_S, 30 * DAY_S, 30 * DAY_S))
    await monitor.close()

    assert pages == [500, 500]
    assert "beat" in {source["source"] for source in status["sources"]}
    assert shown.returncode == 0, shown.stderr
    assert first[0]["source"] == "source-7"
    assert (removed["reports"], removed["runs"]) == (OLD, OLD)
    assert count(path, "reports") >= INSPECTIONS - OLD
