from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.backup import Backup
from probed.errors import CannotPersist, CorruptMonitor, DamagedBackup, NotFound, Overloaded
from probed.monitor import backups
from probed.monitor.backups import BackupFolder
from probed.monitor.sealing import Seal
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW
from tests.monitor.filling import add_case, add_report
from tests.real.filesystems import tmpfs
from tests.real.packages import program


@pytest.fixture
def folder(monitor: SqliteMonitor, tmp_path: Path) -> BackupFolder:
    return BackupFolder(monitor.path, tmp_path / "backups")


def names(folder: BackupFolder) -> list[str]:
    return sorted(path.name for path in folder.folder.iterdir())


def count(database: Path, table: str) -> int:
    with closing(sqlite3.connect(database)) as file:
        return int(file.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def damage(path: Path, at: int, length: int = 64) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + length] = b"\xff" * length
    path.write_bytes(content)


async def test_a_backup_holds_what_was_committed_and_is_for_its_owner_alone(
    monitor: SqliteMonitor, folder: BackupFolder, tmp_path: Path
) -> None:
    await add_report(monitor)
    await add_case(monitor)

    taken = folder.take(NOW)
    folder.unpack(taken, tmp_path / "unpacked.db")

    assert taken.rows["reports"] == 1
    assert count(tmp_path / "unpacked.db", "cases") == 1
    assert names(folder) == [".lock", taken.name, f"{taken.name}.json"]
    assert {path.stat().st_mode & 0o777 for path in folder.folder.iterdir()} == {0o600}
    assert folder.folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.known()) == [taken]


async def test_writers_go_on_while_a_backup_is_taken_and_it_is_of_one_moment(
    monitor: SqliteMonitor, folder: BackupFolder, tmp_path: Path
) -> None:
    ended = threading.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not ended.is_set():
            await add_report(monitor, source=f"source-{written}")
            written += 1

    writing = asyncio.create_task(write())
    taken: list[Backup] = []
    while len(taken) < 4 or (written <= 20 and len(taken) < 12):  # a busy host writes less in the same time
        taken.append(await asyncio.to_thread(folder.take, NOW + timedelta(seconds=len(taken))))
    ended.set()
    await writing

    assert written > 20
    assert all(each.rows["reports"] == each.rows["runs"] for each in taken)
    for each in taken:
        folder.verify(each)


async def test_a_verified_backup_leaves_nothing_behind_and_says_how_long_it_took(folder: BackupFolder) -> None:
    taken = folder.take(NOW)

    assert folder.verify(taken) >= 0.0
    assert names(folder) == [".lock", taken.name, f"{taken.name}.json"]


@pytest.mark.parametrize("place", [0.0, 0.5, 0.99])
async def test_a_damaged_backup_is_named(monitor: SqliteMonitor, folder: BackupFolder, place: float) -> None:
    await add_report(monitor)
    taken = folder.take(NOW)
    path = folder.folder / taken.name
    damage(path, int(path.stat().st_size * place))

    with pytest.raises(DamagedBackup, match=taken.name):
        folder.verify(taken)


async def test_a_cut_off_backup_is_named(folder: BackupFolder) -> None:
    taken = folder.take(NOW)
    path = folder.folder / taken.name
    path.write_bytes(path.read_bytes()[:-200])

    with pytest.raises(DamagedBackup, match="decompressed"):
        folder.verify(taken)


async def test_another_database_in_its_place_is_named(
    monitor: SqliteMonitor, folder: BackupFolder, tmp_path: Path
) -> None:
    first = folder.take(NOW)
    await add_report(monitor)
    second = folder.take(NOW + timedelta(hours=1))
    (folder.folder / second.name).replace(folder.folder / first.name)

    with pytest.raises(DamagedBackup, match="not what was put in"):
        folder.verify(first)


