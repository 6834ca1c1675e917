from __future__ import annotations

import os
from pathlib import Path

import pytest

from probed.agent.probes.largest_files import PROBE
from probed.errors import HostFailed, ParameterError
from probed.host import large_files
from tests.agent.probes.asking import ask, rows_of
from tests.real.filesystems import tmpfs
from tests.real.users import as_nobody

MIB = 2**20


def fill(path: Path, mib: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * (mib * MIB))


async def test_the_largest_come_first_whatever_their_folder(tmp_path: Path) -> None:
    fill(tmp_path / "a" / "deep" / "big\nname", 3)
    fill(tmp_path / "b", 2)
    fill(tmp_path / "small", 0)

    rows = rows_of(await ask(PROBE, path=str(tmp_path)))

    assert [(row["path"].removeprefix(f"{tmp_path}/"), round(row["mib"])) for row in rows] == [
        ("a/deep/big\nname", 3),
        ("b", 2),
    ]
    assert rows[0]["owner"] == "root"


async def test_links_other_file_systems_and_second_names_do_not_count(tmp_path: Path) -> None:
    fill(tmp_path / "one", 1)
    os.link(tmp_path / "one", tmp_path / "same")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to("/etc/shadow")
    with tmpfs(tmp_path / "foreign") as foreign:
        fill(foreign / "data", 4)

        rows = rows_of(await ask(PROBE, path=str(tmp_path)))

    assert len(rows) == 1


async def test_room_that_is_not_taken_is_told_apart(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1000 * MIB)

    (row,) = rows_of(await ask(PROBE, path=str(tmp_path)))

    assert (row["mib"], row["apparent_mib"]) == (0, 1000)


@pytest.mark.parametrize("bound", ["MOST_ENTRIES", "WALK_S"])
async def test_a_walk_that_takes_too_long_says_that_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(large_files, "MOST_ENTRIES", 3)
    for number in range(10):
        fill(tmp_path / "many" / str(number), 1)

    assert "then the time was over" in (await ask(PROBE, path=str(tmp_path)))["note"]


async def test_folders_that_may_not_be_read_are_counted(tmp_path: Path) -> None:
    fill(tmp_path / "closed" / "x", 1)
    (tmp_path / "closed").chmod(0o700)
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)

    with as_nobody():
        assert "1 folders may not be read" in (await ask(PROBE, path=str(tmp_path)))["note"]


async def test_a_folder_that_is_not_there_is_no_answer() -> None:
    with pytest.raises(HostFailed, match="No such file"):
        await ask(PROBE, path="/no/such/folder")
    with pytest.raises(ParameterError):
        await ask(PROBE, path="etc")
