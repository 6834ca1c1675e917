from __future__ import annotations

import os
from pathlib import Path

import pytest

from probed.agent.probes import disk_usage
from probed.agent.probes.disk_usage import PROBE
from probed.errors import HostFailed, ParameterError
from tests.agent.probes.asking import ask, rows_of
from tests.real.filesystems import tmpfs

MIB = 2**20


def fill(path: Path, mib: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * (mib * MIB))


async def test_without_a_path_the_file_systems_are_listed() -> None:
    rows = rows_of(await ask(PROBE))

    assert rows
    assert all(0 <= row["used_percent"] <= 100 for row in rows if row["used_percent"] is not None)


async def test_the_largest_below_a_folder_comes_first(tmp_path: Path) -> None:
    fill(tmp_path / "logs" / "old" / "app.log", 3)
    fill(tmp_path / "core", 1)

    rows = rows_of(await ask(PROBE, path=str(tmp_path)))

    assert [(row["name"], row["kind"]) for row in rows] == [("logs", "folder"), ("core", "file")]
    assert rows[0]["mib"] == pytest.approx(3, abs=0.1)
    assert rows[0]["entries"] == 3


async def test_links_are_not_followed_and_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    fill(tmp_path / "a" / "data", 2)
    (tmp_path / "b").mkdir()
    os.link(tmp_path / "a" / "data", tmp_path / "b" / "data")
    (tmp_path / "c").symlink_to(tmp_path / "a")

    rows = {row["name"]: row["mib"] for row in rows_of(await ask(PROBE, path=str(tmp_path)))}

    assert rows["a"] + rows["b"] == pytest.approx(2, abs=0.1)
    assert rows["c"] == 0


async def test_other_file_systems_below_the_path_do_not_count(tmp_path: Path) -> None:
    fill(tmp_path / "own", 1)
    with tmpfs(tmp_path / "foreign") as foreign, tmpfs(tmp_path / "deep" / "foreign") as deeper:
        fill(foreign / "data", 4)
        fill(deeper / "data", 4)

        rows = {row["name"]: row["mib"] for row in rows_of(await ask(PROBE, path=str(tmp_path)))}

    assert rows == {"own": 1, "foreign": 0, "deep": 0}


async def test_a_walk_that_takes_too_long_says_that_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_usage, "MAX_ENTRIES", 3)
    for number in range(10):
        fill(tmp_path / "many" / str(number), 0)

    assert "lower bounds" in (await ask(PROBE, path=str(tmp_path)))["note"]


async def test_a_folder_that_is_not_there_is_no_answer() -> None:
    with pytest.raises(HostFailed, match="No such file"):
        await ask(PROBE, path="/no/such/folder")


async def test_a_path_has_to_be_absolute() -> None:
    with pytest.raises(ParameterError):
        await ask(PROBE, path="etc")
