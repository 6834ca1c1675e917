from __future__ import annotations

import asyncio
import fcntl
from pathlib import Path

from probed.daemon.workers import WorkerPool
from probed.monitor.backup_store import ThreadedBackupStore
from probed.monitor.backups import LOCK, WORK, BackupFolder
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW


async def test_how_much_is_written_so_far_is_known_while_a_backup_is_under_way(
    monitor: SqliteMonitor, tmp_path: Path
) -> None:
    folder = BackupFolder(monitor.path, tmp_path / "backups")
    store = ThreadedBackupStore(folder, WorkerPool(1), WorkerPool(1))
    await store.take(NOW)
    idle = await store.written_bytes()
    (folder.folder / f"{WORK}copy").write_bytes(b"x" * 5000)
    left = await store.written_bytes()  # of one that was interrupted
    with (folder.folder / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert (idle, left, await store.written_bytes()) == (0, 0, 5000)


async def test_before_the_first_one_nothing_is_written(monitor: SqliteMonitor, tmp_path: Path) -> None:
    assert BackupFolder(monitor.path, tmp_path / "backups").written_bytes() == 0


async def test_the_list_of_backups_waits_for_none_that_is_being_taken(monitor: SqliteMonitor, tmp_path: Path) -> None:
    folder, threads = BackupFolder(monitor.path, tmp_path / "backups"), WorkerPool(1)
    store = ThreadedBackupStore(folder, threads, WorkerPool(1))
    before = await store.take(NOW)
    with (folder.folder / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        taking = asyncio.create_task(store.take(NOW.replace(hour=7)))
        while not threads.stats().busy:  # noqa: ASYNC110  # what happens in a thread sets no event
            await asyncio.sleep(0.01)

        async with asyncio.timeout(3):
            assert await store.known() == [before]
            assert await store.get("latest") == before

    await taking
