from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from probed.errors import CannotPersist, CorruptMonitor, NewerMonitor
from probed.monitor import checkup, series
from probed.monitor.checkup import check_up
from probed.monitor.file import prepare
from probed.monitor.migrate import known_migrations
from tests.factories import NOW
from tests.real.filesystems import tmpfs


def make_monitor(folder: Path) -> Path:
    path = folder / "monitor.db"
    prepare(path, NOW, known_migrations())
    return path


def test_numbers_for_which_there_is_no_room_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_monitor(tmp_path)
    monkeypatch.setattr(series, "MOST_OF_CHECK", 2)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            """INSERT INTO series ("check", object, unit) VALUES ('disk', '/', '%'), ('disk', '/srv', '%')"""
        )

    assert [refusal[:39] for refusal in check_up(path, within_s=10).refused] == [
        "the numbers of new objects of disk are "
    ]


def test_a_whole_monitor_is_read_through_and_stays_as_it_was(tmp_path: Path) -> None:
    path = make_monitor(tmp_path)
    before = dump(path)

    found = check_up(path, within_s=10)

    assert found.is_complete
    assert found.missing == ()
    assert found.size_bytes == path.stat().st_size
    assert dump(path) == before


def test_it_does_not_wait_for_a_daemon_that_reads(tmp_path: Path) -> None:
    path = make_monitor(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as daemon:
        daemon.execute("BEGIN")
        daemon.execute("SELECT * FROM migrations").fetchall()

        assert check_up(path, within_s=10).is_complete


def test_a_writer_that_never_ends_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_monitor(tmp_path)
    monkeypatch.setattr(checkup, "BUSY_S", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")

        with pytest.raises(CannotPersist, match="locked"):
            check_up(path, within_s=10)


def test_a_full_disk_is_found(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small", "4m") as folder:
        path = make_monitor(folder)
        (folder / "ballast").write_bytes(b"x" * (shutil.disk_usage(folder).free))

        with pytest.raises(CannotPersist):
            check_up(path, within_s=10)


def test_a_damaged_page_is_found(tmp_path: Path) -> None:
    path = make_monitor(tmp_path)
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    path.write_bytes(content)

    with pytest.raises(CorruptMonitor):
        check_up(path, within_s=10)


def test_what_is_no_monitor_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to be taken for one\n" * 100)
    with closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE people (name TEXT)")

    with pytest.raises(CorruptMonitor):
        check_up(tmp_path / "text", within_s=10)
    with pytest.raises(NewerMonitor, match="another program"):
        check_up(tmp_path / "other", within_s=10)
    with pytest.raises(CannotPersist):
        check_up(tmp_path / "absent", within_s=10)
    assert not (tmp_path / "absent").exists()


def test_the_schema_is_compared(tmp_path: Path) -> None:
    path = make_monitor(tmp_path)
    known = [migration.name for migration in known_migrations()]
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        older.execute("DELETE FROM migrations WHERE name = ?", (known[-1],))

    assert check_up(path, within_s=10).missing == (known[-1],)

    with closing(sqlite3.connect(path, isolation_level=None)) as newer:
        newer.execute("INSERT INTO migrations VALUES ('m29990101_0000_later', '', '')")
    with pytest.raises(NewerMonitor, match="m29990101_0000_later"):
        check_up(path, within_s=10)


def test_reading_a_large_file_ends_at_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_monitor(tmp_path)
    monkeypatch.setattr(checkup, "STEPS", 1)

    assert not check_up(path, within_s=0).is_complete


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())
