"""Floods: of alerts and reports from outside, of log lines that are looked at, of output that a program writes. What is
kept of them is bounded, what is refused is said to whoever sent it, and the daemon goes on."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.real.daemon import RealDaemon
from tests.real.post_box import PostBox, post_box

BURST = 10_000
CLIENTS, EACH = 20, 50
MOST_GROWTH_MIB = 150.0
"""Of a daemon that may take 1.5 GiB; the burst alone, kept as objects, would be more."""
ROUTE = {"receiver": "ops", "group_by": ["source"], "group_wait": "1s", "group_interval": "1s"}


@pytest.fixture
def program() -> Iterator[PostBox]:
    with post_box() as box:
        yield box


@pytest.fixture
def daemon(tmp_path: Path, program: PostBox) -> Iterator[RealDaemon]:
    receivers = [{"name": "ops", "channels": ["journal"], "webhook_configs": [{"url": program.url}]}]
    made = RealDaemon(tmp_path, {"alerts": {"route": ROUTE, "receivers": receivers}})
    made.document("beat", f"schedule: every 1s\nchecks:\n  - file: {{path: {tmp_path}}}")
    yield made
    made.stop()


def goes_on(daemon: RealDaemon) -> None:
    def runs() -> int:
        return len(daemon.items("runs?inspection=beat&limit=500"))

    before = runs()
    daemon.wait_until(lambda: runs() >= before + 3, 180)
    daemon.wait_until(lambda: daemon.get("/readyz")[0] == 200, 180)


def alert(number: int) -> dict[str, Any]:
    return {"labels": {"alertname": "Flood", "instance": f"i{number}", "source": "flood"}}


def test_ten_thousand_alerts_in_a_burst_are_taken_in_and_told_in_a_few_messages(
    daemon: RealDaemon, program: PostBox
) -> None:
    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        before = daemon.rss_mib()
        for begin in range(0, BURST, 1000):
            batch = [alert(number) for number in range(begin, begin + 1000)]
            assert daemon.request("POST", "/api/v2/alerts", batch, timeout_s=60)[0] == 200

        daemon.wait_until(lambda: told_of(program) == BURST, 180)
        goes_on(daemon)

        assert len(daemon.request("GET", "/api/v2/alerts", timeout_s=60)[1]) == BURST
        assert len(program.posted) <= BURST / 1000 + 1
        assert daemon.rss_mib() - before < MOST_GROWTH_MIB


def told_of(program: PostBox) -> int:
    bodies = [posted.json() for posted in program.posted]
    return len(bodies[-1]["alerts"]) + int(bodies[-1]["truncatedAlerts"]) if bodies else 0


def test_reports_of_many_clients_at_once_are_stored_or_refused_and_never_lost(daemon: RealDaemon) -> None:
    answers: Counter[int] = Counter()
    body = {"source": "flood", "verdict": "ok", "summary": "fine", "findings": []}

    def send() -> None:
        seen: Counter[int] = Counter()
        for _ in range(EACH):
            try:
                seen[daemon.request("POST", "/api/v1/reports", body, timeout_s=60)[0]] += 1
            except OSError:
                seen[0] += 1
        with lock:
            answers.update(seen)

    lock = threading.Lock()
    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        before = daemon.rss_mib()
        clients = [threading.Thread(target=send) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        goes_on(daemon)
        grown = daemon.rss_mib() - before

    assert set(answers) <= {201, 429, 503}, "whoever is refused hears it"
    with closing(sqlite3.connect(daemon.folder / "monitor.db")) as database:
        (stored,) = database.execute("SELECT count(*) FROM reports WHERE source = 'flood'").fetchone()
    assert stored == answers[201] > 0
    assert grown < MOST_GROWTH_MIB


def test_a_program_of_a_check_that_never_stops_writing_is_read_and_kept_in_part(daemon: RealDaemon) -> None:
    daemon.document("yes", "schedule: on request\nchecks:\n  - command: {command: [yes], name: flood, timeout: 3s}")
    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        before = daemon.rss_mib()
        done = daemon.ctl("run", "yes", "--wait", timeout_s=60)
        goes_on(daemon)

        assert "did not end within 3 s" in done.stdout
        assert daemon.rss_mib() - before < MOST_GROWTH_MIB


def test_a_log_that_grows_without_end_is_said_and_nobody_reads_it(daemon: RealDaemon, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    daemon.document("logs", f"schedule: every 1s\nchecks:\n  - file: {{path: {log}, max_size: 10M}}")
    flood, stop = b"a line of a log that nobody rotates\n" * 30_000, threading.Event()

    def write() -> None:
        with log.open("ab") as file:
            while not stop.wait(0.6):  # 100 MB a minute
                file.write(flood)

    log.touch()
    writer = threading.Thread(target=write)
    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        before = daemon.rss_mib()
        writer.start()
        try:
            daemon.wait_until(lambda: any("app.log has" in each["summary"] for each in daemon.items("alerts")), 180)
            goes_on(daemon)
        finally:
            stop.set()
            writer.join()
        assert daemon.rss_mib() - before < MOST_GROWTH_MIB
