"""How many reports of seven findings are taken in, each in a transaction of its own that is synced.

The limit speaks of the monitor: what it needs to store a report beside what plain sqlite3 needs to store the same rows
in the same tables with the same pragmas. Over the socket there are HTTP, the rights of whoever asks, validation and the
ladder as well.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from bench.effort import Effort
from bench.load import REPORT
from bench.row import Figure, Row, at_least_share
from probed.core.finding import Finding, Severity
from probed.core.run import RunState
from probed.daemon.clock import SystemClock
from probed.monitor.connection import PRAGMAS
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.factories import NOW, make_report, make_run
from tests.real.daemon import RealDaemon, UnixConnection

SHARE_BOUND = 0.5
ROUNDS = 10
"""The two take turns, so that whatever else the machine does hits both."""
CLIENTS = 8
FINDINGS = tuple(Finding("bench", f"object-{number}", Severity.INFO, "fine") for number in range(7))
PARTS = {
    "runs": "id = (SELECT run_id FROM reports WHERE seq = ?)",
    "reports": "seq = ?",
    "findings": "report_id = (SELECT id FROM reports WHERE seq = ?)",
    "events": "id = ?",
}
"""Where the rows of a report lie, in the order in which they refer to each other."""


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        ours, floor = asyncio.run(beside_sqlite(Path(name), max(1, effort.reports // ROUNDS)))
        one, several = over_the_socket(Path(name), effort.reports)
    plain = (Figure("sqlite3, the same rows", floor),)
    return [
        Row("ingest: the monitor", ours, "reports/s", plain, at_least_share(SHARE_BOUND)),
        Row("ingest: over the socket, 1 client", one, "reports/s", plain),
        Row(f"ingest: over the socket, {CLIENTS} clients", several, "reports/s", plain),
    ]


# --- the monitor ------------------------------------------------------------------------------------------------------


async def beside_sqlite(folder: Path, each_round: int) -> tuple[float, float]:
    """Reports a second, ours and the floor's."""
    clock = SystemClock()
    monitor = await open_monitor(folder / "ours.db", clock)
    await (await open_monitor(folder / "floor.db", clock)).close()
    ours_s = floor_s = 0.0
    with closing(plain(folder / "ours.db")) as source, closing(plain(folder / "floor.db")) as floor:
        for number in range(ROUNDS):
            ours_s += await store(monitor, each_round)
            floor_s += store_again(source, floor, range(number * each_round + 1, (number + 1) * each_round + 1))
    await monitor.close()
    return ROUNDS * each_round / ours_s, ROUNDS * each_round / floor_s


async def store(monitor: SqliteMonitor, reports: int) -> float:
    """How long it took."""
    began = time.perf_counter()
    for _ in range(reports):
        run = make_run(inspection="bench", state=RunState.OK, started_at=NOW, ended_at=NOW)
        report = make_report(run, findings=FINDINGS)
        async with monitor.transaction() as tx:
            await tx.runs.save(run)
            await tx.reports.add(report)
            await tx.stream.publish("run.ended", run.id, {"inspection": "bench", "state": "ok", "verdict": "ok"})
    return time.perf_counter() - began


def plain(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        database.execute(pragma)
    return database


def store_again(source: sqlite3.Connection, floor: sqlite3.Connection, numbers: range) -> float:
    transactions = [list(rows_of(source, number)) for number in numbers]
    began = time.perf_counter()
    for statements in transactions:
        floor.execute("BEGIN IMMEDIATE")
        for statement, rows in statements:
            floor.executemany(statement, rows)
        floor.execute("COMMIT")
    return time.perf_counter() - began


def rows_of(source: sqlite3.Connection, number: int) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    for table, which in PARTS.items():
        rows = source.execute(f"SELECT * FROM {table} WHERE {which}", (number,)).fetchall()
        yield f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows


# --- the whole way ----------------------------------------------------------------------------------------------------


def over_the_socket(folder: Path, reports: int) -> tuple[float, float]:
    """Reports a second, of one client and of several, each of whom sends the next when the last was answered."""
    with RealDaemon(folder) as daemon:
        return posted_by(daemon, 1, reports), posted_by(daemon, CLIENTS, reports)


def posted_by(daemon: RealDaemon, clients: int, reports: int) -> float:
    each = max(1, reports // clients)
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(post, daemon, f"client-{number}", each) for number in range(clients)]:
            done.result()
    return clients * each / (time.perf_counter() - began)


def post(daemon: RealDaemon, source: str, reports: int) -> None:
    body = json.dumps({**REPORT, "source": source})
    with closing(UnixConnection(daemon.socket, 10)) as connection:
        for _ in range(reports):
            connection.request("POST", "/api/v1/reports", body, {"content-type": "application/json"})
            with connection.getresponse() as answer:
                answer.read()
                if answer.status != 201:
                    raise RuntimeError(f"a report was not taken: {answer.status}")
