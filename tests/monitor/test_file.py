from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from probed.errors import CannotPersist, ConfigError, CorruptMonitor, NewerMonitor
from probed.monitor import checkup, file
from probed.monitor.sqlite import open_monitor
from tests.conftest import require
from tests.factories import HandClock, make_run


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def lenient_umask() -> object:
    before = os.umask(0)
    yield
    os.umask(before)


async def filled(path: Path, runs: int = 500) -> None:
    monitor = await open_monitor(path, HandClock())
    async with monitor.transaction() as tx:
        for _ in range(runs):
            await tx.runs.save(make_run())
    await monitor.close()


async def test_folder_and_files_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "monitor.db"

    monitor = await open_monitor(path, HandClock())
    await monitor.probe_write()

    assert mode(path.parent) == 0o700
    assert {file.name: mode(file) for file in path.parent.iterdir()} == {
        "monitor.db": 0o600,
        "monitor.db-wal": 0o600,
        "monitor.db-shm": 0o600,
    }
    await monitor.close()


async def test_after_closing_only_the_file_is_left(tmp_path: Path) -> None:
    await filled(tmp_path / "monitor.db")

    assert os.listdir(tmp_path) == ["monitor.db"]


@pytest.mark.parametrize("name", ["monitor.db", "monitor.db-wal", "monitor.db-shm"])
async def test_what_others_could_read_is_the_owners_alone_again(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (tmp_path / name).chmod(0o666)

    monitor = await open_monitor(tmp_path / "monitor.db", HandClock())

    assert mode(tmp_path / name) == 0o600
    await monitor.close()


@pytest.mark.parametrize("name", ["monitor.db", "monitor.db-wal", "monitor.db-shm", "monitor.db-journal"])
async def test_a_file_of_another_user_is_no_part_of_ours(tmp_path: Path, name: str) -> None:
    require("root", present=os.geteuid() == 0)
    (tmp_path / name).touch()
    os.chown(tmp_path / name, 65534, -1)

    with pytest.raises(ConfigError, match=rf"{name}: belongs to the user nobody, and this is root") as caught:
        await open_monitor(tmp_path / "monitor.db", HandClock())

    assert "sudo -u nobody probed" in caught.value.reason
    assert (tmp_path / name).stat().st_size == 0


@pytest.mark.parametrize("name", ["monitor.db", "monitor.db-wal"])
@pytest.mark.parametrize("there", [True, False])
async def test_a_link_is_not_followed(tmp_path: Path, name: str, there: bool) -> None:
    target = tmp_path / "target"
    if there:
        target.write_text("precious")
    (tmp_path / name).symlink_to(target)

    with pytest.raises(ConfigError, match=rf"{name}: is a link"):
        await open_monitor(tmp_path / "monitor.db", HandClock())

    assert target.exists() == there
    assert not there or target.read_text() == "precious"


async def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "monitor.db", 0o600)

    with pytest.raises(ConfigError, match="is not a regular file"):
        await open_monitor(tmp_path / "monitor.db", HandClock())


@pytest.mark.parametrize("folder_mode", [0o777, 0o757])
async def test_a_folder_in_which_others_can_replace_it_is_refused(tmp_path: Path, folder_mode: int) -> None:
    os.chmod(tmp_path, folder_mode)

    with pytest.raises(ConfigError, match=rf"monitor\.path can be changed by others; type: chmod go-w {tmp_path}$"):
        await open_monitor(tmp_path / "monitor.db", HandClock())

    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("folder_mode", [0o700, 0o755, 0o1777])
async def test_a_folder_in_which_they_cannot_is_taken(tmp_path: Path, folder_mode: int) -> None:
    os.chmod(tmp_path, folder_mode)

    await filled(tmp_path / "monitor.db", runs=1)


async def test_a_folder_of_another_user_is_left_to_that_users_daemon(tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    os.chown(tmp_path, 65534, -1)

    with pytest.raises(ConfigError, match="belongs to the user nobody, and this is root; start that user's daemon"):
        await open_monitor(tmp_path / "monitor.db", HandClock())

    assert os.listdir(tmp_path) == []


async def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o750)

    await filled(tmp_path / "monitor.db", runs=0)

    assert mode(tmp_path) == 0o750


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.write_bytes(b"not a database, but long enough to be read as one" * 100)

    with pytest.raises(CorruptMonitor, match=str(path)):
        await open_monitor(path, HandClock())


async def test_a_damaged_page_is_noticed_when_the_monitor_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    await filled(path)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 8192] = os.urandom(8192)
    path.write_bytes(content)

    with pytest.raises(CorruptMonitor, match=str(path)) as raised:
        await open_monitor(path, HandClock())
    assert raised.value.path == str(path)


async def test_a_file_that_was_cut_off_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    await filled(path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)

    with pytest.raises(CorruptMonitor, match=str(path)):
        await open_monitor(path, HandClock())


async def test_an_empty_file_becomes_a_monitor(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    path.touch()

    await filled(path, runs=1)


async def test_a_path_that_cannot_be_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotPersist, match=r"monitor\.db: File exists: .*/file$"):
        await open_monitor(tmp_path / "file" / "monitor.db", HandClock())
    with pytest.raises(CannotPersist, match=f"Is a directory: {tmp_path}"):
        await open_monitor(tmp_path, HandClock())


async def test_a_newer_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    monitor = await open_monitor(path, HandClock())
    await monitor._writer.execute("INSERT INTO migrations VALUES ('m20990101_0000_future', 'x', 'then')")
    await monitor.close()

    with pytest.raises(NewerMonitor, match="m20990101_0000_future"):
        await open_monitor(path, HandClock())


async def test_odd_characters_in_the_path_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory&b#c %20 ü" / "monitor.db"

    await filled(path, runs=1)

    assert path.stat().st_size > 0


async def test_a_file_too_large_to_be_read_at_once_is_opened_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "monitor.db"
    await filled(path)
    monkeypatch.setattr(checkup, "STEPS", 1)
    monkeypatch.setattr(file, "READ_THROUGH_S", 0.0)

    await filled(path, runs=1)
