"""Real files, and the kernel's real inotify."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from threading import Event

import pytest

from probed.core.host_event import ANY, Concern, EventSource
from probed.errors import NotHere
from probed.events import files
from probed.host.inotify import OVERFLOW, Notice
from probed.host.mounts import Mount, mounts
from tests.events.listening import Heard, listening


@contextlib.asynccontextmanager
async def watching(*paths: Path | str) -> AsyncIterator[Heard]:
    concern = Concern(EventSource.FILES, tuple(map(str, paths)))
    async with listening(files.follow, concern) as (heard, task):
        yield heard
        assert not task.done()


async def test_a_file_that_goes_and_comes_back_is_told_both_times(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch()
    async with watching(file) as heard:
        file.unlink()
        await heard.hears(str(file))
        file.touch()
        await heard.hears(str(file))


async def test_a_file_that_is_put_in_its_place_is_told(tmp_path: Path) -> None:
    file, new = tmp_path / "key", tmp_path / "key.new"
    file.write_text("old")
    async with watching(file) as heard:
        new.write_text("new")
        os.replace(new, file)
        await heard.hears(str(file))


async def test_a_file_that_is_written_to_or_gets_another_mode_is_told(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.touch()
    async with watching(file) as heard:
        with file.open("a") as log:
            log.write("line\n")
            log.flush()
            await heard.hears(str(file))
        file.chmod(0o600)
        await heard.hears(str(file))


async def test_a_log_that_is_rotated_is_told_and_so_is_what_is_written_to_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text("1\n")
    async with watching(log) as heard:
        log.rename(tmp_path / "app.log.1")
        await heard.hears(str(log))
        log.write_text("2\n")
        await heard.hears(str(log))
        os.truncate(log, 0)  # copytruncate
        await heard.hears(str(log))


async def test_of_other_files_in_the_folder_nobody_is_told(tmp_path: Path) -> None:
    file = tmp_path / "key"
    async with watching(file) as heard:
        for number in range(20):
            (tmp_path / f"other-{number}").touch()
        file.touch()
        await heard.until(bool)
        assert set(heard.objects) == {str(file)}


async def test_a_folder_that_does_not_exist_yet_is_watched_once_it_does(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "key"
    async with watching(file) as heard:
        file.parent.mkdir(parents=True)
        await heard.until(lambda told: ANY in told)
        file.touch()
        await heard.until(lambda told: str(file) in told)


async def test_a_folder_that_is_replaced_is_watched_on(tmp_path: Path) -> None:
    folder, old = tmp_path / "release", tmp_path / "release.old"
    folder.mkdir()
    (folder / "key").touch()
    async with watching(folder / "key") as heard:
        folder.rename(old)
        await heard.until(lambda told: ANY in told)
        folder.mkdir()
        heard.objects.clear()
        await heard.until(lambda told: ANY in told)
        (folder / "key").touch()
        await heard.hears(str(folder / "key")) if str(folder / "key") not in heard.objects else None
        shutil.rmtree(folder)
        await heard.hears(ANY)


async def test_the_files_of_a_pattern_are_told_in_folders_that_come_too(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    async with watching(f"{tmp_path}/*/fullchain.pem") as heard:
        (tmp_path / "one" / "fullchain.pem").touch()
        await heard.hears(f"{tmp_path}/one/fullchain.pem")
        (tmp_path / "two").mkdir()
        await heard.until(lambda told: ANY in told)
        (tmp_path / "two" / "fullchain.pem").touch()
        await heard.until(lambda told: f"{tmp_path}/two/fullchain.pem" in told)


async def test_where_the_kernel_had_to_drop_some_all_may_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watches = files.FolderWatches([str(tmp_path / "key")])
    with contextlib.closing(watches.inotify):
        await watches.renew()
        monkeypatch.setattr(watches.inotify, "read", lambda: iter([Notice(-1, OVERFLOW, "")]))

        assert [path async for path in watches.read()] == [ANY]


async def test_a_disk_that_is_slow_to_tell_the_folders_does_not_keep_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, asked, goes_on, waited = asyncio.get_running_loop(), asyncio.Event(), Event(), []

    def slow() -> tuple[Mount, ...]:
        loop.call_soon_threadsafe(asked.set)
        waited.append(goes_on.wait(60))
        return mounts()

    async def go_on() -> None:
        await asked.wait()
        goes_on.set()

    monkeypatch.setattr(files, "mounts", slow)
    async with asyncio.TaskGroup() as group:
        group.create_task(go_on())
        async with watching(tmp_path / "key") as heard:
            (tmp_path / "key").touch()
            await heard.hears(str(tmp_path / "key"))

    assert all(waited)


async def test_a_folder_that_comes_while_the_folders_are_looked_for_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest, folder = files.nearest, tmp_path / "new"

    def just_before(wanted: str) -> str:
        found = nearest(wanted)
        folder.mkdir(exist_ok=True)
        return found

    monkeypatch.setattr(files, "nearest", just_before)
    async with watching(folder / "key") as heard:
        (folder / "key").touch()
        await heard.hears(str(folder / "key"))


async def test_more_folders_than_may_be_watched_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FOLDERS", 3)
    for name in "abcd":
        (tmp_path / name).mkdir()

    with pytest.raises(NotHere, match="name fewer folders"):
        async with watching(f"{tmp_path}/*/key"):
            pass


async def test_a_storm_in_the_folder_does_not_keep_the_loop(tmp_path: Path) -> None:
    file = tmp_path / "key"
    async with watching(file) as heard:
        for number in range(3000):
            (tmp_path / f"f{number}").touch()
        file.touch()
        await asyncio.sleep(0)
        await heard.until(lambda told: str(file) in told)