async def test_a_damaged_database_is_noticed_and_gives_no_backup(monitor: SqliteMonitor, folder: BackupFolder) -> None:
    for number in range(200):
        await add_report(monitor, source=f"source-{number}")
    await monitor.close()
    damage(monitor.path, monitor.path.stat().st_size // 2, 4096)

    with pytest.raises(CorruptMonitor, match=r"monitor\.db"):
        folder.take(NOW)

    assert names(folder) == [".lock"]


async def test_a_manifest_without_its_file_or_of_another_program_is_no_backup(folder: BackupFolder) -> None:
    taken, lost = folder.take(NOW), folder.take(NOW + timedelta(hours=1))
    (folder.folder / lost.name).unlink()
    (folder.folder / "other.json").write_text("{}")
    (folder.folder / "liar.json").write_bytes((folder.folder / f"{taken.name}.json").read_bytes())

    assert list(folder.known()) == [taken]


async def test_a_removed_backup_is_gone_whole(folder: BackupFolder) -> None:
    taken = folder.take(NOW)

    folder.remove(taken)

    assert names(folder) == [".lock"]
    assert list(folder.known()) == []


async def test_a_backup_is_named_by_its_beginning(folder: BackupFolder) -> None:
    first, second = folder.take(NOW), folder.take(NOW + timedelta(days=1))

    assert folder.get("monitor-20261121") == second
    assert folder.get(first.name) == first
    assert folder.get("latest") == second
    with pytest.raises(NotFound, match="2 backups begin with"):
        folder.get("monitor-")
    with pytest.raises(NotFound, match="cortexctl backup list"):
        folder.get("monitor-2025")


async def test_a_disk_without_room_is_said_before_anything_is_written(
    folder: BackupFolder, monitor: SqliteMonitor, tmp_path: Path
) -> None:
    with tmpfs(tmp_path / "small", "1m") as small, pytest.raises(CannotPersist, match="no room for a backup"):
        BackupFolder(monitor.path, small / "backups").take(NOW)


async def test_a_disk_that_fills_up_leaves_no_half_backup(
    monitor: SqliteMonitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "SPARE_BYTES", -(2**40))
    for number in range(300):
        await add_report(monitor, source=f"source-{number}")
    with tmpfs(tmp_path / "small", "256k") as small:
        full = BackupFolder(monitor.path, small / "backups")

        with pytest.raises(CannotPersist):
            full.take(NOW)

        assert names(full) == [".lock"]


async def test_a_folder_that_others_can_change_is_refused(folder: BackupFolder) -> None:
    folder.folder.mkdir(mode=0o777)
    folder.folder.chmod(0o777)

    with pytest.raises(CannotPersist, match="chmod go-w"):
        folder.take(NOW)


@pytest.mark.parametrize("which", ["", "{name}", "{name}.json"], ids=["the folder", "the backup", "its manifest"])
async def test_what_others_could_have_put_there_is_not_restored(
    folder: BackupFolder, tmp_path: Path, which: str
) -> None:
    taken = folder.take(NOW)
    path = folder.folder / which.format(name=taken.name)
    path.chmod(path.stat().st_mode | 0o002)

    with pytest.raises(DamagedBackup, match=f"can be changed by others; type: chmod go-w {path}"):
        folder.unpack(taken, tmp_path / "unpacked.db")

    assert not (tmp_path / "unpacked.db").exists()


async def test_two_do_not_work_in_the_folder_at_once(folder: BackupFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "BUSY_S", 0.2)
    folder.take(NOW)
    holder = os.open(folder.folder / ".lock", os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    try:
        with pytest.raises(Overloaded, match="try again"):
            folder.take(NOW + timedelta(hours=1))
    finally:
        os.close(holder)


def test_what_a_killed_one_left_goes_with_the_next(folder: BackupFolder) -> None:
    code = (
        "import os, sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from probed.monitor import backups; backups.Seal.pack = lambda *_: os.kill(os.getpid(), 9)\n"
        "backups.BackupFolder(Path(sys.argv[1]), Path(sys.argv[2])).take(datetime.now(UTC))"
    )
    argv = [sys.executable, "-c", code, str(folder.database), str(folder.folder)]
    assert subprocess.run(argv, timeout=60, check=False).returncode == -9
    assert names(folder) == [".lock", ".work-copy"]

    taken = folder.take(NOW)

    assert names(folder) == [".lock", taken.name, f"{taken.name}.json"]


def new_identity(path: Path) -> bytes:
    subprocess.run([program("age-keygen", "age"), "-o", path], check=True, capture_output=True)
    return path.read_bytes()


class TestEncrypted:
    @pytest.fixture
    def identity(self, tmp_path: Path) -> bytes:
        return new_identity(tmp_path / "identity")

    @pytest.fixture
    def recipient(self, identity: bytes) -> str:
        return identity.decode().split("public key: ")[1].split()[0]

    async def test_only_the_identity_opens_it(
        self, monitor: SqliteMonitor, folder: BackupFolder, recipient: str, identity: bytes, tmp_path: Path
    ) -> None:
        await add_report(monitor, summary="a text that nobody else is to read")
        sealing = BackupFolder(folder.database, folder.folder, Seal(recipient))

        taken = sealing.take(NOW)

        assert taken.name.endswith(".db.gz.age")
        assert (folder.folder / taken.name).read_bytes().startswith(b"age-encryption.org/v1")
        with pytest.raises(DamagedBackup, match="--identity FILE"):
            sealing.verify(taken)
        opened = BackupFolder(folder.database, folder.folder, Seal(recipient, identity))
        opened.unpack(taken, tmp_path / "unpacked.db")
        assert count(tmp_path / "unpacked.db", "reports") == 1
        assert names(folder) == [".lock", taken.name, f"{taken.name}.json"]

    async def test_another_identity_does_not(self, folder: BackupFolder, recipient: str, tmp_path: Path) -> None:
        sealing = BackupFolder(folder.database, folder.folder, Seal(recipient, new_identity(tmp_path / "other")))

        with pytest.raises(DamagedBackup, match="cannot be decrypted"):
            sealing.verify(sealing.take(NOW))

    async def test_a_wrong_recipient_is_said_and_leaves_nothing(self, folder: BackupFolder) -> None:
        with pytest.raises(CannotPersist, match="recipient"):
            BackupFolder(folder.database, folder.folder, Seal("age1nonsense")).take(NOW)

        assert names(folder) == [".lock"]

    async def test_without_the_program_it_is_said_what_to_install(
        self, folder: BackupFolder, recipient: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", "/nowhere")

        with pytest.raises(CannotPersist, match="apt-get install age"):
            BackupFolder(folder.database, folder.folder, Seal(recipient)).take(NOW)
