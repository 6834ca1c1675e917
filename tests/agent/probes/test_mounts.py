from __future__ import annotations

from pathlib import Path

from probed.agent.probes.mounts import PROBE
from tests.agent.probes.asking import ask, rows_of
from tests.real.filesystems import tmpfs


async def test_what_is_mounted_is_told_and_the_systems_own_only_on_request(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "data") as data:
        few = {row["mount_point"]: row for row in rows_of(await ask(PROBE, limit=100))}
        all_of_them = {row["mount_point"]: row for row in rows_of(await ask(PROBE, limit=100, every=True))}

    assert (few[str(data)]["type"], few[str(data)]["kind"]) == ("tmpfs", "memory")
    assert "rw" in few[str(data)]["options"].split(",")
    assert "/proc" in all_of_them
    assert "/proc" not in few


async def test_a_path_names_the_mount_that_it_lies_on(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "data") as data:
        (row,) = rows_of(await ask(PROBE, path=f"{data}/any/where"))

    assert row["mount_point"] == str(data)
