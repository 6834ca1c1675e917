"""Backups of a real daemon: taken, checked, put back; and a damaged database that heals by itself."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.monitor.test_backups import damage
from tests.real.daemon import RealDaemon


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[RealDaemon]:
    with RealDaemon(tmp_path, {"monitor": {"path": str(tmp_path / "state/monitor.db")}}) as daemon:
        daemon.wait_until(lambda: daemon.items("backups"))
        yield daemon


def report(daemon: RealDaemon, source: str) -> None:
    body = {"source": source, "verdict": "ok", "summary": "all is well", "findings": []}
    assert daemon.post("/api/v1/reports", body)[0] == 201


def sources(daemon: RealDaemon) -> set[str]:
    return {item["source"] for item in daemon.items("reports")} - {"cortex"}


def monitor_of(daemon: RealDaemon) -> Path:
    return daemon.folder / "state/monitor.db"


def test_a_backup_is_taken_checked_and_put_back(daemon: RealDaemon) -> None:
    report(daemon, "before")
    created = daemon.ctl("backup", "create")
    assert created.returncode == 0, created.stderr
    name = created.stdout.strip()
    report(daemon, "after")
    verified = daemon.ctl("backup", "verify", name)
    assert (verified.returncode, "can be restored" in verified.stderr) == (0, True)
    assert name in daemon.ctl("backup").stdout

    refused = daemon.ctl("backup", "restore", name)
    assert refused.returncode == 2
    assert "another probed" in refused.stderr
    daemon.stop()
    restored = daemon.ctl("backup", "restore", name)
    assert restored.returncode == 0, restored.stderr
    daemon.start()

    assert sources(daemon) == {"before"}
    assert daemon.ctl("intents", "verify").returncode == 0
    [line] = [line for line in daemon.items("intents") if "took the place of the database" in line["text"]]
    assert (line["kind"], line["subject"], line["detail"]["uid"]) == ("audit", name, os.getuid())
    assert list(monitor_of(daemon).parent.glob("monitor.db.replaced-*"))


def test_a_backup_is_named_by_its_path_only_where_backups_lie(daemon: RealDaemon, tmp_path: Path) -> None:
    name = daemon.ctl("backup", "create").stdout.strip()
    [path] = monitor_of(daemon).parent.rglob(name)
    elsewhere = tmp_path / name
    shutil.copy(path, elsewhere)
    daemon.stop()

    refused = daemon.ctl("backup", "restore", str(elsewhere))
    assert refused.returncode == 1
    assert f"put it there with its manifest {name}.json, and restore {name}" in refused.stderr
    assert daemon.ctl("backup", "restore", str(path)).returncode == 0


def test_what_is_no_backup_is_refused_with_what_to_type(daemon: RealDaemon) -> None:
    daemon.stop()

    done = daemon.ctl("backup", "restore", "monitor-1999")

    assert done.returncode == 1
    assert "cortexctl backup list" in done.stderr


def test_a_damaged_database_gives_way_to_the_newest_backup_and_that_is_told(
    daemon: RealDaemon,
) -> None:
    report(daemon, "before")
    assert daemon.ctl("backup", "create").returncode == 0
    report(daemon, "after")
    daemon.kill(signal.SIGKILL)
    for part in monitor_of(daemon).parent.glob("monitor.db-*"):
        part.unlink()
    damage(monitor_of(daemon), 0, 8192)

    daemon.start()

    assert sources(daemon) == {"before"}
    daemon.wait_until(lambda: daemon.items("alerts"))
    [alert] = daemon.items("alerts")
    assert alert["severity"] == "critical"
    assert "was damaged, and it was restored from the backup of" in alert["summary"]
    assert list(monitor_of(daemon).parent.glob("monitor.db.damaged-*"))
    assert daemon.ctl("intents", "verify").returncode == 0


def test_damage_that_shows_while_it_runs_ends_the_daemon_and_the_next_start_heals_it(daemon: RealDaemon) -> None:
    for number in range(150):
        report(daemon, f"source-{number}")
    assert daemon.ctl("backup", "create").returncode == 0
    daemon.stop()
    with closing(sqlite3.connect(monitor_of(daemon))) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'samples'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    daemon.launch()
    daemon.wait_until(lambda: daemon.get("/readyz")[0] == 200)
    damage(monitor_of(daemon), (page - 1) * size, size)

    daemon.ctl("backup", "create")  # reads every page

    assert daemon.process
    assert daemon.process.wait(40) == 1
    assert "the next start looks for the newest good backup" in daemon.log
    daemon.start()
    assert len(daemon.get("/api/v1/reports?limit=500")[1]["items"]) >= 150
    assert list(monitor_of(daemon).parent.glob("monitor.db.damaged-*"))
