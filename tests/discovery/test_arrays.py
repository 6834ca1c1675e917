"""The kernel here has neither software RAID nor ZFS: what /proc/mdstat says is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.discovery import arrays
from probed.host import mdstat, zfs

MDSTAT = """\
Personalities : [raid1]
md0 : active raid1 sdb1[1] sda1[0]
      524224 blocks super 1.2 [2/2] [UU]

unused devices: <none>
"""


def test_arrays_are_found_and_where_the_document_that_comes_along_looks_at_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mdstat").write_text(MDSTAT)
    (tmp_path / "zfs/tank").mkdir(parents=True)
    (tmp_path / "zfs/tank/state").write_text("ONLINE\n")
    monkeypatch.setattr(mdstat, "MDSTAT", tmp_path / "mdstat")
    monkeypatch.setattr(zfs, "KSTAT", tmp_path / "zfs")

    assert [(each.check, each.name, each.listed, each.covered_by) for each in arrays.find()] == [
        ("mdraid", "md0", "arrays", "*"),
        ("zfs", "tank", "pools", "*"),
    ]


def test_a_host_without_any_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mdstat, "MDSTAT", tmp_path / "mdstat")
    monkeypatch.setattr(zfs, "KSTAT", tmp_path / "zfs")

    assert list(arrays.find()) == []
