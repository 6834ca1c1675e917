from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from probed.errors import CorruptMonitor, NewerMonitor
from probed.monitor import file
from probed.monitor.backups import BackupFolder
from probed.monitor.healing import open_or_heal, suspect
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.factories import NOW, HandClock
from tests.monitor.filling import add_report
from tests.monitor.test_backups import damage


@pytest.fixture
async def folder(monitor: SqliteMonitor, tmp_path: Path) -> BackupFolder:
    """Of a closed monitor with two hundred reports, which are backed up, and one more."""
    for number in range(200):
        await add_report(monitor, source=f"source-{number}")
    folder = BackupFolder(monitor.path, tmp_path / "backups")
    folder.take(NOW)
    await add_report(monitor, source="after the backup")
    await monitor.close()
    return folder


async def reports(monitor: SqliteMonitor) -> int:
    found = await monitor.latest_reports()
    await monitor.close()
    return len(found)


async def test_a_sound_monitor_is_opened_as_it_is(folder: BackupFolder) -> None:
    monitor, healed = await open_or_heal(folder, HandClock())

    assert healed is None
    assert await reports(monitor) == 201


async def test_a_damaged_one_gives_way_to_the_newest_good_backup(folder: BackupFolder) -> None:
    damage(folder.database, 8192, 4096)

    monitor, healed = await open_or_heal(folder, HandClock())

    assert healed
    assert healed.backup
    assert healed.set_aside
    assert healed.set_aside.exists()
    assert await reports(monitor) == 200


@pytest.mark.parametrize("kept_bytes", [0, 50, 5000])
async def test_an_empty_or_cut_off_file_does_too(folder: BackupFolder, kept_bytes: int) -> None:
    folder.database.write_bytes(folder.database.read_bytes()[:kept_bytes])

    monitor, healed = await open_or_heal(folder, HandClock())

    assert healed
    assert await reports(monitor) == 200


async def test_a_file_that_was_made_and_not_filled_yet_is_a_new_monitor(tmp_path: Path) -> None:
    (tmp_path / "monitor.db").touch(mode=0o600)

    monitor, healed = await open_or_heal(BackupFolder(tmp_path / "monitor.db", tmp_path / "backups"), HandClock())

    assert healed is None
    assert await reports(monitor) == 0


async def test_what_a_quick_look_misses_is_found_once_it_is_suspected(
    folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(folder.database, folder.database.stat().st_size // 2, 4096)
    monkeypatch.setattr(file, "is_read_through", lambda *_: False)  # as in a file too large for the time at a start
    monitor, healed = await open_or_heal(folder, HandClock())
    assert healed is None
    await monitor.close()

    suspect(folder.database)
    monitor, healed = await open_or_heal(folder, HandClock())

    assert healed
    assert await reports(monitor) == 200
    assert not list(folder.database.parent.glob("*.suspect"))


async def test_a_suspicion_that_was_wrong_changes_nothing(folder: BackupFolder) -> None:
    suspect(folder.database)

    monitor, healed = await open_or_heal(folder, HandClock())

    assert healed is None
    assert await reports(monitor) == 201
    assert not list(folder.database.parent.glob("*.suspect"))


async def test_another_programs_database_is_not_moved_away(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    content = path.read_bytes()

    with pytest.raises(NewerMonitor, match="another program"):
        await open_or_heal(BackupFolder(path, tmp_path / "backups"), HandClock())

    assert path.read_bytes() == content


async def test_a_damaged_page_that_a_transaction_meets_is_said(
    folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "is_read_through", lambda *_: False)
    with closing(sqlite3.connect(folder.database)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'reports'").fetchone()
    damage(folder.database, (page - 1) * 4096, 4096)
    monitor = await open_monitor(folder.database, HandClock())
    met: list[CorruptMonitor] = []
    monitor.on_damaged = met.append

    with pytest.raises(CorruptMonitor):
        await add_report(monitor, source="one more")

    assert len(met) == 1
    await monitor.close()
