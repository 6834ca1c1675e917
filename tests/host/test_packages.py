import fcntl
import subprocess
from pathlib import Path

import pytest

from probed.host import packages
from tests.real.filesystems import btrfs
from tests.real.packages import program


def test_a_lock_that_another_program_holds_is_seen_and_an_unlocked_file_is_none(tmp_path: Path) -> None:
    lock, other = tmp_path / "lock-frontend", tmp_path / "other"
    with lock.open("w") as file, other.open("w") as idle:
        assert not packages.are_changing([str(lock), str(other)], [])
        fcntl.lockf(file, fcntl.LOCK_EX)  # as dpkg and apt do

        assert packages.are_changing([str(lock)], [])
        assert not packages.are_changing([str(other)], [])
        assert idle


@pytest.mark.parametrize("below", ["", "var"], ids=["file system", "subvolume"])
def test_a_lock_on_btrfs_is_seen_though_each_subvolume_has_a_device_of_its_own(tmp_path: Path, below: str) -> None:
    with btrfs(tmp_path / "disk", tmp_path / "disk.img") as disk:
        if below:
            subprocess.run([program("btrfs", "btrfs-progs"), "-q", "subvolume", "create", disk / below], check=True)
        lock, other = disk / below / "lock", disk / below / "other"
        with lock.open("w") as file, other.open("w"):
            assert not packages.are_changing([str(lock), str(other)], [])
            fcntl.lockf(file, fcntl.LOCK_EX)

            assert packages.are_changing([str(lock)], [])
            assert not packages.are_changing([str(other)], [])


def test_where_a_file_that_is_there_means_work_its_coming_and_going_is_seen(tmp_path: Path) -> None:
    database = tmp_path / "db.lck"
    assert not packages.are_changing([], [str(database)])
    database.touch()
    assert packages.are_changing([], [str(database)])


def test_where_the_kernel_shows_no_locks_nothing_is_at_work(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    assert not packages.are_changing([str(tmp_path / "lock")], [], tmp_path / "missing")
